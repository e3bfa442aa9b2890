"""Texts of Arrow streams are looked at quickly, and nothing is taken for sound that is not."""

from __future__ import annotations

from io import BufferedReader, BytesIO
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.events.test_arrow import as_stream, table

from cartellino.events import arrow, batches


@given(
    texts=st.lists(st.none() | st.text("aé\0", max_size=4), min_size=1, max_size=20),
    hidden=st.integers(-1, 1),
    turned=st.none() | st.tuples(st.integers(0, 19), st.integers(-3, 30)),
)
def test_what_is_taken_for_ascii_is_sound_and_ascii(
    texts: list[str | None], hidden: int, turned: tuple[int, int] | None
) -> None:
    """`hidden` is how wrong the number of nulls is that the file states; `turned` is an offset with another value."""
    made = pa.array(texts, pa.string())
    bits, offsets, data = made.buffers()
    ends = np.frombuffer(offsets, np.int32, len(texts) + 1).copy()
    if turned is not None:
        ends[turned[0] % len(ends)] = turned[1]
    nulls = max(0, made.null_count + hidden) if bits is not None else 0
    try:
        column = pa.Array.from_buffers(pa.string(), len(texts), [bits, pa.py_buffer(ends), data], nulls)
    except pa.ArrowInvalid:
        return  # it is not even made
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        assert not batches._is_ascii(column)
        return
    ascii_only = all(text is None or text.isascii() for text in column.to_pylist())

    assert batches._is_ascii(column) <= ascii_only
    if turned is None:
        assert batches._is_ascii(column) == ascii_only


class OneByOne(BytesIO):
    """A stream that gives a few bytes at a time, as a pipe may."""

    def readinto(self, into: Any) -> int:  # noqa: ANN401 - whatever takes bytes
        return super().readinto(memoryview(into)[:7])


@pytest.mark.parametrize("lost", [0, 1, 400])
def test_a_stream_that_comes_in_pieces_is_read_whole_or_is_broken(lost: int) -> None:
    whole = as_stream(table(50), 20)
    content = whole[: len(whole) - lost]
    pieces = BufferedReader(cast(Any, OneByOne(content)), 16)

    try:
        expected = list(pa.ipc.open_stream(content))
    except pa.ArrowInvalid:
        with pytest.raises(pa.ArrowInvalid):
            list(arrow.stream_batches(pieces))
        return

    assert list(arrow.stream_batches(pieces)) == expected
    assert not pieces.closed
