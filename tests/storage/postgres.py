"""A real PostgreSQL for tests: from Debian's packages, in a folder of its own, on a socket of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """Return the folder with `initdb` and `postgres`, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class Server:
    """One server that can be stopped and started again."""

    def __init__(self, folder: Path, found: Path) -> None:
        self._folder, self._found = folder, found
        self.port = _free_port()
        self.url = f"postgresql://tester:secret@127.0.0.1:{self.port}/postgres"
        (folder / "password").write_text("secret")
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            shutil.chown(folder / "password", "postgres")
        self._run("initdb", "-D", str(folder / "data"), "-U", "tester", "-A", "scram-sha-256", "--no-sync",
                  "--pwfile", str(folder / "password"))  # fmt: skip

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        log = self._folder / "data" / "server.log"
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-o", options, "-l", str(log), "-w", "-t", "60", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        as_other = {"user": "postgres"} if os.geteuid() == 0 else {}
        subprocess.run(
            [str(self._found / program), *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            cwd=self._folder, timeout=120, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **as_other,
        )  # type: ignore[call-overload]  # fmt: skip


@contextmanager
def running() -> Iterator[Server]:
    """Run a server while the block lasts."""
    found = binaries()
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        server = Server(folder, found)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_there() -> bool:
    """Say whether there is a PostgreSQL, and a user under which it may run."""
    if os.geteuid() == 0 and not any(one.pw_name == "postgres" for one in pwd.getpwall()):
        return False
    return binaries() is not None


def _free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
