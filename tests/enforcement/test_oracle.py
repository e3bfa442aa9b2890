"""The sequencer does what `docs/explanation/enforcement.md` says, as it was written a second time from that page."""

from __future__ import annotations

from unittest import mock

import pytest
from tests.enforcement.histories import play as played
from tests.enforcement.histories import steps
from tests.enforcement.histories.draw import draw
from tests.enforcement.histories.kept import KEPT
from tests.enforcement.histories.play import Differs, Player, play
from tests.enforcement.histories.shrink import shrunk
from tests.enforcement.histories.steps import Found, History, Released
from tests.enforcement.histories.stored import Entry

from cartellino.enforcement.acts import Act, Erase, Record, Redact

ONLY_ROWS = {Record, Erase, Redact}
"""Acts that leave a row of the ledger and nothing else."""

PARTS = 8
"""Random histories are played in parts, so that all workers have some."""


@pytest.mark.parametrize("name", KEPT)
def test_what_once_told_the_two_apart(name: str) -> None:
    play(KEPT[name])


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_random_histories(part: int, histories: int) -> None:
    for seed in range(part, histories, PARTS):
        why = wrong(draw(seed))
        if why:
            shortest = shrunk(draw(seed), lambda one: bool(wrong(one)))
            pytest.fail(f"seed {seed}: {shortest}\n{wrong(shortest)}\n\nMend page or code, and keep it in `kept.py`.")


def wrong(history: History) -> str:
    """Say where the two sides differ, or how one of them fails; empty where all is well."""
    try:
        play(history)
    except Differs as differs:
        return str(differs)
    except Exception as error:  # whatever one side raises is what is looked for
        return f"{type(error).__name__}: {error}"
    return ""


def test_random_histories_have_every_act_that_changes_what_somebody_received() -> None:
    fed: set[type] = set()

    class Watched(Player):
        def feed(self, entry: Entry) -> None:
            fed.add(type(entry))
            super().feed(entry)

    with mock.patch.object(played, "Player", Watched):
        for seed in range(200):
            play(draw(seed))
    assert fed & set(Act.__subclasses__()) == set(Act.__subclasses__()) - ONLY_ROWS


def test_a_history_is_written_as_it_is_read() -> None:
    history = draw(3)
    names = {name: getattr(steps, name) for name in dir(steps) if name[0].isupper()}
    assert eval(repr(history), names) == history


def test_what_fails_is_shrunk_to_what_makes_it_fail() -> None:
    """Here whatever releases something after a finding of `mid` fails."""

    def fails(history: History) -> bool:
        found = [at for at, one in enumerate(history.steps) if isinstance(one, Found) and "mid" in one.rules]
        return bool(found) and any(isinstance(one, Released) for one in history.steps[found[0] :])

    seed = next(seed for seed in range(1_000) if fails(draw(seed)) and len(draw(seed).steps) > 10)
    shortest = shrunk(draw(seed), fails)
    assert [type(one) for one in shortest.steps] == [Found, Released]
    assert shortest.policies == ""
