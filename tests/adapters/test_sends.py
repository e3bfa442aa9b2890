"""Bodies of sends, as clients write them and as they do not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from cartellino.adapters.whatsapp_cloud.sends import NotASend, read_send
from cartellino.senders.facts import Message
from cartellino.service.pseudonyms import Pseudonyms

NAMES = Pseudonyms(b"k" * 32)
ANNA = "393331234567"


def read(body: object, home: str | None = "IT", campaign: str | None = None) -> Message:
    message = read_send("1", body, NAMES, home, campaign).message
    assert message is not None
    return message


def to(written: object, **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": written, **(more or {"text": {"body": "hi"}})}


@pytest.mark.parametrize(
    "written", [ANNA, f"+{ANNA}", "+39 333 123-4567", "0039 333 1234567", 393331234567, "333 123 4567"]
)
def test_one_person_however_their_number_is_written(written: object) -> None:
    message = read(to(written))
    assert message.person == NAMES.of(digits=ANNA)
    assert (message.kind, message.category, message.country, message.is_template) == ("text", "service", "IT", False)


def test_a_country_that_was_assumed_is_said() -> None:
    sends = [read_send("1", to(written), NAMES, "IT") for written in ("333 123 4567", ANNA)]
    assert [send.phone.assumed if send.phone else "?" for send in sends] == ["IT", None]


def test_a_user_id_stands_in_recipient_and_a_number_goes_before_it() -> None:
    by_id = read({"recipient": "BR.1349", "type": "text", "text": {"body": "hi"}})
    assert (by_id.person, by_id.country) == (NAMES.of(user_id="BR.1349"), "BR")
    assert read({**to(ANNA), "recipient": "BR.1349"}).person == NAMES.of(digits=ANNA)


KINDS = ("image", "audio", "video", "document", "sticker", "location", "contacts", "interactive", "reaction", "text",
         "hologram")  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_is_read_also_one_of_tomorrow(kind: str) -> None:
    assert read(to(ANNA, type=kind, **{kind: {"link": "https://example.org"}})).kind == kind
    if kind != "hologram":
        assert read(to(ANNA, **{kind: {"id": "7"}})).kind == kind, "the type follows from what it says"


def test_what_a_template_says_is_known_by_its_fingerprint_only() -> None:
    def offer(*said: str) -> dict[str, Any]:
        parts = [{"type": "body", "parameters": [{"type": "text", "text": one} for one in said]}]
        return to(ANNA, type="template", template={"name": "sale", "language": {"code": "it"}, "components": parts})

    message = read(offer("Anna", "https://shop.example"), campaign="spring")
    assert (message.template, message.language, message.category) == ("sale", "it", None)
    assert (message.campaign, message.links) == ("spring", 1)
    assert message.content == read(offer("Anna", "https://shop.example")).content != read(offer("Bea")).content
    kept = msgspec.json.encode(message)
    assert b"Anna" not in kept
    assert b"shop.example" not in kept
    assert ANNA.encode() not in kept


def test_what_is_no_message_is_not_judged() -> None:
    read_receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    typing = {**read_receipt, "typing_indicator": {"type": "text"}}
    group = {"recipient_type": "group", "to": "Y2FwaV9ncm91cA", "type": "text", "text": {"body": "hi"}}
    assert [read_send("1", body, NAMES, None).message for body in (read_receipt, typing, group)] == [None] * 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], 100), (None, 100), ("to", 100), ({}, 131008), ({"type": "text"}, 131008), (to("", type="text"), 131008),
        (to("0"), 131009), (to("hello"), 131009), (to(True), 131009), (to([ANNA]), 131009), (to("1" * 70), 131009),
        (to(ANNA, type=""), 131008), (to(ANNA, type="template"), 131008),
        (to(ANNA, type="template", template={"name": 7}), 131008), ({"recipient": "x", "type": "text"}, 131008),
        ({"recipient": "x" * 300, "type": "text"}, 131008),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_platforms_code(body: object, code: int) -> None:
    with pytest.raises(NotASend) as refused:
        read_send("1", body, NAMES, "IT")
    assert refused.value.error == code
    assert str(refused.value)


_names = some.sampled_from(["to", "recipient", "type", "recipient_type", "template", "name", "language", "code", "text",
                            "body", "status", "message_id", "components", "interactive"])  # fmt: skip
_leaf = some.none() | some.booleans() | some.integers() | some.text(max_size=12) | some.just(ANNA)
_json = some.recursive(
    _leaf, lambda held: some.lists(held, max_size=3) | some.dictionaries(_names, held, max_size=6), max_leaves=25
)


@given(_json, _json)
def test_whatever_comes_is_read_or_refused(body: object, inside: object) -> None:
    for each in (body, {"to": ANNA, "type": "template", "template": inside}, {"to": inside, "text": body}):
        try:
            send = read_send("1", each, NAMES, "IT")
        except NotASend:
            continue
        assert send.message is None or send.message.person
