"""A real Synapse on the loopback, in an environment of its own, with the module in it."""

from __future__ import annotations

import hmac
import os
import signal
import subprocess
import time
from hashlib import sha1
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.api.process import free_port

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv-synapse" / "bin" / "python"
"""Synapse has an environment of its own: it is under the AGPL, and no dependency of the product."""

SECRET = "shared-secret-of-the-tests"
PSEUDONYMS = "0123456789abcdef0123456789abcdef"

needs_synapse = pytest.mark.skipif(not PYTHON.exists(), reason="./test makes .venv-synapse, in which Synapse runs")


class Homeserver:
    """A homeserver that can be killed and started again."""

    processes: tuple[str, ...] = ("main",)
    """The names of its processes, in each of which the module runs."""

    def __init__(self, folder: Path, name: str = "integrity.test", **more: Any) -> None:
        """`more` is merged into homeserver.yaml."""
        self.folder, self.name, self.port = folder, name, free_port()
        self.url = self._address()
        folder.mkdir(parents=True, exist_ok=True)
        self._running: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(base_url=self.url, timeout=60)
        self._generate()
        self.settings = yaml.safe_load((folder / "homeserver.yaml").read_text()) | self._ordinary() | more
        self._write()

    def _address(self) -> str:
        """Return where clients reach it."""
        return f"http://127.0.0.1:{self.port}"

    def _generate(self) -> None:
        command = [str(PYTHON), "-m", "synapse.app.homeserver", "--server-name", self.name, "--config-path",
                   "homeserver.yaml", "--generate-config", "--report-stats=no"]  # fmt: skip
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def _ordinary(self) -> dict[str, Any]:
        often = {"per_second": 10_000, "burst_count": 10_000}
        listener = {"port": self.port, "type": "http", "tls": False, "bind_addresses": ["127.0.0.1"],
                    "x_forwarded": True,
                    "resources": [{"names": ["client", "federation"], "compress": False}]}  # fmt: skip
        return {
            "listeners": [listener], "public_baseurl": f"{self.url}/", "registration_shared_secret": SECRET,
            "enable_registration": True, "enable_registration_without_verification": True, "bcrypt_rounds": 4,
            "trusted_key_servers": [], "suppress_key_server_warning": True,
            "require_auth_for_profile_requests": True,
            "user_directory": {"enabled": True, "search_all_users": True},
            "server_notices": {"system_mxid_localpart": "notices", "system_mxid_display_name": "Notices",
                               "room_name": "Notices", "auto_join": True},
            "rc_message": often, "rc_registration": often, "rc_joins": {"local": often, "remote": often},
            "rc_login": {"address": often, "account": often, "failed_attempts": often},
            "rc_invites": {"per_room": often, "per_user": often, "per_issuer": often},
            "rc_room_creation": often, "rc_reports": often,
            "presence": {"enabled": False}, "caches": {"sync_response_cache_duration": "0s"},
        }  # fmt: skip

    def load(self, config: dict[str, Any]) -> None:
        """Load the module, with its settings."""
        self.settings["modules"] = [{"module": "cartellino_synapse.Cartellino", "config": config}]
        self._write()

    def _write(self) -> None:
        (self.folder / "homeserver.yaml").write_text(yaml.safe_dump(self.settings))

    def start(self, seconds: float = 300) -> None:
        """Start, and wait until it answers."""
        command = [str(PYTHON), "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]
        with (self.folder / "out.log").open("ab") as log:
            self._running = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self._running.poll() is None, self.output[-3_000:]
            try:
                if self.client.get("/_matrix/client/versions").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"Synapse does not answer: {self.output[-3_000:]}")

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it by a signal."""
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(number)
            self._running.wait(60)

    def stop(self) -> None:
        """End it, and close the client."""
        self.end()
        self.client.close()

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    @property
    def output(self) -> str:
        files = [self.folder / "homeserver.log", self.folder / "out.log"]
        return "\n".join(file.read_text(errors="replace") for file in files if file.exists())

    def register(self, user: str, password: str = "pw", *, admin: bool = False, kind: str | None = None) -> str:
        """Make an account with the shared secret, as an administrator does; return its access token."""
        nonce = self.client.get("/_synapse/admin/v1/register").json()["nonce"]
        parts = [nonce, user, password, "admin" if admin else "notadmin", *([kind] if kind else [])]
        mac = hmac.new(SECRET.encode(), "\0".join(parts).encode(), sha1).hexdigest()
        made = self.client.post("/_synapse/admin/v1/register", json={
            "nonce": nonce, "username": user, "password": password, "admin": admin, "mac": mac,
            **({"user_type": kind} if kind else {}),
        })  # fmt: skip
        made.raise_for_status()
        return str(made.json()["access_token"])

    def sign_up(self, user: str, password: str = "pw", address: str = "10.0.0.1") -> str:
        """Make an account as a client does; return its access token."""
        made = self.client.post("/_matrix/client/v3/register", headers={"X-Forwarded-For": address},
                                json={"username": user, "password": password,
                                      "auth": {"type": "m.login.dummy"}})  # fmt: skip
        made.raise_for_status()
        return str(made.json()["access_token"])

    def as_user(self, token: str, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        """Ask as somebody who has signed in."""
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return self.client.request(method, path, json=body, headers=headers, **more)

    def status(self, token: str, process: str = "main") -> dict[str, Any]:
        """Return what the module says of itself in a process."""
        answer = httpx.get(f"http://127.0.0.1:{self._port_of(process)}/_synapse/client/cartellino/status",
                           headers={"Authorization": f"Bearer {token}"}, timeout=60)  # fmt: skip
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def degraded(self, token: str) -> dict[str, str]:
        """Return what is degraded in any of the processes, and why."""
        said = [self.status(token, process)["degraded"] for process in self.processes]
        return {name: about["why"] for degraded in said for name, about in degraded.items()}

    def waiting(self, token: str) -> dict[str, int]:
        """Return how much waits for Cartellino, in all processes together."""
        waiting = [self.status(token, process)["waiting"] for process in self.processes]
        return {name: sum(one[name] for one in waiting) for name in waiting[0]}

    def faults(self, token: str) -> dict[str, int]:
        """Return the faults of the module that were counted in any of the processes since it began."""
        said = [self.status(token, process)["counts"] for process in self.processes]
        return {name: count for counts in said for name, count in counts.items() if name.startswith("faults of ")}

    def _port_of(self, process: str) -> int:
        return self.port

    def user(self, name: str) -> str:
        """Return the id of somebody who is here."""
        return f"@{name}:{self.name}"


def module_config(folder: Path, service: str, keys: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return settings of the module, with the secrets in files; `keys` has one for each process."""
    folder.mkdir(parents=True, exist_ok=True)
    secrets = {f"key-{process}": key for process, key in keys.items()} | {"pseudonyms": PSEUDONYMS}
    for name, secret in secrets.items():
        with open(folder / name, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(secret)
    return {"url": service, "key_file": str(folder / "key-{worker}"), "pseudonyms_file": str(folder / "pseudonyms"),
            "spool": str(folder / "spool"), **more}  # fmt: skip
