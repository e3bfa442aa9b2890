"""The faults that are stated can still be made, and there are enough of them, everywhere."""

from __future__ import annotations

import ast
from collections import Counter

import pytest
from tests.mutations.stated import ROOT, Mutation, mutated, stated

KNOWN = stated()


@pytest.mark.parametrize("mutation", KNOWN.mutations, ids=lambda one: one.name)
def test_it_can_be_made(mutation: Mutation) -> None:
    assert mutation.was != mutation.becomes
    ast.parse(mutated(ROOT, mutation))
    assert all((ROOT / one.partition("::")[0]).exists() for one in KNOWN.tests(mutation.file))


def test_there_are_enough_of_them() -> None:
    assert len({one.name for one in KNOWN.mutations}) == len(KNOWN.mutations) >= 150
    assert {one.file.partition("/")[0] for one in KNOWN.mutations} >= {
        "kernel", "enforcement", "service", "storage", "notices",
    }  # fmt: skip
    assert max(Counter(one.file for one in KNOWN.mutations).values()) <= 15


def test_a_place_that_is_gone_is_named() -> None:
    with pytest.raises(ValueError, match="0 times, not once"):
        mutated(ROOT, Mutation("kernel/engine.py", "there is no such text", "x"))
