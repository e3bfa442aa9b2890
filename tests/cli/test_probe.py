"""`cartellino probe` against servers on this machine that work, refuse, reset, are slow or say nothing."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from cartellino.availability.reading import read_rows
from cartellino.availability.rows import Probe
from cartellino.cli.main import main

Talk = Callable[[socket.socket], None]
"""What a server does with a connection."""


@contextmanager
def server(talk: Talk) -> Iterator[int]:
    """Serve on a port of this machine until the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    continue
                threading.Thread(target=run, args=(connection,), daemon=True).start()

        def run(connection: socket.socket) -> None:
            with connection:
                connection.settimeout(60)
                with suppress(OSError):
                    talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        over.set()
        thread.join(5)


def head_of(connection: socket.socket) -> bytes:
    """Read a request up to the end of its head; return what came after it, too."""
    held = b""
    while b"\r\n\r\n" not in held:
        piece = connection.recv(65_536)
        if not piece:
            break
        held += piece
    return held


def answering(status: str, body: bytes = b"ok") -> Talk:
    def talk(connection: socket.socket) -> None:
        head_of(connection)
        connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body))

    return talk


def taking(received: list[int]) -> Talk:
    """Take an upload whole, then answer."""

    def talk(connection: socket.socket) -> None:
        head, _, body = head_of(connection).partition(b"\r\n\r\n")
        wanted = int(next(line for line in head.lower().split(b"\r\n") if b"content-length" in line).split(b":")[1])
        many = len(body)
        while many < wanted and (piece := connection.recv(65_536)):
            many += len(piece)
        received.append(many)
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

    return talk


def endless(connection: socket.socket) -> None:
    head_of(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    while True:
        connection.sendall(bytes(65_536))


def dripping(connection: socket.socket) -> None:
    """Send something at once, and then next to nothing."""
    head_of(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(40_000))
    connection.recv(1)


def mute(connection: socket.socket) -> None:
    while connection.recv(65_536):
        pass


def resetting(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def closing(connection: socket.socket) -> None:
    head_of(connection)


def probed(tmp_path: Path, capsys: pytest.CaptureFixture[str], *targets: dict[str, Any]) -> list[dict[str, Any]]:
    """Probe targets; return the rows."""
    file = tmp_path / "targets.toml"
    patient = [{"seconds": 60, **one} for one in targets]
    listed = ["[[target]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in one.items())
              for one in patient]  # fmt: skip
    file.write_text('country = "id"\nnetwork = "AS7713"\n' + "\n".join(listed), "utf-8")
    code = main(["probe", str(file)])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == (0 if all(row["ok"] for row in rows) else 1)
    for row in rows:
        (read,) = read_rows(row)  # type: ignore[misc]
        assert isinstance(read, Probe)
        assert (read.country, read.network) == ("ID", "AS7713")
    return rows


FETCHES: list[tuple[str, Talk, str]] = [
    ("works", answering("200 OK"), ""),
    ("not found is an answer", answering("404 Not Found"), ""),
    ("moved is an answer", answering("302 Found"), ""),
    ("our fault", answering("503 Service Unavailable"), "http_503"),
    ("by law", answering("451 Unavailable For Legal Reasons"), "http_451"),
    ("as much as wanted", endless, ""),
    ("slow", dripping, "throttled"),
    ("silent", mute, "generic_timeout_error"),
    ("reset", resetting, "connection_reset"),
    ("closed", closing, "eof_error"),
]


LASTS = {"slow": 5, "silent": 0.5}
"""Seconds that a target may take that never ends; the others have time enough on a machine that is busy."""


@pytest.mark.parametrize(("name", "talk", "failure"), FETCHES, ids=[name for name, *_ in FETCHES])
def test_what_a_fetch_meets_has_a_name(
    name: str, talk: Talk, failure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with server(talk) as port:
        url = f"http://127.0.0.1:{port}/probe?secret=x"
        (row,) = probed(tmp_path, capsys, {"feature": "media_down", "url": url, "seconds": LASTS.get(name, 60)})
    assert (row["ok"], row.get("failure", "")) == (not failure, failure)
    assert row["target"] == f"127.0.0.1:{port}"
    assert row["latency_ms"] >= 0


def test_an_upload_is_of_the_size_that_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    received: list[int] = []
    with server(taking(received)) as port:
        url = f"http://127.0.0.1:{port}/"
        (row,) = probed(tmp_path, capsys, {"feature": "media_up", "url": url, "bytes": 100_000})
    assert (row["ok"], received) == (True, [100_000])


def test_what_is_slower_than_the_slowest_counts_as_throttled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with server(answering("200 OK")) as port:
        url = f"http://127.0.0.1:{port}/"
        (row,) = probed(tmp_path, capsys, {"feature": "media_down", "url": url, "slowest": 16_000_000})
    assert row["failure"] == "throttled"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port: int = once.getsockname()[1]
        return port


def test_connecting_suffices_for_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with server(mute) as port:
        works, refused, talks_no_tls = probed(
            tmp_path, capsys, {"feature": "sending", "url": f"tcp://127.0.0.1:{port}"},
            {"feature": "sending", "url": f"tcp://127.0.0.1:{free_port()}"},
            {"feature": "receiving", "url": f"tls://127.0.0.1:{port}", "seconds": 0.5},
        )  # fmt: skip
    assert (works["ok"], refused["failure"]) == (True, "connection_refused")
    assert talks_no_tls["failure"] == "generic_timeout_error"
    assert len({works["id"], refused["id"], talks_no_tls["id"]}) == 3


@pytest.mark.parametrize(("echoes", "failure"), [(True, ""), (False, "generic_timeout_error")])
def test_calls_are_asked_for_as_calls_do(
    echoes: bool, failure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stun:
        stun.bind(("127.0.0.1", 0))
        stun.settimeout(60)

        def answer() -> None:
            asked, caller = stun.recvfrom(1_000)
            stun.sendto(b"\x01\x01" + asked[2:8] + (asked[8:20] if echoes else bytes(12)), caller)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        url = f"stun://127.0.0.1:{stun.getsockname()[1]}"
        (row,) = probed(tmp_path, capsys, {"feature": "calls", "url": url, "seconds": 60 if echoes else 1})
        thread.join(5)
    assert row.get("failure", "") == failure


def test_all_faults_of_a_file_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "targets.toml"
    file.write_text(
        'country = "XX"\ncolour = 1\n[[target]]\nfeature = "text"\nurl = "ftp://a"\nbytes = 0\nseconds = nan\n'
        'sise = 1\n[[target]]\nurl = "tcp://host"\n', "utf-8",
    )  # fmt: skip
    assert main(["probe", str(file)]) == 2
    told = capsys.readouterr().err
    for fault in ("`country`", "`network`", "`colour`", "target 1: `feature`", "target 1: `url`", "`bytes`",
                  "`seconds`", "`sise`", "target 2: `feature` is missing", "target 2: `url`"):  # fmt: skip
        assert fault in told


@pytest.mark.parametrize("text", ["country = ", "", 'country = "ID"\nnetwork = "a"\ntarget = 7\n'])
def test_a_file_without_targets_is_refused(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "targets.toml"
    file.write_text(text, "utf-8")
    assert main(["probe", str(file)]) == 2
    assert "targets" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--to", "http://127.0.0.1:1"], ["--key-file", "k"], ["--every", "1s"],
                                  ["--every", "soon"], ["--ooni", "x"]])  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(more: list[str], tmp_path: Path) -> None:
    file = tmp_path / "targets.toml"
    file.write_text("", "utf-8")
    assert main(["probe", *([str(file)] if more else []), *more]) == 2


MEASUREMENT: dict[str, Any] = {
    "test_name": "whatsapp", "probe_cc": "ID", "probe_asn": "AS7713", "measurement_start_time": "2026-01-17 10:00:00",
    "report_id": "r1", "test_keys": {"registration_server_status": "ok", "whatsapp_web_status": "blocked",
                                     "whatsapp_web_failure": "dns_nxdomain_error"},
}  # fmt: skip


def test_measurements_of_ooni_become_rows_and_malformed_lines_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ooni.jsonl"
    broken = [json.dumps(MEASUREMENT)[:-9], "7", json.dumps({**MEASUREMENT, "probe_cc": "ZZ"}),
              json.dumps({**MEASUREMENT, "test_keys": {}}),
              json.dumps({**MEASUREMENT, "test_name": "telegram"})]  # fmt: skip
    file.write_text("\n".join([json.dumps(MEASUREMENT), *broken]) + "\n", "utf-8")
    assert main(["probe", "--ooni", str(file)]) == 1
    told = capsys.readouterr()
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert [(row["feature"], row["ok"]) for row in rows] == [("registration", True), ("sign_in", False)]
    assert rows[1]["failure"] == "dns_nxdomain_error"
    refused = told.err.splitlines()
    assert [line.split(": ", 1)[0] for line in refused] == [f"{file}:{number}" for number in range(2, 7)]
    for line, what in zip(refused, ("JSON", "JSON", "ZZ", "endpoints", "telegram"), strict=True):
        assert what in line


def test_input_without_one_measurement_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ooni.jsonl"
    file.write_text("{}\n", "utf-8")
    assert main(["probe", "--ooni", str(file)]) == 2
    assert "not one measurement" in capsys.readouterr().err


ANSWER = {"accepted": 1, "duplicates": 0, "rejected_count": 1,
          "rejected": [{"row": 2, "column": "time", "expected": "now", "got": "then"}]}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "code", "told"),
    [
        ("200 OK", json.dumps(ANSWER), 0, "row 2, time: expected now, got then"),
        ("401 Unauthorized", "no such key", 2, "401: no such key"),
        ("200 OK", "<html>", 2, "did not take the rows"),
    ],
)
def test_the_service_is_told_and_what_it_refuses_is_named(
    status: str, body: str, code: int, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, targets = tmp_path / "key", tmp_path / "targets.toml"
    key.write_text("k_secret\n", "utf-8")
    heard: list[bytes] = []

    def listen(connection: socket.socket) -> None:
        head = head_of(connection)
        while b'"row":"probe"' not in head:
            head += connection.recv(65_536)
        heard.append(head)
        raw = body.encode()
        connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(raw), raw))

    with server(mute) as port, server(listen) as service:
        targets.write_text(
            f'country = "ID"\nnetwork = "a"\n[[target]]\nfeature = "sending"\nurl = "tcp://127.0.0.1:{port}"\n', "utf-8"
        )
        answered = main(["probe", str(targets), "--to", f"http://127.0.0.1:{service}/", "--key-file", str(key)])
    assert answered == code
    assert told in capsys.readouterr().err
    assert heard[0].startswith(b"POST /v1/probes ")
    assert b"authorization: Bearer k_secret" in heard[0]


def test_a_service_that_is_away_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, file = tmp_path / "key", tmp_path / "ooni.jsonl"
    key.write_text("k_secret", "utf-8")
    file.write_text(json.dumps(MEASUREMENT), "utf-8")
    url = f"http://127.0.0.1:{free_port()}"
    assert main(["probe", "--ooni", str(file), "--to", url, "--key-file", str(key)]) == 2
    assert f"`{url}` did not take the rows" in capsys.readouterr().err
    key.write_text("two words", "utf-8")
    assert main(["probe", "--ooni", str(file), "--to", url, "--key-file", str(key)]) == 2
    assert "does not hold a key" in capsys.readouterr().err
