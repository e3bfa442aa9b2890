from __future__ import annotations

import pytest

from cartellino.policies.ladder import RUNG_KINDS, SCOPES, SEVERITY, Ladder, Rung
from cartellino.vocabulary.times import DAY, HOUR

LADDER = Ladder("l", (Rung("warning"), Rung("suspension", (), DAY), Rung("ban")))


@pytest.mark.parametrize(
    ("rung", "shown"),
    [
        (Rung("warning"), "warning"),
        (Rung("ban"), "ban"),
        (Rung("suspension", (), 2 * DAY), "suspension for 48h"),
        (Rung("restriction", ("new_chats", "media"), DAY), "restriction of new chats, media for 24h"),
    ],
)
def test_a_rung_is_shown_in_words(rung: Rung, shown: str) -> None:
    assert rung.show() == shown


def test_beyond_the_top_of_a_ladder_is_the_top() -> None:
    assert [LADDER.rung(number).kind for number in (1, 2, 3, 4, 99)] == ["warning", "suspension", "ban", "ban", "ban"]


def test_the_next_rung_is_known_but_on_top() -> None:
    assert [after and after.kind for after in map(LADDER.after, (0, 1, 2, 3, 4))] == [
        "warning",
        "suspension",
        "ban",
        None,
        None,
    ]


def test_a_ladder_remembers_for_90_days_and_joins_an_hour() -> None:
    assert (LADDER.memory, LADDER.burst) == (90 * DAY, HOUR)


def test_rungs_are_in_the_order_of_their_severity() -> None:
    assert sorted(RUNG_KINDS, key=SEVERITY.__getitem__) == list(RUNG_KINDS)
    assert set(SCOPES) == {
        *("new_chats", "groups", "broadcast", "lookups", "media", "profile", "status", "calls", "companion_devices")
    }
