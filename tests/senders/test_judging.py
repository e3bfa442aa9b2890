"""What a message is refused for, and what passes."""

from __future__ import annotations

from itertools import permutations

import pytest

from cartellino.senders import facts
from cartellino.senders.fold import apply
from cartellino.senders.judging import judge
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, HOUR, SECOND, instant

NOON = instant("2026-11-28T11:00:00Z")
ANNA = ("u:anna", "p:anna")


def offer(person: facts.Names = ANNA, **more: object) -> facts.Message:
    given = {"country": "IT", "template": "spring_sale", "language": "en", **more}
    return facts.Message(number="1", person=person, kind="template", category=None, **given)  # type: ignore[arg-type]


def text(person: facts.Names = ANNA) -> facts.Message:
    return facts.Message(number="1", person=person, kind="text", country="IT")


def shop(*told: facts.Fact) -> Senders:
    state = Senders()
    apply(state, facts.NumberSeen(at=NOON - 90 * DAY, number="1", account="w"))
    for name, category in (("spring_sale", "marketing"), ("order_update", "utility"), ("login_code", "authentication")):
        apply(state, facts.TemplateChanged(at=NOON - 90 * DAY, account="w", template=name, language="en",
              status="APPROVED", category=category))  # type: ignore[arg-type]  # fmt: skip
    for fact in told:
        apply(state, fact)
    return state


def agreed(person: facts.Names = ANNA, at: int = NOON - 90 * DAY) -> facts.Consented:
    return facts.Consented(at=at, person=person, category="marketing", source="web")


def wrote(at: int, word: object = None, identity: str = "i1", **more: object) -> facts.Wrote:
    return facts.Wrote(at=at, number="1", person=ANNA, message_id=identity, word=word, **more)  # type: ignore[arg-type]


def sent(message: facts.Message, at: int, name: str = "a1") -> list[facts.Fact]:
    return [facts.Asked(at=at, attempt=name, message=message),
            facts.Accepted(at=at, attempt=name, message_id=f"wamid.{name}")]  # fmt: skip


def rules(state: Senders, message: facts.Message, at: int = NOON) -> list[str]:
    return [objection.rule for objection in judge(state, message, at)]


def test_free_text_needs_an_open_window() -> None:
    assert rules(shop(), text()) == ["window"]
    assert rules(shop(wrote(NOON - 23 * HOUR)), text()) == []
    assert rules(shop(wrote(NOON - 24 * HOUR)), text()) == ["window"]
    assert rules(shop(wrote(NOON - 71 * HOUR, entry=True)), text()) == []


def test_marketing_needs_an_agreement_and_codes_and_orders_do_not() -> None:
    assert rules(shop(), offer()) == ["consent"]
    assert rules(shop(agreed()), offer()) == []
    assert rules(shop(), offer(template="order_update")) == []
    assert rules(shop(), offer(template="login_code")) == []
    assert rules(shop(), offer(template="nobody_knows_it")) == ["consent"]


@pytest.mark.parametrize("handler", ["us", "standby"])
def test_a_word_that_stops_holds_until_a_word_that_resumes(handler: str) -> None:
    stopped = shop(agreed(), wrote(NOON, "stop", handler=handler))
    assert rules(stopped, offer(), NOON + 1) == ["opted-out"]
    assert rules(stopped, offer(template="order_update"), NOON + 1) == []
    apply(stopped, wrote(NOON + 2, "resume", "i2"))
    assert rules(stopped, offer(), NOON + 3) == []


def test_a_stop_and_a_start_within_the_second_that_the_platform_tells_hold_in_their_order() -> None:
    state = shop(agreed(at=NOON + 400), wrote(NOON, "stop"))
    assert rules(state, offer(), NOON + 900) == ["opted-out"]
    apply(state, wrote(NOON, "resume", "i2"))
    assert rules(state, offer(), NOON + 950) == []


def test_whoever_wants_nothing_at_all_still_gets_codes() -> None:
    stopped = shop(agreed(), wrote(NOON, "stop_everything"))
    assert rules(stopped, offer(template="order_update"), NOON + 2 * DAY) == ["opted-out"]
    assert rules(stopped, offer(template="login_code"), NOON + 2 * DAY) == []


def test_who_stopped_everything_and_starts_again_gets_orders_too() -> None:
    order = offer(template="order_update")
    state = shop(agreed(), wrote(NOON - 9 * DAY, "stop_everything", "w0"))
    assert rules(state, order, NOON) == ["opted-out"]
    apply(state, wrote(NOON - 3 * DAY, "resume", "w1"))
    assert rules(state, order, NOON) == rules(state, offer(), NOON) == []
    apply(state, wrote(NOON - 2 * DAY, "stop", "w2"))
    assert (rules(state, order, NOON), rules(state, offer(), NOON)) == ([], ["opted-out"])


@pytest.mark.parametrize("later", ["stop", "resume"])
def test_what_somebody_wrote_last_holds_however_late_it_comes(later: str) -> None:
    earlier = {"stop": "resume", "resume": "stop"}[later]
    told = [wrote(NOON - 9 * DAY, "stop", "w3"), wrote(NOON - 2 * DAY, earlier, "w4"), wrote(NOON - DAY, later, "w5")]
    for order in permutations(told[1:]):
        state = shop(agreed(), told[0], *order)
        assert rules(state, offer(), NOON) == (["opted-out"] if later == "stop" else [])


def test_what_the_platform_stopped_spares_replies() -> None:
    told = facts.Restricted(at=NOON, account="w", restrictions=(
        facts.Restriction("RESTRICTED_BIZ_INITIATED_MESSAGING", NOON + DAY),))  # fmt: skip
    state = shop(agreed(), wrote(NOON), told)
    assert rules(state, offer(), NOON + 1) == ["restricted"]
    assert rules(state, text(), NOON + 1) == []
    assert rules(state, offer(), NOON + DAY) == []


def test_a_burst_to_one_person_has_to_be_paid_back() -> None:
    state = shop(wrote(NOON - HOUR))
    for name in range(45):
        assert rules(state, text(), NOON + name) == []
        for fact in sent(text(), NOON + name, f"a{name}"):
            apply(state, fact)
    assert rules(state, text(), NOON + 45) == ["pair-rate"]
    assert judge(state, text(), NOON + 45)[0].next_allowed_at == NOON + 45 * 6 * SECOND


def test_a_portfolio_begins_with_no_more_people_than_its_tier_allows() -> None:
    state = shop()
    for name in range(250):
        person = (f"p:{name}",)
        for fact in (agreed(person), *sent(offer(person), NOON + name * SECOND, f"a{name}")):
            apply(state, fact)
        if name == 224:
            apply(state, agreed(("p:new",)))
            assert rules(state, offer(("p:new",)), NOON + 225 * SECOND) == ["reserve"]
    later = NOON + 250 * SECOND
    assert rules(state, offer(("p:new",)), later) == ["tier", "reserve"]
    apply(state, facts.Status(at=later, message_id="wamid.a7", number="1", status="failed", code=131026))
    assert rules(state, offer(("p:new",)), later) == ["reserve"]
    apply(state, facts.TierSet(at=later, account="w", tier="TIER_2K"))
    assert state.portfolio_of("1").tier == "TIER_2K"


def test_a_marketing_hold_is_waited_out() -> None:
    state = shop(agreed(), *sent(offer(), NOON))
    apply(state, facts.Status(at=NOON + 1, message_id="wamid.a1", number="1", status="failed", code=131049))
    assert rules(state, offer(), NOON + 2) == ["marketing-hold"]
    assert rules(state, offer(), NOON + DAY + 2) == []


def test_a_paused_template_rests_until_its_pause_is_over() -> None:
    state = shop(agreed(), facts.TemplateChanged(at=NOON, account="w", template="spring_sale", language="en",
                 status="PAUSED", pause="FIRST_PAUSE"))  # fmt: skip
    assert rules(state, offer(), NOON + HOUR) == ["template"]
    assert rules(state, offer(), NOON + 3 * HOUR) == []


def test_nothing_advertises_at_night_where_the_person_lives() -> None:
    night = instant("2026-11-28T22:00:00Z")
    assert rules(shop(agreed()), offer(), night) == ["quiet-hours"]
    assert rules(shop(agreed()), offer(template="order_update"), night) == []
    assert rules(shop(agreed()), offer(country="NZ"), night) == []


def test_consent_and_withdrawal_follow_a_person_over_ten_changes_of_name() -> None:
    state = shop(agreed(("u:0", "p:0")))
    for change in range(10):
        was, now = (f"u:{change}", f"p:{change}"), (f"u:{change + 1}", f"p:{change + 1}")
        apply(state, facts.Renamed(at=NOON + change, number="1", was=was, now=now))
    assert rules(state, offer(("u:10",))) == []
    assert rules(state, offer(("p:0",))) == ["consent"], "the number that was given up may be somebody else's"
    apply(state, facts.Preferred(at=NOON + 20, number="1", person=("p:10",), value="stop"))
    assert rules(state, offer(("u:10",)), NOON + 21) == ["opted-out"]


def test_who_never_reads_or_answers_gets_no_ninth_offer() -> None:
    facts_of = [fact for day in range(8) for fact in sent(offer(), NOON - 59 * DAY + day * 7 * DAY, f"a{day}")]
    assert rules(shop(agreed(), *facts_of), offer()) == ["unanswered"]
    read = facts.Status(at=NOON - DAY, message_id="wamid.a3", number="1", status="read")
    assert rules(shop(agreed(), *facts_of, read), offer()) == []


def test_the_same_facts_give_the_same_state_also_when_written_and_read() -> None:
    told = [agreed(), *sent(offer(), NOON), wrote(NOON + 5, "stop")]
    again = [facts.read(facts.written(fact)) for fact in told]
    assert shop(*told) == shop(*again)


def test_statuses_in_any_order_give_the_same_message() -> None:
    def told(*names: str) -> tuple[str, int, int]:
        state = shop(*sent(offer(), NOON), *(
            facts.Status(at=NOON + 5, message_id="wamid.a1", number="1", status=name, person=ANNA,
                         code=131026 if name == "failed" else None) for name in names))  # fmt: skip
        found = state.sent(message_id="wamid.a1")
        assert found is not None
        return found[1].status, len(state.portfolio_of("1").began), state.number("1").days.on(NOON).delivered

    for held in permutations(("sent", "failed")):
        assert told(*held) == ("failed", 0, 0), held
    for held in permutations(("sent", "failed", "delivered")):
        assert told(*held) == ("delivered", 1, 1), held
    for held in permutations(("sent", "delivered", "read")):
        assert told(*held) == ("read", 1, 1), held


def test_who_proves_to_be_one_person_counts_once_and_keeps_what_they_were_sent() -> None:
    by_phone, by_id = offer(("p:anna",)), offer(("u:anna",))
    state = shop(*sent(by_phone, NOON), *sent(by_id, NOON + 1, "a2"),
                 facts.Asked(at=NOON + 2, attempt="a3", message=by_phone))  # fmt: skip
    assert state.portfolio_of("1").used(NOON + 3) == 2
    apply(state, wrote(NOON + 3))  # which names both
    assert state.portfolio_of("1").used(NOON + 4) == 1
    for name in ("wamid.a1", "wamid.a2"):
        apply(state, facts.Status(at=NOON + 5, message_id=name, number="1", status="delivered", person=ANNA))
    apply(state, facts.Rejected(at=NOON + 5, attempt="a3", code=131000))
    person = state.person(ANNA)
    assert [one.status for one in person.sent] == ["delivered", "delivered", "rejected"]


def test_what_somebody_wrote_last_stays_the_last_when_an_older_message_comes_late() -> None:
    state = shop(wrote(NOON), wrote(NOON - 2 * DAY, identity="i0"))
    assert state.person(ANNA).thread("1").wrote_at == NOON
