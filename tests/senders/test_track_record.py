"""What was foretold of campaigns beside what came: worked out from before, held or missed, told of nobody."""

from __future__ import annotations

from tests.senders.shop import NOON, campaign, shop

from cartellino.senders.campaign import Campaign
from cartellino.senders.preflight import preflight
from cartellino.senders.state import Senders
from cartellino.senders.track_record import FORETOLD, Foretold, TrackRecord, track_record
from cartellino.vocabulary.times import DAY


def record(state: Senders, now: int = NOON) -> TrackRecord:
    return track_record(state, state.number("1"), now)


def weekly(*answered: int, many: int = 100, stopped: int = 0) -> Senders:
    state = shop()
    for week, count in enumerate(reversed(answered)):
        campaign(
            state, many, NOON - (8 + 7 * week) * DAY, agreed=many, answered=count, stopped=stopped, name=f"week{week}"
        )
    return state


def named(made: TrackRecord, name: str) -> Foretold:
    return next(one for one in made.campaigns if one.campaign == name)


def test_campaigns_that_go_as_before_are_held_and_one_that_does_not_is_missed() -> None:
    usual = record(weekly(9, 10, 8, 9))
    assert [one.campaign for one in usual.campaigns] == ["week0", "week1", "week2", "week3"]
    latest = {count.what: count for count in named(usual, "week0").counts}
    assert tuple(latest) == FORETOLD
    answers = latest["answers"]
    assert (answers.came, answers.is_right) == (9, True)
    assert answers.least < 9 < answers.most < 30
    sudden = named(record(weekly(9, 10, 8, 60)), "week0")
    assert [count.is_right for count in sudden.counts if count.what == "answers"] == [False]


def test_only_what_lay_before_a_campaign_is_used_for_it() -> None:
    made = record(weekly(5, 60, 60, 60))
    first = named(made, "week3")
    assert first.is_prior_only
    assert [count.is_right for count in first.counts if count.what == "answers"] == [True]
    assert not named(made, "week0").is_prior_only


def test_small_and_young_campaigns_do_not_count() -> None:
    state = shop()
    campaign(state, 19, NOON - 20 * DAY, agreed=19, answered=3, name="small")
    campaign(state, 50, NOON - 6 * DAY, agreed=50, answered=3, name="young")
    assert (record(state).campaigns, record(state).of) == ((), 0)
    assert record(state, NOON + 2 * DAY).of == len(FORETOLD)


def test_a_count_of_one_to_four_people_is_not_told() -> None:
    (made,) = record(weekly(6, stopped=2)).campaigns
    came = {count.what: count.came for count in made.counts}
    assert came == {"answers": 6, "readings": 0, "failures": 0, "stops": None}


def test_a_preflight_tells_it_in_short() -> None:
    asked = Campaign("1", "spring_sale", "en", "marketing", NOON)
    assert preflight(shop(), asked, [])["expected"]["track_record"] is None
    told = preflight(weekly(9, 10, 8, 9), asked, [])["expected"]["track_record"]
    made = record(weekly(9, 10, 8, 9))
    assert told == {"right": made.right, "of": 16, "campaigns": 4}
    assert sum(right for right, _ in made.by_count.values()) == made.right
