"""The file of which names are where follows from the log: whatever a crash leaves of it, no answer is wrong."""

from __future__ import annotations

import random
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from cartellino.storage.name_index import _HEAD, NameIndex

LAST = 40


def noted(names: NameIndex, first: int, last: int = LAST) -> None:
    for number in range(first, last + 1, 2):
        names.note(number, number + 1, 1_000, {"read"}, np.array([number]))


def covered(names: NameIndex, code: int) -> set[int]:
    return {n for first, last in names.stretches({code}, {"read"}, LAST) for n in range(first, last + 1)}


def test_a_torn_file_never_hides_a_name(tmp_path: Path) -> None:
    file, chance = tmp_path / "names.bits", random.Random(3)
    noted(NameIndex(file), 1)
    whole = file.read_bytes()
    for _ in range(300):
        at = chance.randrange(len(whole))
        size = chance.choice((1, 7, 48, 512))
        damaged = bytearray(whole)
        damaged[at : at + size] = chance.choice((bytes(size), chance.randbytes(size), b""))
        file.write_bytes(damaged)
        names = NameIndex(file)
        for code in (1, 21, 39):
            assert {code, code + 1} <= covered(names, code)


def test_what_a_crash_left_is_cut_off_before_the_next_record(tmp_path: Path) -> None:
    file = tmp_path / "names.bits"
    noted(NameIndex(file), 1, 20)
    whole = file.stat().st_size
    with file.open("ab") as out:
        out.write(b"nam2" + bytes(60))
    noted(NameIndex(file), 21)
    assert file.stat().st_size == 2 * whole
    assert covered(NameIndex(file), 39) == {1, 2, 39, 40}  # the first stretch begins the log


def test_what_an_earlier_version_wrote_is_read(tmp_path: Path) -> None:
    file = tmp_path / "names.bits"
    bits = np.packbits(np.arange(1024) == 5).tobytes()
    file.write_bytes(_HEAD.pack(b"name", 1, 2, 1_000, 1, len(bits), crc32(bits)) + bits)
    noted(NameIndex(file), 3)
    found = covered(NameIndex(file), 39)
    assert {1, 2, 39, 40} <= found and 21 not in found


@pytest.mark.parametrize("missing", [True, False])
def test_a_disk_that_takes_nothing_more_hides_nothing(tmp_path: Path, missing: bool) -> None:
    file = tmp_path / ("missing/names.bits" if missing else "names.bits")
    if not missing:
        file.mkdir()  # it can be neither opened nor cut
    noted(NameIndex(file), 1)
    assert not missing or covered(NameIndex(file), 39) == set(range(1, LAST + 1))


def test_a_past_among_what_came_live_hides_nothing_of_it(tmp_path: Path) -> None:
    names = NameIndex(tmp_path / "names.bits")
    for number, (earliest, _) in enumerate(batches := [(100, 110), (3, 90), (111, 120), (1, 2), (121, 130)]):
        names.note(number + 1, number + 1, earliest, {"read"}, np.array([number]))
    for instant in range(1, 131):
        first = next(number for number, (_, latest) in enumerate(batches, 1) if latest >= instant)
        assert names.since(instant) <= first
    assert names.since(125) == 5
