from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.signals.window import FEWEST, MOST, PANES, Window, nearest, window
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, SECOND, duration, show_duration

ALLOWED = {pane * count: (pane, count) for pane in sorted(PANES) for count in range(FEWEST, MOST + 1)}
"""Every window, by brute force: a later entry has larger panes."""


def test_there_are_ten_to_sixty_panes_of_the_lengths_that_the_design_names() -> None:
    assert sorted(PANES) == [SECOND, 5 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY]
    assert (FEWEST, MOST) == (10, 60)


def test_every_length_that_can_be_cut_is_cut_into_the_largest_panes() -> None:
    for length, (pane, count) in ALLOWED.items():
        assert window(length) == Window(pane, count)
        assert window(length).length == length


def test_every_other_length_is_refused_with_the_nearest_that_are_allowed() -> None:
    lengths = sorted(ALLOWED)
    tried = {one + more for one in lengths for more in (-SECOND, -1, 1, SECOND)}
    tried |= {0, 1, 9 * SECOND, 7 * SECOND * 7, 61 * DAY, 365 * DAY}
    tried |= {seconds * SECOND for seconds in range(3_700)} | {minutes * MINUTE for minutes in range(3_000)}
    for length in tried - set(lengths):
        below = [one for one in lengths if one < length][-1:]
        above = [one for one in lengths if one > length][:1]
        assert nearest(length) == below + above
        with pytest.raises(ValueError, match="cannot be cut into 10 to 60 panes") as refused:
            window(length)
        for one in below + above:
            assert f'"{show_duration(one)}"' in str(refused.value)


@given(st.integers(0, 100 * DAY))
def test_what_is_suggested_is_allowed(length: int) -> None:
    assert nearest(length)
    for one in nearest(length):
        assert window(one).length == one


@pytest.mark.parametrize("length", ["10s", "60s", "5m", "15m", "1h", "6h", "24h", "48h", "7d", "30d", "60d"])
def test_the_windows_that_people_use_are_allowed(length: str) -> None:
    assert show_duration(window(duration(length)).length) == length


@given(st.sampled_from(sorted(ALLOWED)), st.integers(0, 10**12), st.integers(0, 10**10))
def test_a_window_counts_nothing_older_than_itself_and_everything_up_to_a_pane_younger(
    length: int, now: int, age: int
) -> None:
    held = window(length)
    if held.holds(now, now - age):
        assert age < length
    else:
        assert age > length - held.pane
    assert held.holds(now, now)
    assert held.holds(now, now + age)


@given(st.sampled_from(sorted(ALLOWED)), st.integers(0, 10**12))
def test_as_many_panes_count_as_the_window_has(length: int, now: int) -> None:
    held = window(length)
    panes = range(now // held.pane - 2 * MOST, now // held.pane + 1)
    counted = [pane for pane in panes if held.holds(now, pane * held.pane)]
    assert len(counted) == held.panes
    assert counted[0] == held.oldest(now)
