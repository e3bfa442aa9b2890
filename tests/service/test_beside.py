"""Functions that are compiled beside serving: the service goes on meanwhile, and decides the same before and after."""

from __future__ import annotations

import numpy as np
import pytest

from cartellino.enforcement.decision import Decision
from cartellino.events.batches import Chunk
from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.kernel.machine import Machine
from cartellino.pipeline.route import Route
from cartellino.policies.load import Text, load

POLICY = """
policy: p
observes: [message_sent]
rules:
  many: {when: 'distinct(message_sent.peer, over="1h") > 3', code: 1, action: review, reason: {en: "Many."}}
"""


def chunks() -> list[Chunk]:
    log = [
        Event(id=f"e{n}", time=n * 1_000, kind="message_sent", account=f"a{n % 7}", peer=f"p{n % 40}")
        for n in range(6_000)
    ]
    return [Chunk(to_logged(log[at : at + 500]), np.arange(at, at + 500), []) for at in range(0, 6_000, 500)]


@pytest.mark.slow
def test_what_another_process_has_compiled_takes_over_between_two_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    policies, compiled = load([Text("p.yaml", POLICY)]), False
    monkeypatch.setattr(Machine, "is_cached", lambda self: compiled)
    route = Route(policies, now=10_000_000, native=None)
    plain = Route(policies, now=10_000_000, native=False)
    decided: list[Decision] = []
    expected: list[Decision] = []
    for number, chunk in enumerate(chunks()):
        assert route.kernel.machine.native == (number > 9)
        compiled = number >= 9
        decided += route.take(chunk, "s").decisions
        expected += plain.take(chunk, "s").decisions
    assert route.admits().core is route.kernel.core
    assert decided == expected
    assert len(decided) > 5
    assert route.kernel.state.digest() == plain.kernel.state.digest()
