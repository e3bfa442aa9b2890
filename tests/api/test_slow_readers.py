"""A real process and real sockets: clients that ask and do not read keep nobody out, and do not keep it from ending."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.api.process import Process
from tests.api.sockets import alive, connected, head, status
from tests.api.world import KEY, POLICY

from cartellino.cli.serve import LAST_ANSWERS
from cartellino.web.connections import EVERY, PATIENCE, are_watched

SOON = 20.0
"""Seconds within which the machine answers, however loaded it is."""

DEAF = 40
ASKED = head("GET", "/openapi.json") * 100


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    made = Process(tmp_path / "data", policy)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.skipif(not are_watched(), reason="this machine does not tell a process about its sockets")
def test_who_pipelines_and_does_not_read_is_let_go(process: Process) -> None:
    with ExitStack() as held:
        deaf = [held.enter_context(connected(process, f"127.0.0.{2 + n % 6}", receives=2_048)) for n in range(DEAF)]
        for one in deaf:
            one.sendall(ASKED)
        assert alive(process) < SOON
        until = time.monotonic() + PATIENCE + 3 * EVERY + SOON
        while "closed connections" not in process.output and time.monotonic() < until:
            time.sleep(0.2)
        assert "closed connections" in process.output
        assert alive(process) < SOON


@pytest.mark.parametrize("path", ["/v1/stream", "/openapi.json"])
def test_it_ends_although_somebody_still_listens_or_does_not_read(process: Process, path: str) -> None:
    with connected(process, receives=2_048) as one:
        one.sendall(head("GET", path, Authorization=f"Bearer {KEY}") * (1 if path == "/v1/stream" else 100))
        assert status(one) == 200
        begun = time.monotonic()
        assert process.stop() == 0
        assert time.monotonic() - begun < LAST_ANSWERS + SOON
