from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from cartellino.vocabulary.ids import DecisionId, decision_id, digest, fraction, sanction_id

parts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=10), max_size=4)


@given(parts, parts)
def test_two_lists_of_texts_have_one_digest_only_if_they_are_equal(left: list[str], right: list[str]) -> None:
    assert (digest(*left) == digest(*right)) is (left == right)
    assert digest("ab", "c") != digest("a", "bc")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest(*left))


def test_a_decision_is_named_by_everything_that_caused_it() -> None:
    caused = {"service": "main", "account": "a1", "rule": "spam/bulk", "version": "sha256:00", "event": "e9"}
    names = {decision_id(**caused, sequence=7), decision_id(**caused, sequence=8)}
    for name, part in caused.items():
        names.add(decision_id(**{**caused, name: part + "x"}, sequence=7))
    assert len(names) == 7
    assert decision_id(**caused, sequence=7) == decision_id(**caused, sequence=7)
    assert all(re.fullmatch(r"d_[0-9a-f]{24}", name) for name in names)


def test_a_sanction_is_named_after_its_decision() -> None:
    assert sanction_id(DecisionId("d_00ff")) == "s_00ff"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100), parts)
def test_a_fraction_is_the_same_each_time_and_lies_below_one(salt: str, of: list[str]) -> None:
    assert 0 <= fraction(salt, *of) < 1
    assert fraction(salt, *of) == fraction(salt, *of)


def test_fractions_are_spread_evenly_and_depend_on_the_salt() -> None:
    picked = [name for name in map(str, range(10_000)) if fraction("salt", "rule", name) < 0.05]
    assert 400 < len(picked) < 600
    assert picked != [name for name in map(str, range(10_000)) if fraction("other", "rule", name) < 0.05]
