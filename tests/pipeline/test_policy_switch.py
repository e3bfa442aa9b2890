"""Another policy version takes over between two batches: nothing is missed, and the old one served until then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.pipeline.test_resume import BEGINS, POLICY, chunks, policies, stream

from cartellino.events.batches import Chunk
from cartellino.events.event import Event
from cartellino.events.logged import to_logged
from cartellino.kernel.engine import Engine
from cartellino.pipeline.policy_switch import PolicySwitch
from cartellino.pipeline.route import Route
from cartellino.pipeline.state_folder import StateFolder
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet

OTHER = POLICY.replace('over="1h"', 'over="24h"').replace("strangers > 4", "strangers > 9")


def other() -> PolicySet:
    return load([Text("p.yaml", OTHER)])


def opened(folder: Path) -> tuple[StateFolder, Route]:
    state = StateFolder(folder)
    state.adopt([Text("p.yaml", POLICY)], {}, policies())
    return state, Route(policies(), "salt", now=BEGINS * 2, store=state, native=False)


def test_new_series_are_filled_from_the_log_while_the_old_version_serves(tmp_path: Path) -> None:
    state, route = opened(tmp_path)
    parts = list(chunks(stream(400), 50))
    decided = [one for chunk in parts[:4] for one in route.take(chunk, "s").decisions]
    assert not route.adopt(other())

    policy_switch = PolicySwitch(route, other(), state.log)
    decided += [one for chunk in parts[4:6] for one in route.take(chunk, "s").decisions]
    version, after = policy_switch.activate()
    later = [one for chunk in parts[6:] for one in route.take(chunk, "s").decisions]

    assert (version, after) == (other().version, 300)
    assert policy_switch.is_ready
    assert {one.version for one in decided} == {policies().version}
    assert {one.version for one in later} == {other().version}
    assert later
    whole = Engine(other(), "salt", native=False)
    for batch in state.log.read():
        whole.observe(batch.select(batch.schema.names[3:]))
    assert route.kernel.state.accounts == whole.state.accounts
    assert all(one.sequence <= 300 for one in decided)
    assert all(one.sequence > 300 for one in later)


def test_thresholds_and_texts_change_at_once(tmp_path: Path) -> None:
    _, route = opened(tmp_path)
    parts = list(chunks(stream(400), 100))
    route.take(parts[0], "s")
    stricter = load([Text("p.yaml", POLICY.replace("strangers > 4", "strangers > 1").replace("Strangers.", "Many."))])
    assert route.adopt(stricter)
    later = [one for chunk in parts[1:] for one in route.take(chunk, "s").decisions]
    assert any(one.evidence[0].threshold == 1 for one in later if one.evidence[0].signal == "strangers")


def test_what_fails_while_it_is_filled_leaves_the_old_version_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, route = opened(tmp_path)
    parts = list(chunks(stream(200), 100))
    route.take(parts[0], "s")
    monkeypatch.setattr(Engine, "observe", lambda *_: 1 / 0)
    policy_switch = PolicySwitch(route, other(), state.log)
    with pytest.raises(ZeroDivisionError):
        policy_switch.activate()
    monkeypatch.undo()
    assert route.policies.version == policies().version
    assert route.take(parts[1], "s").taken == 100


def test_what_fired_before_rests_afterwards(tmp_path: Path) -> None:
    rule = """
policy: p
history: complete
rules:
  busy: {when: 'count(message_sent, over="1h") >= 3', code: 1, action: review, reason: {en: "Busy."}}
"""
    more = (
        rule
        + """  new: {when: 'count(read, over="1h") >= 9', code: 2, action: review, reason: {en: "New."}}
"""
    )
    state = StateFolder(tmp_path / "rests")
    before, after = load([Text("p.yaml", rule)]), load([Text("p.yaml", more)])
    state.adopt([Text("p.yaml", rule)], {}, before)
    route = Route(before, "salt", now=BEGINS * 2, store=state, native=False)

    def send(number: int) -> list[str]:
        event = Event(id=f"e{number}", time=BEGINS + 60_000 * number, kind="message_sent", account="a", peer="p")
        return [one.rule for one in route.take(Chunk(to_logged([event]), np.arange(1), []), "s").decisions]

    assert [send(number) for number in range(3)] == [[], [], ["p/busy"]]
    PolicySwitch(route, after, state.log).activate()
    assert [send(number) for number in range(3, 6)] == [[], [], []]
    assert send(200) == []
    assert [send(number) for number in range(201, 203)] == [[], ["p/busy"]]
