"""Single calls over real sockets: where they go, how long they last, and how much of an answer is read."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from tests.receivers import Behaviour, Receiver, answers, drips, floods, never_answers

from cartellino.service.outgoing import caller as calling
from cartellino.service.outgoing.caller import Answer, Caller
from cartellino.vocabulary.refusals import BadArgument


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    monkeypatch.setattr(calling, "DEADLINE", 2.0)
    yield from _running(private=True)


@pytest.fixture
def public() -> Iterator[Caller]:
    """One that does not call the own network."""
    yield from _running(private=False)


def _running(*, private: bool) -> Iterator[Caller]:
    found = Caller(private=private)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    made: list[Receiver] = []

    def receiver(behaviour: Behaviour, *where: Any) -> Receiver:
        made.append(Receiver(behaviour, *where))
        return made[-1]

    yield receiver
    for one in made:
        one.stop()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """A name server of ours: the answers of each name, one after the other, the last for ever."""
    answers: dict[str, list[list[str]]] = {}

    def look_up(host: str, port: int | None, *_: Any, **__: Any) -> list[Any]:
        if host not in answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        kinds = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(kinds[":" in one], socket.SOCK_STREAM, 6, "", (one, port or 0)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return answers


def post(caller: Caller, url: str, body: bytes = b"{}") -> Answer:
    return caller.begin(caller.post(url, body, {"webhook-id": "m_1"})).result(20)


def may_be_registered(caller: Caller, url: str) -> None:
    caller.begin(caller.check(url)).result(20)


def test_a_call_and_its_answer(caller: Caller, receive: Callable[..., Receiver]) -> None:
    good = receive(answers("204 No Content"))
    assert post(caller, good.url, b"hello").status == 204
    head = good.heads[0].decode().lower().split("\r\n")
    assert head[0] == "post /in http/1.1"
    assert {f"host: 127.0.0.1:{good.port}", "webhook-id: m_1", "content-length: 5"} <= set(head)
    assert good.bodies == [b"hello"]


def test_no_proxy_of_the_environment_is_asked(
    receive: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, good = receive(answers("502 Bad Gateway")), receive(answers("200 OK"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    (caller,) = [*_started()]
    assert post(caller, good.url).status == 200
    caller.stop()
    assert proxy.bodies == []


def _started() -> Iterator[Caller]:
    found = Caller(private=True)
    found.start()
    yield found


def test_a_redirect_is_not_followed(caller: Caller, receive: Callable[..., Receiver]) -> None:
    elsewhere = receive(answers("200 OK"))
    moved = receive(answers("307 Temporary Redirect", f"location: {elsewhere.url}"))
    answer = post(caller, moved.url)
    assert (answer.status, answer.headers["location"]) == (307, elsewhere.url)
    assert elsewhere.bodies == []


BOMB = gzip.compress(b"\0" * (64 << 20))
ENDLESS: dict[str, Behaviour] = {
    "headers": floods(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 1_000 + b"\r\n"),
    "one header": floods(b"HTTP/1.1 200 OK\r\nx: ", b"y" * 65_536),
    "a status line": floods(b"HTTP/1.1 200 ", b"O" * 65_536),
    "informational answers": floods(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1_000),
    "no HTTP": floods(b"", b"\0" * 65_536),
    "empty lines": floods(b"", b"\r\n" * 32_768),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_answer_without_end_is_cut_off(what: str, caller: Caller, receive: Callable[..., Receiver]) -> None:
    bad = receive(ENDLESS[what])
    with pytest.raises(OSError):
        post(caller, bad.url)
    assert bad.left.wait(10)


@pytest.mark.parametrize(
    "behaviour",
    [
        answers("200 OK", "content-encoding: gzip", body=BOMB),
        floods(b"HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n", b"x" * 65_536),
        floods(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 9_999),
        floods(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n", BOMB),
    ],
)
def test_the_body_of_an_answer_is_never_read(
    behaviour: Behaviour, caller: Caller, receive: Callable[..., Receiver]
) -> None:
    bad = receive(behaviour)
    assert post(caller, bad.url).status == 200


@pytest.mark.parametrize("behaviour", [drips, never_answers])
def test_a_call_has_a_deadline(behaviour: Behaviour, caller: Caller, receive: Callable[..., Receiver]) -> None:
    bad = receive(behaviour)
    with pytest.raises(TimeoutError):
        post(caller, bad.url)
    assert bad.left.wait(10)


def test_a_receiver_that_does_not_read_has_the_same_deadline(caller: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(TimeoutError):
        post(caller, f"http://127.0.0.1:{listening.getsockname()[1]}/", b"x" * (32 << 20))


def test_a_cancelled_call_is_cut_off_at_once(caller: Caller, receive: Callable[..., Receiver]) -> None:
    silent = receive(never_answers)
    under_way = caller.begin(caller.post(silent.url, b"{}", {}))
    _eventually(lambda: silent.bodies != [])
    under_way.cancel()
    assert silent.left.wait(1.5)  # before its deadline


def test_the_end_waits_for_nobody(receive: Callable[..., Receiver]) -> None:
    (caller,) = [*_started()]
    silent = receive(never_answers)
    calls = [caller.begin(caller.post(silent.url, b"{}", {})) for _ in range(5)]
    _eventually(lambda: len(silent.bodies) == 5)
    caller.stop()
    assert all(one.done() for one in calls)


def test_a_name_server_that_hangs_has_the_same_deadline(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    released, asked = Event(), []

    def hang(*given: Any, **_: Any) -> list[Any]:
        asked.append(given)
        released.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    calls = [caller.begin(caller.post("http://hangs.example/", b"{}", {})) for _ in range(50)]
    for one in calls:
        with pytest.raises(TimeoutError):
            one.result(20)
    assert len(asked) == 1  # one thread hangs, however often the name is called
    checks = [caller.begin(caller.check(f"http://hangs-{n}.example/")) for n in range(40)]
    for check in checks[16:]:
        with pytest.raises(BadArgument, match="too many names"):
            check.result(20)
    assert len(asked) <= 1 + 16
    released.set()


def test_the_call_goes_to_the_address_that_was_checked(
    names: dict[str, list[list[str]]], receive: Callable[..., Receiver], caller: Caller
) -> None:
    """A second answer of the name server, between check and connection, leads nowhere: there is no second question."""
    right = receive(answers("200 OK"))
    wrong = receive(answers("200 OK"), "127.0.0.2", right.port)
    names["hook.example"] = [["127.0.0.1"], ["127.0.0.2"]]
    assert post(caller, f"http://hook.example:{right.port}/in").status == 200
    assert (len(right.bodies), wrong.bodies) == (1, [])
    assert f"host: hook.example:{right.port}" in right.heads[0].decode().lower()


def test_a_name_that_leads_to_the_loopback_later_is_not_called(
    names: dict[str, list[list[str]]], receive: Callable[..., Receiver], public: Caller
) -> None:
    inside = receive(answers("200 OK"))
    names["hook.example"] = [["198.41.0.4"], ["127.0.0.1"]]
    url = f"http://hook.example:{inside.port}/"
    may_be_registered(public, url)
    with pytest.raises(BadArgument, match="loopback"):
        post(public, url)
    assert inside.bodies == []


@pytest.mark.parametrize("second", ["127.0.0.1", "10.0.0.1", "::1", "fe80::1%2", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_one_bad_address_of_a_name_spoils_all(second: str, names: dict[str, list[list[str]]], public: Caller) -> None:
    names["hook.example"] = [["198.41.0.4", second]]
    with pytest.raises(BadArgument):
        may_be_registered(public, "http://hook.example/")
    with pytest.raises(BadArgument):
        post(public, "http://hook.example/")


def test_an_address_that_refuses_leaves_the_next(
    names: dict[str, list[list[str]]], receive: Callable[..., Receiver], caller: Caller
) -> None:
    good = receive(answers("200 OK"), "127.0.0.2")
    names["hook.example"] = [["127.0.0.1", "127.0.0.2"]]
    assert post(caller, f"http://hook.example:{good.port}/").status == 200


def test_what_is_not_there_is_said(names: dict[str, list[list[str]]], caller: Caller) -> None:
    with pytest.raises(BadArgument, match=r"there is no host `nowhere\.example`"):
        may_be_registered(caller, "http://nowhere.example/")
    assert names == {}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl, which is not here")
def test_tls_asks_for_the_certificate_of_the_name(
    names: dict[str, list[list[str]]], caller: Caller, tmp_path: Path
) -> None:
    """The connection goes to an address; the certificate has to be that of the name, from an authority we trust."""
    port, server_names = _tls_server(tmp_path)
    names["hook.example"] = names["other.example"] = [["127.0.0.1"]]
    with pytest.raises(ssl.SSLCertVerificationError):
        post(caller, f"https://hook.example:{port}/")  # nobody vouches for it
    caller._tls.load_verify_locations(tmp_path / "certificate.pem")
    assert post(caller, f"https://hook.example:{port}/").status == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        post(caller, f"https://other.example:{port}/")
    assert server_names[-2:] == ["hook.example", "other.example"]


def _tls_server(folder: Path) -> tuple[int, list[str | None]]:
    """A receiver with a certificate for `hook.example`; the names that were asked for are noted."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    named = ["-subj", "/CN=hook.example", "-addext", "subjectAltName=DNS:hook.example", "-days", "2"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*made, *named, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context, asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), list[str | None]()
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _, name, __: asked.append(name)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def finish_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
            with contextlib.suppress(OSError), context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1], asked


def _eventually(true: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.01)
