"""`decide --history`: rows in any order decide as if they had come in the order of time."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.cli.test_cli import POLICY, START, lines, spam

from cartellino.cli.main import main
from cartellino.events.event import Event
from cartellino.events.ndjson import write

DAY = 86_400_000


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "test.yaml"
    file.write_text(POLICY)
    return file


def decide(policy: Path, out: Path, *named: str) -> tuple[int, list[tuple[str, str]], list[str]]:
    code = main(["decide", *named, "--policies", str(policy), "--out", str(out)])
    decisions = [(one["account"], one["at"]) for one in lines(out / "decisions.ndjson")]
    return code, decisions, [one["code"] for one in lines(out / "rejected.ndjson")]


def test_a_past_in_any_order_decides_as_the_sorted_one(policy: Path, tmp_path: Path) -> None:
    events = [one for day in range(0, 300, 50) for one in spam("a", 12, START + day * DAY)]
    events = [type(one)(**{**_fields(one), "id": f"e{n}"}) for n, one in enumerate(events)]
    sorted_, mixed = tmp_path / "sorted.ndjson", tmp_path / "mixed.ndjson"
    sorted_.write_bytes(b"".join(map(write, events)))
    mixed.write_bytes(b"".join(map(write, random.Random(3).sample(events, len(events)))))
    code, expected, refused = decide(policy, tmp_path / "a", str(sorted_))
    assert (code, len(expected), refused) == (0, 4, [])
    assert decide(policy, tmp_path / "b", str(mixed), "--history") == (0, expected, [])
    assert set(decide(policy, tmp_path / "c", str(mixed))[2]) == {"late"}


def _fields(event: Event) -> dict[str, Any]:
    return msgspec.structs.asdict(event)


def test_several_files_are_one_past_and_ids_are_remembered_for_all_of_it(policy: Path, tmp_path: Path) -> None:
    events = spam("a", 11)
    (tmp_path / "1.ndjson").write_bytes(b"".join(map(write, events[6:])) + write(events[6]))
    (tmp_path / "2.ndjson").write_bytes(b"".join(map(write, events[:6])))
    named = (str(tmp_path / "1.ndjson"), str(tmp_path / "2.ndjson"))
    code, decisions, refused = decide(policy, tmp_path / "out", *named, "--history")
    assert (code, len(decisions), refused) == (0, 1, [])


def test_a_state_goes_on_after_a_past(policy: Path, tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state"))
    file = tmp_path / "e.ndjson"
    file.write_bytes(b"".join(map(write, spam("a", 8)[::-1])))
    assert decide(policy, tmp_path / "1", str(file), "--history", *state)[1:] == ([], [])
    assert decide(policy, tmp_path / "2", str(file), "--history", *state)[1:] == ([], [])
    file.write_bytes(b"".join(map(write, spam("a", 11))))
    assert len(decide(policy, tmp_path / "3", str(file), *state)[1]) == 1


def test_a_past_has_to_fit_into_the_memory_that_is_stated(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "e.ndjson"
    file.write_bytes(b"".join(map(write, spam("a", 11))))
    big = b"".join(write(one) for n in range(300) for one in spam(f"account-{n}-{'x' * 90}", 20))
    (tmp_path / "big.ndjson").write_bytes(big)
    assert decide(policy, tmp_path / "out", str(file), "--history", "--history-memory", "1")[0] == 0
    assert (
        main(["decide", str(tmp_path / "big.ndjson"), "--policies", str(policy), "--history", "--history-memory", "1"])
        == 2
    )
    assert "more than 1 MB" in capsys.readouterr().err
    assert main(["decide", str(file), "--policies", str(policy), "--history", "--history-memory", "0"]) == 2
