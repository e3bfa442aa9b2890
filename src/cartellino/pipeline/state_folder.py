"""A state folder: the event log, the policies that decided, what was found, and every decision.

    DIR/log/events-....arrows   what was taken, in order: durable before anything is decided on it
    DIR/log/installation.json   which installation it belongs to (`storage.card`), where a service writes it
    DIR/found.journal           what the kernel found in which events, in order
    DIR/snapshots/....arrow     what the kernel knew after so many events
    DIR/names.bits              which stretches of the log may hold which name; it follows from the log
    DIR/policies.json           the policy texts and parameters, and their digest
    DIR/lock                    held by the one process that writes
    DIR/told.ndjson             what an earlier edition of the meaning decided; only after an upgrade
    DIR/decisions.ndjson        everything that was decided, diagnoses too; it follows from the rest, and each run
                                writes it anew

A second run with the same folder goes on where the first ended, however that ended: the kernel takes up its latest
snapshot, the sequencer is told again what was found up to there, and the rest of the log is judged as if it had just
come. An event that the log holds already, equal in every column, is passed over, whatever file it comes in. A source is
known by the name of its file (`-` is standard input); what it sends more than a minute behind its newest time is late,
also in a later run.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.enforcement.decision import Decision
from cartellino.events.event import Event
from cartellino.events.logged import LOGGED, events_of
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Coder
from cartellino.kernel.columns import integers, text_codes
from cartellino.kernel.finding import Finding
from cartellino.kernel.geometry import Geometry
from cartellino.kernel.machine import core
from cartellino.pipeline.earlier_edition import told_by
from cartellino.pipeline.findings_journal import Noted
from cartellino.pipeline.folder_parts import must_be_known, read_part, write_part
from cartellino.pipeline.history_import import are_past
from cartellino.pipeline.order import Wish, in_order
from cartellino.pipeline.relevant_events import bearing, names_of
from cartellino.pipeline.route import Route
from cartellino.policies.load import Text, load
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule, kinds
from cartellino.storage.files import DISK, Files, private
from cartellino.storage.growing import make_folder
from cartellino.storage.journal import Journal, whole_records
from cartellino.storage.name_index import NameIndex
from cartellino.storage.replacing import replacing
from cartellino.storage.segments import SegmentLog
from cartellino.storage.snapshots import Snapshots
from cartellino.vocabulary.edition import EDITION, FIRST_EDITION
from cartellino.vocabulary.ids import digest
from cartellino.vocabulary.refusals import BadArgument, BadFile
from cartellino.vocabulary.times import Instant

PLACE = pa.schema([pa.field("sequence", pa.int64()), pa.field("source", pa.string()), pa.field("row", pa.int64())])
SCHEMA = pa.schema([*PLACE, *LOGGED])
"""The columns of the log: the place of an event, and the event."""

NAMED = ("account", "peer", "device", "address", "content", "group", "client")
"""By what events are looked for."""

SNAPSHOT_EVERY = 2_000_000
"""Events after which the kernel's knowledge is written down, so that a restart need not judge the whole log."""


Told = Callable[[Sequence[Decision]], object]


def _nobody(decisions: Sequence[Decision]) -> None:
    """Tell nobody."""


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Noted)


class _Begins(NamedTuple):
    """Where a run goes on: the last event that the kernel knows, the last that was decided on, and how many records of
    the journal lead there."""

    known: int
    decided: int
    records: int


class StateFolder:
    """One folder, opened for going on or for explaining. It is the route's store."""

    def __init__(self, folder: Path, files: Files = DISK) -> None:
        """Open a folder; it may be new."""
        self.folder = folder
        self._files = files
        self._decisions = folder / "decisions.ndjson"
        self._told = folder / "told.ndjson"
        self._locked: int | None = None
        self._opened: tuple[SegmentLog, Journal] | None = None
        self._core = core(native=False)
        self._names = NameIndex(folder / "names.bits")
        self._coder = Coder()
        self._snapshot = 0
        self.snapshot_every = SNAPSHOT_EVERY
        self.installation = ""
        """What everything that is written here belongs to; empty where no service writes."""

    def close(self) -> None:
        """Let other processes in."""
        if self._locked is not None:
            os.close(self._locked)
            self._locked = None

    def forget_opened(self) -> None:
        """Look at the files anew, after something went wrong."""
        self._opened = None
        self._names = NameIndex(self.folder / "names.bits")

    def __del__(self) -> None:
        self.close()

    @property
    def log(self) -> SegmentLog:
        """The event log."""
        return self._open()[0]

    @property
    def is_decided(self) -> bool:
        """Whether policies and a salt have decided here before."""
        return (self.folder / "policies.json").exists()

    def must_be_decided(self) -> None:
        """Raises `BadArgument` when nothing decided here before."""
        if not self.is_decided:
            raise BadArgument(
                f"{self.folder} is no state folder: it has no policies.json; make one with `decide --state`"
            )

    def policies(self) -> PolicySet:
        """Return the policies that decided here.

        Raises `BadArgument` when the folder holds none.
        """
        self.must_be_decided()
        held = self._held()
        return load([Text(**one) for one in held["texts"]], held["parameters"])

    def geometry(self) -> Geometry:
        """Return the sizes of the tables that decided here."""
        return msgspec.convert(self._held()["geometry"], Geometry)

    def adopt(
        self,
        texts: Sequence[Text],
        parameters: Mapping[str, float],
        policies: PolicySet,
        geometry: Geometry | None = None,
        salt: str = "",
    ) -> None:
        """Keep the policies, table sizes and salt (a digest of it) that decide here, and keep other processes out.

        Raises `BadArgument` when others decided before, or another process has the folder.
        """
        self.lock()
        geometry = geometry if geometry is not None else Geometry()
        file = self.folder / "policies.json"
        if file.exists():
            self._must_be_the_same(policies, geometry, salt)
            self._begin_edition()
            return
        self._write_policies(texts, parameters, policies, geometry, salt)

    def _write_policies(
        self,
        texts: Sequence[Text],
        parameters: Mapping[str, float],
        policies: PolicySet,
        geometry: Geometry,
        salt: str,
    ) -> None:
        held = {
            "version": policies.version,
            "parameters": dict(parameters),
            "texts": texts,
            "geometry": geometry,
            "salt": digest("salt", salt),
            "edition": EDITION,
            "since": self.edition_since(),
        }
        self._write_held(held)

    def _write_held(self, held: Mapping[str, Any]) -> None:
        write_part(self.folder / "policies.json", held, self._files)

    def edition_since(self) -> int:
        """Return after which event of the log the edition of the meaning begins by which this program decides."""
        return int(self._held().get("since", 0)) if self.is_decided else 0

    def _begin_edition(self) -> None:
        """What an earlier edition decided is kept as it was told; this one decides from the end of the log on.

        A run that was cut off has told only some of what it found: the rest is decided by this edition.
        """
        held = self._held()
        if held.get("edition", FIRST_EDITION) < EDITION:
            written = self._decisions.read_bytes() if self._decisions.exists() else b""
            whole = written[: written.rfind(b"\n") + 1]
            with replacing(self._files, self._told) as out:
                out.write(whole)
            last = msgspec.json.decode(whole.splitlines()[-1])["sequence"] if whole else 0
            told = self.log.last if whole and whole == written else last
            self._write_held({**held, "edition": EDITION, "since": self.log.last, "told": told})

    def follow(
        self,
        texts: Sequence[Text],
        parameters: Mapping[str, float],
        policies: PolicySet,
        geometry: Geometry,
        salt: str,
    ) -> None:
        """Like `adopt`, for a service: which policies decided when is among its acts, and here are the latest.

        Raises `BadArgument` when the sizes or the salt are others, or another process has the folder.
        """
        if self._locked is None:
            self.lock()
        if (self.folder / "policies.json").exists():
            self._must_fit(geometry, salt)
            self._begin_edition()
        self._write_policies(texts, parameters, policies, geometry, salt)

    def has_salt(self, salt: str) -> bool:
        """Say whether this is the salt that decided here."""
        return bool(self._held()["salt"] == digest("salt", salt))

    def must_have_salt(self, salt: str) -> None:
        """Raises `BadArgument` when another salt decided here."""
        if not self.has_salt(salt):
            raise BadArgument(f"{self.folder} was decided with another salt; set CARTELLINO_SALT to that one")

    def _must_be_the_same(self, policies: PolicySet, geometry: Geometry, salt: str) -> None:
        before = self.policies().version
        if before != policies.version:
            raise BadArgument(
                f"{self.folder} was decided with {before}, and these policies are {policies.version}; "
                "use another --state, or compare the two with `cartellino backtest`"
            )
        self._must_fit(geometry, salt)

    def _must_fit(self, geometry: Geometry, salt: str) -> None:
        if self.geometry() != geometry:
            lines = self.geometry().lines * self.geometry().shards
            raise BadArgument(f"{self.folder} was decided with --memory {lines}; use the same, or another --state")
        self.must_have_salt(salt)

    def _held(self) -> dict[str, Any]:
        path = self.folder / "policies.json"
        held = read_part(path)
        must_be_known(path, held.get("edition", FIRST_EDITION), EDITION)
        return held

    def lock(self) -> None:
        """Keep other processes out.

        Raises `BadArgument` when another process has the folder.
        """
        make_folder(self._files, self.folder)
        self.close()
        self._locked = os.open(self.folder / "lock", os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadArgument(f"another process is using {self.folder}; wait for it, or use another folder") from None

    def prepare_to_forget(self, salt: str) -> None:
        """Write down what is known before events are forgotten: what was decided on them cannot be worked out again."""
        self.lock()
        self.must_have_salt(salt)
        self._begin_edition()
        route = Route(self.policies(), salt, geometry=self.geometry(), store=self)
        for _ in self.resume_alone(route):
            pass
        self.will_forget(route)

    def will_forget(self, route: Route) -> None:
        """Write down what is known, and that the log up to here is not all that happened any more."""
        self.snapshot(route)
        self._write_forgotten({"through": route.sequence, "until": max(self._latest(), default=0)})
        self._snapshots.keep_latest()

    def index_anew(self) -> None:
        """Work out anew which stretches of the log hold which names: some were taken out, or replaced."""
        (self.folder / "names.bits").unlink(missing_ok=True)
        for batch in self.log.read():
            if batch.num_rows:
                numbers = batch.column("sequence")
                self._index(batch, numbers[0].as_py(), numbers[-1].as_py())

    def resume(self, route: Route, told: Told = _nobody, after: int = 0, since: int = 0) -> Iterator[int]:
        """Bring a fresh route to where the log ends, yielding how many events lie behind; write every decision anew.

        `told` is told of them, too. A route that waits for acts gets them in their places. Events up to `since` are not
        judged: an earlier edition of the meaning has done so. What it decided up to `after` the sequencer knows
        already; what it found later, it is told.
        """
        since = max(since, after)
        self._core = route.kernel.core
        with open(self._decisions, "wb", opener=private) as out:
            out.writelines(msgspec.json.encode(line) + b"\n" for line in self.told_until(after))

            def decided(decisions: Sequence[Decision]) -> None:
                _write(out, decisions)
                told(decisions)

            begins = self._take_up(route, decided, after, since)
            self._snapshot = begins.known
            self._learn(route)
            self._open()[1].truncate_to(begins.records)
            for batch in self._onward(route, begins.known, begins.decided):
                _learned(route, batch)
                yield route.sequence
            if begins.known < begins.decided:
                self._admit_what_is_forgotten(route)
            for batch in self._onward(route, begins.decided, self.log.last):
                decided(_judged(route, batch))
                yield route.sequence
            route.resume_at(self.log.last)
            decided(route.apply_due_acts())

    def resume_alone(self, route: Route) -> Iterator[int]:
        """Like `resume`, where there is no database: what an earlier edition decided is taken from this folder."""
        since = self.edition_since()
        after = int(self._held().get("told", since)) if since else 0
        if since:
            notes = (note.within(0, after) for note in self.noted() if note.through <= since)
            route.sequencer.go_on_from(told_by(self.told_until(after), notes, route.policies))
        return self.resume(route, after=after, since=since)

    def _onward(self, route: Route, after: int, until: int) -> Iterator[pa.RecordBatch]:
        """Yield the events between two numbers of the log, the kernel under the policies of their time."""
        route.resume_at(after)
        for first, batch in _runs(self._apart(route.boundaries(), after, until)):
            route.resume_at(first - 1)
            route.use_policies_of(first)
            yield batch

    def _apart(self, boundaries: Sequence[int], after: int, until: int) -> Iterator[pa.RecordBatch]:
        """Read the log between two numbers, so that no batch goes across a boundary."""
        ends = [*(one for one in boundaries if after < one < until), until]
        for end in ends:
            yield from self.log.read_between(after + 1, end)
            after = end

    def snapshot_version(self) -> tuple[int, str]:
        """Return how far the latest snapshot goes, and under which policies it was taken; 0 where there is none."""
        held = self._snapshots.latest(self.log.last)
        return (held[0], held[1].version) if held is not None else (0, "")

    def keep(self, batch: pa.RecordBatch, numbers: Array, sources: pa.Array, first: int) -> None:
        """Keep events that were taken; they are on the disk when this returns."""
        size = batch.num_rows
        place = [
            pa.array(np.arange(first, first + size)),
            sources,
            pa.array(numbers, pa.int64()),
        ]
        self.log.append(pa.RecordBatch.from_arrays([*place, *batch.columns], schema=SCHEMA))
        self._index(batch, first, first + size - 1)

    def _index(self, batch: pa.RecordBatch, first: int, last: int) -> None:
        earliest = int(integers(batch.column("time")).min())
        codes = np.concatenate([self._codes(batch, one) for one in NAMED])
        self._names.note(first, last, earliest, batch.column("kind").unique().to_pylist(), codes)

    def bearing_on(self, decision: dict[str, Any], rule: Rule) -> Iterator[tuple[int, Event]]:
        """Yield the events of the log that bear on a decision, with their numbers; the rest of it is not read."""
        last = int(decision["sequence"])
        cause = next((one for one in self._between(last, last)), None)
        if cause is not None:
            event = next(events_of(cause.select(LOGGED.names)))
            codes = {self._coder.text(one) for one in names_of(event, rule)}
            stretches = self._names.stretches(codes, {*kinds(rule.when), *rule.on, "reply_received"}, last)
            parts = (batch for stretch in stretches for batch in self._between(*stretch))
            yield from bearing(parts, event, last, rule)

    def since(self, instant: Instant) -> Iterator[pa.RecordBatch]:
        """Yield the events of the log that are as late as an instant, in batches, and a few before."""
        last = self.log.last
        yield from self._between(min(self._names.since(instant), last + 1), last)

    def of_account(self, service: str, account: str) -> Iterator[tuple[int, Event]]:
        """Yield what an account did and what was done to it, with the numbers of the log."""
        last = self.log.last
        about = Event(id="", time=0, kind="read", service=service, account=account)
        parts = (
            one
            for stretch in self._names.stretches({self._coder.text(account)}, (), last)
            for one in self._between(*stretch)
        )
        yield from bearing(parts, about, last, None)

    def _between(self, first: int, last: int) -> Iterator[pa.RecordBatch]:
        return (batch for batch in self.log.read_between(first, last) if batch.num_rows)

    def _codes(self, batch: pa.RecordBatch, name: str) -> Array:
        """Return the codes of the names in a column; a client is known by its app."""
        column = batch.column(name)
        if name == "client":
            texts = [one for one in column.unique().to_pylist() if one is not None]
            return np.array([self._coder.text(one.partition("/")[0]) for one in texts], np.int64)
        codes = np.empty(len(column), np.int64)
        with np.errstate(over="ignore"):
            text_codes(column, self._coder, self._core, codes)
        known: Array = codes[codes != 0]
        return known

    def note(self, through: int, wishes: Sequence[Wish]) -> None:
        """Keep what the events up to a number led to. Nothing is synced twice: without it, the log is judged again."""
        if wishes:
            findings = tuple(one for one in wishes if isinstance(one, Finding))
            releases = tuple(one for one in wishes if isinstance(one, ReleaseNumber))
            self._open()[1].append([_encoder.encode(Noted(through, findings, releases, self.installation))])

    def record(self, decisions: Sequence[Decision], route: Route) -> None:
        """Write decisions; a run that breaks off before leaves them to the next, which writes all of them anew. Now and
        then, write down what the kernel knows."""
        if decisions:
            with open(self._decisions, "ab", opener=private) as out:
                _write(out, decisions)
        if route.sequence - self._snapshot >= self.snapshot_every:
            self.snapshot(route)

    def snapshot(self, route: Route) -> None:
        """Write down what the kernel knows."""
        self._snapshot = route.sequence
        self._snapshots.write(route.sequence, replace(route.kernel.state.snapshot(), version=route.policies.version))

    @property
    def _snapshots(self) -> Snapshots:
        return Snapshots(self.folder / "snapshots", self._files, self.installation)

    def told_until(self, after: int) -> Iterator[dict[str, Any]]:
        """Yield the decisions on events up to a number as an earlier edition of the meaning told them."""
        return (line for line in _lines(self._told) if line["sequence"] <= after)

    def retell(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Change what an earlier edition told, line by line."""
        told = list(_lines(self._told))
        changed = [change(line) for line in told]
        if changed != told:
            with replacing(self._files, self._told) as out:
                out.write(b"".join(msgspec.json.encode(line) + b"\n" for line in changed))

    def decision(self, identity: str) -> dict[str, Any] | None:
        """Return a decision as it was recorded, or `None` if there is none of that id."""
        return next((one for one in self.decisions() if one["decision_id"] == identity), None)

    def decisions(self) -> Iterator[dict[str, Any]]:
        """Yield every decision as it was recorded.

        Raises `BadFile` where a run that was cut off left half a line.
        """
        return _lines(self._decisions)

    def _open(self) -> tuple[SegmentLog, Journal]:
        if self._opened is None:
            make_folder(self._files, self.folder)
            log = SegmentLog(self.folder / "log", SCHEMA, self._files, compression="lz4")
            self._opened = log, Journal(self.folder / "found.journal", self._files)
        return self._opened

    def _take_up(self, route: Route, decided: Told, after: int, since: int) -> _Begins:
        """Give the kernel its latest snapshot and the sequencer what was found up to it.

        Where there is no snapshot (none was taken, it is damaged, or has another layout) the sequencer gets everything
        that was found, and the kernel learns the log anew without deciding.
        """
        reached = self._tail_must_be_whole()
        held = self._snapshots.latest(self.log.last)
        if held is not None and held[0] >= since:
            route.kernel.state.restore(held[1])
            return _Begins(held[0], held[0], self._tell_again(route, decided, after, held[0]))
        until = min(max(reached, since, self._forgotten()), self.log.last)
        return _Begins(0, until, self._tell_again(route, decided, after, until))

    def _tell_again(self, route: Route, decided: Told, after: int, until: int) -> int:
        """Give the sequencer what was found after an event and up to another; return how many records lead there."""
        records = 0
        for noted in self._noted(self._open()[1].read()):
            if noted.through > until:
                break
            records += 1
            later = noted.within(after, until)
            decided(route.decide(in_order([*later.released, *later.findings])))
        return records

    def _tail_must_be_whole(self) -> int:
        """Return how far what was found shows that the log once reached: it cannot tell a lost tail from a torn one.

        Raises `BadFile` when the log does not reach so far any more.
        """
        reached = max((noted.through for noted in self._noted(self._open()[1].read())), default=0)
        if reached > self.log.last:
            raise BadFile(
                f"the log in {self.folder / 'log'} ends with event {self.log.last}, and once reached {reached}: its "
                "tail is damaged; restore it from a backup, or take found.journal away to go on without what is lost"
            )
        return reached

    def noted(self) -> Iterator[Noted]:
        """Yield what was found, in order, changing nothing.

        Raises `BadFile` for what another installation has found.
        """
        return self._noted(self._whole_records()[0])

    @property
    def torn(self) -> int:
        """Bytes at the end of the journal that were never acknowledged."""
        return self._whole_records()[1]

    def _whole_records(self) -> tuple[list[bytes], int]:
        return whole_records(self.folder / "found.journal", self._files)

    def _noted(self, records: Iterable[bytes]) -> Iterator[Noted]:
        for record in records:
            noted = _decoder.decode(record)
            must_be_known(self.folder / "found.journal", noted.format)
            if self.installation and noted.installation not in ("", self.installation):
                raise BadFile(
                    f"{self.folder / 'found.journal'} belongs to the installation {noted.installation}, and the folder "
                    f"to {self.installation}: put back the one that belongs here"
                )
            yield noted

    def _admit_what_is_forgotten(self, route: Route) -> None:
        """A kernel that has learnt a log of which events were forgotten knows nothing certain of the time before."""
        held = self._read_forgotten()
        if held:
            left = next(self._between(held["through"] + 1, self.log.last), None)
            first = route.arrivals.now if left is None else int(integers(left.column("time")).min())
            route.kernel.state.begins_at(held.get("until", first))

    def _forgotten(self) -> int:
        """Return up to which number events of the log may have been forgotten."""
        return self._read_forgotten().get("through", 0)

    def _read_forgotten(self) -> dict[str, int]:
        """Return up to which number events may have been forgotten, and until when they were."""
        return read_part(self.folder / "forgotten.json")

    def _write_forgotten(self, held: Mapping[str, int]) -> None:
        write_part(self.folder / "forgotten.json", held, self._files)

    def _latest(self) -> list[int]:
        """Return the largest time of each batch of the log."""
        return [int(integers(batch.column("time")).max()) for batch in self.log.read() if batch.num_rows]

    def _learn(self, route: Route) -> None:
        """Tell the intakes what every source sent before."""
        for batch in self.log.read():
            route.arrivals.learn(batch.select(LOGGED.names), batch.column("source"))


def _learned(route: Route, batch: pa.RecordBatch) -> None:
    """Let the kernel see events of the log again; whatever followed from them has been decided."""
    events = batch.select(LOGGED.names)
    if are_past(batch.column("source"))[0]:
        route.observe(events)
    else:
        route.learn(events)


def _judged(route: Route, batch: pa.RecordBatch) -> Sequence[Decision]:
    """Judge events of the log as when they came: on a service's past nothing is decided."""
    events = batch.select(LOGGED.names)
    if not are_past(batch.column("source"))[0]:
        return route.judge(events)
    route.observe(events)
    return ()


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Cut batches where retention has left a gap between the numbers, and where a past begins or ends; yield each part
    with its first number.
    """
    for batch in batches:
        numbers = batch.column("sequence").to_numpy()
        changes = (np.diff(numbers) != 1) | np.diff(are_past(batch.column("source")))
        cuts = [0, *(np.flatnonzero(changes) + 1).tolist(), len(numbers)]
        for begin, end in pairwise(cuts):
            if end > begin:
                yield int(numbers[begin]), batch.slice(begin, end - begin)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    if file.exists():
        with file.open("rb") as lines:
            yield from (_recorded(line, file) for line in lines)


def _recorded(line: bytes, file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.json.decode(line)
    except msgspec.DecodeError:
        raise BadFile(f"{file} was cut off; the next run with this folder writes it anew") from None
    return found


def _write(out: BinaryIO, decisions: Sequence[Decision]) -> None:
    for decision in decisions:
        out.write(msgspec.json.encode(decision.record()) + b"\n")
