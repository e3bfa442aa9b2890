"""A homeserver with the module, a service, and the process that carries out, all on the loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import yaml
from tests.adapters.matrix.homeserver import PSEUDONYMS, ROOT, Homeserver, module_config
from tests.adapters.matrix.wire import Wire
from tests.api.process import Process

from cartellino.adapters.matrix.journal import Acts
from cartellino.adapters.matrix.pseudonyms import Pseudonyms
from cartellino.service import credentials
from cartellino.storage.database import Database

POLICIES = ROOT / "examples" / "matrix" / "policies"
T = TypeVar("T")


def wait_for(what: Callable[[], T], seconds: float = 180) -> T:
    """Return the first value that is true, or fail when there is none in time."""
    until = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.25)


class Agent:
    """`cartellino matrix run`, which can be killed and started again."""

    def __init__(self, folder: Path, homeserver: str, service: str, account_url: str, token: str, key: str,
                 **more: Any) -> None:  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        for name, secret in (("token", token), ("key", key), ("pseudonyms", PSEUDONYMS)):
            (folder / name).write_text(secret)
        self.config = folder / "matrix.yaml"
        self.config.write_text(yaml.safe_dump({
            "homeserver": homeserver, "cartellino": service, "account_url": account_url,
            "admin_token_file": str(folder / "token"), "key_file": str(folder / "key"),
            "pseudonyms_file": str(folder / "pseudonyms"), "state": str(folder / "state"), **more,
        }))  # fmt: skip
        self._log = folder / "agent.log"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, where it does not run."""
        if self._running is not None and self._running.poll() is None:
            return
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(self._command("run"), stdout=log, stderr=log)

    def end(self, number: int = signal.SIGTERM) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(number)
            self._running.wait(30)

    def say(self, part: str, *more: str) -> str:
        """Run a command once, and return what it prints."""
        done = subprocess.run([*self._command(part), *more], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "COLUMNS": "200"})  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def acts(self) -> Acts:
        """What it has done, as its journal says."""
        return Acts(self.config.parent / "state")

    @property
    def output(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    def _command(self, part: str) -> list[str]:
        return [sys.executable, "-m", "cartellino.cli.main", "matrix", part, "--config", str(self.config)]


class Town:
    """A homeserver under Cartellino."""

    def __init__(
        self, folder: Path, name: str = "integrity.test", agent: dict[str, Any] | None = None,
        kind: type[Homeserver] = Homeserver, **more: Any,
    ) -> None:  # fmt: skip
        """`agent` are further settings of `cartellino matrix`, `more` of Synapse."""
        folder.mkdir(parents=True, exist_ok=True)
        self.data = folder / "data"
        self.service: Process = Process(folder / "data", POLICIES, audit_share="0")
        self.service.start(300)
        self.wire: Wire = Wire(self.service.url)
        self.home = kind(folder / "synapse", name, **more)
        keys = {process: self._key(process, "events,standing,stream,holders") for process in self.home.processes}
        self.home.load(module_config(folder / "module", self.wire.url, keys, pages_url=self.service.url))
        self.home.start()
        self.admin = self.home.register("admin", admin=True)
        self.names = Pseudonyms(PSEUDONYMS.encode())
        self.door = f"{self.home.url}/_synapse/client/cartellino/account"
        self.agent = Agent(folder / "agent", self.home.url, self.service.url, self.door, self.admin,
                           self._key("matrix", "standing,stream,notices"), lock_after="3s", look_every="1s",
                           **(agent or {}))  # fmt: skip

    def _key(self, name: str, scopes: str) -> str:
        """Make a key with no more scopes than the documents say."""
        database = Database(f"sqlite:///{self.data / 'cartellino.db'}")
        with database.begin_writing() as rows:
            key = credentials.make_key(rows, name, scopes.split(","), name, int(time.time() * 1000))
        database.close()
        return key

    def stop(self) -> None:
        self.agent.end()
        self.home.stop()
        self.service.stop()
        self.wire.stop()

    def account(self, name: str) -> str:
        return self.names.account(self.home.user(name))

    def path_of(self, name: str) -> str:
        """Return the id of an account as it stands in a path."""
        return quote(self.home.user(name), safe="")

    def standing(self, name: str, language: str = "en") -> dict[str, Any]:
        answer = self.service.client.get(f"/v1/accounts/{self.account(name)}/standing",
                                         headers={"Accept-Language": language})  # fmt: skip
        said: dict[str, Any] = answer.json()
        return said

    def state(self, name: str) -> tuple[bool, bool]:
        """Return whether Synapse has suspended somebody, and locked."""
        said = self.home.as_user(self.admin, "GET", f"/_synapse/admin/v2/users/{self.path_of(name)}").json()
        return bool(said["suspended"]), bool(said["locked"])

    @cached_property
    def reviewers(self) -> list[dict[str, str]]:
        """Two people who review, each with the header that proves who they are."""
        made = []
        for name in ("rita", "ugo"):
            command = [sys.executable, "-m", "cartellino.cli.main", "operators", "create", name]
            command += ["--role", "reviewer", "--token", "--data", str(self.data)]
            said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
            made.append({"Authorization": f"Bearer {said.split()[-1]}"})
        return made

    def case(self, name: str, kind: str) -> dict[str, Any] | None:
        """Return the open case about an account."""
        path = f"/v1/cases?kind={kind}&account={self.account(name)}"
        cases = self.service.client.get(path, headers=self.reviewers[0]).json()["cases"]
        return next((case for case in cases if case["outcome"] is None), None)

    def imposed_by_a_person(self, name: str, action: dict[str, Any]) -> str:
        """Let three people report an account, and a reviewer sanction it; return the sanction."""
        now = int(time.time() * 1000)
        lines = [json.dumps({"id": f"r-{name}-{number}", "time": now, "kind": "reported", "had_contact": True,
                             "reason": "harassment", "account": self.account(name), "peer": f"s{number}"})
                 for number in range(3)]  # fmt: skip
        assert self.service.client.post("/v1/events", content="\n".join(lines)).json()["accepted"] == 3
        case = wait_for(lambda: self.case(name, "review"))
        assert case is not None
        answer = self.service.client.post(f"/v1/cases/{case['appeal_id']}/outcome", headers=self.reviewers[0],
                                          json={"reason": "Reports that hold.", "action": action})  # fmt: skip
        assert answer.status_code == 200, answer.text
        return str(wait_for(lambda: self.standing(name)["sanctions"])[-1]["sanction_id"])

    def appealed(self, pages: httpx.Client, sanction: str, text: str) -> None:
        """Appeal on the page of the account, and let another person reverse the decision."""
        page = pages.get("/account").text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None, page
        filed = pages.post("/account/appeal", data={"csrf": csrf[1], "sanction": sanction, "text": text})
        assert filed.status_code == 200, filed.text
        said = self.service.client.get("/v1/cases?kind=appeal&status=open", headers=self.reviewers[1]).json()["cases"]
        case = next(case for case in said if case["sanction_id"] == sanction)
        answer = self.service.client.post(f"/v1/appeals/{case['appeal_id']}/outcome", headers=self.reviewers[1],
                                          json={"outcome": "reversed", "reason": "It was somebody else."})  # fmt: skip
        assert answer.status_code == 200, answer.text

    def lift(self, name: str) -> None:
        """End what holds on an account, as a reviewer does."""
        for sanction in self.standing(name)["sanctions"]:
            path = f"/v1/sanctions/{sanction['sanction_id']}/lift"
            answer = self.service.client.post(path, headers=self.reviewers[0], json={"reason": "It is enough."})
            assert answer.is_success, answer.text

    def as_admin(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask Synapse as its administrator."""
        answer = self.home.as_user(self.admin, method, path, body)
        assert answer.is_success, answer.text
        return answer

    def chat(self, inviter: str, *invited: str, **config: Any) -> httpx.Response:
        """Make a direct chat, or a room with several; return the answer."""
        asked = {"invite": [self.home.user(name) for name in invited], "is_direct": len(invited) == 1,
                 "preset": "trusted_private_chat" if len(invited) == 1 else "private_chat", **config}  # fmt: skip
        return self.home.as_user(inviter, "POST", "/_matrix/client/v3/createRoom", asked)

    def say(self, token: str, room: str, text: str = "ciao") -> httpx.Response:
        path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/{time.monotonic_ns()}"
        return self.home.as_user(token, "PUT", path, {"msgtype": "m.text", "body": text})

    def join(self, token: str, room: str) -> httpx.Response:
        return self.home.as_user(token, "POST", f"/_matrix/client/v3/join/{room}", {})

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        return self.wire.events(*kinds)

    def break_policy(self, account: str, strangers: int = 21, begin: int = 0) -> None:
        """Tell of invites directly, for tests that are about what follows."""
        now = int(time.time() * 1000)
        lines = [
            json.dumps({"id": f"{account}-{now}-{number}", "time": now, "kind": "message_sent", "account": account,
                        "peer": f"s{begin + number}", "known": False})
            for number in range(strangers)
        ]  # fmt: skip
        answer = self.service.client.post("/v1/events", content="\n".join(lines))
        assert answer.json()["accepted"] == strangers, answer.text


def entered(town: Town, user: str, password: str) -> httpx.Client:
    """Enter the page of an account through the door of the homeserver, with the password."""
    with httpx.Client(timeout=30) as door:
        assert "password" in door.get(town.door, headers={"Accept-Language": "it"}).text
        answer = door.post(town.door, data={"user": user, "password": password})
        assert answer.status_code == 303, answer.text
    pages = httpx.Client(base_url=town.service.url, timeout=30, follow_redirects=True)
    page = pages.get(answer.headers["location"], headers={"Accept-Language": "it"})
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert token is not None, page.text
    assert action is not None, page.text
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.text))
    home = pages.post(action[1], data=fields, headers={"Accept-Language": "it"})
    assert home.status_code == 200, home.text
    return pages
