"""A state folder: the event log, the policies that decided, the journal of findings, and every decision.

    DIR/log/events-....arrows   accepted events, in order: durable before anything is decided on them
    DIR/log/events-....digests  by what rows of a finished segment are known again; derived from it
    DIR/log/installation.json   which installation it belongs to (`storage.card`), where a service writes it
    DIR/found.journal           the findings of the kernel, in order
    DIR/snapshots/....arrow     the kernel's state after so many events
    DIR/names.bits              which stretches of the log may hold which name; derived from the log
    DIR/policies.json           the policy texts and parameters, and their digest
    DIR/lock                    held by the one process that writes
    DIR/told.ndjson             what an earlier edition of the meaning decided; only after an upgrade
    DIR/decisions.ndjson        all decisions, diagnoses too; derived from the rest, and rewritten by each run

A second run with the same folder continues where the first ended, even if that was killed: the kernel restores its
latest snapshot, the sequencer decides again on the findings up to there, and the rest of the log is judged as if it had
just come. An event that is in the log already, equal in every column, is passed over, from whichever file it comes. A
source is identified by the name of its file (`-` is standard input); an event more than a minute older than the latest
of its source is late, also in a later run.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.enforcement.decision import Decision
from cartellino.kernel.arrays import Array
from cartellino.kernel.columns import integers
from cartellino.kernel.finding import Finding
from cartellino.kernel.geometry import Geometry
from cartellino.pipeline.decided_policies import DecidedPolicies
from cartellino.pipeline.decision_lines import read_lines, write_lines
from cartellino.pipeline.earlier_edition import state_after
from cartellino.pipeline.findings_journal import Noted
from cartellino.pipeline.folder_parts import must_be_known
from cartellino.pipeline.forgotten import read_forgotten, write_forgotten
from cartellino.pipeline.indexed_log import IndexedLog
from cartellino.pipeline.judged_again import judge_again, learn_again, unbroken
from cartellino.pipeline.order import Wish, in_order
from cartellino.pipeline.route import Route
from cartellino.policies.load import Text
from cartellino.policies.policyset import PolicySet
from cartellino.storage.files import DISK, Files, private
from cartellino.storage.growing import make_folder
from cartellino.storage.journal import Journal, whole_records
from cartellino.storage.replacing import replacing
from cartellino.storage.segments import SegmentLog
from cartellino.storage.snapshots import Snapshots
from cartellino.vocabulary.refusals import BadArgument, BadFile

SNAPSHOT_EVERY = 2_000_000
"""The kernel's state is saved after so many events, so that a restart need not judge the whole log."""


Tell = Callable[[Sequence[Decision]], object]


def _nobody(decisions: Sequence[Decision]) -> None:
    """Do nothing."""


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Noted)


class _Begins(NamedTuple):
    """Where a run continues: the number of the last event in the snapshot, that of the last one decided on, and how
    many records of the journal precede it.
    """

    known: int
    decided: int
    records: int


class StateFolder:
    """One folder, opened to continue a run or to explain decisions. It implements the route's `EventStore`."""

    def __init__(self, folder: Path, files: Files = DISK) -> None:
        """Open a folder; it may be new."""
        self.folder = folder
        self._files = files
        self._decisions = folder / "decisions.ndjson"
        self._told = folder / "told.ndjson"
        self._locked: int | None = None
        self._opened: Journal | None = None
        self._snapshot = 0
        self.decided = DecidedPolicies(folder, files)
        self.events = IndexedLog(folder, files)
        self.snapshot_every = SNAPSHOT_EVERY
        self.installation = ""
        """The id of the installation that the folder belongs to; empty if no service writes it."""

    def close(self) -> None:
        """Release the lock."""
        if self._locked is not None:
            os.close(self._locked)
            self._locked = None

    def forget_opened(self) -> None:
        """Reopen the files on next use, as after an error their state on the disk is uncertain."""
        self._opened = None
        self.events.forget_opened()

    def __del__(self) -> None:
        self.close()

    @property
    def log(self) -> SegmentLog:
        """The event log."""
        return self.events.log

    def adopt(
        self,
        texts: Sequence[Text],
        parameters: Mapping[str, float],
        policies: PolicySet,
        geometry: Geometry | None = None,
        salt: str = "",
    ) -> None:
        """Lock the folder, and record the policies, table sizes and salt (a digest of it) that decide here.

        Raises `BadArgument` when others decided here before, or another process has locked the folder.
        """
        self.lock()
        geometry = geometry if geometry is not None else Geometry()
        if self.decided.is_there:
            self.decided.must_be_the_same(policies, geometry, salt)
            self._begin_edition()
        else:
            self.decided.write(texts, parameters, policies, geometry, salt)

    def follow(
        self,
        texts: Sequence[Text],
        parameters: Mapping[str, float],
        policies: PolicySet,
        geometry: Geometry,
        salt: str,
    ) -> None:
        """Like `adopt`, for a service, whose policies may change: its acts say which decided when.

        Raises `BadArgument` when the sizes or the salt are others, or another process has locked the folder.
        """
        if self._locked is None:
            self.lock()
        if self.decided.is_there:
            self.decided.must_fit(geometry, salt)
            self._begin_edition()
        self.decided.write(texts, parameters, policies, geometry, salt)

    def _begin_edition(self) -> None:
        """Keep the decisions of an earlier edition as they were written; this edition decides from the end of the log.

        An interrupted run has written only some of its decisions; this edition decides on the rest of its findings.
        """
        if self.decided.is_of_earlier_edition:
            written = self._decisions.read_bytes() if self._decisions.exists() else b""
            whole = written[: written.rfind(b"\n") + 1]
            with replacing(self._files, self._told) as out:
                out.write(whole)
            last = msgspec.json.decode(whole.splitlines()[-1])["sequence"] if whole else 0
            told = self.log.last if whole and whole == written else last
            self.decided.begin_edition(self.log.last, told)

    def lock(self) -> None:
        """Lock the folder against other processes.

        Raises `BadArgument` when another process has locked it.
        """
        make_folder(self._files, self.folder)
        self.close()
        self._locked = os.open(self.folder / "lock", os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._locked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadArgument(f"another process is using {self.folder}; wait for it, or use another folder") from None

    def prepare_to_forget(self, salt: str) -> None:
        """Save a snapshot before retention removes events, since their decisions cannot be recomputed afterwards."""
        self.lock()
        self.decided.must_have_salt(salt)
        self._begin_edition()
        route = Route(self.decided.policies(), salt, geometry=self.decided.geometry(), store=self)
        for _ in self.resume_alone(route):
            pass
        self.will_forget(route)

    def will_forget(self, route: Route) -> None:
        """Save a snapshot, and record that events up to here may be removed from the log."""
        self.snapshot(route)
        write_forgotten(self.folder, route.sequence, max(self.events.latest(), default=0), self._files)
        self._snapshots.keep_latest()

    def resume(self, route: Route, tell: Tell = _nobody, after: int = 0, since: int = 0) -> Iterator[int]:
        """Bring a new route to the end of the log, yielding the number of events done, and rewrite every decision.

        `tell` is called with the decisions as well. Acts of the route's replay are carried out in their places. Events
        up to `since` are not judged, as an earlier edition of the meaning has done so. The sequencer knows its
        decisions up to `after` already, and decides on its later findings.
        """
        since = max(since, after)
        self.events.code_by(route.kernel.core)
        with open(self._decisions, "wb", opener=private) as out:
            out.writelines(msgspec.json.encode(line) + b"\n" for line in self.told_until(after))

            def decided(decisions: Sequence[Decision]) -> None:
                write_lines(out, decisions)
                tell(decisions)

            begins = self._take_up(route, decided, after, since)
            self._snapshot = begins.known
            self._learn(route)
            self._journal.truncate_to(begins.records)
            for batch in self._onward(route, begins.known, begins.decided):
                learn_again(route, batch)
                yield route.sequence
            if begins.known < begins.decided:
                self._admit_what_is_forgotten(route)
            for batch in self._onward(route, begins.decided, self.log.last):
                decided(judge_again(route, batch))
                yield route.sequence
            route.resume_at(self.log.last)
            decided(route.apply_due_acts())

    def resume_alone(self, route: Route) -> Iterator[int]:
        """Like `resume`, for a folder without a database: decisions of an earlier edition are read from this folder."""
        since, after = self.decided.edition_since(), self.decided.edition_told()
        if since:
            notes = (note.within(0, after) for note in self.noted() if note.through <= since)
            route.sequencer.go_on_from(state_after(self.told_until(after), notes, route.policies))
        return self.resume(route, after=after, since=since)

    def _onward(self, route: Route, after: int, until: int) -> Iterator[pa.RecordBatch]:
        """Yield the events between two numbers of the log, with the route set to the policies of their time."""
        route.resume_at(after)
        for first, batch in unbroken(self._apart(route.boundaries(), after, until)):
            route.resume_at(first - 1)
            route.use_policies_of(first)
            yield batch

    def _apart(self, boundaries: Sequence[int], after: int, until: int) -> Iterator[pa.RecordBatch]:
        """Read the log between two numbers in batches that do not cross a boundary."""
        ends = [*(boundary for boundary in boundaries if after < boundary < until), until]
        for end in ends:
            yield from self.log.read_between(after + 1, end)
            after = end

    def snapshot_version(self) -> tuple[int, str]:
        """Return the number of the last event of the latest snapshot, and its policy version; 0 if there is none."""
        latest = self._snapshots.latest(self.log.last)
        return (latest[0], latest[1].version) if latest is not None else (0, "")

    def keep(self, batch: pa.RecordBatch, numbers: Array, sources: pa.Array, first: int) -> None:
        """Append events to the log; they are durable when this returns."""
        self.events.keep(batch, numbers, sources, first)

    def note(self, through: int, wishes: Sequence[Wish]) -> None:
        """Append wishes to the journal, durably. If a record is lost all the same, the log is judged again."""
        if wishes:
            findings = tuple(wish for wish in wishes if isinstance(wish, Finding))
            releases = tuple(wish for wish in wishes if isinstance(wish, ReleaseNumber))
            self._journal.append([_encoder.encode(Noted(through, findings, releases, self.installation))])

    def record(self, decisions: Sequence[Decision], route: Route) -> None:
        """Write decisions, and save a snapshot now and then. What an interrupted run leaves out the next one writes."""
        if decisions:
            with open(self._decisions, "ab", opener=private) as out:
                write_lines(out, decisions)
        if route.sequence - self._snapshot >= self.snapshot_every:
            self.snapshot(route)

    def snapshot(self, route: Route) -> None:
        """Save the kernel's state."""
        self._snapshot = route.sequence
        self._snapshots.write(route.sequence, replace(route.kernel.state.snapshot(), version=route.policies.version))

    @property
    def _snapshots(self) -> Snapshots:
        return Snapshots(self.folder / "snapshots", self._files, self.installation)

    def told_until(self, after: int) -> Iterator[dict[str, Any]]:
        """Yield the decisions of an earlier edition of the meaning on events up to a number, as it wrote them."""
        return (line for line in read_lines(self._told) if line["sequence"] <= after)

    def rewrite_earlier_decisions(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Change the decisions of an earlier edition, line by line."""
        lines = list(read_lines(self._told))
        changed = [change(line) for line in lines]
        if changed != lines:
            with replacing(self._files, self._told) as out:
                out.write(b"".join(msgspec.json.encode(line) + b"\n" for line in changed))

    def decision(self, identity: str) -> dict[str, Any] | None:
        """Return a decision as it was recorded, or `None` if there is none of that id."""
        return next((decision for decision in self.decisions() if decision["decision_id"] == identity), None)

    def decisions(self) -> Iterator[dict[str, Any]]:
        """Yield every decision as it was recorded.

        Raises `BadFile` if an interrupted run left half a line.
        """
        return read_lines(self._decisions)

    @property
    def _journal(self) -> Journal:
        if self._opened is None:
            make_folder(self._files, self.folder)
            self._opened = Journal(self.folder / "found.journal", self._files)
        return self._opened

    def _take_up(self, route: Route, decided: Tell, after: int, since: int) -> _Begins:
        """Restore the kernel's latest snapshot, and let the sequencer decide on the findings up to it.

        If there is no snapshot (none was taken, it is damaged, or has another layout), the sequencer decides on all
        findings of the journal, and the kernel is to count the log again without deciding.
        """
        reached = self._tail_must_be_whole()
        latest = self._snapshots.latest(self.log.last)
        if latest is not None and latest[0] >= since:
            through, snapshot = latest
            route.kernel.state.restore(snapshot)
            return _Begins(through, through, self._tell_again(route, decided, after, through))
        until = min(max(reached, since, read_forgotten(self.folder).get("through", 0)), self.log.last)
        return _Begins(0, until, self._tell_again(route, decided, after, until))

    def _tell_again(self, route: Route, decided: Tell, after: int, until: int) -> int:
        """Let the sequencer decide on the findings between two events; return how many records precede the second."""
        records = 0
        for noted in self._noted(self._journal.read()):
            if noted.through > until:
                break
            records += 1
            later = noted.within(after, until)
            decided(route.decide(in_order([*later.released, *later.findings])))
        return records

    def _tail_must_be_whole(self) -> int:
        """Return the number of the last event in the journal, which the log must contain.

        The log itself cannot tell a lost tail from one that was never acknowledged; the journal can. Raises `BadFile`
        when the log ends before that event.
        """
        reached = max((noted.through for noted in self._noted(self._journal.read())), default=0)
        if reached > self.log.last:
            raise BadFile(
                f"the log in {self.folder / 'log'} ends with event {self.log.last}, and once reached {reached}: its "
                "tail is damaged; restore it from a backup, or take found.journal away to go on without what is lost"
            )
        return reached

    def noted(self) -> Iterator[Noted]:
        """Yield the records of the journal in order, without changing the file.

        Raises `BadFile` for a record of another installation.
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
        """Tell the kernel since when its log is complete, if retention has removed earlier events."""
        forgotten = read_forgotten(self.folder)
        if forgotten:
            left = next(self.events.between(forgotten["through"] + 1, self.log.last), None)
            first = route.arrivals.now if left is None else int(integers(left.column("time")).min())
            route.kernel.state.begins_at(forgotten.get("until", first))

    def _learn(self, route: Route) -> None:
        """Let the intake know the rows of the log, and what every source has sent."""
        route.arrivals.follow(self.events, self.folder / "log", self._files)
