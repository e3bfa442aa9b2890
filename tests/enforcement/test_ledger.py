"""The ledger is a chain: nothing in it can be changed, removed, moved or put in without breaking a seal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cartellino.enforcement.ledger import Change, Ledger, verify
from cartellino.vocabulary.actors import Actor

_FIELDS = ("at", "by", "what", "subject", "before", "to")
_TEXT = st.text(max_size=8)
_BY = st.builds(Actor, _TEXT)
_ROWS = st.lists(st.tuples(st.integers(0, 2**50), _BY, _TEXT, _TEXT, _TEXT, _TEXT), min_size=2, max_size=8)


def chain(rows: list[tuple[int, Actor, str, str, str, str]]) -> list[Change]:
    ledger = Ledger("salt")
    for row in rows:
        ledger.append(*row)
    return ledger.rows


@given(_ROWS)
def test_an_honest_ledger_verifies(rows: list[tuple[int, Actor, str, str, str, str]]) -> None:
    assert verify(chain(rows)) is None


@given(_ROWS, st.data())
def test_a_changed_row_is_found(rows: list[tuple[int, Actor, str, str, str, str]], data: st.DataObject) -> None:
    held = chain(rows)
    at, field = data.draw(st.integers(0, len(held) - 1)), data.draw(st.sampled_from(_FIELDS))
    change: dict[str, Any] = {field: held[at].at + 1 if field == "at" else getattr(held[at], field) + "x"}
    held[at] = replace(held[at], **change)
    assert verify(held) == at + 1


@given(_ROWS, st.data())
def test_a_removed_or_moved_row_is_found(
    rows: list[tuple[int, Actor, str, str, str, str]], data: st.DataObject
) -> None:
    held = chain(rows)
    at = data.draw(st.integers(0, len(held) - 2))
    assert verify(held[:at] + held[at + 1 :]) == at + 1
    assert verify([*held[:at], held[at + 1], held[at], *held[at + 2 :]]) == at + 1


def test_fields_do_not_run_into_one_another() -> None:
    one, other = (
        Ledger("s").append(0, Actor("ab"), "c", "", "", ""),
        Ledger("s").append(0, Actor("a"), "bc", "", "", ""),
    )
    assert one.seal != other.seal


@pytest.mark.parametrize(
    ("one", "other"), [(("main", "a"), ("main", "b")), (("main", "a"), ("mai", "na")), (("x", "a"), ("y", "a"))]
)
def test_pseudonyms_are_keyed_and_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    ledger = Ledger("salt")
    assert ledger.pseudonym(*one) == Ledger("salt").pseudonym(*one) != ledger.pseudonym(*other)
    assert ledger.pseudonym(*one) != Ledger("pepper").pseudonym(*one)
