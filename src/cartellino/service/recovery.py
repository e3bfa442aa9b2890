"""Rebuilds the machine from log, journal, snapshots and acts: at a start, after a crash, and after an upgrade.

The log and the acts determine all decisions. Decisions that the database does not have yet are made again and returned,
so that nothing that was acknowledged is lost, and nothing is decided twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
import structlog

from cartellino.commands import erasure, projection
from cartellino.commands.unit_of_work import Counters
from cartellino.enforcement.acts import Act, Adopt
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.ledger import Change
from cartellino.enforcement.sequencer import Sequencer
from cartellino.events.logged import LOGGED
from cartellino.kernel.geometry import Geometry
from cartellino.pipeline.replay import Replay
from cartellino.pipeline.route import Route
from cartellino.pipeline.state_folder import StateFolder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.queries import reports
from cartellino.queries.policy_versions import Version, Versions
from cartellino.service import edition_start, timekeeping
from cartellino.service.clock import Clock
from cartellino.service.committer import Committer, Machine
from cartellino.service.installation import Installation
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import SERVICE
from cartellino.vocabulary.edition import EDITION

log = structlog.get_logger()


class Running(NamedTuple):
    """How the kernel is run: the sizes of its tables, its threads, and whether it is compiled."""

    geometry: Geometry
    workers: int = 1
    native: bool | None = None


class Recovered(NamedTuple):
    """A machine at the end of the log, and its decisions that the database does not have."""

    machine: Machine
    missed: Sequence[Decision]
    adopted: Adopt


class _Kept(NamedTuple):
    """What the database holds: numbered acts, the last event decided on, and the last row of the ledger."""

    acts: Sequence[tuple[int, Act]]
    sequence: int
    ledger: int
    seal: str

    @property
    def adoptions(self) -> list[Adopt]:
        return [act for _, act in self.acts if isinstance(act, Adopt)]


class Recovery:
    """Recovers a locked installation; used by the writer's thread, and at the start before that runs."""

    def __init__(
        self, state: StateFolder, database: Database, clock: Clock, installation: Installation, versions: Versions,
        committer: Committer, salt: str, running: Running,
    ) -> None:  # fmt: skip
        """Prepare; nothing is read yet."""
        self._state = state
        self._database = database
        self._clock = clock
        self._installation = installation
        self._versions = versions
        self._committer = committer
        self._salt = salt
        self._running = running

    def recover(self, begins: Version) -> Recovered:
        """Return a machine at the end of the log; at the very first start, `begins` is adopted.

        Raises a `Refusal` if folder or database cannot be used.
        """
        for erased in erasure.unfinished(self._database):
            erasure.carry_out(self._database, self._state.folder, erased)
        kept = self._read()
        if not kept.adoptions:
            self._adopt_first(begins, kept)
            kept = self._read()
        return self._replayed(kept)

    def adopt_edition(self, recovered: Recovered) -> None:
        """Record that the policies in force are interpreted by this program's edition of the meaning from here on."""
        if recovered.adopted.edition < EDITION:
            unit = self._committer.unit(recovered.machine, SERVICE)
            unit.act(Adopt, "a new edition of the meaning", version=recovered.adopted.version, edition=EDITION)
            unit.write()
            self._state.snapshot(recovered.machine.route)

    def _read(self) -> _Kept:
        with self._database.begin() as rows:
            self._installation.must_be_ours(rows)
            acts = list(projection.all_acts(rows))
            progress = {row.name: row.value for row in rows.execute(sa.select(tables.progress))}
            latest = sa.select(tables.ledger).order_by(tables.ledger.c.number.desc()).limit(1)
            change = rows.execute(latest).one_or_none()
            self._committer.reporters.load(reports.judged(rows))
        self._clock.begin(timekeeping.last_seen(progress, self._state.log))
        number, seal = (change.number, change.seal) if change is not None else (0, "")
        return _Kept(acts, progress.get("sequence", 0), number, seal)

    def _adopt_first(self, begins: Version, kept: _Kept) -> None:
        """Adopt the policies of the first start by an act, like all later ones."""
        policies = self._versions.load(begins)
        self._follow(begins, policies)
        machine = Machine(self._route(policies, self._sequencer(policies, kept), Replay()), self._counters(kept))
        unit = self._committer.unit(machine, SERVICE)
        unit.put(tables.policy_versions, begins.row(policies.version, unit.now, SERVICE, "the first start"))
        unit.act(Adopt, "the first start", version=policies.version, edition=EDITION)
        timekeeping.begin(unit)
        unit.write()

    def _replayed(self, kept: _Kept) -> Recovered:
        """Replay acts and log, and return the machine at their end."""
        adopted = kept.adoptions[-1]
        edition = self._edition(adopted)
        since = edition.act if edition is not None else 0
        before = [act for number, act in kept.acts if number <= since and isinstance(act, Adopt)]
        later = [act for number, act in kept.acts if number > since]
        adoptions = [*before[-1:], *(act for act in later if isinstance(act, Adopt))]
        begun = self._begun(adoptions)
        policies = self._versions.policies
        self._follow(self._versions.version(adopted.version), policies(adopted.version))
        sequencer = self._sequencer(policies((before or adoptions)[0].version), kept)
        for earlier in before[1:]:
            sequencer.adopt(policies(earlier.version))
        if edition is not None:
            self._go_on_from(sequencer, edition, before[-1])
        events = self._state.log.read_between
        replay = Replay(later, self._versions.promising, events, begun if before else begun + 1)
        route = self._route(policies(adoptions[begun].version), sequencer, replay)
        missed = self._judged_again(route, kept.sequence, edition.sequence if edition is not None else 0)
        self._continue_ledger(sequencer, kept)
        for batch in self._state.log.read_between(kept.sequence + 1, self._state.log.last):
            self._committer.reporters.stamp(batch.select(LOGGED.names))
        sequencer.register.changed_only(AccountRef(decision.service, decision.account) for decision in missed)
        return Recovered(Machine(route, self._counters(kept)), missed, adopted)

    def _begun(self, adoptions: Sequence[Adopt]) -> int:
        """Return the place of the adoption under which the latest snapshot was taken."""
        through, version = self._state.snapshot_version() if self._state.folder.exists() else (0, "")
        fits = (n for n, adoption in enumerate(adoptions) if adoption.version == version and adoption.after <= through)
        return max(fits, default=0)

    def _judged_again(self, route: Route, written: int, after: int) -> list[Decision]:
        """Replay the log; return the decisions on events after `written`, the last that the database has."""
        missed: list[Decision] = []

        def told_of(decisions: Sequence[Decision]) -> None:
            missed.extend(decision for decision in decisions if decision.sequence > written)

        for done in self._state.resume(route, told_of, after):
            log.info("judging the log again", events=done)
        return missed

    def _edition(self, adopted: Adopt) -> edition_start.EditionStart | None:
        """Return where this program's edition of the meaning began; `None` if the whole log is of that edition.

        After an upgrade it begins now. If that is interrupted, the next start begins it again.
        """
        with self._database.begin_writing() as rows:
            if adopted.edition < EDITION:
                edition_start.begin(rows, EDITION, self._clock.now())
            return edition_start.latest(rows)

    def _go_on_from(self, sequencer: Sequencer, edition: edition_start.EditionStart, adopted: Adopt) -> None:
        """Initialise a sequencer with the state at the end of an earlier edition."""

        def rule_of(version: str, name: str) -> Rule | None:
            return self._versions.policies(version).rule(name)

        sequencer.brakes.promise(self._versions.promising(adopted.version)[1])
        with self._database.begin() as rows:
            sequencer.go_on_from(edition_start.state_at(rows, edition, self._state.noted(), rule_of))

    def _continue_ledger(self, sequencer: Sequencer, kept: _Kept) -> None:
        """Load rows of the ledger that the replay did not produce, so that the next ones get free numbers."""
        ledger = sequencer.ledger
        if ledger.last < kept.ledger:
            log.error("the replay led to fewer rows of the ledger than were written", rows=ledger.last, of=kept.ledger)
            with self._database.begin() as rows:
                ledger.continue_after(_changes_after(rows, ledger.last))

    def _sequencer(self, policies: PolicySet, kept: _Kept) -> Sequencer:
        sequencer = Sequencer(policies, self._salt)
        sequencer.ledger.anchor(kept.ledger, kept.seal)
        return sequencer

    def _route(self, policies: PolicySet, sequencer: Sequencer, replay: Replay) -> Route:
        return Route(
            policies, self._salt, now=self._clock.now(), geometry=self._running.geometry,
            workers=self._running.workers, store=self._state, native=self._running.native,
            sequencer=sequencer, stamp=self._committer.reporters.stamp, replay=replay,
        )  # fmt: skip

    def _follow(self, version: Version, policies: PolicySet) -> None:
        self._state.follow(version.texts, version.parameters, policies, self._running.geometry, self._salt)

    @staticmethod
    def _counters(kept: _Kept) -> Counters:
        return Counters(kept.acts[-1][0] if kept.acts else 0, kept.ledger, kept.sequence)


def _changes_after(rows: Rows, number: int) -> list[Change]:
    later = sa.select(tables.ledger).where(tables.ledger.c.number > number).order_by(tables.ledger.c.number)
    return [Change(**row._mapping) for row in rows.execute(later)]
