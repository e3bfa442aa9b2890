"""Lines of an audience that are none."""

from __future__ import annotations

import pytest

from cartellino.senders.audience import rows_of


@pytest.mark.parametrize("line", ['{"to":', "[" * 100_000, '{"to":' * 50_000 + "1", "[1]"], ids=len)
def test_a_line_that_is_no_object_is_said_to_be_none_and_the_next_is_read(line: str) -> None:
    wrong, right = rows_of(f'{line}\n{{"to": "+393331234567"}}')
    assert isinstance(wrong, str)
    assert right == {"to": "+393331234567"}
