"""Webhooks as the platform writes them, and as it does not: each is read, or said not to be."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.adapters.cloud import ANNA, NUMBER, change, wrote

from cartellino.adapters.whatsapp_cloud.updates import NotAnUpdate, facts_of, newest_of
from cartellino.senders import facts as known
from cartellino.senders.facts import Fact, NumberSeen, Unfamiliar, read, written
from cartellino.senders.fold import apply
from cartellino.senders.state import Senders
from cartellino.service.pseudonyms import Pseudonyms
from cartellino.vocabulary.times import HOUR, SECOND

NOW = 1_795_000_000_000
NAMES = Pseudonyms(b"k" * 32)


def told(*changes: dict[str, Any], **entry: Any) -> list[Fact]:
    """Return the facts of a webhook, without those that only say which number it is about."""
    payload = {"object": "whatsapp_business_account", "entry": [{"id": "555", "changes": list(changes), **entry}]}
    return [fact for fact in facts_of(payload, NOW, NAMES) if not isinstance(fact, NumberSeen)]


def one(*changes: dict[str, Any], **entry: Any) -> Any:  # noqa: ANN401
    (fact,) = told(*changes, **entry)
    return fact


EXPECTED = {
    "account_update": {"AccountChanged": 17, "Restricted": 1, "Violated": 1, "Disabled": 1},
    "call_connect": {"Wrote": 1}, "call_permission_update": {"Wrote": 2}, "call_status": {},
    "call_terminate": {"Unfamiliar": 1}, "callback_button": {"Wrote": 3}, "callback_selection": {"Wrote": 2},
    "deleted_message": {"Wrote": 1}, "edited_message": {"Wrote": 1}, "flow_completion": {"Wrote": 2},
    "message": {"Wrote": 23, "Unfamiliar": 1}, "message_status": {"Status": 7}, "outgoing_message": {"Echoed": 3},
    "system": {"Renamed": 1}, "template_category_update": {"TemplateFiled": 1},
    "template_components_update": {"AccountChanged": 1}, "template_quality_update": {"TemplateRated": 1},
    "template_status_update": {"TemplateChanged": 2}, "user_marketing_preferences": {"Preferred": 2},
}  # fmt: skip
"""What the fixtures of pywa say, by file. The one unfamiliar thing is an error beside a call or a message."""


@pytest.mark.data
def test_every_fixture_is_understood_and_kept(data: Path) -> None:
    folder = data / "whatsapp_fixtures" / "pywa_webhooks"
    found = {}
    for file in sorted(folder.glob("*.json")):
        kinds: Counter[str] = Counter()
        for name, payload in json.loads(file.read_text("utf-8")).items():
            facts, state = facts_of(payload, NOW, NAMES), Senders()
            assert facts, (file.name, name)
            for fact in facts:
                assert read(written(fact)) == fact
                apply(state, fact)
            assert all(fact.field == "errors" for fact in facts if isinstance(fact, Unfamiliar)), (file.name, name)
            kinds.update(type(fact).__name__ for fact in facts if not isinstance(fact, NumberSeen))
        found[file.stem] = dict(kinds)
    assert found == EXPECTED


@pytest.mark.data
def test_no_fact_of_a_fixture_has_a_text_or_a_number_of_a_person(data: Path) -> None:
    for file in sorted((data / "whatsapp_fixtures" / "pywa_webhooks").glob("*.json")):
        for payload in json.loads(file.read_text("utf-8")).values():
            kept = b"".join(written(fact) for fact in facts_of(payload, NOW, NAMES))
            for change_ in payload["entry"][0]["changes"]:
                for message in change_["value"].get("messages", []):
                    assert message.get("from", "-").encode() not in kept
                    assert (message.get("text") or {}).get("body", "-----").encode() not in kept


@pytest.mark.parametrize("until", [1_795_003_600, "1795003600", "2026-11-18T12:06:40Z", "2026-11-18T12:06:40+0000"])
def test_an_end_is_read_however_it_is_written(until: object) -> None:
    restriction = {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": until}
    for info in ([restriction], restriction):
        value = {"event": "ACCOUNT_RESTRICTION", "restriction_info": info}
        (restricted, _) = told({"field": "account_update", "value": value})
        assert restricted.restrictions[0].until == NOW + HOUR  # type: ignore[union-attr]


@pytest.mark.parametrize(("tier", "read_as"), [("TIER_2K", "TIER_2K"), (2_000, "TIER_2K"), ("2000", "TIER_2K"),
                                               (-1, "TIER_UNLIMITED"), ("TIER_9M", "TIER_9M"), (7, "7")])  # fmt: skip
def test_a_tier_is_a_name_or_a_number(tier: object, read_as: str) -> None:
    fact = one({"field": "business_capability_update", "value": {"max_daily_conversations_per_business": tier}})
    assert (type(fact), fact.tier) == (known.TierSet, read_as)
    state = Senders()
    apply(state, fact)  # an unknown tier is kept, and limits nothing that is known


def test_what_it_is_about_follows_from_the_keys_for_the_platforms_own_sample_names_the_wrong_field() -> None:
    value = {"previous_quality_score": "GREEN", "new_quality_score": "RED", "message_template_id": 8,
             "message_template_name": "sale", "message_template_language": "en_US"}  # fmt: skip
    for field in ("message_template_status_update", "message_template_quality_update", "renamed_next_year"):
        fact = one({"field": field, "value": value})
        assert (type(fact), fact.quality, fact.template_id) == (known.TemplateRated, "RED", "8")


def test_a_template_is_filed_from_an_instant_on_or_at_once() -> None:
    value = {"message_template_id": 8, "message_template_name": "sale", "message_template_language": "en"}
    later = {**value, "new_category": "UTILITY", "correct_category": "MARKETING",
             "category_update_timestamp": 1_795_003_600}  # fmt: skip
    fact = one({"field": "template_category_update", "value": later})
    assert (fact.category, fact.filed_at) == ("marketing", NOW + HOUR)
    at_once = one({"field": "template_category_update",
                   "value": {**value, "previous_category": "UTILITY", "new_category": "MARKETING"}})  # fmt: skip
    assert (at_once.category, at_once.filed_at) == ("marketing", None)


def test_a_word_that_stops_is_recognised_wherever_it_is_said() -> None:
    for message in (
        {"type": "text", "text": {"body": "  Stop! 🛑"}},
        {"type": "button", "button": {"payload": "x", "text": "STOP"}},
        {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "1", "title": "Stop"}}},
        {"type": "image", "image": {"id": "7", "caption": "stop"}},
    ):
        for field in ("messages", "standby"):
            value = change(field, **{field: [{"from": ANNA, "id": "w", "timestamp": "1795000000", **message}]})
            assert one(value).word == "stop", (message, field)


def test_ten_changes_of_number_and_id_lose_no_withdrawal() -> None:
    state, was, was_id = Senders(), ANNA, "IT.0"
    for fact in told(wrote("Stop", ANNA, at=NOW / 1_000)):
        apply(state, fact)
    for number in range(1, 11):
        now, now_id = f"39333200{number:04d}", f"IT.{number}"
        kind = ("user_changed_number", "user_changed_user_id")[number % 2]
        system = {"type": kind, "user_id": now_id, "previous_user_id": was_id, "wa_id": now if number % 2 == 0 else was}
        message = {"from": was, "from_user_id": was_id, "id": f"w{number}", "timestamp": "1795000001", "type": "system",
                   "system": system}  # fmt: skip
        for fact in told(change(messages=[message])):
            apply(state, fact)
        was, was_id = (now if number % 2 == 0 else was), now_id
        for names in (NAMES.of(digits=was), NAMES.of(user_id=was_id)):
            person = state.people.find(names)
            assert person is not None, number
            assert person.agrees("marketing") is False, number
            assert person.threads[NUMBER].window_until > NOW, number


def test_what_is_told_twice_counts_once_and_what_is_told_late_changes_nothing_newer() -> None:
    def paused(second: int, event: str, pause: str = "") -> dict[str, Any]:
        value = {"event": event, "message_template_name": "sale", "message_template_language": "en",
                 "other_info": {"title": pause}}  # fmt: skip
        return {
            "time": 1_795_000_000 + second,
            "changes": [{"field": "message_template_status_update", "value": value}],
        }

    violated = {"field": "account_update", "value": {"event": "ACCOUNT_VIOLATION",
                                                     "violation_info": {"violation_type": "ADULT"}}}  # fmt: skip
    stopped = change(user_preferences=[{"wa_id": ANNA, "value": "stop", "category": "marketing_messages",
                                        "timestamp": 1_795_000_000}])  # fmt: skip
    payloads = [
        {"entry": [{"id": "555", "time": 1_795_000_000, "changes": [violated, stopped]}]},
        {"entry": [{"id": "555", **paused(5, "PAUSED")}]},
    ]
    state = Senders()
    for payload in payloads * 3:
        for fact in facts_of(payload, NOW, NAMES):
            apply(state, fact)
    account, number = state.accounts["555"], state.numbers[NUMBER]
    assert [kind for _, kind in account.violations] == ["ADULT"]
    assert number.days.on(NOW).stopped == 1
    template = account.templates["sale/en"]
    assert (template.status, template.pauses) == ("PAUSED", 1)
    for late in (paused(60, "APPROVED", "UNPAUSE"), paused(30, "PAUSED"), paused(10, "DISABLED")):
        for fact in facts_of({"entry": [{"id": "555", **late}]}, NOW, NAMES):
            apply(state, fact)
    assert (template.status, template.pauses) == ("APPROVED", 1)


def test_what_came_from_the_future_or_from_nowhere_is_taken_for_now() -> None:
    odd: tuple[object, ...] = ("99999999999999", "NaN", "", None, -1, True, [], 1e400)
    for written_at in odd:
        message = {"from": ANNA, "id": "w", "timestamp": written_at, "type": "text", "text": {"body": "hi"}}
        assert one(change(messages=[message])).at == NOW, written_at


def test_it_is_seen_when_the_platforms_clock_is_ahead() -> None:
    payload = {"entry": [{"changes": [wrote("hi", at=NOW / 1_000 + 60)]}, {"time": 5}, {"changes": [{"value": 3}]}]}
    assert newest_of(payload) == NOW + 60 * SECOND
    strange: tuple[object, ...] = ({}, [], None, {"entry": [[]]}, {"entry": 7})
    assert [newest_of(one_) for one_ in strange] == [0] * 5


def test_more_than_a_thousand_updates_are_refused_and_a_thousand_are_taken() -> None:
    messages = [{"from": ANNA, "id": f"w{n}", "timestamp": "1795000000", "type": "text", "text": {"body": "hi"}}
                for n in range(1_001)]  # fmt: skip
    assert len(told(change(messages=messages[:1_000]))) == 1_000
    with pytest.raises(NotAnUpdate):
        told(change(messages=messages))


_leaf = some.one_of(some.none(), some.booleans(), some.integers(-(10**20), 10**20), some.text(max_size=8),
                    some.floats(allow_nan=False))  # fmt: skip
_names = some.sampled_from([
    "entry", "changes", "field", "value", "metadata", "phone_number_id", "messages", "standby", "statuses", "errors",
    "error_data", "contacts", "from", "wa_id", "user_id", "timestamp", "type", "text", "body", "system", "interactive",
    "user_preferences", "calls", "restriction_info", "violation_info", "ban_info", "waba_ban_state", "alert_info",
    "message_template_name", "new_quality_score", "correct_category", "other_info", "event", "decision", "pricing",
    "max_daily_conversations_per_business", "control_passed", "message_echoes", "id", "time", "code", "context",
])  # fmt: skip
_json = some.recursive(
    _leaf, lambda held: some.lists(held, max_size=3) | some.dictionaries(_names, held, max_size=5), max_leaves=30
)


@given(_json, _json)
def test_whatever_comes_is_kept_or_refused_and_never_fails(value: object, entry: object) -> None:
    for payload in (value, {"entry": entry}, {"entry": [{"changes": [{"field": "messages", "value": value}]}]}):
        newest_of(payload)
        try:
            facts = facts_of(payload, NOW, NAMES)
        except NotAnUpdate:
            continue
        state = Senders()
        for fact in facts:
            assert read(written(fact)) == fact
            apply(state, fact)


@pytest.mark.parametrize("code", [10**30, -(10**30), "\u00b2", "9" * 5_000, True, 1.5, "x"])
def test_what_is_no_code_of_an_error_neither_fails_nor_stays(code: object) -> None:
    failed = {"id": "w", "status": "failed", "recipient_id": ANNA, "errors": [{"code": code}]}
    assert one(change(statuses=[failed])).code is None


def test_messages_without_an_id_are_different_ones_and_the_same_one_when_told_again() -> None:
    said = [wrote("STOP", by, identity="", at=NOW // 1_000) for by in (ANNA, "393331234568")]
    first, second = told(*said)
    assert first.message_id != second.message_id  # type: ignore[union-attr]
    assert told(*said) == [first, second]
