"""Texts are numbered for dictionaries by their bytes, whatever their codes are; compiled and by Python alike."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.kernel.machine import core


def numbered(
    texts: list[str | None], codes: list[int], room: int, *, native: bool
) -> tuple[list[str], list[int]] | None:
    column = pa.array(texts, pa.string())
    _, offsets, data = column.buffers()
    firsts, out = np.full(room, -1, np.int64), np.full(len(texts), -1, np.int32)
    content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    count = core(native=native).number_texts(
        content, np.frombuffer(offsets, np.int32)[: len(texts) + 1], np.array(codes, np.int64),
        np.zeros(2 * room, np.int32), firsts, out,
    )  # fmt: skip
    return None if count < 0 else ([texts[at] or "" for at in firsts[:count]], out.tolist())


TEXT = st.text("aé", max_size=20)


@pytest.mark.parametrize("native", [True, False])
@given(texts=st.lists(st.none() | TEXT, max_size=30), colliding=st.booleans())
def test_equal_texts_and_only_these_have_the_same_number(
    texts: list[str | None], colliding: bool, native: bool
) -> None:
    codes = [0 if text is None else 7 if colliding else hash(text) or 1 for text in texts]

    found = numbered(texts, codes, 32, native=native)

    assert found is not None
    assert found[0] == list(dict.fromkeys(text for text in texts if text is not None))
    assert [None if text is None else found[0][at] for text, at in zip(texts, found[1], strict=True)] == texts


@pytest.mark.parametrize("native", [True, False])
def test_too_many_texts_are_left_as_they_are(native: bool) -> None:
    texts: list[str | None] = [f"t{n}" for n in range(8)]

    assert numbered(texts, list(range(1, 9)), 8, native=native) == (texts, list(range(8)))
    assert numbered([*texts, "more"], list(range(1, 10)), 8, native=native) is None


def test_texts_that_were_chosen_to_collide_cost_no_more_than_some_looks() -> None:
    texts: list[str | None] = [f"t{n}" for n in range(1_000)]

    assert numbered(texts, [1] * 1_000, 1_024, native=True) is None


@pytest.mark.parametrize("native", [True, False])
@given(codes=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30))
def test_the_bits_of_all_codes_are_set_but_of_0(codes: list[int], native: bool) -> None:
    bits = np.zeros(32, np.uint8)

    core(native=native).mark_names(np.array(codes, np.int64), bits)

    assert set(np.flatnonzero(np.unpackbits(bits)).tolist()) == {code & 255 for code in codes if code != 0}
