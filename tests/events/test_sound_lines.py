"""msgspec finds the lines that Arrow's parser will not take, wherever they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.events import sound_lines as module
from cartellino.events.lines import Block
from cartellino.events.sound_lines import sound_lines

TYPES = {"id": pa.string(), "n": pa.int64(), "f": pa.float64(), "b": pa.bool_(), "nothing": pa.null()}
GOOD = (b'{"id":"a"}', b'{"n":7,"f":1,"b":true}', b'{"id":"\xc3\xa9,"}', b'{"nothing":null} ', b'{"id":"\\n"}', b"{}\r")
BAD = (
    *(b'{"id":7}', b'{"n":1.5}', b'{"n":"1"}', b'{"b":1}', b'{"nothing":1}', b'{"other":"x"}', b'{"id":"x}'),
    *(b'{"id" "x"}',),
    *(b'{"id":"\xff"}', b"{oops", b'{"id":"a",}', b'{"f":NaN}', b'{"id":{"a":1}}', b"7", b'{"id":"\x01"}'),
)  # fmt: skip


def found(lines: list[bytes]) -> list[bool]:
    block = Block(b"".join(line + b"\n" for line in lines), 1)
    return list(sound_lines(block.text, block.ends, TYPES).tolist())


@given(st.lists(st.sampled_from(GOOD) | st.sampled_from(BAD), min_size=1, max_size=40), st.sampled_from((1, 3, 2_048)))
def test_all_faults_are_found_and_nothing_else(lines: list[bytes], together: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_TOGETHER", together)
        patch.setattr(module, "_MANY", 0.5)
        assert found(lines) == [line in GOOD for line in lines]


@pytest.mark.parametrize("name", ["a b", "class", "1st", ""])
def test_names_that_no_field_can_have_leave_all_lines_to_arrow(name: str) -> None:
    assert sound_lines(b"{oops\n", np.array([5]), {name: pa.null()}).tolist() == [True]


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_only_the_lines_of_a_mask_are_taken(mask: list[bool]) -> None:
    lines = [b"%d\n" % number for number in range(len(mask))]

    assert Block(b"".join(lines), 1).only(np.array(mask)) == b"".join(
        line for line, taken in zip(lines, mask, strict=True) if taken
    )


def test_lines_of_another_shape_are_not_all_looked_at() -> None:
    assert found([b'{"other":1}'] * 800).count(False) == 100
