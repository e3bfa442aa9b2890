"""The journal gives back its records; crashes, full disks and flipped bits are in `test_crash`."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartellino.storage.faults import DamagedLog
from cartellino.storage.journal import Journal


@given(st.lists(st.lists(st.binary(max_size=200), max_size=5), max_size=6), st.integers(0, 30))
def test_records_come_back_in_order_and_can_be_cut(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[bytes]], kept: int
) -> None:
    path = tmp_path_factory.mktemp("state") / "a.journal"
    journal = Journal(path)
    for group in groups:
        journal.append(group)
    records = [record for group in groups for record in group]
    assert list(journal.read()) == list(Journal(path).read()) == records

    kept = min(kept, len(records))
    journal.truncate_to(kept)
    journal.append([b"more"])

    assert list(journal.read()) == list(Journal(path).read()) == [*records[:kept], b"more"]
    assert len(journal) == len(Journal(path)) == kept + 1


def test_a_journal_is_empty_before_the_first_record_and_makes_no_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "new" / "a.journal")
    journal.append([])
    journal.truncate_to(0)

    assert list(journal.read()) == []
    assert not (tmp_path / "new").exists()
    journal.append([b"x"])
    assert list(journal.read()) == [b"x"]


def test_more_records_than_there_are_cannot_be_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.journal")
    journal.append([b"x"])

    with pytest.raises(DamagedLog, match="2 records were counted before, and it holds 1"):
        journal.truncate_to(2)


def test_a_torn_tail_is_cut_on_opening(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    Journal(path).append([b"one", b"two"])
    whole = path.read_bytes()
    Journal(path).append([b"three"])
    path.write_bytes(path.read_bytes()[:-1])

    assert list(Journal(path).read()) == [b"one", b"two"]
    assert path.read_bytes() == whole


def test_an_append_of_which_only_the_later_half_reached_the_disk_is_a_torn_tail(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    Journal(path).append([b"before"])
    size = path.stat().st_size
    Journal(path).append([b"x" * 50, b"y" * 50, b"z" * 50])
    data = bytearray(path.read_bytes())
    data[size : size + 20] = bytes(20)
    path.write_bytes(data)

    assert list(Journal(path).read()) == [b"before"]


def test_damage_before_a_later_append_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    for record in (b"one", b"two", b"three"):
        Journal(path).append([record])
    data = path.read_bytes().replace(b"two", b"twO")
    path.write_bytes(data)

    with pytest.raises(DamagedLog, match="whole ones follow") as refused:
        Journal(path)

    assert refused.value.offset == 12 + len(b"one")
    assert path.read_bytes() == data


def test_damage_while_the_journal_is_open_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.journal")
    journal.append([b"one", b"two"])
    journal.path.write_bytes(journal.path.read_bytes().replace(b"two", b"twO"))
    read = journal.read()

    assert next(read) == b"one"
    with pytest.raises(DamagedLog):
        next(read)


def test_a_second_writer_goes_on_behind_the_first(tmp_path: Path) -> None:
    one, other = Journal(tmp_path / "a.journal"), Journal(tmp_path / "a.journal")
    one.append([b"1"])
    other.append([b"2", b"3"])
    one.append([b"4"])

    assert list(one.read()) == list(Journal(one.path).read()) == [b"1", b"2", b"3", b"4"]


def test_a_journal_that_lost_records_while_it_was_open_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.journal")
    journal.append([b"1", b"2"])
    journal.path.write_bytes(journal.path.read_bytes()[:-13])

    with pytest.raises(DamagedLog, match="2 records had been written, and 1 are left"):
        journal.append([b"3"])


def test_the_frame_is_as_documented(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    Journal(path).append([b"one", b"two"])

    stated = struct.pack("<II", 3, 15)
    assert path.read_bytes()[15:] == stated + struct.pack("<I", zlib.crc32(stated + b"two")) + b"two"
