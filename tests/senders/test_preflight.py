"""Before a campaign: nobody is lost, and whoever follows the plan is refused nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.senders.test_judging import NOON, agreed, sent, shop, wrote

from cartellino.senders import facts
from cartellino.senders.campaign import Campaign, Recipient
from cartellino.senders.fold import apply
from cartellino.senders.judging import judge
from cartellino.senders.preflight import preflight
from cartellino.senders.schedule import plan
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, HOUR, instant

OFFER = Campaign("1", "spring_sale", "en", "marketing", NOON)
KINDS = ("agreed", "unknown", "stopped", "had one today", "at night", "nobody", "again")


def people(count: int, country: str = "IT") -> list[Recipient]:
    return [Recipient(f"+39{number}", (f"p:{number}",), country) for number in range(count)]


def with_consent(state: Senders, audience: Sequence[Recipient]) -> Senders:
    for recipient in audience:
        apply(state, agreed(recipient.names))
    return state


def follow(state: Senders, campaign: Campaign, audience: Sequence[Recipient]) -> list[str]:
    """Send by the plan, and return the rules that object."""
    objected: list[str] = []
    for number, one in enumerate(plan(state, campaign, audience).planned):
        message = one.recipient.message(campaign)
        objected += [objection.rule for objection in judge(state, message, one.at)]
        apply(state, facts.Asked(at=one.at, attempt=f"f{number}", message=message))
        apply(state, facts.Accepted(at=one.at, attempt=f"f{number}", message_id=f"wamid.f{number}"))
        apply(state, facts.Status(at=one.at, message_id=f"wamid.f{number}", number="1", status="read"))
    return objected


def test_a_small_audience_may_be_written_to_at_once() -> None:
    audience = people(40)
    found = preflight(with_consent(shop(), audience), OFFER, audience)
    assert (len(found["may"]), found["later"], found["never"]) == (40, [], [])
    assert found["schedule"][0]["count"] == 40


def test_the_tier_bounds_a_day_and_says_at_which_message() -> None:
    audience = people(600)
    found = preflight(with_consent(shop(), audience), OFFER, audience)
    assert len(found["may"]) == 225, "of 250, and some are left for codes and orders"
    assert {one["why"] for one in found["later"]} <= {"reserve", "warm-up"}
    assert len(found["later"]) == 375
    limits = {limit["limit"]: limit["at_message"] for limit in found["expected"]["limits"]}
    assert (limits["tier"], limits["reserve"]) == (251, 226)
    assert max(one["at"] for one in found["later"]) > "2026-11-30"


def test_what_was_sent_today_counts() -> None:
    before, audience = people(100), people(300)[100:]
    state = with_consent(shop(), [*before, *audience])
    for number, recipient in enumerate(before):
        for fact in sent(recipient.message(OFFER), NOON - HOUR, f"b{number}"):
            apply(state, fact)
    assert len(preflight(state, OFFER, audience)["may"]) == 125


def test_everybody_has_a_reason() -> None:
    state = shop(agreed(("p:1",)), agreed(("p:2",)), agreed(("p:3",)), *sent(people(4)[3].message(OFFER), NOON - HOUR))
    apply(state, facts.Withdrew(at=NOON - HOUR, person=("p:2",), category="marketing", source="mail"))
    audience = [*people(4), Recipient("abc", why="not a phone number"), *people(2)[1:]]
    found = preflight(state, OFFER, audience)
    assert found["may"] == ["+391"]
    assert [(one["to"], one["why"]) for one in found["later"]] == [("+393", "frequency")]
    never = {one["to"]: one["why"] for one in found["never"]}
    assert never["+390"].startswith("consent: ")
    assert never["+392"].startswith("opted-out: ")
    assert never["abc"] == "not a phone number"
    assert never["+391"] == "stands in the audience before"


def test_whoever_answered_before_comes_first() -> None:
    audience = people(300)
    state = with_consent(shop(), audience)
    last = audience[-1]
    for fact in sent(last.message(OFFER), NOON - 10 * DAY):
        apply(state, fact)
    apply(state, facts.Wrote(at=NOON - 9 * DAY, number="1", person=last.names, message_id="i"))
    assert preflight(state, OFFER, audience)["may"][0] == last.to


def test_an_offer_at_night_waits_for_the_morning_there() -> None:
    audience = [*people(1), Recipient("+64", ("p:nz",), "NZ")]
    state = with_consent(shop(), audience)
    found = preflight(state, Campaign("1", "spring_sale", "en", "marketing", instant("2026-11-28T22:00:00Z")), audience)
    assert found["may"] == ["+64"]
    assert found["later"] == [{"to": "+390", "at": "2026-11-29T07:00:00.000Z", "why": "quiet-hours"}]


def test_codes_and_orders_need_no_agreement() -> None:
    for name, category in (("order_update", "utility"), ("login_code", "authentication")):
        campaign = Campaign("1", name, "en", category, NOON)  # type: ignore[arg-type]
        assert len(preflight(shop(), campaign, people(10))["may"]) == 10


def test_a_template_that_is_filed_otherwise_is_judged_as_filed() -> None:
    found = preflight(shop(), Campaign("1", "spring_sale", "en", "utility", NOON), people(3))
    assert len(found["never"]) == 3
    assert "files `spring_sale` as marketing" in found["expected"]["notes"][0]


def test_what_is_expected_rests_on_the_numbers_own_past() -> None:
    audience = people(200)
    state = with_consent(shop(), audience)
    assert preflight(state, OFFER, audience)["expected"]["rests_on"]["prior_only"] is True
    for number in range(200):
        person = Recipient("", (f"p:past{number}",), "IT")
        for fact in sent(person.message(OFFER), NOON - 10 * DAY, f"past{number}"):
            apply(state, fact)
        if number % 2:
            apply(state, facts.Wrote(at=NOON - 9 * DAY, number="1", person=person.names, message_id=f"i{number}"))
    found = preflight(state, OFFER, audience)["expected"]
    assert found["rests_on"]["prior_only"] is False
    assert 60 < found["answers"]["least"] < 100 < found["answers"]["most"] < 140


@given(
    st.lists(st.sampled_from(KINDS), max_size=40),
    st.integers(0, 23),
    st.sampled_from(["TIER_250", "TIER_2K", "TIER_UNLIMITED"]),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_nobody_is_lost_and_the_plan_passes_every_rule(kinds: list[str], hour: int, tier: str, is_busy: bool) -> None:
    state, audience = shop(facts.TierSet(at=NOON - DAY, account="w", tier=tier)), []
    starts = NOON + hour * HOUR
    if is_busy:
        for number in range(240):
            for fact in sent(facts.Message(number="1", person=(f"p:busy{number}",), kind="template", category=None,
                             template="order_update", language="en"), NOON - HOUR, f"busy{number}"):  # fmt: skip
                apply(state, fact)
    for number, kind in enumerate(kinds):
        names = (f"p:{number}",)
        if kind == "nobody":
            audience.append(Recipient(f"{number}", why="not a phone number"))
            continue
        if kind == "again" and audience:
            audience.append(audience[-1])
            continue
        recipient = Recipient(f"{number}", names, "JP" if kind == "at night" else "IT")
        audience.append(recipient)
        if kind != "unknown":
            apply(state, agreed(names))
        if kind == "stopped":
            apply(state, facts.Withdrew(at=NOON, person=names, category="any", source="mail"))
        if kind == "had one today":
            for fact in sent(recipient.message(OFFER), NOON - HOUR, f"had{number}"):
                apply(state, fact)
    campaign = Campaign("1", "spring_sale", "en", "marketing", starts)
    found = preflight(state, campaign, audience)
    assert len(found["may"]) + len(found["later"]) + len(found["never"]) == len(audience)
    assert sum(wave["count"] for wave in found["schedule"]) == len(found["may"]) + len(found["later"])
    unique = list({recipient.names: recipient for recipient in audience if recipient.names}.values())
    assert follow(state, campaign, unique) == []


@pytest.mark.slow
def test_a_large_plan_keeps_every_limit() -> None:
    audience = people(3_000)
    state = with_consent(shop(facts.TierSet(at=NOON - DAY, account="w", tier="TIER_2K")), audience)
    assert follow(state, OFFER, audience) == []


def test_an_open_window_does_not_let_an_opted_out_person_in() -> None:
    state = shop(agreed(), wrote(NOON, "stop"))
    found = preflight(
        state, Campaign("1", "spring_sale", "en", "marketing", NOON + 1), [Recipient("a", ("p:anna",), "IT")]
    )
    assert found["never"][0]["why"].startswith("opted-out")
