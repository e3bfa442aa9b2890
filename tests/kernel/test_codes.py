"""The codes of columns are those of single texts, wherever in Arrow's buffers a column lies, and are shared."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.kernel.codes import Coder
from cartellino.kernel.columns import codes_of
from cartellino.kernel.machine import core

TEXTS = st.lists(
    st.none() | st.text(max_size=40) | st.sampled_from(["main", "a" * 7, "a" * 8, "a" * 15, "a" * 16, "\0"])
)


@given(TEXTS, st.integers(0, 9), st.integers(0, 60))
def test_a_column_has_the_codes_of_its_texts(texts: list[str | None], begin: int, size: int) -> None:
    column = pa.array(texts, pa.string()).slice(begin, size)
    coder = Coder("salt")

    codes = codes_of(column, coder, core(native=False)).tolist()

    assert codes == [0 if text is None else coder.text(text) for text in column.to_pylist()]


def exact(texts: list[str]) -> pa.Array:
    """A column whose buffer of letters ends with its last letter, as another program may hand it over."""
    offsets = np.cumsum([0, *(len(text) for text in texts)]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer("".join(texts).encode())]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("last", range(1, 26))
def test_the_last_text_of_a_buffer_is_read_to_its_end_and_no_further(native: bool, last: int) -> None:
    coder, texts = Coder(), ["b" * 3, "c" * last]

    assert codes_of(exact(texts), coder, core(native=native)).tolist() == [coder.text(text) for text in texts]


def test_codes_are_computed_once_for_all_who_ask_and_cannot_be_changed() -> None:
    column = pa.array(["a", "b"])

    first = codes_of(column, Coder("s"), core(native=False))
    again = codes_of(column.slice(0), Coder("s"), core(native=False))
    other = codes_of(column, Coder("t"), core(native=False))

    assert first is again
    assert first.tolist() != other.tolist()
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1


def test_a_column_that_is_gone_does_not_lend_its_codes_to_the_next() -> None:
    coder = Coder()
    for number in range(300):
        texts = [f"{number}-{place}" for place in range(3)]
        assert codes_of(pa.array(texts), coder, core(native=False)).tolist() == [coder.text(text) for text in texts]
