"""The commands as people type them: what they write, print and return."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cartellino.cli.inputs import policy_texts
from cartellino.cli.main import main
from cartellino.events.arrow import to_batch, write_parquet
from cartellino.events.event import Event
from cartellino.events.ndjson import write
from cartellino.policies.load import load
from cartellino.vocabulary.languages import OURS
from cartellino.vocabulary.times import DAY, MINUTE

EXAMPLES = Path(__file__).parents[2] / "examples"
HOUR = 3_600_000
START = 1_767_225_600_000

POLICY = """
policy: test
observes: [message_sent, reply_received]
clause: "Terms 1"
signals:
  strangers: distinct(message_sent.peer, where=not known, over="24h")
rules:
  many:
    when: strangers > param("strangers", 10)
    code: 101
    ladder: soft
    reason: {en: "Too many strangers."}
    examples:
      fires: [{name: eleven, events: [{kind: message_sent, peer: "p{n}", known: false, repeat: 11}]}]
      stays_silent: [{name: ten, events: [{kind: message_sent, peer: "p{n}", known: false, repeat: 10}]}]
ladders:
  soft: [warning, {restriction: [new_chats], for: 24h}, {suspension: 24h}, ban]
"""


def spam(account: str, number: int, begins: int = START) -> list[Event]:
    return [
        Event(
            id=f"{account}{n}", time=begins + n * 1_000, kind="message_sent", account=account, peer=f"p{n}", known=False
        )
        for n in range(number)
    ]


def lines(file: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "test.yaml"
    file.write_text(POLICY)
    return file


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"".join(map(write, [*spam("a", 12), *spam("b", 5, START + 60_000)])))
    return file


def test_decide_writes_what_the_contract_says(policy: Path, events: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    assert main(["decide", str(events), "--policies", str(policy), "--out", str(out)]) == 0

    (decision,) = lines(out / "decisions.ndjson")
    assert decision["decision_id"].startswith("d_")
    assert decision["policy_version"].startswith("sha256:")
    expected = {
        "account": "a",
        "service": "main",
        "at": "2026-01-01T00:00:10.000Z",
        "sequence": 11,
        "policy": "test",
        "rule": "many",
        "code": 101,
        "action": {"kind": "warning", "scope": [], "ends_at": None},
        "evidence": [{"signal": "strangers", "least": 11, "most": None, "threshold": 10, "window": "24h"}],
        "strike": 1,
        "next_step": {"kind": "restriction", "for": "24h"},
        "mode": "live",
    }
    assert {name: decision[name] for name in expected} == expected
    assert "appeal" in decision["still_works"]
    summary = msgspec.json.decode((out / "summary.json").read_bytes())
    assert summary["events_read"] == 17
    assert summary["events_rejected"] == 0
    assert summary["accounts_seen"] == 2
    assert summary["accounts_sanctioned"] == {"warning": 1}
    assert summary["decisions"] == {"by_policy": {"test": 1}, "by_rule": {"test/many": 1}, "by_action": {"warning": 1}}
    assert summary["wishes"] == {"held": 0, "shadow": 0}
    assert set(summary["evaluable_share"]) == {"test/many"}
    assert summary["forgotten_share"] == 0
    assert summary["policy_version"] == decision["policy_version"]
    assert (out / "rejected.ndjson").read_bytes() == b""


PAST = """
policy: past
rules:
  intruder:
    when: distinct(message_sent.peer, where=not known and not solicited, over="1h") > 5
    code: 101
    action: review
    reason: {en: "You wrote to people who do not know you."}
"""


@pytest.fixture
def past(tmp_path: Path) -> Path:
    file = tmp_path / "past.yaml"
    file.write_text(PAST)
    return file


def decided(out: Path) -> tuple[list[str], dict[str, float]]:
    summary = msgspec.json.decode((out / "summary.json").read_bytes())
    return [one["account"] for one in lines(out / "decisions.ndjson")], summary["unknown_before_log"]


def test_what_came_before_the_log_silences_rules_and_is_said(
    past: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether the strangers had written first is not known in a log of some seconds, unless it is declared complete."""
    (tmp_path / "e.ndjson").write_bytes(b"".join(map(write, spam("a", 12))))
    called = ["decide", str(tmp_path / "e.ndjson"), "--policies", str(past), "--out", str(tmp_path / "out")]
    assert main(called) == 0
    assert decided(tmp_path / "out") == ([], {"past/intruder": 1.0})
    told = " ".join(capsys.readouterr().out.split())
    assert "1 rule could not judge some events, because they look back to before the log: past/intruder (100%)." in told
    assert "--complete-history, or `history: complete` in a policy" in told

    assert main([*called, "--complete-history"]) == 0
    assert decided(tmp_path / "out") == (["a"], {})
    assert "before the log" not in capsys.readouterr().out
    (past.parent / "history.yaml").write_text("history: complete")
    both = ["decide", str(tmp_path / "e.ndjson"), "--policies", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(both) == 0
    assert decided(tmp_path / "out") == (["a"], {})


def test_a_file_that_says_it_holds_the_whole_past_is_believed(past: Path, tmp_path: Path) -> None:
    for name, is_complete in (("whole", True), ("part", False)):
        with (tmp_path / f"{name}.parquet").open("wb") as parquet:
            write_parquet(spam("a", 12), parquet, complete_history=is_complete)
    found = []
    for files in (["whole"], ["whole", "part"]):
        named = [str(tmp_path / f"{one}.parquet") for one in files]
        main(["decide", *named, "--policies", str(past), "--out", str(tmp_path / "out")])
        found.append(decided(tmp_path / "out")[0])
    assert found == [["a"], []]


def test_backtest_says_which_rules_look_back_to_before_the_log(
    past: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "e.ndjson").write_bytes(b"".join(map(write, spam("a", 12))))
    called = ["backtest", str(past), "--against", str(past), "--events", str(tmp_path / "e.ndjson")]
    assert main(called) == 0
    assert "before the log: past/intruder (100%)." in " ".join(capsys.readouterr().out.split())
    assert main([*called, "--complete-history"]) == 0
    assert "before the log" not in capsys.readouterr().out


def test_every_format_gives_the_same_decisions(policy: Path, tmp_path: Path) -> None:
    stream = spam("a", 12)
    batch = to_batch(stream)
    (tmp_path / "e.ndjson").write_bytes(b"".join(map(write, stream)))
    with (tmp_path / "e.parquet").open("wb") as parquet:
        write_parquet(stream, parquet)
    import pyarrow as pa

    with pa.OSFile(str(tmp_path / "e.arrow"), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)
    found = []
    for name in ("e.ndjson", "e.parquet", "e.arrow"):
        main(["decide", str(tmp_path / name), "--policies", str(policy), "--out", str(tmp_path / f"out-{name}")])
        found.append((tmp_path / f"out-{name}" / "decisions.ndjson").read_bytes())
    assert found[0]
    assert found[0] == found[1] == found[2]


def test_standard_input_and_folders_are_read(
    policy: Path, events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stdin:
        buffer = io.BufferedReader(io.BytesIO(events.read_bytes()))

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert main(["decide", "-", "--policies", str(policy), "--out", str(tmp_path / "a")]) == 0
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "1.ndjson").write_bytes(events.read_bytes())
    assert main(["decide", str(folder), "--policies", str(policy), "--out", str(tmp_path / "b")]) == 0

    assert lines(tmp_path / "a" / "decisions.ndjson") == lines(tmp_path / "b" / "decisions.ndjson") != []


def test_a_bad_row_is_kept_and_the_rest_goes_on(
    policy: Path, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.ndjson"
    bad = {"id": "x", "time": START, "kind": "message_sent", "account": "c", "known": "yes"}
    broken.write_bytes(b"{oops\n" + msgspec.json.encode(bad) + b"\n" + events.read_bytes())
    out = tmp_path / "out"

    assert main(["decide", str(broken), "--policies", str(policy), "--out", str(out)]) == 0
    assert main(["decide", str(broken), "--policies", str(policy), "--out", str(out), "--strict"]) == 3

    first, second = lines(out / "rejected.ndjson")
    assert (first["code"], first["line"], first["row"]) == ("invalid-json", 1, "{oops")
    assert (second["column"], second["expected"], second["got"]) == ("known", "true or false", "yes")
    assert second["row"] == bad
    assert len(lines(out / "decisions.ndjson")) == 1
    assert "known: wrong-type: expected true or false, got yes" in capsys.readouterr().err


def test_an_unknown_kind_is_quarantined_as_it_came(policy: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "e.ndjson", tmp_path / "out"
    row = {"id": "1", "time": START, "kind": "teleported", "account": "a"}
    file.write_bytes(msgspec.json.encode(row) + b"\n{oops\n")

    assert main(["decide", str(file), "--policies", str(policy), "--out", str(out)]) == 2

    assert lines(out / "quarantine.ndjson") == [row]
    assert [one["code"] for one in lines(out / "rejected.ndjson")] == ["unknown-kind", "invalid-json"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["decide", "nowhere.ndjson"], "there is no file `nowhere.ndjson`"),
        (["decide", "{events}", "--policies", "nowhere"], "there is no policy file or folder `nowhere`"),
        (["decide", "{events}", "--set", "strangers"], "not of the form name=number"),
        (["decide", "{events}", "--set", "strangers=nan"], "not of the form name=number"),
        (["decide", "{events}", "--set", "quota_oldr=3"], "did you mean `quota_older`?"),
        (["explain", "d_1", "--state", "{tmp}"], "is no state folder"),
        (["simulate", "--accounts", "3", "--out", "{tmp}"], "at least 50 accounts"),
        (["decide", "{events}", "--out", "{events}"], "File exists"),
    ],
)
def test_bad_arguments_exit_with_2_and_a_sentence(
    arguments: list[str], says: str, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [one.format(events=events, tmp=tmp_path) for one in arguments]

    assert main(filled) == 2
    assert says in " ".join(capsys.readouterr().err.split())


def test_a_bad_policy_exits_with_2_and_shows_every_fault(
    events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(POLICY.replace("distinct(", "distnct(").replace("ladder: soft", "ladder: sofd"))

    assert main(["decide", str(events), "--policies", str(file)]) == 2
    told = capsys.readouterr().err
    assert "did you mean `distinct`?" in told
    assert main(["policies", "check", str(file)]) == 1


def test_an_unreadable_file_alone_exits_with_2(policy: Path, tmp_path: Path) -> None:
    file = tmp_path / "torn.parquet"
    file.write_bytes(b"PAR1 and then nothing")
    out = tmp_path / "out"

    assert main(["decide", str(file), "--policies", str(policy), "--out", str(out)]) == 2
    assert lines(out / "rejected.ndjson")[0]["code"] == "unreadable"


@pytest.fixture
def english(tmp_path: Path) -> Path:
    """A policy that says that it is for readers of English."""
    file = tmp_path / "english.yaml"
    file.write_text(f"languages: [en]\n{POLICY}")
    return file


def test_policies_check_asks_for_every_language_of_the_product(
    policy: Path, english: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policies", "check", str(policy)]) == 1
    told = capsys.readouterr().err
    assert told.count("error[missing-language]") == 2 * len(OURS[1:])  # clause and reason
    assert "the reason is not written in Indonesian" in told
    assert "`languages: [en]`" in told
    assert main(["policies", "check", str(english)]) == 0
    assert main(["decide", "/dev/null", "--policies", str(policy)]) == 2
    assert "missing-language" not in capsys.readouterr().err  # what is in use goes on as it is


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/policy.yaml"), key=str))
def test_the_examples_stand_in_every_language(file: Path) -> None:
    assert main(["policies", "check", str(file)]) == 0
    for rule in load(policy_texts(str(file))).rules:
        assert set(rule.clause) == set(rule.reason) == set(OURS)


def test_policies_check_runs_the_examples(english: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "check", str(english)]) == 0
    assert "2 of 2 examples" in capsys.readouterr().out
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(english.read_text().replace("repeat: 11", "repeat: 9"))

    assert main(["policies", "check", str(wrong)]) == 1
    told = capsys.readouterr().err
    assert "failed-example" in told
    assert "wrong.yaml:" in told


def test_policies_check_notes_notices_in_mixed_languages(
    english: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixed = tmp_path / "mixed.yaml"
    mixed.write_text(english.read_text().replace("reason: {", "reason: {it: Troppi sconosciuti., "))
    assert main(["policies", "check", str(english)]) == 0
    assert "mix a language" not in capsys.readouterr().err
    assert main(["policies", "check", str(mixed)]) == 0
    assert "mix a language with English: test/many" in capsys.readouterr().err


def test_the_shipped_pack_checks_and_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "check", "messenger"]) == 0
    assert main(["policies", "show", "--rule", "spam/steady-to-strangers"]) == 0
    shown = capsys.readouterr().out
    assert "used_7d is more than 200" in shown
    assert main(["policies", "show", "--rule", "spam/none"]) == 2


def test_explain_tells_parts_events_and_prevention(
    policy: Path, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, out = tmp_path / "state", tmp_path / "out"
    main(["decide", str(events), "--policies", str(policy), "--out", str(out), "--state", str(state)])
    (decision,) = lines(out / "decisions.ndjson")
    capsys.readouterr()

    assert main(["explain", decision["decision_id"], "--state", str(state)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "11 events counted" in told
    assert "of at most 10; it was 11" in told
    assert main(["explain", "d_unknown", "--state", str(state)]) == 1


def test_explain_tells_what_was_kept_where_it_cannot_be_worked_out_again(
    policy: Path, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another program may not be able to read the policies any more; the decision has its own words."""
    state, out = tmp_path / "state", tmp_path / "out"
    main(["decide", str(events), "--policies", str(policy), "--out", str(out), "--state", str(state)])
    (decision,) = lines(out / "decisions.ndjson")
    held = msgspec.json.decode((state / "policies.json").read_bytes())
    for text in held["texts"]:
        text["content"] = "policy: [cannot be read any more"
    (state / "policies.json").write_bytes(msgspec.json.encode(held))
    capsys.readouterr()

    assert main(["explain", decision["decision_id"], "--state", str(state)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert decision["wording"]["reason"]["en"] in told
    assert str(decision["evidence"][0]["least"]) in told
    assert "This is what was kept." in told


def test_a_second_run_goes_on_where_the_first_ended(policy: Path, tmp_path: Path) -> None:
    stream = spam("a", 14)
    whole, grown = tmp_path / "whole.ndjson", tmp_path / "grown.ndjson"
    whole.write_bytes(b"".join(map(write, stream)))
    main(["decide", str(whole), "--policies", str(policy), "--out", str(tmp_path / "w")])
    grown.write_bytes(b"".join(map(write, stream[:8])))
    first = [
        "decide",
        str(grown),
        "--policies",
        str(policy),
        "--state",
        str(tmp_path / "s"),
        "--out",
        str(tmp_path / "1"),
    ]
    main(first)
    grown.write_bytes(b"".join(map(write, stream)))
    main([*first[:-1], str(tmp_path / "2")])
    main([*first[:-1], str(tmp_path / "3")])

    expected = lines(tmp_path / "w" / "decisions.ndjson")
    assert lines(tmp_path / "1" / "decisions.ndjson") == []
    assert lines(tmp_path / "2" / "decisions.ndjson") == expected != []
    assert lines(tmp_path / "3" / "decisions.ndjson") == []
    assert lines(tmp_path / "s" / "decisions.ndjson") == expected


def counted(out: Path) -> tuple[int, int, int, int]:
    summary = msgspec.json.decode((out / "summary.json").read_bytes())
    return tuple(summary[f"events_{name}"] for name in ("taken", "held_before", "duplicate", "rejected"))


def test_a_second_batch_under_the_same_name_is_taken_whole(policy: Path, tmp_path: Path) -> None:
    file, state, out = tmp_path / "rotated.ndjson", tmp_path / "s", tmp_path / "out"
    run = ["decide", str(file), "--policies", str(policy), "--state", str(state), "--out", str(out)]
    file.write_bytes(b"".join(map(write, spam("a", 8))))
    main(run)
    file.write_bytes(b"".join(map(write, spam("b", 3, START + 10_000))))
    main(run)

    assert counted(out) == (3, 0, 0, 0)


def test_the_same_events_under_another_name_are_not_counted_twice(policy: Path, tmp_path: Path) -> None:
    first, second, out = tmp_path / "1.ndjson", tmp_path / "2.ndjson", tmp_path / "out"
    without_service = [{"id": f"a{n}", "time": START + n, "kind": "read", "account": "a"} for n in range(8)]
    for file in (first, second):
        file.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in without_service))
        main(["decide", str(file), "--policies", str(policy), "--state", str(tmp_path / "s"), "--out", str(out)])

    assert counted(out) == (0, 8, 0, 0)
    assert lines(out / "decisions.ndjson") == []


def test_one_run_takes_the_same_events_once_from_two_files(policy: Path, tmp_path: Path) -> None:
    first, second, out = tmp_path / "1.ndjson", tmp_path / "2.ndjson", tmp_path / "out"
    for file in (first, second):
        file.write_bytes(b"".join(map(write, spam("a", 8))))
    named = [str(first), str(first), str(second)]
    main(["decide", *named, "--policies", str(policy), "--state", str(tmp_path / "s"), "--out", str(out)])

    assert counted(out) == (8, 8, 0, 0)


def test_what_a_source_sends_late_is_late_also_in_the_next_run(policy: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "e.ndjson", tmp_path / "out"
    run = ["decide", str(file), "--policies", str(policy), "--state", str(tmp_path / "s"), "--out", str(out)]
    file.write_bytes(b"".join(map(write, spam("a", 2, START + HOUR))))
    main(run)
    file.write_bytes(b"".join(map(write, spam("b", 2))))
    main(run)

    assert counted(out) == (0, 0, 0, 2)
    assert {one["code"] for one in lines(out / "rejected.ndjson")} == {"late"}


def test_a_rejection_names_its_line_also_after_empty_ones(policy: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "e.ndjson", tmp_path / "out"
    late = Event(id="3", time=START, kind="read", account="a")
    begun = [write(one) for one in spam("a", 2, START + HOUR)]
    file.write_bytes(begun[0] + b"\n\n" + begun[1] + b"{oops\n" + write(late).rstrip())
    main(["decide", str(file), "--policies", str(policy), "--out", str(out)])

    assert [(one["line"], one["code"]) for one in lines(out / "rejected.ndjson")] == [(5, "invalid-json"), (6, "late")]


def test_an_id_that_is_used_for_something_else_is_refused_and_kept(policy: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "e.ndjson", tmp_path / "out"
    first = Event(id="1", time=START, kind="read", account="a")
    other = Event(id="1", time=START + 4_000, kind="blocked", account="z")
    file.write_bytes(write(first) + write(first) + write(other))
    main(["decide", str(file), "--policies", str(policy), "--out", str(out)])

    assert counted(out) == (1, 0, 1, 1)
    (kept,) = lines(out / "rejected.ndjson")
    assert (kept["code"], kept["row"]["account"]) == ("id-reused", "z")


def test_a_state_made_by_other_policies_is_refused(
    policy: Path, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = str(tmp_path / "s")
    assert main(["decide", str(events), "--policies", str(policy), "--state", state]) == 0
    assert main(["decide", str(events), "--policies", str(policy), "--set", "strangers=3", "--state", state]) == 2
    assert "another --state" in " ".join(capsys.readouterr().err.split())


def test_backtest_shows_who_changes_sides(
    policy: Path, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, out = tmp_path / "labels.ndjson", tmp_path / "changes.ndjson"
    labels.write_text('\ufeff{"account": "a", "abusive": true}\r\n\r\n{"account": "b", "abusive": false}\r\n')
    arguments = ["backtest", str(policy), "--set", "strangers=3", "--against", str(policy), "--events", str(events)]

    assert main([*arguments, "--labels", str(labels), "--out", str(out)]) == 0

    (change,) = lines(out)
    assert (change["account"], change["side"], change["abusive"]) == ("b", "new", False)
    assert change["decision"]["evidence"][0]["least"] == 4
    told = " ".join(capsys.readouterr().out.split())
    assert "50.0 % (9.5 to 90.5)" in told
    assert "100.0 %" in told


def test_a_brake_stays_on_until_the_end_of_the_run_and_in_the_next(policy: Path, tmp_path: Path) -> None:
    """Nobody looks at what it holds while events are read, however many days they tell of; history has no brakes."""
    flood = [spam(f"a{number}", 12, START + number * MINUTE) for number in range(25)]
    later = [spam(f"b{number}", 12, START + number * DAY) for number in range(2, 5)]
    days = []
    for name, streams in (("flood", flood), ("later", later)):
        days.append(tmp_path / f"{name}.ndjson")
        days[-1].write_bytes(b"".join(write(one) for stream in streams for one in stream))
    run = ["decide", "--policies", str(policy)]

    assert main([*run, *map(str, days), "--out", str(tmp_path / "one")]) == 0
    modes = [one["mode"] for one in lines(tmp_path / "one" / "decisions.ndjson")]
    assert modes == ["live"] * 20 + ["held"] * 8

    for day in days:
        out = tmp_path / day.stem
        assert main([*run, str(day), "--state", str(tmp_path / "state"), "--out", str(out)]) == 0
    assert [one["mode"] for one in lines(tmp_path / "later" / "decisions.ndjson")] == ["held"] * 3

    assert main([*run, *map(str, days), "--no-brakes", "--out", str(tmp_path / "free")]) == 0
    assert {one["mode"] for one in lines(tmp_path / "free" / "decisions.ndjson")} == {"live"}


def test_bad_labels_are_named(policy: Path, events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = tmp_path / "labels.ndjson"
    labels.write_text('{"account": "a", "abusive": 1}\n')
    arguments = ["backtest", str(policy), "--against", str(policy), "--events", str(events), "--labels", str(labels)]

    assert main(arguments) == 2
    assert "labels.ndjson:1" in "".join(capsys.readouterr().err.split())


def test_simulate_writes_a_town_that_decide_reads(tmp_path: Path) -> None:
    town = tmp_path / "town"
    assert main(["simulate", "--accounts", "80", "--days", "1", "--seed", "3", "--out", str(town)]) == 0
    assert main(["decide", str(town / "events.parquet"), "--out", str(tmp_path / "out"), "--strict"]) == 0

    labels = lines(town / "labels.ndjson")
    assert {"account", "abusive", "role"} <= labels[0].keys()
    assert msgspec.json.decode((tmp_path / "out" / "summary.json").read_bytes())["events_rejected"] == 0


def test_the_demo_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--report", "--accounts", "120", "--days", "1"]) == 0
    shown = capsys.readouterr().out
    assert "The attackers" in shown
    assert "The honest people" in shown


def test_help_teaches_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("decide", "policies", "explain", "backtest", "simulate", "demo"):
        with pytest.raises(SystemExit, match="0"):
            main([verb, "--help"])
        assert f"  cartellino {verb}" in capsys.readouterr().out
