"""What is killed, and what must hold afterwards: a class for each kind. A round kills once."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from subprocess import Popen
from typing import Literal

import httpx
from tests.kills.installation import EXAMPLE, Databases, Installation, eventually

from cartellino.pipeline.state_folder import StateFolder
from cartellino.storage.database import Database

RULE = "spam/bulk-to-strangers"


class Kind:
    """One installation, killed again and again."""

    second_person: Literal["never", "always"] = "never"

    def __init__(self, folder: Path, databases: Databases) -> None:
        self.folder, self.databases = folder, databases
        self.place = Installation(folder / "place", databases.fresh(), second_person=self.second_person)
        self.place.folder.mkdir(parents=True)
        self.people: dict[str, httpx.Client] = {}
        self.begin()

    def begin(self) -> None:
        """Prepare what the rounds need."""
        self.place.process.start()

    def round(self, number: int, chance: Random) -> None:
        """Kill once, and look. Raises whatever shows that something does not hold."""
        raise NotImplementedError

    def end(self) -> None:
        """Examine what the kills left."""
        self.place.examine()

    def stop(self) -> None:
        """Leave what there is, to be looked at."""
        self.place.stop()
        for one in self.people.values():
            one.close()

    def remove(self) -> None:
        """Leave nothing."""
        self.stop()
        shutil.rmtree(self.folder)


class Load(Kind):
    """Killed while events are taken: what was answered is there, each event once, each decision once."""

    def begin(self) -> None:
        super().begin()
        self._sent: list[str] = []

    def round(self, number: int, chance: Random) -> None:
        timer, answered, tried = self.place.killed(chance, 1.5), list[str](), f"a{number}-0"
        with suppress(httpx.TransportError):
            while True:
                self.place.take(tried)
                answered.append(tried)
                tried = f"a{number}-{len(answered)}"
        self.place.back(timer)
        for account in answered:
            assert self.place.take(account)["accepted"] == 0, f"{account} was answered and lost"
        self.place.take(tried)
        self._sent += [*answered, tried]

    def end(self) -> None:
        expected = Counter(self._sent)
        eventually(lambda: Counter(account for account, _ in self.place.decisions().elements()) == expected, 60)
        super().end()
        log = StateFolder(self.place.data / "state").log
        ids = Counter(one for batch in log.read() for one in batch.column("id").to_pylist())
        assert ids == Counter(f"{account}-{n}" for account in self._sent for n in range(10))


class FirstStart(Kind):
    """Killed while it starts for the first time, makes its secrets and its tables: the next start is like a first."""

    spread = 3.0
    """Seconds within which it is killed: the start of a service."""

    def begin(self) -> None:
        """Each round has an installation of its own."""

    def round(self, number: int, chance: Random) -> None:
        self.place.remove()
        self.place = Installation(self.folder / f"place{number}", self.databases.fresh())
        self.place.folder.mkdir()
        self.prepare()
        self._begin_and_kill(chance)
        self.place.process.start()
        self.look(number)
        self.place.examine()

    def prepare(self) -> None:
        """There is nothing yet."""

    def look(self, number: int) -> None:
        """It takes events and decides."""
        self.place.take(f"a{number}")
        eventually(lambda: self.place.ask(f"/v1/accounts/a{number}/standing")["standing"] == "limited")

    def end(self) -> None:
        """Each round was examined."""

    def _begin_and_kill(self, chance: Random) -> None:
        self.place.process.begin()
        time.sleep(chance.uniform(0.2, self.spread))
        self.place.process.kill()


class Upgrade(FirstStart):
    """Killed while it brings the tables of the first version to this one: what they held stays."""

    def prepare(self) -> None:
        self.place.data.mkdir()
        database = Database(self.place.database or f"sqlite:///{self.place.data / 'cartellino.db'}")
        database.migrate("0001")
        with database.begin_writing() as rows:
            rows.exec_driver_sql("INSERT INTO holds (subject, at, \"by\", why) VALUES ('kept', 1, 'me', 'a court')")
        database.close()

    def look(self, number: int) -> None:
        super().look(number)
        database = Database(self.place.database or f"sqlite:///{self.place.data / 'cartellino.db'}")
        with database.begin() as rows:
            assert list(rows.exec_driver_sql("SELECT subject, why FROM holds")) == [("kept", "a court")]
        database.close()


class PolicyChange(Kind):
    """Killed while policies change at once (a rule's mode): an answered change holds, another holds or does not."""

    def begin(self) -> None:
        super().begin()
        self.people["policy"] = self.place.operator("the-policy-admin", "policy-admin")
        self._held = "live"

    def round(self, number: int, chance: Random) -> None:
        timer, perhaps = self.place.killed(chance, 1.5), {self._held}
        with suppress(httpx.TransportError):
            while True:
                wanted = "live" if self._held == "shadow" else "shadow"
                perhaps = {self._held, wanted}
                body = {"rule": RULE, "mode": wanted, "reason": "It is tried."}
                answer = self.people["policy"].post("/v1/policies/modes", json=body)
                assert answer.status_code == 202, answer.text
                assert answer.json()["in_force"], answer.text
                self._held, perhaps = wanted, {wanted}
        self.place.back(timer)
        self._held = self._mode()
        assert self._held in perhaps, f"{self._held} is in force, and {sorted(perhaps)} was due"

    def _mode(self) -> str:
        found: str = self.place.ask("/v1/policies", self.people["policy"])["rules"][0]["mode"]
        return found


def text_with(number: int) -> str:
    """Return a policy that counts over a window that no version before counted over, so that it has to catch up."""
    return EXAMPLE.read_text().replace('over="1h"', f'over="{65 + 5 * number}m"')


class CatchingUp(Kind):
    """Killed after an answer that other policies will decide once they have caught up with the log: they will."""

    def begin(self) -> None:
        super().begin()
        self.people["policy"] = self.place.operator("the-policy-admin", "policy-admin")
        for number in range(5):
            self.place.take(f"early{number}")

    def round(self, number: int, chance: Random) -> None:
        answer = self.change(number)
        timer = self.place.killed(chance, 0.4)
        self.place.back(timer)
        eventually(lambda: self.place.ask("/v1/policies", self.people["policy"])["version"] == answer, 20)

    def change(self, number: int) -> str:
        """Ask for other policies, and return their version."""
        body = {"texts": [{"name": "policy.yaml", "text": text_with(number)}], "reason": "It is tried."}
        answer = self.people["policy"].post("/v1/policies", json=body)
        assert answer.status_code == 202, answer.text
        assert not answer.json()["in_force"]
        version: str = answer.json()["version"]
        return version


class Agreed(Kind):
    """Killed while a second person agrees to a proposal: it waits as before, or it was agreed and comes to hold."""

    second_person = "always"

    def begin(self) -> None:
        super().begin()
        for name in ("policy", "second"):
            self.people[name] = self.place.operator(f"the-{name}", "policy-admin")
        for number in range(5):
            self.place.take(f"early{number}")

    def round(self, number: int, chance: Random) -> None:
        body = {"texts": [{"name": "policy.yaml", "text": text_with(number)}], "reason": "It is tried."}
        made = self.people["policy"].post("/v1/policies", json=body)
        assert made.status_code == 202, made.text
        proposal, version = made.json()["proposal_id"], made.json()["version"]
        timer, answered = self.place.killed(chance, 0.6), False
        with suppress(httpx.TransportError):
            answered = self._agree(proposal).status_code == 202
        self.place.back(timer)
        state = self._state(proposal)
        assert state == "agreed" or not answered, f"it was answered, and is {state}"
        if state == "waiting":
            assert self._agree(proposal).status_code == 202
        eventually(lambda: self.place.ask("/v1/policies", self.people["policy"])["version"] == version, 20)

    def _state(self, proposal: str) -> str:
        found = self.place.ask("/v1/proposals", self.people["second"])["proposals"]
        state: str = next(one["state"] for one in found if one["proposal_id"] == proposal)
        return state

    def _agree(self, proposal: str) -> httpx.Response:
        return self.people["second"].post(f"/v1/proposals/{proposal}", json={"agree": True, "reason": "It is right."})


class Erasure(Kind):
    """Killed while an account is erased: it is there whole, or gone whole; others lose nothing; a sanction stays."""

    def begin(self) -> None:
        super().begin()
        self.people["admin"] = self.place.operator("the-admin", "admin")
        self.place.take("bystander")

    def round(self, number: int, chance: Random) -> None:
        account = f"alice{number}"
        self.place.take(account)
        eventually(lambda: self._decided(account) == 1)
        before, total = self.place.ask("/v1/accounts/bystander/export"), self._identities()
        timer, answered = self.place.killed(chance, 0.8), False
        with suppress(httpx.TransportError):
            answered = self._erase(account).status_code == 200
        self.place.back(timer)
        left = self.place.ask(f"/v1/accounts/{account}/export")
        if left["events"]:
            assert not answered, "the erasure was answered, and undone"
            assert len(left["events"]) == 10 and self._decided(account) == 1
            assert self._erase(account).status_code == 200
            left = self.place.ask(f"/v1/accounts/{account}/export")
        assert not [key for key, held in left.items() if held and key not in ("service", "account")], left
        assert self._identities() == total, "a decision is lost, or there twice"
        assert self.place.ask("/v1/accounts/bystander/export") == before

    def _erase(self, account: str) -> httpx.Response:
        return self.people["admin"].post(f"/v1/accounts/{account}/erase", json={"reason": "Asked for it."})

    def _identities(self) -> list[str]:
        return sorted(identity for _, identity in self.place.decisions().elements())

    def _decided(self, account: str) -> int:
        return len(self.place.ask("/v1/decisions", account=account)["decisions"])


class Backup(Kind):
    """`backup save` is killed: the service beside it does not notice, and no half copy passes for a whole one."""

    def round(self, number: int, chance: Random) -> None:
        self.place.take(f"before{number}")
        half, whole = self.folder / f"half{number}", self.folder / f"whole{number}"
        _kill(self.place.command("backup", "save", str(half)), chance, half)
        self.place.take(f"after{number}")
        self.place.do("backup", "save", str(whole))
        for copy in (half, whole):
            if copy.exists():
                self._must_be_whole_or_refused(copy, number, must=copy == whole)
                shutil.rmtree(copy)

    def _must_be_whole_or_refused(self, copy: Path, number: int, *, must: bool) -> None:
        other = Installation(self.folder / f"other{number}")
        other.began_again(self.place)
        other.folder.mkdir(parents=True)
        with other.command("backup", "restore", str(copy)) as running:
            said = running.communicate(timeout=60)[0]
        try:
            assert running.returncode == 0 or not must, said
            if running.returncode == 0 and not self.place.database:
                starts_whole(other, [f"before{number}"], or_refuses=not must)
        finally:
            other.remove()


class Restore(Kind):
    """`backup restore` is killed: what it left is refused, or whole; and restoring again works."""

    def begin(self) -> None:
        super().begin()
        self._accounts = [f"a{number}" for number in range(5)]
        for account in self._accounts:
            self.place.take(account)
        eventually(lambda: self.place.ask("/v1/accounts/a4/standing")["standing"] == "limited")
        assert self.place.process.stop() == 0
        self.place.do("backup", "save", str(self.folder / "copy"))

    def round(self, number: int, chance: Random) -> None:
        with self._at(f"other{number}") as other:
            _kill(other.command("backup", "restore", str(self.folder / "copy")), chance, other.data)
            if other.data.exists() and any(other.data.iterdir()):
                starts_whole(other, self._accounts, or_refuses=True)
        shutil.rmtree(other.data, ignore_errors=True)
        with self._at(f"other{number}") as other:
            other.do("backup", "restore", str(self.folder / "copy"))
            starts_whole(other, self._accounts)
        other.remove()

    @contextmanager
    def _at(self, name: str) -> Iterator[Installation]:
        """Give a place in a folder, with an empty database."""
        other = Installation(self.folder / name, self.databases.fresh())
        other.began_again(self.place)
        other.folder.mkdir(parents=True, exist_ok=True)
        try:
            yield other
        finally:
            other.stop()

    def end(self) -> None:
        """Each round was looked at."""


def starts_whole(place: Installation, accounts: list[str], *, or_refuses: bool = False) -> None:
    """Start a service and look whether it has everything; or it refuses to start, and says why."""
    place.process.begin()
    if not place.process.gets_ready():
        assert or_refuses and "Traceback" not in place.process.output, place.process.output[-2_000:]
        place.renew()
        return
    for account in accounts:
        assert place.take(account)["accepted"] == 0, f"{account} had been kept, and the copy does not have it"
    place.examine()


def _kill(running: Popen[str], chance: Random, made: Path) -> None:
    """Kill a command while it copies: shortly after it began to make a folder, unless it ends before."""
    with running:
        while running.poll() is None and not made.exists():
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.05))
        running.kill()
        running.communicate(timeout=30)


KINDS: dict[str, type[Kind]] = {
    "load": Load, "first-start": FirstStart, "upgrade": Upgrade, "restore": Restore, "policy": PolicyChange,
    "catching-up": CatchingUp, "agreed": Agreed, "backup": Backup, "erasure": Erasure,
}  # fmt: skip
