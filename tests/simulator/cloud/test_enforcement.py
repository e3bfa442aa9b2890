"""Quality, the ladder of violations, templates: what the platform does about reckless senders."""

from __future__ import annotations

import pytest
from tests.simulator.cloud.worlds import ANN, Little

from cartellino.senders.errors import error_rules
from cartellino.simulator.cloud import authoring, quality, strikes
from cartellino.simulator.cloud.errors import GraphError
from cartellino.simulator.cloud.sending import ASYNCHRONOUS, Wish, send
from cartellino.simulator.cloud.strikes import ladder
from cartellino.simulator.cloud.templates import Template
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND


def test_an_honest_sender_stays_green_and_free(little: Little) -> None:
    for day in range(5):
        people = little.people(98, "answers", first=100 + 200 * day) + little.people(2, "blocks", first=9_000 + day * 2)
        little.campaign(people)
        little.later(DAY)
    assert little.number.quality == "GREEN"
    assert little.account.in_force(little.world.now) == []
    assert little.account.strikes == 0


def test_a_reckless_campaign_is_red_and_restricted_while_replies_flow(little: Little) -> None:
    little.say()
    little.campaign(little.people(60, "blocks", first=1) + little.people(60, "ignores", first=500))
    little.later(MINUTE)
    assert little.number.quality == "RED"
    assert little.events() == ["ACCOUNT_VIOLATION", "ACCOUNT_VIOLATION", "ACCOUNT_RESTRICTION"]
    info = little.values("account_update")[-1]["restriction_info"]
    assert [one["restriction_type"] for one in info] == [strikes.BEGINS, strikes.NO_NUMBERS]
    assert little.template(name="order_update") == "368"
    reply = little.text()
    little.later(MINUTE)
    assert little.statuses(reply)[:2] == ["sent", "delivered"]

    little.later(info[0]["expiration"] * SECOND - little.world.now + SECOND)
    assert little.account.in_force(little.world.now) == []
    assert little.template(name="order_update").startswith("wamid.")


def test_a_slow_reckless_campaign_ends_at_the_first_restriction(little: Little) -> None:
    answers = little.campaign(little.people(60, "blocks", first=1), every=10 * SECOND)
    assert "368" in answers
    assert sum(answer.startswith("wamid.") for answer in answers) < 40


def test_quality_recovers_when_what_came_back_is_a_week_old(little: Little) -> None:
    little.campaign(little.people(8, "blocks", first=1) + little.people(20, "answers", first=500))
    little.later(MINUTE)
    assert little.number.quality == "RED"
    little.later(8 * DAY)
    assert little.number.quality == "GREEN"


def test_the_ladder_is_climbed_to_its_end(little: Little) -> None:
    lengths = []
    for rung in ladder():
        strikes.violate(little.world, little.account, "SPAM")
        if rung.lasting is not None:
            stop = little.account.in_force(little.world.now)[-1]
            assert stop.until is not None
            lengths.append((stop.until - little.world.now) // DAY)
            little.say()
            assert little.template() == "368"
            assert (little.text() == "368") == (rung.stops == "everything")
            little.later(31 * DAY)
    assert lengths == [1, 3, 5, 7, 30]
    assert little.account.state == "disabled"
    assert little.text() == "131031"
    bans = [value["ban_info"]["waba_ban_state"] for value in little.values("account_update") if "ban_info" in value]
    assert bans == ["SCHEDULE_FOR_DISABLE", "DISABLE"]


def test_a_review_gives_the_account_back_after_its_time(little: Little) -> None:
    for _ in ladder():
        strikes.violate(little.world, little.account, "SCAM")
    strikes.review(little.world, little.account, "reversed")
    little.later(47 * HOUR)
    assert little.text() == "131031"
    little.later(HOUR)
    assert little.template().startswith("wamid.")
    assert little.values("account_update")[-1]["ban_info"]["waba_ban_state"] == "REINSTATE"


def test_a_reinstatement_takes_restrictions_back_and_tells_of_it(little: Little) -> None:
    strikes.restrict(little.world, little.account, ("RESTRICTED_BIZ_INITIATED_MESSAGING",), HOUR)
    assert little.template() == "368"
    strikes.reinstate(little.world, little.account)
    assert little.template().startswith("wamid.")
    little.later(MINUTE)
    assert little.values("account_update")[-1]["ban_info"]["waba_ban_state"] == "REINSTATE"


# Templates


def test_a_template_that_people_block_is_paused_three_hours_then_six_then_never_back(little: Little) -> None:
    template = little.account.templates["spring_sale/en"]
    for length, after in ((3, "APPROVED"), (6, "APPROVED"), (0, "DISABLED")):
        quality.pause(little.world, little.account.id, template)
        assert little.template() == ("132015" if length else "132016")
        little.later(length * HOUR)
        assert template.status == after
    titles = [value["other_info"]["title"] for value in little.values("message_template_status_update")]
    assert titles == ["FIRST_PAUSE", "UNPAUSE", "SECOND_PAUSE", "UNPAUSE", "DISABLED"]


def test_blocks_pause_the_template_that_they_are_about_and_no_other(little: Little) -> None:
    little.campaign(little.people(100, "blocks", first=1))
    little.later(MINUTE)
    states = {key: held.status for key, held in little.account.templates.items()}
    assert states == {"spring_sale/en": "PAUSED", "order_update/en": "APPROVED", "login_code/en": "APPROVED"}
    told = little.values("message_template_quality_update")
    assert told[-1]["new_quality_score"] == "RED"


def new_template(little: Little, text: str, category: str = "MARKETING") -> Template:
    data = {"name": "fresh", "language": "en", "category": category, "components": [{"type": "BODY", "text": text}]}
    return authoring.create(little.world, little.account, data)


def held_of(little: Little, people: list[str]) -> list[str]:
    made = []
    for wa_id in people:
        little.later(SECOND // 20)
        wish = Wish(person=wa_id, kind="template", content={"name": "fresh", "language": {"code": "en"}})
        outcome = send(little.world, little.number, wish)
        if outcome.status == "held_for_quality_assessment":
            made.append(outcome.message.id)
    return made


@pytest.mark.parametrize(("mood", "last"), [("ignores", "delivered"), ("blocks", "failed 132015")])
def test_a_new_template_goes_to_a_few_first(little: Little, mood: str, last: str) -> None:
    new_template(little, "New shoes have arrived")
    little.later(MINUTE)
    held = held_of(little, little.people(30, mood, first=1))  # type: ignore[arg-type]
    assert len(held) == 10
    assert little.statuses(held[0]) == []
    little.later(HOUR)
    assert all(last in little.statuses(one) for one in held)


def test_utility_that_advertises_is_marketing_and_misuse_is_restricted(little: Little) -> None:
    made = new_template(little, "Big sale: 50% off your order", "UTILITY")
    assert (made.category, made.previous_category) == ("marketing", "UTILITY")
    assert little.events() == ["ACCOUNT_VIOLATION"]
    strikes.misuse(little.world, little.account)
    info = little.values("account_update")[-1]["restriction_info"]
    assert [one["restriction_type"] for one in info] == [strikes.NO_UTILITY]
    assert little.template(name="order_update") == "131064"
    assert little.template().startswith("wamid.")
    little.later(7 * DAY)
    assert little.template(name="order_update").startswith("wamid.")


def test_a_template_whose_places_touch_is_rejected(little: Little) -> None:
    made = new_template(little, "Hello {{1}}{{2}} there")
    little.later(MINUTE)
    assert made.status == "REJECTED"
    assert little.values("message_template_status_update")[-1]["reason"] == "INVALID_FORMAT"


def test_parameters_have_to_fit(little: Little) -> None:
    new_template(little, "Hello {{1}}")
    little.later(MINUTE)
    sent = {"name": "fresh", "language": {"code": "en"}}
    full = sent | {"components": [{"type": "body", "parameters": [{"type": "text", "text": "Ann"}]}]}
    with pytest.raises(GraphError) as refused:
        send(little.world, little.number, Wish(person=ANN, kind="template", content=sent))
    assert refused.value.code == 132000
    assert send(little.world, little.number, Wish(person=ANN, kind="template", content=full)).status == "accepted"


CODES = sorted({code for rule in error_rules() for code in (rule.match.code, *rule.match.codes) if code is not None})


@pytest.mark.parametrize("code", CODES)
def test_every_code_can_be_had_on_demand(little: Little, code: int) -> None:
    little.world.forced.append(code)
    answer = little.template()
    little.later(MINUTE)
    if code in ASYNCHRONOUS:
        assert little.statuses(answer) == [f"failed {code}"]
    else:
        assert answer == str(code)
    assert little.template().startswith("wamid.")
