"""A column of instants is read as `vocabulary.times.instant` reads each, or left to it."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.events import moments
from cartellino.vocabulary.times import instant

DIGIT = st.sampled_from("0123456789")
WRITTEN = st.from_regex(
    r"(19[67]|20[0-9])[0-9]-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,10})?"
    r" ?(Z|z|UTC|[+-][0-2][0-9](:?[0-6][0-9])?|[+-][0-9:]{0,6})?",
    fullmatch=True,
)


def one_by_one(text: str) -> int | None:
    try:
        return instant(text, assume_utc=True)
    except ValueError:
        return None


@given(st.lists(WRITTEN | st.text("0123456789-+:.TZ ", max_size=32), max_size=8))
def test_what_is_surely_read_is_read_alike(texts: list[str]) -> None:
    found, sure = moments.read(pa.array(texts, pa.string()))
    for text, value, is_sure in zip(texts, found.tolist(), sure.tolist(), strict=True):
        assert not is_sure or value == one_by_one(text), text


@pytest.mark.parametrize("zone", ["", "Z", "z", "+00", "-0330", "+05:30", "-11"])
@pytest.mark.parametrize("fraction", ["", ".5", ".123", ".123456789"])
def test_what_programs_write_is_read_by_the_column(zone: str, fraction: str) -> None:
    texts = [f"2026-11-22 10:00:{second:02d}{fraction}{zone}" for second in range(60)]
    found, sure = moments.read(pa.array(texts))
    assert sure.all()
    assert found.tolist() == [one_by_one(text) for text in texts]
