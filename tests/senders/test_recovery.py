"""What a restriction means, why it probably came, what comes next, and the dossier that shows it."""

from __future__ import annotations

import msgspec
import pytest
from tests.senders.shop import NOON, campaign, offer, shop

from cartellino.notices.words import Words
from cartellino.senders import facts, recovery_texts
from cartellino.senders.causes import causes_of
from cartellino.senders.dossier import dossier_of, record
from cartellino.senders.facts import Restriction
from cartellino.senders.fold import apply
from cartellino.senders.platform import platform
from cartellino.senders.recovery import WORKS, Report, report
from cartellino.senders.recovery_words import TICKS, Speaker
from cartellino.senders.state import Senders
from cartellino.service.service import catalogues
from cartellino.vocabulary.times import DAY, HOUR

WORDS = Words(catalogues())
BLOCKED = "RESTRICTED_BIZ_INITIATED_MESSAGING"


def restrict(state: Senders, kind: str = BLOCKED, at: int = NOON, until: int | None = NOON + 3 * DAY) -> None:
    apply(state, facts.Restricted(at=at, account="w", restrictions=(Restriction(kind, until),)))


def said(state: Senders, at: int = NOON) -> Report:
    return report(state, state.number("1"), at)


def test_a_restriction_says_what_it_stops_until_when_and_what_still_works() -> None:
    restrict(state := shop())
    found = said(state)
    assert (found.state, found.offence, [trouble.what for trouble in found.troubles]) == (
        "restricted", 1, ["business_initiated"],
    )  # fmt: skip
    assert found.still_works == ("replies", "receiving", "calls")
    assert found.troubles[0].until == NOON + 3 * DAY
    over = said(state, NOON + 3 * DAY)
    assert (over.state, over.still_works) == ("clear", ("everything",))


def test_of_several_restrictions_only_what_all_of_them_leave_still_works() -> None:
    restrict(state := shop())
    restrict(state, "RESTRICTED_UTILITY_TEMPLATES")
    assert said(state).still_works == ("replies", "receiving")
    restrict(state, "RESTRICTED_CUSTOMER_INITIATED_MESSAGING")
    assert said(state).still_works == ("receiving",)


@pytest.mark.parametrize("code", [368, 131031])
def test_an_error_that_locks_is_told_like_a_lock(code: int) -> None:
    state = shop()
    apply(state, facts.Asked(at=NOON, attempt="a", message=offer("p:1")))
    apply(state, facts.Rejected(at=NOON, attempt="a", code=code))
    found = said(state)
    assert (found.state, found.offence, found.still_works) == ("locked", 1, ("receiving", "review"))
    assert [step.step for step in found.next_steps] == ["disabled"]


def test_a_second_offence_says_so_and_what_comes_next() -> None:
    state = shop()
    apply(state, facts.Violated(at=NOON - 20 * DAY, account="w", violation="ALCOHOL"))
    first = said(state, NOON - 20 * DAY)
    assert (first.state, first.offence) == ("warned", 1)
    assert [step.step for step in first.next_steps] == ["block", "block", "lock", "disabled"]
    apply(state, facts.Violated(at=NOON, account="w", violation="ALCOHOL"))
    restrict(state)  # of the same occasion: it is not the third
    second = said(state)
    assert (second.offence, second.earlier) == (2, (NOON - 20 * DAY,))
    assert [step.stops for step in second.next_steps] == ["everything"] * 3
    speaker = Speaker(WORDS, "en")
    assert "offence number 2" in speaker.offence(second)
    assert "5, 7, or 30 days" in speaker.next_time(second)


def test_misfiled_templates_have_a_ladder_of_their_own() -> None:
    restrict(state := shop(), "RESTRICTED_UTILITY_TEMPLATES", until=NOON + 7 * DAY)
    assert "30 days without new utility templates" in Speaker(WORDS, "en").next_time(said(state))
    restrict(state, "RESTRICTED_UTILITY_TEMPLATES", until=NOON + 30 * DAY)
    assert said(state).next_steps == ()


def test_a_disabled_account_has_nothing_above_it() -> None:
    state = shop()
    apply(state, facts.Disabled(at=NOON, account="w", state="DISABLE"))
    assert (said(state).state, said(state).next_steps) == ("disabled", ())
    apply(state, facts.Disabled(at=NOON + 1, account="w", state="REINSTATE"))
    assert said(state, NOON + 1).state == "clear"


def test_a_disabling_that_is_announced_is_a_warning_with_its_day() -> None:
    state = shop()
    apply(state, facts.Disabled(at=NOON, account="w", state="SCHEDULE_FOR_DISABLE", date="April 17, 2027"))
    assert said(state).state == "warned"
    assert "April 17, 2027" in Speaker(WORDS, "en").means(said(state).troubles[0])


def causes(state: Senders) -> dict[str, str]:
    return {cause.name: cause.grade for cause in causes_of(state.number("1"), state.accounts.get("w"), NOON)}


def test_a_reckless_campaign_is_the_probable_cause() -> None:
    state = shop()
    campaign(state, 200, NOON - DAY, agreed=0, answered=1, stopped=20, undelivered=60)
    found = causes(state)
    assert found["without_consent"] == "likely"
    assert found["stopped"] == "likely"
    assert found["silence"] == "likely"
    assert found["undelivered"] == "likely"
    assert found["no_history"] == "possible"
    assert next(iter(found)) == "without_consent"


def test_messages_that_passed_the_gateway_by_are_the_probable_cause() -> None:
    state = shop()
    campaign(state, 40, NOON - DAY, agreed=40, answered=12)
    for number in range(60):
        told = facts.Status(at=NOON - HOUR, message_id=f"wamid.other{number}", number="1", person=(f"p:o{number}",),
                            status="sent")  # fmt: skip
        apply(state, told)
    assert causes(state)["other_program"] == "likely"
    (cause,) = [one for one in causes_of(state.number("1"), None, NOON) if one.name == "other_program"]
    assert "Another program sent 60% of the messages" in Speaker(WORDS, "en").cause(cause)


def test_a_careful_campaign_is_no_cause_and_few_messages_blame_nobody() -> None:
    state = shop()
    for week in range(5):
        campaign(state, 40, NOON - DAY - 7 * week * DAY, agreed=40, answered=12, name=f"c{week}")
    assert set(causes(state)) <= {"one_campaign", "same_to_all"}
    few = shop()
    campaign(few, 10, NOON - DAY, agreed=0, answered=0, stopped=5)
    assert causes(few) == {}


def test_what_the_platform_names_itself_comes_first() -> None:
    state = shop()
    campaign(state, 200, NOON - DAY, agreed=0, answered=1)
    apply(state, facts.Violated(at=NOON, account="w", violation="TOBACCO"))
    apply(state, facts.TemplateRated(at=NOON, account="w", template="spring_sale", language="en", quality="RED"))
    found = causes_of(state.number("1"), state.accounts.get("w"), NOON)
    assert [cause.name for cause in found if cause.grade == "likely"] == [
        "violation", "without_consent", "silence", "template",
    ]  # fmt: skip
    assert (found[0].named, found[3].named) == ("TOBACCO", "spring_sale (en)")


def dossier_in(language: str) -> tuple[str, Senders]:
    state = shop()
    campaign(state, 200, NOON - DAY, agreed=50, answered=1, stopped=20, undelivered=6)
    apply(state, facts.ModeSet(at=NOON, rule="consent", mode="enforce", actor="o"))
    restrict(state)
    speaker, made = Speaker(WORDS, language), dossier_of(state, state.number("1"), NOON + 1)
    return speaker.request(made, TICKS), state


@pytest.mark.parametrize("language", WORDS.languages)
def test_the_request_says_what_is_known_and_what_was_changed_in_every_language(language: str) -> None:
    text, _ = dossier_in(language)
    assert "{" not in text
    assert "200" in text
    assert "web (50)" in text
    for tick in TICKS:
        assert WORDS.say(language, recovery_texts.MEASURES[tick]) in text
    english, _ = dossier_in("en")
    shared = set(text.split("\n")) & set(english.split("\n"))
    assert language == "en" or shared <= {""}


@pytest.mark.parametrize("language", WORDS.languages)
def test_every_trouble_cause_and_step_can_be_said(language: str) -> None:
    speaker = Speaker(WORDS, language)
    for table in (recovery_texts.CAUSES, recovery_texts.STOP_NOW, recovery_texts.PREVENTED, recovery_texts.WORKS_SAID):
        for text in table.values():
            assert speaker.say(text, share="1 %", named="x", times="2")
    stopped = {what for kinds in platform().restrictions.values() for what in kinds} | {"everything", "marketing"}
    assert stopped <= set(recovery_texts.MEANS)
    assert stopped <= set(WORKS)
    assert {work for works in WORKS.values() for work in works} <= set(recovery_texts.WORKS_SAID)
    assert set(recovery_texts.CAUSES) == set(recovery_texts.PREVENTED)
    assert set(recovery_texts.CAUSES) <= set(recovery_texts.STOP_NOW)


def test_the_dossier_has_the_proofs_and_names_nobody() -> None:
    _, state = dossier_in("en")
    made = record(dossier_of(state, state.number("1"), NOON + 1))
    assert msgspec.json.decode(msgspec.json.encode(made)) == made
    (source,) = made["consents"]["sources"]
    assert (source["source"], source["people"], source["proven"]) == ("web", 50, 50)
    assert {row["person"][:2] for row in made["consents"]["rows"]} == {"p:"}
    assert made["figures"]["blocks"] is None
    assert made["figures"]["consented"]["hits"] == 50
    assert made["rules_enforced"] == ["consent"]
    assert made["campaigns"] == [{"campaign": "c", "people": 200, "undelivered": 6, "answered": None}]
    assert sum(day["sent"] for day in made["days"]) == made["figures"]["sent"] == 200


def test_without_a_cause_the_request_disputes_and_does_not_invent_one() -> None:
    restrict(state := shop())
    text = Speaker(WORDS, "en").request(dossier_of(state, state.number("1"), NOON))
    assert recovery_texts.REQUEST["none"] in text
    assert recovery_texts.REQUEST["found"] not in text
    assert recovery_texts.REQUEST["measures"] not in text
