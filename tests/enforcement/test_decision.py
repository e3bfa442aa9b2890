"""A number of the evidence as JSON can say it."""

from __future__ import annotations

from math import inf

import pytest

from cartellino.enforcement.decision import _number


@pytest.mark.parametrize(
    ("value", "said"), [(3.0, 3), (2.5, 2.5), (-0.5, -0.5), (inf, None), (None, None), ("text", "text"), (7, 7)]
)
def test_a_number_is_whole_where_it_is_whole_and_null_without_an_end(value: float | str | None, said: object) -> None:
    assert _number(value) == said
    assert type(_number(value)) is type(said)
