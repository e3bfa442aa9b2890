"""What a template's words may be faulted for: shape, links, goods; the text is kept nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.senders.shop import NOON, offer, shop

from cartellino.senders import facts
from cartellino.senders.accounts import Account
from cartellino.senders.campaign import Campaign
from cartellino.senders.fold import apply
from cartellino.senders.pillars import pillars_of
from cartellino.senders.preflight import preflight
from cartellino.senders.state import Senders
from cartellino.senders.wording import FAULTS, contents, faults_of, said


def body(text: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "BODY", "text": text}, *more]


STOP = {"type": "FOOTER", "text": "Reply STOP to end offers"}


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("Your order {{1}} leaves tomorrow.", ()),
        ("Il tuo ordine {{nome}} parte domani, è già pronto.", ()),
        ("आपका ऑर्डर {{1}} कल भेजा जाएगा, धन्यवाद", ()),
        ("BUY NOW BUY NOW BUY NOW BUY NOW", ("capitals",)),
        ("ATM and USB", ()),
        ("Really ? ! ! See for yourself", ("marks",)),
        ("Here it is 🎉🎉🎉🎉🎉🎉🎉", ("emoji",)),
        ("One.\n\n\nTwo.", ("empty_lines",)),
        ("Take {{1}} {{2}} with you when you come to see us.", ("placeholders_together",)),
        ("{{1}}, your order is on its way to you.", ("placeholder_at_edge",)),
        ("Hi {{1}} is {{2}} ok", ("hardly_words",)),
        ("See http://www.bit.ly/3x for more", ("short_link",)),
        ("See tinyurl.com/3x for more", ("short_link",)),
        ("See https://shop.example/bit.ly for more", ()),
        ("Write to wa.me/393331234567 for more", ("link_to_whatsapp",)),
        ("Un bicchiere di VINO per te", ("goods:alcohol",)),
        ("Vinograd street 5 is where we are", ()),
        ("Rokok elektrik dan vape terbaru", ("goods:tobacco",)),
    ],
)
def test_a_text_has_the_faults_that_people_and_platform_mind(text: str, faults: tuple[str, ...]) -> None:
    assert faults_of(body(text), "utility") == faults


def test_a_link_of_a_button_counts_and_an_offer_says_how_to_stop_it() -> None:
    button = {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Shop", "url": "https://bit.ly/x"}]}
    assert faults_of(body("Our sale begins today.", button), "marketing") == ("short_link", "no_way_out")
    assert faults_of(body("Our sale begins today.", STOP), "marketing") == ()
    assert faults_of(body("Il saldo comincia oggi. Rispondi BASTA per non riceverne più."), "marketing") == ()
    assert faults_of(body("Our sale ends today, and the end is near."), "marketing") == ("no_way_out",)
    quick = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Berhenti berlangganan"}]}
    assert faults_of(body("Diskon hari ini.", quick), "marketing") == ()


KEYS = st.sampled_from(["type", "text", "buttons", "url", "BODY"])
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(), lambda inside: st.dictionaries(KEYS, inside) | st.lists(inside), max_leaves=8
)


@given(st.lists(ANYTHING))
def test_whatever_a_platform_lists_is_read(components: list[Any]) -> None:
    assert all(said(fault) != fault for fault in faults_of(components, "marketing"))


def test_every_name_of_goods_has_words_and_every_fault_a_sentence() -> None:
    assert all(any(by_language.values()) for by_language in contents().goods.names.values())
    assert {fault.partition(":")[0] for fault in faults_of(body("WINE WINE WINE WINE WINE!!!"), "marketing")} <= set(
        FAULTS
    )


def read(state: Senders, *faults: str) -> Account:
    apply(state, facts.TemplateRead(at=NOON, account="w", template="spring_sale", language="en", faults=faults))
    return state.account("w")


def test_the_content_pillar_counts_them_and_says_what_to_write_anew() -> None:
    state = shop()
    unread = pillars_of(state, state.number("1"), NOON).pillars[3]
    assert unread.figure("faulted_templates").shown == "unknown"
    read(state, "capitals", "goods:alcohol")
    apply(state, facts.Asked(at=NOON, attempt="a", message=offer("p:x")))
    pillar = pillars_of(state, state.number("1"), NOON).pillars[3]
    assert (pillar.figure("faulted_templates").least, pillar.figure("restricted_goods").least) == (1, 1)
    assert {lever.said for lever in pillar.levers if lever.name == "reword"} == {
        "Write `spring_sale` anew: it shouts in capitals.",
        "Write `spring_sale` anew: it names goods that the platform restricts.",
    }
    read(state)
    assert pillars_of(state, state.number("1"), NOON).pillars[3].figure("faulted_templates").least == 0


def test_a_preflight_says_them() -> None:
    state = shop()
    read(state, "goods:alcohol", "short_link")
    notes = preflight(state, Campaign("1", "spring_sale", "en", "marketing", NOON), [])["expected"]["notes"]
    assert "The words of the template: it names goods that the platform restricts (alcohol)." in notes
    assert "The words of the template: a shortened link hides where it leads." in notes
