"""The tour tells of a secretary who is banned by mistake: so the shipped pack has to make that mistake."""

from __future__ import annotations

from cartellino.cli.inputs import town_texts
from cartellino.cli.live import HISTORY, MORNING
from cartellino.cli.story import SARI, school
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import load
from cartellino.simulator.run import START
from cartellino.vocabulary.times import DAY


def test_the_secretary_is_banned_before_the_pages_open() -> None:
    route = Stepwise(load(town_texts()))
    decided = [one for event in school(START, HISTORY // DAY) for one in route.judge(event)]
    assert route.sequencer.standing("main", SARI).name(START + HISTORY + MORNING) == "banned"

    (ban,) = [one for one in decided if one.action.kind == "ban"]
    assert ban.mode == "live", "no brake holds it"
    assert ban.at < START + HISTORY - DAY, "she has time to appeal"
