"""Items are made one ahead in another thread, in their order, and errors come in their place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from threading import current_thread

import pytest

from cartellino.events.reading_ahead import ahead


def test_items_come_in_order_one_is_made_ahead_and_the_error_comes_last() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number
        raise OSError("broken")

    taken = []
    with pytest.raises(OSError, match="broken"):
        for item in ahead(items()):
            assert len(made) <= item + 2
            taken.append(item)

    assert taken == made == [0, 1, 2, 3, 4]


def test_who_stops_early_leaves_nothing_running_and_no_item_is_taken_for_the_end() -> None:
    threads = []

    def items() -> Iterator[object]:
        while True:
            threads.append(current_thread())
            yield None

    with closing(ahead(items())) as coming:
        assert next(coming) is None
        assert next(coming) is None

    assert len(set(threads)) == 1
    assert threads[0] is not current_thread()
    assert not threads[0].is_alive()
