"""A real process and real sockets: bodies that drip, that never end, that are too large; everybody else is served."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.api.process import Process
from tests.api.sockets import alive, asked, connected, form, head, memory, status
from tests.api.world import KEY, POLICY
from tests.events.bombs import BOMBS

from cartellino.web.bodies import PLACES_EACH

SOON = 20.0
"""Seconds within which the machine answers, however loaded it is."""

BOUND = 700
"""Megabytes that the process has at most, whatever is sent."""


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("slow")
    policy = folder / "policy.yaml"
    policy.write_text(POLICY)
    made = Process(folder / "data", policy, rate="100000")
    made.start()
    try:
        yield made
    finally:
        made.stop()


def guarded(process: Process) -> int:
    return process.client.get("/v1/accounts/a/standing").status_code


def test_dripping_bodies_of_some_addresses_keep_nobody_out(process: Process) -> None:
    with ExitStack() as held:
        waiting = [held.enter_context(connected(process, f"127.0.0.{2 + n % 6}")) for n in range(1_200)]
        for one in waiting:
            one.sendall(form("/account/code", 500) + b"a=b")
        assert alive(process) < SOON
        assert guarded(process) == 200
        body = b"account=a"
        assert asked(process, form("/account/code", len(body)) + body, "127.0.0.10") == 200
        answered = sum(status(one) == 429 for one in waiting if is_answered(one))
        assert answered == 1_200 - 6 * PLACES_EACH


def is_answered(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return False


def test_dripping_bodies_of_very_many_addresses_keep_nobody_out(process: Process) -> None:
    with ExitStack() as held:
        for n in range(600):
            one = held.enter_context(connected(process, f"127.0.{1 + n // 200}.{1 + n % 200}"))
            one.sendall(form("/account/code", 500) + b"a=b")
        assert alive(process) < SOON
        body = b"account=a"
        assert asked(process, form("/account/code", len(body)) + body, "127.0.0.10") == 200


def test_a_body_that_drips_is_given_up(process: Process) -> None:
    begun = time.monotonic()
    with connected(process) as one:
        one.sendall(form("/account/code", 500) + b"a=b")
        assert status(one) == 408
    assert 9 < time.monotonic() - begun < 9 + 2 * SOON


def test_silent_connections_keep_nobody_out(process: Process) -> None:
    with ExitStack() as held:
        for n in range(2_000):
            one = held.enter_context(connected(process, f"127.0.0.{2 + n % 6}"))
            one.sendall(b"GET /health/live HTTP/1.1\r\nX-A: ")
        assert alive(process) < SOON
        assert guarded(process) == 200


def test_large_bodies_that_never_end_are_held_within_a_bound(process: Process) -> None:
    before, piece = memory(process), b"x" * (1 << 20)
    opening = head("POST", "/v1/events", 32 << 20, Authorization=f"Bearer {KEY}")
    with ExitStack() as held:
        for _ in range(60):
            one = held.enter_context(connected(process))
            try:
                one.sendall(opening)
                for _ in range(20):
                    one.sendall(piece)
            except OSError:
                continue  # this one was refused
        assert alive(process) < SOON
        assert memory(process) - before < 300


@pytest.mark.parametrize("path", ["/account/code", "/console/sign-in", "/v1/session", "/v1/events", "/account/appeal"])
def test_a_stranger_makes_us_hold_nothing_large(process: Process, path: str) -> None:
    before = memory(process)
    answered = asked(process, form(path, 33 << 20) + b"a&" * (1 << 20))
    assert answered in (0, 401, 413)
    chunked = head("POST", path, Transfer_Encoding="chunked", Content_Type="application/x-www-form-urlencoded")
    assert asked(process, chunked + b"200000\r\n" + b"a&" * (1 << 20) + b"\r\n") in (0, 401, 413)
    assert alive(process) < SOON
    assert memory(process) - before < 50


def test_a_form_of_many_fields_is_refused_at_once(process: Process) -> None:
    body = b"a&" * 30_000
    begun = time.monotonic()
    assert asked(process, form("/account/code", len(body)) + body) == 413
    assert time.monotonic() - begun < SOON


def test_what_explodes_stays_within_a_bound(process: Process) -> None:
    for name, make in BOMBS.items():
        answer = process.client.post("/v1/events", content=make(), timeout=60)
        assert answer.status_code in (400, 413), name
    assert alive(process) < SOON
    assert memory(process, "VmHWM") < BOUND
