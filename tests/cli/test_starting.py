"""The start of the demonstration: what it shows meanwhile, how the product takes over, that nothing is left of it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from tests.api.process import free_port
from tests.endurance.starts import Start

from cartellino.cli import folders, waiting
from cartellino.cli.ending import OWNER, run_until_told
from cartellino.cli.main import main
from cartellino.cli.steps import Steps
from cartellino.cli.waiting import WaitingRoom, answer, page
from cartellino.web.headers import HEADERS

ROOT = Path(__file__).parents[2]
BROWSER = "text/html,application/xhtml+xml"
DEMO = (sys.executable, "-m", "cartellino.cli.main", "demo")


@pytest.fixture
def steps() -> Steps:
    made = Steps("packages", "rules", "town", out=StringIO())
    made.move(1, 12, 50, "12 of 50 <functions> compiled")
    return made


# The page


def test_the_page_shows_how_far_it_is_and_asks_again(steps: Steps) -> None:
    shown = page(steps)
    assert 'value="12" max="50"' in shown
    assert "12 of 50 &lt;functions&gt; compiled" in shown
    assert '<meta http-equiv="refresh" content="1">' in shown
    assert "://" not in shown, "nothing foreign is loaded"


@pytest.mark.parametrize(
    ("method", "path", "accept", "status", "kind"),
    [
        ("GET", "/", BROWSER, 200, "text/html"),
        ("GET", "/console/cases", BROWSER, 503, "text/html"),
        ("GET", "/v1/decisions", BROWSER, 503, "application/problem+json"),
        ("POST", "/v1/events", "*/*", 503, "application/problem+json"),
        ("POST", "/", BROWSER, 503, "application/problem+json"),
        ("GET", "/health/live", "*/*", 200, "application/json"),
        ("GET", "/health/ready", "*/*", 503, "application/json"),
        ("GET", "/static/style.css", "*/*", 200, "text/css"),
        ("GET", "/static/../pages.py", "*/*", 503, "application/problem+json"),
    ],
)
def test_every_path_is_answered(steps: Steps, method: str, path: str, accept: str, status: int, kind: str) -> None:
    found, media, body = answer(steps, method, path, accept)
    assert (found, media.partition(";")[0]) == (status, kind)
    assert body


def test_it_answers_whatever_comes(steps: Steps) -> None:
    port = free_port()

    def ask(method: str, path: str) -> httpx.Response:
        return httpx.request(method, f"http://127.0.0.1:{port}{path}", timeout=10)

    def garbage() -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as one:
            one.sendall(b"\x16\x03\x01 \r\n\r\n")
            return one.recv(100)

    async def go() -> None:
        room = WaitingRoom("127.0.0.1", port, steps)
        home = await asyncio.to_thread(ask, "GET", "/")
        unready = await asyncio.to_thread(ask, "GET", "/v1/x")
        head = await asyncio.to_thread(ask, "HEAD", "/")
        said = await asyncio.to_thread(garbage)
        assert HEADERS.items() <= {name: home.headers.get(name) for name in HEADERS}.items()
        assert (unready.status_code, unready.headers["retry-after"]) == (503, "1")
        assert (head.status_code, head.content) == (200, b"")
        assert said.startswith(b"HTTP/1.1 503 ")
        room.close()
        room.close()

    asyncio.run(go())


async def _product(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": f"{(await receive())['type']}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the product"})


def test_the_product_takes_over_and_nobody_is_refused(steps: Steps) -> None:
    """Granian listens beside the page of the start, until that gives way."""
    port, answers, stopping = free_port(), list[str](), threading.Event()

    def ask() -> None:
        while not stopping.is_set():
            try:
                answers.append(httpx.get(f"http://127.0.0.1:{port}/", timeout=30).text)
            except httpx.TransportError as error:
                answers.append(repr(error))

    async def go() -> None:
        room = WaitingRoom("127.0.0.1", port, steps)
        visitors = [asyncio.create_task(asyncio.to_thread(ask)) for _ in range(3)]
        while not answers:
            await asyncio.sleep(0.01)
        server = Server(_product, "127.0.0.1", port, interface=Interfaces.ASGI, http=HTTPModes.http1, log_enabled=False)
        serving = asyncio.create_task(server.serve())
        await room.give_way()
        while answers[-1] != "the product":
            await asyncio.sleep(0.01)
        stopping.set()
        await asyncio.gather(*visitors)
        server.stop()  # type: ignore[no-untyped-call]
        await serving

    asyncio.run(go())
    waited = [one for one in answers if "Cartellino is starting" in one]
    assert waited
    assert answers[-1] == "the product"
    assert set(answers) == {"the product", *waited}, "nobody was refused"


def test_a_connection_that_is_closed_without_an_answer_is_not_the_product(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be the page of the start itself, which closes connections when too many are open."""
    port, asked = free_port(), list[bytes]()
    monkeypatch.setattr(waiting, "LOOPBACK", {"127.0.0.1": "127.0.0.2"})

    async def answer_the_third(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if len(asked) == 3:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def go() -> None:
        async with await asyncio.start_server(answer_the_third, "127.0.0.2", port):
            await WaitingRoom("127.0.0.1", port, steps).give_way()

    asyncio.run(go())
    assert len(asked) == 3


# Folders and endings


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_gone_afterwards_and_so_are_those_left_over(temporary: Path) -> None:
    (temporary / "elsewhere").mkdir()
    (temporary / f"{folders.PREFIX}link").symlink_to(temporary / "elsewhere")
    (temporary / f"{folders.PREFIX}left" / "data").mkdir(parents=True)
    with folders.passing_folder() as one, folders.passing_folder() as other:
        assert not (temporary / f"{folders.PREFIX}left").exists()
        assert (temporary / "elsewhere").exists(), "what a link leads to is left alone"
        assert one.exists()
        assert other.exists()
    assert not one.exists()
    assert not other.exists()


def test_many_starts_at_once_take_no_folder_from_each_other(temporary: Path) -> None:
    failed: list[str] = []

    def start() -> None:
        for _ in range(40):
            with folders.passing_folder() as folder:
                (folder / "data").write_text("")
                if not (folder / "data").exists():
                    failed.append(str(folder))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failed
    assert not list(temporary.iterdir())


def test_work_is_cancelled_by_a_signal_once_and_the_code_says_which() -> None:
    cleaned: list[str] = []

    async def work() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)
            cleaned.append("all")
        return 0

    assert run_until_told(work()) == 128 + signal.SIGTERM
    assert cleaned == ["all"]


def test_it_ends_with_whoever_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWNER, "1")  # not our parent: so ours is gone
    assert run_until_told(asyncio.sleep(60, 0)) == 128 + signal.SIGTERM


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield int(one.getsockname()[1])


def test_a_port_that_is_taken(temporary: Path, taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--listen", f"127.0.0.1:{taken}"]) == 2
    assert "name another with --listen" in " ".join(capsys.readouterr().err.split())
    assert not list(temporary.iterdir())


# Whole starts


def ended(folder: Path, moment: Callable[[Start], object], how: signal.Signals) -> tuple[int, Start]:
    start = Start(folder, folder / "cache", "--accounts", "60", command=DEMO)
    moment(start)
    return start.end(how), start


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP])
def test_ended_while_it_compiles_it_leaves_nothing(tmp_path: Path, how: signal.Signals) -> None:
    code, start = ended(tmp_path, lambda one: _until(one, "functions compiled"), how)
    assert code == 128 + how
    assert start.left_over() == []
    assert "Traceback" not in start.output


@pytest.mark.slow
def test_killed_while_it_compiles_it_leaves_no_process_and_the_next_start_cleans_up(tmp_path: Path) -> None:
    _, start = ended(tmp_path, lambda one: _until(one, "functions compiled"), signal.SIGKILL)
    assert start.left_over()[1:] == [], "at most its folder"
    code, again = ended(tmp_path, lambda one: _until(one, "functions compiled"), signal.SIGTERM)
    assert code == 128 + signal.SIGTERM
    assert again.left_over() == []


def _until(start: Start, words: str, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while words not in start.output:
        assert start.process.poll() is None, start.output
        assert time.monotonic() < until, start.output
        time.sleep(0.05)
    assert start.wait(until_ready=False) > 0, "the page is shown long before"


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_installing_can_be_ended_at_any_moment(tmp_path: Path, how: signal.Signals) -> None:
    """A checkout whose packages come from where nobody answers."""
    for name in ("run", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "src").symlink_to(ROOT / "src")
    (tmp_path / "requirements").mkdir()
    for name in ("runtime", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text("nowhere==1.0 --hash=sha256:" + "0" * 64 + "\n")
    temporary, log = tmp_path / "tmp", tmp_path / "log"
    temporary.mkdir()
    with socket.socket() as silent, log.open("wb") as out:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        changed = {
            "PIP_INDEX_URL": index,
            "TMPDIR": str(temporary),
            "PYTHON": sys.executable,
            "MARK_OF_TEST": str(tmp_path),
        }
        process = subprocess.Popen(["./run"], cwd=tmp_path, stdout=out, stderr=out, env={**os.environ, **changed})
        silent.settimeout(120)
        silent.accept()[0].close()
        process.send_signal(how)
        assert process.wait(30) == (-how if how == signal.SIGKILL else 128 + how)
    assert "packages: 0 of about 1" in log.read_text()
    assert "Traceback" not in log.read_text()
    assert not list(temporary.iterdir())
    until = time.monotonic() + 20
    while _marked(str(tmp_path)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _marked(str(tmp_path))


def _marked(mark: str) -> list[Path]:
    found = []
    for one in Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [one] if f"MARK_OF_TEST={mark}".encode() in one.read_bytes().split(b"\0") else []
        except OSError:
            continue
    return found
