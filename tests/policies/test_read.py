from __future__ import annotations

import pytest
from tests.policies.files import GOOD, changed, faults, loaded

from cartellino.policies.ladder import Rung
from cartellino.policies.read import read
from cartellino.policies.rule import Mode
from cartellino.vocabulary.diagnostics import Faults, Text
from cartellino.vocabulary.times import DAY, HOUR, LATEST, instant


def test_every_field_of_a_rule_is_read() -> None:
    (rule,) = loaded().rules
    assert (rule.id, rule.policy, rule.name, rule.title, rule.clause) == (
        "spam/bulk",
        "spam",
        "bulk",
        "Bulk",
        {"en": "Terms 4.2"},
    )
    assert (rule.code, rule.ladder, rule.rung, rule.action, rule.grave) == (101, "soft", 1, None, False)
    assert rule.mode == Mode("canary", 0.05, 0.01)
    assert (rule.cooldown, set(rule.on)) == (2 * DAY, {"message_sent"})
    assert (rule.starts, rule.ends) == (instant("2026-01-15T00:00:00Z"), instant("2027-01-15T12:00:00Z"))
    assert (set(rule.regions), set(rule.except_regions), rule.discloses) == ({"IT"}, {"DE"}, "full")
    assert rule.reason == {"en": "too many strangers", "it": "troppi sconosciuti"}
    assert rule.false_friends == ("a wedding",)
    assert [(one.name, one.fires, len(one.steps)) for one in rule.examples] == [
        ("many", True, 1),
        ("few", False, 1),
        ("none", False, 0),
    ]


def test_a_rule_needs_little() -> None:
    (rule,) = loaded(
        "policy: p\nrules: {a-rule: {when: known, on: [read], code: 1, action: review, reason: {en: x}}}"
    ).rules
    assert (rule.title, rule.clause, rule.ladder, rule.action) == ("a rule", {}, None, "review")
    assert (rule.mode, rule.cooldown, rule.starts, rule.ends) == (Mode(), HOUR, 0, LATEST)
    assert not rule.regions
    assert not rule.except_regions
    assert not rule.examples
    assert rule.discloses == "general"


def test_a_rule_rests_as_long_as_its_longest_window_unless_it_says_otherwise() -> None:
    assert loaded(changed(("    cooldown: 2d\n", ""))).rules[0].cooldown == DAY
    assert loaded(changed(("cooldown: 2d", "cooldown: 24h"))).rules[0].cooldown == DAY
    assert [fault.code for fault in faults(changed(("cooldown: 2d", "cooldown: 0s")))] == ["short-cooldown"]


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("off", Mode("off")),
        ("shadow", Mode("shadow")),
        ("live", Mode("live")),
        ("{canary: 5%}", Mode("canary", 0.05)),
        ("{canary: 100%}", Mode("canary", 1.0)),
        ("{canary: 0.5%, hold_out: 10%}", Mode("canary", 0.005, 0.1)),
        ("{hold_out: 1%}", Mode("live", 1.0, 0.01)),
    ],
)
def test_a_mode_is_read(written: str, mode: Mode) -> None:
    assert loaded(changed(("{canary: 5%, hold_out: 1%}", written))).rules[0].mode == mode


@pytest.mark.parametrize(
    "written",
    [
        "on",
        "{canary: 5}",
        "{canary: 101%}",
        "{canary: -1%}",
        "{canary: x%}",
        "[live]",
        "''",
        "{share: 5%}",
        "{canary: nan%}",
    ],
)
def test_what_is_no_mode_is_refused(written: str) -> None:
    assert {fault.code for fault in faults(changed(("{canary: 5%, hold_out: 1%}", written)))} <= {
        "wrong-field",
        "unknown-field",
    }
    assert faults(changed(("{canary: 5%, hold_out: 1%}", written)))


def test_ladders_are_read_in_both_ways() -> None:
    held = loaded(
        "clause: Terms 1\nladders:\n"
        "  short: [warning, {restriction: [new_chats, media], for: 1h}, {suspension: 24h}, ban]\n"
        "  long: {rungs: [ban], memory: 30d, burst: 5m}"
    ).ladders
    assert held["short"].rungs == (
        Rung("warning"),
        Rung("restriction", ("new_chats", "media"), HOUR),
        Rung("suspension", (), DAY),
        Rung("ban"),
    )
    assert (held["short"].memory, held["short"].burst, held["short"].clause) == (90 * DAY, HOUR, "Terms 1")
    assert (held["long"].memory, held["long"].burst) == (30 * DAY, 300_000)


@pytest.mark.parametrize(
    "rung",
    [
        *("suspension", "restriction", "{suspension: 24h, for: 1h}", "{suspension: null}", "{suspension: [24h]}"),
        *("{restriction: [new_chats]}", "{restriction: new_chats, for: 1h}", "{restriction: [sleep], for: 1h}"),
        *("5", "null", "[]", "{}", "{ban: 1}", "''"),
    ],
)
def test_what_is_no_rung_is_refused(rung: str) -> None:
    assert faults(f"ladders: {{soft: [warning, {rung}]}}")
    assert not faults("ladders: {soft: [warning, ban]}")


def test_lists_parameters_and_columns_are_read() -> None:
    held = loaded(
        "parameters: {a: 5, b: -0.5}\ncolumns: {x_a: number, x_b: truth, x_c: text}\n"
        "lists:\n  plain: {entries: [a, 5]}\n  marks: {match: pdq, entries: ['" + "0f" * 32 + "'], note: whence}"
    )
    assert (held.lists["plain"].matching, held.lists["plain"].entries) == ("exact", ("a", "5"))
    assert held.lists["marks"].near("0f" * 32, 0)
    assert (held.columns["x_a"], held.columns["x_b"], held.columns["x_c"]) == ("number", "truth", "text")


@pytest.mark.parametrize("value", ["many", "true", "[1]", "null", "1e999", "1e400", "9" * 400, "-1e16", ".inf"])
def test_a_parameter_is_a_number_that_can_be_counted_with(value: str) -> None:
    assert [fault.code for fault in faults(f"parameters: {{a: {value}}}")] == ["wrong-field"]
    assert not faults("parameters: {a: 9007199254740991}")


def test_a_field_of_the_contract_cannot_be_made_an_own_column() -> None:
    assert [fault.code for fault in faults("columns: {peer: number}")] == ["wrong-field"]
    assert [fault.code for fault in faults("columns: {x_a: float}")] == ["wrong-field"]
    assert not faults("columns: null")


def test_a_draft_keeps_what_can_be_read_beside_the_faults() -> None:
    found = Faults()
    draft = read(Text("f.yaml", changed(("code: 101", "code: many"), ("known,", "known +,"))), found)
    assert draft is not None
    assert [fault.code for fault in found] == ["syntax", "wrong-field"]
    assert draft.rules[0].title == "Bulk"
    assert draft.signals["strangers_24h"][0] is None
    assert read(Text("f.yaml", GOOD + "["), Faults()) is None
