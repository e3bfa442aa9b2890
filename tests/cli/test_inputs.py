"""Which files are read, how often, and what is said of those that cannot be."""

from __future__ import annotations

import bz2
import gzip
import io
import os
import sys
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow as pa
import pytest
from tests.cli.test_cli import POLICY, START, lines, spam

from cartellino.cli.inputs import Sources
from cartellino.cli.main import main
from cartellino.events.arrow import write_parquet
from cartellino.events.ndjson import write

EVENTS = spam("a", 11)
TEXT = b"".join(map(write, EVENTS))
HALF = b"".join(map(write, EVENTS[:6]))
"""Eleven strangers are too many; six, counted twice, would not be, but twelve rows are."""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy" / "test.yaml"
    file.parent.mkdir()
    file.write_text(POLICY.replace("distinct(message_sent.peer,", "count(message_sent,"))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "events"
    made.mkdir()
    return made


def decided(out: Path) -> int:
    return len(lines(out / "decisions.ndjson"))


def decide(policy: Path, *named: str | Path, out: Path, more: tuple[str, ...] = ()) -> int:
    return main(["decide", *map(str, named), "--policies", str(policy), "--out", str(out), *more])


def test_the_rows_of_a_file_are_enough_or_not(policy: Path, folder: Path, tmp_path: Path) -> None:
    for content, expected in ((TEXT, 1), (HALF, 0)):
        (folder / "e.ndjson").write_bytes(content)
        assert decide(policy, folder / "e.ndjson", out=tmp_path / "out") == 0
        assert decided(tmp_path / "out") == expected


@pytest.mark.parametrize("kept", [False, True], ids=["alone", "with a state"])
@pytest.mark.parametrize(
    "twin", ["packed", "copied", "Parquet", "linked", "hard link", "another way", "standard input"]
)
def test_what_comes_twice_counts_once(
    twin: str, kept: bool, policy: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, named = folder / "e.ndjson", [folder]
    file.write_bytes(HALF)
    if twin == "packed":
        (folder / "e.ndjson.gz").write_bytes(gzip.compress(HALF))
    elif twin == "copied":
        (folder / "copy of e.ndjson").write_bytes(HALF)
    elif twin == "Parquet":
        with (folder / "e.parquet").open("wb") as stream:
            write_parquet(EVENTS[:6], stream)
    elif twin == "linked":
        (folder / "f.ndjson").symlink_to(file)
    elif twin == "hard link":
        (folder / "f.ndjson").hardlink_to(file)
    elif twin == "another way":
        named = [file, folder / ".." / "events" / "e.ndjson"]
    else:
        _type_in(HALF, monkeypatch)
        named = [file, Path("-")]
    more = ("--state", str(tmp_path / "state")) if kept else ()
    assert decide(policy, *named, out=tmp_path / "out", more=more) == 0
    assert decided(tmp_path / "out") == 0
    summary = msgspec.json.decode((tmp_path / "out" / "summary.json").read_bytes())
    assert (summary["events_taken"], summary["events_rejected"]) == (6, 0)


def _type_in(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(cast(Any, io.BufferedReader(cast(Any, io.BytesIO(content))))))


def test_backtest_counts_once_what_comes_twice(policy: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "e.ndjson").write_bytes(HALF)
    (folder / "e.ndjson.gz").write_bytes(gzip.compress(HALF))
    assert main(["backtest", str(policy), "--against", str(policy), "--events", str(folder)]) == 0
    assert "6 events; 6 rows passed over" in capsys.readouterr().out


def test_a_folder_as_spark_writes_it_is_read(policy: Path, folder: Path, tmp_path: Path) -> None:
    spark = folder / "events.parquet"
    for part in ("date=2026-01-01/part-0000.c000.snappy.parquet", "date=2026-01-02/PART-0001.PARQUET"):
        (spark / part).parent.mkdir(parents=True)
        with (spark / part).open("wb") as out:
            write_parquet(EVENTS[:6] if "0000" in part else EVENTS[6:], out)
    for beside in ("_SUCCESS", ".part-0000.parquet.crc", "_temporary/0/part-0009.parquet", "._part.parquet"):
        (spark / beside).parent.mkdir(parents=True, exist_ok=True)
        (spark / beside).write_bytes(b"not for us")
    for named in (folder, spark):
        assert decide(policy, named, out=tmp_path / "out") == 0
        assert decided(tmp_path / "out") == 1
        assert lines(tmp_path / "out" / "rejected.ndjson") == []


def test_a_folder_is_read_by_what_its_files_hold_and_says_what_it_passes_over(
    policy: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = {
        "noext": HALF, "events.log": b"\xef\xbb\xbf" + HALF, "packed.001": gzip.compress(HALF),
        "notes.txt": b"# Notes\n", "table.csv": b"id,time,kind,account\n1,2,read,a\n", "nothing": b"",
        "old.bz2": b"BZh91AY&SY",
    }  # fmt: skip
    for name, content in held.items():
        (folder / name).write_bytes(content)
    read = {Path(source).name for source, _, _ in _chunks(folder)}
    assert read == {"noext", "events.log", "packed.001"}
    capsys.readouterr()
    assert decide(policy, folder, out=tmp_path / "out") == 0
    told = capsys.readouterr().err
    for name in ("notes.txt", "table.csv", "nothing", "old.bz2"):
        assert f"{name}`: it " in told
    assert "it is CSV" in told
    for name in read:
        assert name not in told
        (folder / name).unlink()
    assert decide(policy, folder, out=tmp_path / "none") == 2
    assert "notes.txt`: it does not begin like" in capsys.readouterr().err


def test_hidden_files_are_passed_over_and_endings_may_be_of_any_case(folder: Path) -> None:
    seen = ("A.NDJSON", "b.Jsonl.GZ", "c.ndjson.ZST", "d.Parquet", "sub/e.json")
    for name in (*seen, "._a.ndjson", ".hidden.ndjson", "__MACOSX/f.ndjson", ".git/g.json", "_h.ndjson"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(TEXT)
    (folder / "folder.ndjson").mkdir()
    read = {Path(source).relative_to(folder).as_posix() for source, _, _ in _chunks(folder)}
    assert read == {"A.NDJSON", "sub/e.json"} | (read & set(seen))
    (folder / "._named.ndjson").write_bytes(TEXT)
    assert len(_chunks(folder / "._named.ndjson")) == 1


def test_what_links_lead_to_is_read_once_and_a_link_to_nowhere_is_told(
    policy: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "2025" / "sub").mkdir(parents=True)
    (tmp_path / "2025" / "sub" / "a.ndjson").write_bytes(TEXT)
    (folder / "2025").symlink_to(tmp_path / "2025")
    (folder / "again").symlink_to(tmp_path / "2025")
    (tmp_path / "2025" / "loop").symlink_to(folder)
    assert len(_chunks(folder)) == 1
    assert decide(policy, folder, out=tmp_path / "out") == 0
    assert decided(tmp_path / "out") == 1
    (folder / "nowhere.ndjson").symlink_to(folder / "gone.ndjson")
    (folder / "nowhere").symlink_to(folder / "gone")
    os.mkfifo(folder / "pipe.ndjson")
    assert decide(policy, folder, out=tmp_path / "out") == 0
    assert decided(tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert told.count("it is a link that leads nowhere") == 2
    assert "pipe.ndjson`: it is no file" in told


@pytest.mark.parametrize("how", ["gone", "closed"])
def test_the_others_are_decided_where_a_file_cannot_be_opened(
    how: str, policy: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name in ("a.ndjson", "b.ndjson"):
        (folder / name).write_bytes(TEXT)
    open_it = Path.open

    def opened(file: Path, *how_to: Any, **more: Any) -> Any:  # noqa: ANN401 - as `Path.open`
        if file.name == "a.ndjson":
            if how == "closed":
                raise PermissionError(13, "Permission denied", str(file))
            file.unlink(missing_ok=True)
        return open_it(file, *how_to, **more)

    monkeypatch.setattr(Path, "open", opened)
    assert decide(policy, folder, out=tmp_path / "out") == 2
    told = capsys.readouterr().err
    assert ("Permission denied" if how == "closed" else "No such file") in told
    assert f"error[unreadable]: `{folder / 'a.ndjson'}` could not be read" in told
    assert decided(tmp_path / "out") == 1


def test_what_the_system_refuses_has_a_code_and_a_name(
    policy: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.ndjson").write_bytes(TEXT)
    (tmp_path / "out").write_bytes(b"no folder")
    assert decide(policy, folder, out=tmp_path / "out") == 2
    assert f"error[io]: `{tmp_path / 'out'}`: File exists" in capsys.readouterr().err


def test_an_empty_name_is_not_the_folder_that_one_is_in(
    policy: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.ndjson").write_bytes(TEXT)
    monkeypatch.chdir(folder)
    assert decide(policy, "", out=tmp_path / "out") == 2
    assert "empty name" in capsys.readouterr().err
    assert main(["decide", "a.ndjson", "--policies", ""]) == 2


def test_a_folder_of_policies_as_kubernetes_mounts_it_holds_each_once(folder: Path, tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    (mounted / "..2026").mkdir(parents=True)
    (mounted / "..2026" / "test.yaml").write_text(POLICY)
    (mounted / "..data").symlink_to("..2026")
    (mounted / "test.yaml").symlink_to("..data/test.yaml")
    (mounted / "._test.yaml").write_bytes(b"\x00\x05\x16\x07\xff")
    (folder / "a.ndjson").write_bytes(TEXT)
    assert decide(mounted, folder, out=tmp_path / "out") == 0


def _chunks(*named: Path) -> list[Any]:
    return [one for one in Sources([str(one) for one in named]).chunks() if not one[1].rejections]


@pytest.mark.parametrize("kept", [False, True], ids=["alone", "with a state"])
def test_the_name_of_a_file_need_not_be_utf_8(kept: bool, policy: Path, folder: Path, tmp_path: Path) -> None:
    with open(os.path.join(os.fsencode(folder), b"e\xff\xfe.ndjson"), "wb") as out:  # noqa: PTH118, PTH123
        out.write(TEXT + b"{oops\n")
    more = ("--state", str(tmp_path / "state")) if kept else ()
    assert decide(policy, folder, out=tmp_path / "out", more=more) == 0
    assert decided(tmp_path / "out") == 1
    (refused,) = lines(tmp_path / "out" / "rejected.ndjson")
    assert refused["source"].endswith("e\\xff\\xfe.ndjson")


def _wrong_columns() -> bytes:
    return b"".join(msgspec.json.encode({"uid": f"{n}", "ts": START, "event": "x"}) + b"\n" for n in range(4))


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "utf-16": (TEXT.decode().encode("utf-16"), "UTF-16"),
    "an array": (b"[" + b",".join(TEXT.splitlines()) + b"]", "jq -c"),
    "csv": (b"id,time,kind,account\n1,2,read,a\n", "CSV"),
    "csv without a head": (b"1,2,read,a\n", "x_"),
    "bzip2": (bz2.compress(TEXT), "bunzip2"),
    "cut off": (gzip.compress(TEXT)[:-9], "breaks off"),
    "a Parquet file that is none": (b"PAR1 and then nothing", "x_"),
    "wrong columns": (_wrong_columns(), "id: missing"),
    "seconds": (TEXT.replace(b"%d" % START, b"%d" % (START // 1000))[: len(write(EVENTS[0])) - 3], "in seconds"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_at_all_exits_with_2_and_a_hint(
    what: str, policy: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, hint = UNREADABLE[what]
    (folder / "e.ndjson").write_bytes(content)
    assert decide(policy, folder / "e.ndjson", out=tmp_path / "out") == 2
    told = capsys.readouterr().err
    assert hint in told
    assert "expected did you mean" not in told
    assert main(["backtest", str(policy), "--against", str(policy), "--events", str(folder)]) == 2


def test_what_was_read_before_a_file_broke_off_is_decided(policy: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "a.ndjson").write_bytes(TEXT)
    (folder / "b.ndjson.gz").write_bytes(gzip.compress(TEXT)[:-9])
    assert decide(policy, folder, out=tmp_path / "out") == 2
    assert decided(tmp_path / "out") == 1


def test_it_says_so_when_all_rows_were_rejected(
    policy: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "e.ndjson").write_bytes(TEXT)
    state = ("--state", str(tmp_path / "state"))
    assert decide(policy, folder, out=tmp_path / "out", more=state) == 0
    early = spam("b", 3, START - 86_400_000)
    (folder / "e.ndjson").write_bytes(b"".join(map(write, early)))
    assert decide(policy, folder, out=tmp_path / "out", more=state) == 2
    assert "no row was accepted" in capsys.readouterr().err
    assert {one["code"] for one in lines(tmp_path / "out" / "rejected.ndjson")} == {"late"}


def test_one_input_that_is_no_events_is_named_among_those_that_are(
    policy: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.ndjson").write_bytes(TEXT)
    (folder / "b.ndjson").write_bytes(_wrong_columns())
    assert decide(policy, folder, out=tmp_path / "out") == 2
    assert f"`{folder / 'b.ndjson'}` could not be read" in capsys.readouterr().err
    assert decided(tmp_path / "out") == 1


def test_an_input_of_which_all_was_held_or_waits_for_an_upgrade_is_no_fault(
    policy: Path, folder: Path, tmp_path: Path
) -> None:
    (folder / "a.ndjson").write_bytes(TEXT)
    state = ("--state", str(tmp_path / "state"))
    assert decide(policy, folder, out=tmp_path / "out", more=state) == 0
    (folder / "b.ndjson").write_bytes(write(EVENTS[0]).replace(b"message_sent", b"waved"))
    assert decide(policy, folder, out=tmp_path / "out", more=state) == 0
    assert len(lines(tmp_path / "out" / "quarantine.ndjson")) == 1


def test_many_compressions_of_one_file_are_told_apart_by_content(policy: Path, folder: Path, tmp_path: Path) -> None:
    """A wrong ending loses nothing."""
    (folder / "e.json").write_bytes(bytes(pa.Codec("zstd").compress(TEXT, asbytes=True)))
    assert decide(policy, folder, out=tmp_path / "out") == 0
    assert decided(tmp_path / "out") == 1


def _no_rows() -> bytes:
    made = io.BytesIO()
    write_parquet([], made)
    return made.getvalue()


EMPTY: dict[str, bytes] = {
    "nothing": b"", "blank lines": b"\n \n\r\n", "nothing in gzip": gzip.compress(b""),
    "Parquet without rows": _no_rows(),
    "nothing in zstd": bytes(pa.Codec("zstd").compress(b"", asbytes=True)),
}  # fmt: skip


@pytest.mark.parametrize("more", [(), ("--history",)], ids=["as they come", "history"])
@pytest.mark.parametrize("what", EMPTY)
def test_an_input_without_a_row_exits_with_2_and_a_hint(
    what: str, more: tuple[str, ...], policy: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "e.ndjson"
    file.write_bytes(EMPTY[what])
    assert decide(policy, file, out=tmp_path / "out", more=more) == 2
    told = capsys.readouterr().err
    assert f"there is no row in `{file}`; rows are NDJSON" in told
    assert main(["backtest", str(policy), "--against", str(policy), "--events", str(file)]) == 2
    (tmp_path / "full.ndjson").write_bytes(TEXT)
    assert decide(policy, tmp_path / "full.ndjson", file, out=tmp_path / "out", more=more) == 2
    assert decided(tmp_path / "out") == 1


def test_an_empty_part_of_a_folder_is_no_fault(policy: Path, folder: Path, tmp_path: Path) -> None:
    """Programs that write in parts write one without a row where there was none."""
    (folder / "part-0.parquet").write_bytes(EMPTY["Parquet without rows"])
    assert decide(policy, folder, out=tmp_path / "out") == 2
    (folder / "part-1.ndjson").write_bytes(TEXT)
    assert decide(policy, folder, out=tmp_path / "out") == 0


def test_empty_standard_input_exits_with_2(
    policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _type_in(b"", monkeypatch)
    assert decide(policy, "-", out=tmp_path / "out") == 2
    assert "there is no row in `-`" in capsys.readouterr().err
