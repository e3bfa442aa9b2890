"""A run that ends anywhere, and a second one: together they decide what one undisturbed run does, and nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from cartellino.cli.main import main
from cartellino.events import ndjson
from cartellino.events.batches import Chunk, read_batches
from cartellino.events.event import Event
from cartellino.events.logged import LOGGED, to_logged
from cartellino.pipeline.findings_journal import Noted
from cartellino.pipeline.indexed_log import SCHEMA
from cartellino.pipeline.route import Route
from cartellino.pipeline.state_folder import StateFolder
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.storage.journal import Journal
from cartellino.storage.retention import forget
from cartellino.vocabulary.refusals import BadFile
from cartellino.vocabulary.times import DAY, HOUR

BEGINS = 1_767_225_600_000
POLICY = """
policy: p
observes: [message_sent, reply_received]
history: complete
signals:
  strangers: distinct(message_sent.peer, where=not known and not solicited, over="1h")
rules:
  strangers: {when: strangers > 4, code: 1, ladder: soft, reason: {en: "Strangers."}}
  farm: {when: 'distinct(registered.account, over="24h", by=device) > 2', code: 2, action: review, reason: {en: "F."}}
  evader:
    {when: kind == "registered", given: 'linked(number, "suspension") > 0', code: 3, ladder: soft, reason: {en: "E."}}
ladders: {soft: [warning, {suspension: 24h}, ban]}
"""


QUIET = """
policy: p
observes: [message_sent, read]
rules:
  silent: {when: 'kind == "read" and count(message_sent, over="24h") < 1', code: 1, action: review, reason: {en: "S."}}
"""


def policies() -> PolicySet:
    return load([Text("p.yaml", POLICY)])


def stream(size: int, seed: int = 1) -> list[Event]:
    choose, now, log = random.Random(seed), BEGINS, list[Event]()
    for number in range(size):
        now += choose.choice((0, 500, 3_000, 20_000))
        account = f"a{choose.randrange(12)}"
        kind = choose.choice(("message_sent",) * 8 + ("reply_received", "registered", "number_released"))
        log.append(
            Event(
                id=f"e{number}",
                time=max(BEGINS, now - choose.choice((0, 0, 0, 700))),
                kind=kind,
                account=account,
                peer=f"p{choose.randrange(40)}",
                device=f"d{choose.randrange(4)}",
                number=f"n{choose.randrange(6)}",
                known=choose.choice((False, False, True, None)),
            )
        )
    return log


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The policy, and a stream as many files of NDJSON, so that a run can end between any two of them."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "policy.yaml").write_text(POLICY)
    events = folder / "events"
    events.mkdir()
    log = stream(1_500)
    for number in range(30):
        part = log[number * 50 : number * 50 + 50]
        (events / f"{number:02d}.ndjson").write_bytes(b"".join(ndjson.write(event) for event in part))
    return folder / "policy.yaml", events


def chunks(log: list[Event], size: int) -> Iterator[Chunk]:
    for first in range(0, len(log), size):
        part = log[first : first + size]
        yield Chunk(to_logged(part), np.arange(first + 1, first + len(part) + 1), [])


def run(folder: Path, log: list[Event], size: int, *, stop: int | None = None, snapshots: int = 10**9) -> list[bytes]:
    """Decide, `size` events at a time; after `stop` chunks, the process is gone."""
    state = StateFolder(folder)
    state.snapshot_every = snapshots
    state.adopt([Text("p.yaml", POLICY)], {}, policies())
    route = Route(policies(), "salt", now=BEGINS * 2, store=state, native=False)
    for _ in state.resume(route):
        pass
    for number, chunk in enumerate(chunks(log, size)):
        if number == stop:
            break
        state.record(route.take(chunk, "s").decisions, route)
    return (folder / "decisions.ndjson").read_bytes().splitlines()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    found = run(tmp_path_factory.mktemp("undisturbed"), stream(400), 400)
    assert len(found) > 20
    return found


@pytest.mark.slow
@pytest.mark.parametrize("snapshots", [10**9, pytest.param(60, marks=pytest.mark.thorough), 1])
@pytest.mark.parametrize(
    ("size", "stops"), [(37, (3,)), pytest.param(11, (1, 9, 20), marks=pytest.mark.thorough), (100, (0, 2, 2))]
)
def test_runs_that_go_on_decide_what_one_run_decides(
    tmp_path: Path, undisturbed: list[bytes], size: int, stops: tuple[int, ...], snapshots: int
) -> None:
    for stop in stops:
        run(tmp_path, stream(400), size, stop=stop, snapshots=snapshots)
    assert run(tmp_path, stream(400), size, snapshots=snapshots) == undisturbed
    assert [one["decision_id"] for one in StateFolder(tmp_path).decisions()] == list(
        dict.fromkeys(one["decision_id"] for one in StateFolder(tmp_path).decisions())
    )


def test_a_damaged_snapshot_is_passed_over(tmp_path: Path, undisturbed: list[bytes]) -> None:
    run(tmp_path, stream(400), 50, stop=6, snapshots=100)
    latest = max((tmp_path / "snapshots").iterdir())
    data = bytearray(latest.read_bytes())
    data[len(data) // 2] ^= 1
    latest.write_bytes(data)
    assert run(tmp_path, stream(400), 50) == undisturbed


def test_what_was_kept_but_not_judged_is_judged_by_the_next_run(tmp_path: Path, undisturbed: list[bytes]) -> None:
    """The log is durable before the kernel sees an event; a crash between the two loses nothing."""
    state = StateFolder(tmp_path)
    state.adopt([Text("p.yaml", POLICY)], {}, policies())
    route = Route(policies(), "salt", now=BEGINS * 2, store=state, native=False)
    first, second = next(chunks(stream(400), 150)), list(chunks(stream(400), 150))[1]
    state.record(route.take(first, "s").decisions, route)
    taken = route.arrivals.accept(second.batch, second.numbers, "s")
    state.keep(taken.batch, taken.numbers, pa.array(["s"] * taken.batch.num_rows), route.sequence + 1)
    state.close()
    assert run(tmp_path, stream(400), 90) == undisturbed


def _decide(files: tuple[Path, Path], state: Path) -> subprocess.Popen[bytes]:
    policy, events = files
    arguments = ["decide", str(events), "--policies", str(policy), "--state", str(state), "--salt", "x"]
    script = (
        "import cartellino.pipeline.state_folder as s; s.SNAPSHOT_EVERY = 300\nfrom cartellino.cli.main import main"
    )
    script += f"\nimport sys; sys.exit(main({arguments!r}))"
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.slow
@pytest.mark.thorough
def test_kill_9_at_random_moments_loses_nothing_and_doubles_nothing(files: tuple[Path, Path], tmp_path: Path) -> None:
    began = time.monotonic()
    assert _decide(files, tmp_path / "whole").wait(timeout=120) == 0
    took = time.monotonic() - began
    expected = (tmp_path / "whole" / "decisions.ndjson").read_bytes()
    assert expected.count(b"\n") > 30
    choose, killed = random.Random(9), 0
    for number in range(int(os.environ.get("CARTELLINO_KILLS", "1"))):
        state = tmp_path / f"s{number}"
        process = _decide(files, state)
        time.sleep(choose.uniform(0.1, 0.9) * took)
        process.send_signal(signal.SIGKILL)
        killed += process.wait(timeout=60) == -signal.SIGKILL
        assert _decide(files, state).wait(timeout=120) == 0
        assert (state / "decisions.ndjson").read_bytes() == expected
    assert killed


def test_a_full_disk_stops_with_a_sentence_and_the_next_run_goes_on(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The size of a file is limited as a full disk would limit it."""
    policy, events = files
    state = tmp_path / "s"
    script = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
from cartellino.cli.main import main
sys.exit(main(["decide", {str(events)!r}, "--policies", {str(policy)!r}, "--state", {str(state)!r}]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "othing acknowledged was lost" in " ".join(done.stderr.split())
    whole = tmp_path / "whole"
    for folder in (state, whole):
        assert main(["decide", str(events), "--policies", str(policy), "--state", str(folder)]) == 0
    assert (state / "decisions.ndjson").read_bytes() == (whole / "decisions.ndjson").read_bytes()


def test_the_log_holds_every_event_that_was_taken(files: tuple[Path, Path], tmp_path: Path) -> None:
    policy, events = files
    assert main(["decide", str(events), "--policies", str(policy), "--state", str(tmp_path)]) == 0
    held = [row for batch in StateFolder(tmp_path).log.read() for row in batch.select(LOGGED.names).to_pylist()]
    read = []
    for part in sorted(events.iterdir()):
        with part.open("rb") as file:
            read += [row for chunk in read_batches(file, "x") for row in chunk.batch.to_pylist()]
    assert held == read


def test_forgetting_keeps_what_was_decided(files: tuple[Path, Path], tmp_path: Path) -> None:
    policy, events = files
    run_it = ["decide", str(events), "--policies", str(policy), "--state", str(tmp_path)]
    assert main(run_it) == 0
    before = (tmp_path / "decisions.ndjson").read_bytes()
    assert before.count(b"\n") > 30

    assert main(["log", "forget", "--state", str(tmp_path), "--keep", "message_sent=0s"]) == 0
    more = tmp_path / "more.ndjson"
    more.write_bytes(ndjson.write(Event(id="m", time=BEGINS + 10**9, kind="read", account="new")))
    assert main(["decide", str(more), *run_it[2:]]) == 0
    assert (tmp_path / "decisions.ndjson").read_bytes() == before

    for snapshot in (tmp_path / "snapshots").iterdir():
        snapshot.unlink()
    assert main(["decide", str(more), *run_it[2:]]) == 0
    assert (tmp_path / "decisions.ndjson").read_bytes() == before


def test_what_was_forgotten_is_unknown_where_no_snapshot_knows_it(tmp_path: Path) -> None:
    """An account that was silent in what is left is not one that was silent."""
    text = Text("p.yaml", QUIET)
    quiet = load([text])
    sent = [Event(id=f"m{n}", time=BEGINS + n * HOUR, kind="message_sent", account="a") for n in range(10)]
    sent[:0] = [Event(id="r", time=BEGINS, kind="registered", account="a")]

    def decided(*events: Event) -> list[str]:
        state = StateFolder(tmp_path)
        state.adopt([text], {}, quiet)
        route = Route(quiet, "salt", now=BEGINS * 2, store=state, native=False)
        for _ in state.resume_alone(route):
            pass
        found = [one.event for chunk in chunks(list(events), 50) for one in route.take(chunk, "s").decisions]
        state.close()
        return found

    assert decided(*sent) == []
    forget(tmp_path / "log", SCHEMA, {"message_sent": 0}, BEGINS + DAY)
    (tmp_path / "forgotten.json").write_bytes(b'{"through": 11}')
    assert decided(Event(id="x", time=BEGINS + 11 * HOUR, kind="read", account="a")) == []
    assert decided(Event(id="y", time=BEGINS + 60 * HOUR, kind="read", account="a")) == ["y"]


@pytest.mark.parametrize(
    ("part", "held"),
    [
        ("policies.json", {"format": 99}), ("policies.json", {"edition": 99}),
        ("forgotten.json", {"format": 99, "through": 5}),
    ],
)  # fmt: skip
def test_what_a_newer_program_wrote_is_refused_and_never_misread(
    tmp_path: Path, part: str, held: dict[str, int]
) -> None:
    run(tmp_path, stream(200), 50)
    path = tmp_path / part
    before = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    path.write_bytes(msgspec.json.encode({**before, **held}))
    for snapshot in tmp_path.glob("snapshots/*"):
        snapshot.unlink()
    with pytest.raises(BadFile, match="newer version"):
        run(tmp_path, stream(200), 50)


def test_a_record_of_a_later_format_is_refused(tmp_path: Path) -> None:
    run(tmp_path, stream(200), 50)
    later = msgspec.msgpack.encode(Noted(200, (), (), format=99))
    Journal(tmp_path / "found.journal").append([later])
    with pytest.raises(BadFile, match="newer version"):
        run(tmp_path, stream(200), 50)


def test_a_lost_tail_is_told_by_what_was_found(tmp_path: Path) -> None:
    run(tmp_path, stream(200), 50)
    (segment,) = (tmp_path / "log").glob("*.arrows")
    segment.write_bytes(segment.read_bytes()[:-5_000])
    with pytest.raises(BadFile, match="once reached"):
        run(tmp_path, stream(200), 50)


@pytest.mark.parametrize("changed", [["--memory", "64"], ["--salt", "other"]])
def test_another_memory_or_salt_is_refused(files: tuple[Path, Path], tmp_path: Path, changed: list[str]) -> None:
    policy, events = files
    arguments = [
        "decide",
        str(next(iter(sorted(events.iterdir())))),
        "--policies",
        str(policy),
        "--state",
        str(tmp_path),
    ]
    assert main(arguments) == 0
    assert main([*arguments, *changed]) == 2


def test_two_processes_do_not_share_a_folder(files: tuple[Path, Path], tmp_path: Path) -> None:
    policy, events = files
    first = StateFolder(tmp_path)
    first.adopt([Text("p.yaml", policy.read_text())], {}, load([Text("p.yaml", policy.read_text())]))
    assert main(["decide", str(events), "--policies", str(policy), "--state", str(tmp_path)]) == 2
