from __future__ import annotations

import time
from copy import deepcopy

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policies.files import GOOD, changed, faults, loaded

from cartellino.expressions import nodes
from cartellino.expressions.show import show
from cartellino.policies.load import Text, load
from cartellino.vocabulary.refusals import BadPolicy


def thresholds(**parameters: float) -> set[float]:
    held = loaded(GOOD, **parameters)
    return {one.default for one in nodes.walk(held.rules[0].when) if isinstance(one, nodes.Param)}


def test_a_good_file_is_a_policy_set() -> None:
    held = loaded()
    assert [rule.id for rule in held.rules] == ["spam/bulk"]
    assert held.rule("spam/bulk") is held.rules[0]
    assert held.rule("spam/other") is None
    assert set(held.ladders) == {"soft"}
    assert set(held.lists) == {"terms"}
    assert held.observes == {"reply_received"}
    assert held.parameters == {"strangers": 50, "most": 3}


def test_one_file_may_declare_for_all_that_the_log_holds_the_whole_past() -> None:
    declared = Text("history.yaml", "history: complete")
    assert not loaded().complete_history
    assert load([Text("p.yaml", GOOD), declared]).complete_history
    with pytest.raises(BadPolicy, match=r"`history` cannot be `whole`") as raised:
        load([Text("p.yaml", "history: whole")])
    assert "history: complete" in raised.value.faults[0].hint


def test_unless_is_a_part_of_when() -> None:
    when = loaded().rules[0].when
    assert isinstance(when, nodes.And)
    assert show(when.operands[1]) == 'not age(account) > "90d"'


def test_a_parameter_is_that_of_the_caller_or_of_the_file_or_the_default() -> None:
    assert thresholds(strangers=7) == {7}
    assert thresholds() == {50}
    assert loaded(changed(("parameters: {strangers: 50}", ""))).parameters["strangers"] == 100
    assert loaded(GOOD, most=9).parameters["most"] == 9


def test_a_parameter_of_the_caller_that_no_rule_has_is_refused_with_the_nearest() -> None:
    (fault,) = faults(GOOD, strangres=5)
    assert (fault.code, fault.hint) == ("unknown-parameter", "did you mean `strangers`?")
    with pytest.raises(BadPolicy, match="--set"):
        loaded(GOOD, strangers=5, other=6)


def test_files_refer_to_ladders_and_lists_of_each_other_but_not_to_signals() -> None:
    first = "policy: a\nladders: {l: [warning]}\nlists: {n: {entries: [x]}}\nsignals: {s: known}"
    rule = "rules: {{r: {{when: {}, on: [read], code: 1, ladder: l, reason: {{en: x}}}}}}"
    second = "policy: b\n" + rule.format("'in_list(text, \"n\")'")
    assert load([Text("a.yaml", first), Text("b.yaml", second)]).rules[0].ladder == "l"
    assert load([Text("b.yaml", second), Text("a.yaml", first)]).rules[0].ladder == "l"
    with pytest.raises(BadPolicy) as raised:
        load([Text("a.yaml", first), Text("b.yaml", "policy: b\n" + rule.format("s"))])
    assert [fault.code for fault in raised.value.faults] == ["unknown-name"]


def test_all_faults_of_all_files_are_told_at_once_and_in_order() -> None:
    texts = [
        Text("b.yaml", changed(("not known", "not knwon"), ("code: 101", "code: many"))),
        Text("c.yaml", "rules: ["),
        Text("a.yaml", "policy: a\ncolour: red\nladders: {l: [warn]}"),
    ]
    with pytest.raises(BadPolicy) as raised:
        load(texts)
    assert [(fault.span.text.name, fault.code) for fault in raised.value.faults] == [
        ("a.yaml", "unknown-field"),
        ("a.yaml", "wrong-rung"),
        ("b.yaml", "unknown-name"),
        ("b.yaml", "wrong-field"),
        ("c.yaml", "yaml"),
    ]
    assert str(raised.value).count("error[") == 5


def test_what_is_defined_twice_is_refused_in_the_second_file() -> None:
    with pytest.raises(BadPolicy) as raised:
        load([Text("a.yaml", GOOD), Text("b.yaml", GOOD)])
    assert {(fault.span.text.name, fault.code) for fault in raised.value.faults} == {("b.yaml", "duplicate-key")}
    assert sorted(fault.problem for fault in raised.value.faults) == [
        "the ladder `soft` is defined twice",
        "the list `terms` is defined twice",
        "the parameter `strangers` is defined twice",
        "the rule `spam/bulk` is defined twice",
    ]


def test_a_fault_in_a_signal_is_told_once_however_many_rules_use_it() -> None:
    content = changed(('over="24h"', 'over="61s"'))
    twice = content.replace(
        "ladders:", content[content.index("  bulk:") : content.index("ladders:")].replace("bulk", "other") + "ladders:"
    )
    assert [fault.code for fault in faults(twice)] == ["wrong-window"]


def test_what_follows_from_a_broken_signal_is_not_told() -> None:
    assert [fault.code for fault in faults(changed(("distinct(", "distnct(")))] == ["unknown-function"]
    assert [
        fault.code
        for fault in faults(
            changed(("strangers_24h > param", "not strangers_24h or 5 > param"), ("distinct(", "distnct("))
        )
    ] == ["unknown-function"]


def test_no_files_and_empty_files_are_an_empty_set() -> None:
    assert load([]).rules == load([Text("a.yaml", "")]).rules == ()


def test_ten_thousand_faults_are_told_in_bounded_time() -> None:
    began = time.process_time()
    found = faults("".join(f"key{number}: value\n" for number in range(10_000)))
    assert len(found) == 10_000
    assert time.process_time() - began < 10


PIECES = st.sampled_from(
    [line + "\n" for line in GOOD.splitlines()]
    + [part + " " for part in GOOD.split()]
    + [
        *":-[]{},&*!|>'\"%@`#?\n",
        "  ",
        "known",
        "strikes()",
        "over='1h'",
        "\ud800",
        "\0",
        "\u2028",
        "名",
        "1e999",
        "null",
    ]
)


@settings(max_examples=150)
@given(st.text(max_size=80) | st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_a_policy_set_or_a_bad_policy(content: str) -> None:
    is_loaded_or_refused(content)


@settings(max_examples=150)
@given(st.integers(0, len(GOOD)), st.integers(0, 30), PIECES | st.text(max_size=5))
def test_a_good_file_with_a_piece_exchanged_is_a_policy_set_or_a_bad_policy(at: int, length: int, piece: str) -> None:
    is_loaded_or_refused(GOOD[:at] + piece + GOOD[at + length :])


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["known", "warning", "24h", "live", "", "soft"])
)
values = st.recursive(
    leaves,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("abx_", max_size=3), below, max_size=3),
    max_leaves=6,
)
TREE = yaml.safe_load(GOOD.replace("    on:", "    'on':"))


@settings(max_examples=150)
@given(st.data())
def test_a_good_file_with_a_value_exchanged_is_a_policy_set_or_a_bad_policy(data: st.DataObject) -> None:
    held = tree = deepcopy(TREE)
    while True:
        keys = sorted(held, key=str) if isinstance(held, dict) else list(range(len(held)))
        key = data.draw(st.sampled_from(keys))
        below = held[key]
        if not isinstance(below, dict | list) or not below or data.draw(st.booleans()):
            held[key] = data.draw(values)
            break
        held = below
    is_loaded_or_refused(yaml.safe_dump(tree))


def is_loaded_or_refused(content: str) -> None:
    try:
        held = loaded(content)
    except BadPolicy as refusal:
        assert refusal.faults
        assert str(refusal)
    else:
        assert held.version.startswith("sha256:")
        for rule in held.rules:
            assert show(rule.when)
