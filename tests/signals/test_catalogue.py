from __future__ import annotations

from cartellino.expressions.functions import AGGREGATES, FUNCTIONS
from cartellino.signals.catalogue import CATALOGUE


def test_every_signal_is_in_the_catalogue_with_what_it_tells_and_its_false_friends() -> None:
    assert {*AGGREGATES, "share", "age", "since", "first", "last"} == set(CATALOGUE)
    assert set(CATALOGUE) < set(FUNCTIONS)
    for name, signal in CATALOGUE.items():
        assert signal.name == name
        assert signal.tells
        assert signal.false_friends
