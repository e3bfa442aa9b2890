"""A replay carries acts out in their places, with what a version promised when it was adopted."""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.enforcement.acts import Adopt
from cartellino.enforcement.brakes import Brakes
from cartellino.enforcement.sequencer import Sequencer
from cartellino.pipeline.replay import Replay
from cartellino.pipeline.route import Route
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.actors import SERVICE
from cartellino.vocabulary.ids import PolicyVersion

POLICY = """
policy: p
rules:
  busy: {when: 'count(message_sent, over="1h") >= 3', code: 1, action: review, reason: {en: "Busy."}}
"""


class Noting(Brakes):
    """Brakes that note what they are promised."""

    def promise(self, accounts_a_day: Mapping[str, float]) -> None:
        self.noted = dict(accounts_a_day)
        super().promise(accounts_a_day)


def adopt(after: int) -> Adopt:
    return Adopt(after=after, at=0, by=SERVICE, why="", sealed="", version=PolicyVersion("v"), edition=3)


def test_brakes_hear_again_what_was_promised() -> None:
    policies = load([Text("p.yaml", POLICY)])

    def versions(version: str) -> tuple[PolicySet, Mapping[str, float]]:
        return policies, {"p/busy": 5.0}

    brakes = Noting()
    route = Route(
        policies, native=False, sequencer=Sequencer(policies, "", brakes), replay=Replay([adopt(0)], versions, begun=1)
    )
    route.apply_due_acts()
    assert brakes.noted == {"p/busy": 5.0}


def test_acts_come_in_their_places_and_once() -> None:
    replay = Replay([adopt(2), adopt(5), adopt(5)], begun=3)
    assert [act.after for act in replay.acts_before(3)] == [2]
    assert list(replay.acts_before(5)) == []
    assert replay.has_acts
    assert [act.after for act in replay.acts_before(None)] == [5, 5]
    assert not replay.has_acts
    assert replay.boundaries() == []
