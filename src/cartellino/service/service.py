"""The service: creates its parts, and starts and stops them in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from importlib.resources import files
from typing import Any, TypeVar

import sqlalchemy as sa
from babel.messages.pofile import read_po

from cartellino.appeals.proof import Holder, verify
from cartellino.commands import complaint_cases, complaints, health, one_time_codes, pending_acts, subscriptions
from cartellino.enforcement.acts import Record
from cartellino.kernel.geometry import Geometry
from cartellino.learning.hidden import Shown
from cartellino.notices.words import Words
from cartellino.pipeline.live_view import LiveView
from cartellino.pipeline.state_folder import StateFolder
from cartellino.queries import transparency
from cartellino.queries.policy_versions import Version
from cartellino.service import timekeeping
from cartellino.service.access import SCOPES, Principal
from cartellino.service.clock import Clock
from cartellino.service.condition import Conditions
from cartellino.service.credentials import Credentials, identity_of, make_key, must_be_a_key
from cartellino.service.erased import ErasedAccounts
from cartellino.service.failures import Failures
from cartellino.service.health_intake import HealthIntake
from cartellino.service.health_watch import HealthWatch
from cartellino.service.incident_watch import IncidentWatch
from cartellino.service.installation import Installation
from cartellino.service.jobs import Job, Jobs
from cartellino.service.keys import salt_of, secret_of
from cartellino.service.modes import beside, close_to_others
from cartellino.service.outgoing.office import Office
from cartellino.service.proposals import Proposals
from cartellino.service.pseudonyms import Pseudonyms
from cartellino.service.rule_files import use_files
from cartellino.service.scheduler import Scheduler
from cartellino.service.senders import SenderBook
from cartellino.service.settings import Settings
from cartellino.service.spent import SpentTokens
from cartellino.service.tour import Tour
from cartellino.service.watch import Watch
from cartellino.service.write_queue import Unavailable
from cartellino.service.writer import Writer
from cartellino.service.writer_status import AWAY, Phase
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows
from cartellino.storage.files import DISK
from cartellino.storage.growing import make_folder
from cartellino.vocabulary.actors import COMMAND_LINE, SERVICE, TIME, Actor, key
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import HOUR

Result = TypeVar("Result")


class Service:
    """All parts of the process; there is one of it."""

    def __init__(self, settings: Settings, clock: Clock | None = None, wall: Clock | None = None) -> None:
        """Open the data folder and the database; nothing runs yet.

        `clock` is the time of decisions; `wall` is that of sessions and tokens, the same unless given.
        """
        if settings.bootstrap_key:
            must_be_a_key(settings.bootstrap_key)
        self.settings = settings
        use_files(settings.sender_rules, settings.jurisdictions)
        self.clock = clock if clock is not None else Clock()
        self.wall = wall if wall is not None else self.clock
        make_folder(DISK, settings.folder)
        self.stopping, self._tidied, self._told = False, 0, 0
        self.conditions = Conditions()
        state = StateFolder(settings.folder / "state")
        self.salt = salt_of(settings.salt, settings.folder, state.decided.has_salt if state.decided.is_there else None)
        self.secret = secret_of(settings.secret, settings.folder)
        self.database = Database(settings.url)
        self.words = Words(catalogues())
        self.credentials, self.failures = Credentials(self.database), Failures(self.database)
        self.spent = SpentTokens(self.database)
        native = {"auto": None, "never": False, "always": True}[settings.native]
        geometry = replace(Geometry(), lines=max(1, settings.memory // Geometry().shards))
        self.installation = Installation(state, self.database, self.conditions)
        self.health = HealthWatch(self.database, self.clock, self.salt, self.conditions, native=native is not False)
        self.writer = Writer(
            state, self.database, self.clock, self.salt, self.installation, geometry=geometry,
            workers=settings.workers, native=native, waiting=settings.waiting, audit_share=settings.audit_share,
            listener=self.health.listen,
        )  # fmt: skip
        self.problems = HealthIntake(self.writer, self.health)
        self.incidents = IncidentWatch(self.writer, self.database, self.health)
        self.senders = SenderBook(self.database, self.clock.now, self.conditions, default_mode=settings.whatsapp_mode)
        self.erased = ErasedAccounts(self.database, lambda *person: self.live.pseudonym(*person))
        self.outgoing = Office(self.writer, settings, self.words)
        self.proposals = Proposals(self.writer, settings.second_person)
        self.jobs, self.answers = Jobs(), Jobs()  # what reads the log for minutes, and what reads tables for a moment
        self.tour: Tour | None = None
        self.watch = Watch(settings, self.secret, self.installation, self.conditions, beside(self.database.file))
        self.scheduler = Scheduler(self.writer, settings.precision_bound, settings.kept, self._tidy, self.watch.look)

    def start(self, begins: Version) -> None:
        """Recover, and start all threads; `begins` is the policy version of the very first start."""
        self.open(begins)
        self.health.start(self.writer.state.events)
        self.outgoing.start()
        self.scheduler.start()

    def open(self, begins: Version) -> None:
        """Recover and start the writer, without periodic work or outgoing messages.

        Raises `Disagrees` when folder and database do not belong together; then nothing was changed.
        """
        try:
            self.installation.begin(self.clock.now())
            close_to_others(self.settings.folder, *beside(self.database.file))
            self.spent.load()
            self._make_bootstrap_key()
            self.writer.start(begins)
            self.erased.load()
            self.senders.start()
        except BaseException:
            self.installation.close()
            self.database.close()
            raise
        self._record_what_was_accepted()
        self.carry_out_pending()

    def _record_what_was_accepted(self) -> None:
        why = self.installation.accepted
        if why:
            self.record(COMMAND_LINE, "database accepted", self.installation.id, why)
            self.installation.is_recorded()

    def stop(self) -> None:
        """Finish the work that has begun, and close everything."""
        self.stopping = True
        self.scheduler.stop()
        self.outgoing.stop()
        with suppress(sa.exc.DBAPIError, ConnectionError):
            self.failures.write_down(self.clock.now(), everything=True)
        self.health.stop()
        self.senders.stop()
        self.writer.stop()
        self.database.close()

    @cached_property
    def people(self) -> Pseudonyms:
        """What names the people of business senders."""
        return Pseudonyms(self.salt.encode())

    @property
    def live(self) -> LiveView:
        """The read-only view of the pipeline."""
        return self.writer.live

    @property
    def halted(self) -> str:
        """Why no events are accepted; empty while they are, even if the database is away."""
        clock = self.clock.read()
        return self.writer.status.refusal or ("" if clock.takes_events else clock.sentence)

    @property
    def degraded(self) -> dict[str, str]:
        """What is wrong although events are accepted: a sentence for each condition."""
        seen = {
            "database": f"{AWAY}; events are taken, and wait" if self.writer.status.phase is Phase.WAITS else "",
            "clock": self.clock.read().sentence,
            "outgoing": "; ".join(self.outgoing.troubles),
        }
        return {name: sentence for name, sentence in seen.items() if sentence} | self.conditions.stated

    def actor(self, who: Principal) -> Actor:
        """Return the actor of a principal."""
        return who.actor(self.writer.live.pseudonym)

    def write(
        self,
        what: Callable[[Rows], Result],
        *,
        by: Actor = SERVICE,
        done: str = "",
        subject: str | Callable[[Rows, Result], str] = "",
        why: str = "",
    ) -> Result:
        """Write rows about operators and keys, and a row of the ledger that says what was `done`, to whom and why.

        It does not depend on the writer: if that cannot work now, the row of the ledger is written later. `subject` may
        be a function of the transaction and the result.
        """
        with self.database.begin_writing() as rows:
            self.installation.must_be_ours(rows)
            result = what(rows)
            if done:
                named = subject if isinstance(subject, str) else subject(rows, result)
                pending_acts.leave_record(rows, self.clock.now(), by, done, named, why)
        self.credentials.forget()
        if done:
            with suppress(Unavailable, TimeoutError):
                self.carry_out_pending()
        return result

    def record(self, by: Actor, what: str, subject: str, why: str) -> None:
        """Write a row of the ledger, and wait until it is written."""
        self.writer.do(lambda unit: unit.act(Record, why, what=what, subject=subject), by).result(30)

    def carry_out_pending(self) -> None:
        """Write the pending rows of the ledger."""
        self.writer.do(pending_acts.carry_out, SERVICE).result(30)

    def confirm_clock(self, by: Actor) -> None:
        """Believe the machine's clock, as confirmed at the command line."""
        why = "the command line said that it is right"
        self.writer.do(lambda unit: timekeeping.follow(unit, self.clock, why, confirmed=True), by).result(30)

    def holder_of(self, token: str, *doors: str) -> Holder | None:
        """Return the holder of a token; `None` if it is invalid, expired, for other doors, or older than an erasure."""
        holder = verify(token, self.secret, self.wall.now(), *doors)
        return None if holder is None or self.erased.has(holder) else holder

    def forget_person(self, service: str, account: str) -> None:
        """Drop cached results, which may name an erased account, and refuse its holder's tokens from now on."""
        self.erased.note(service, account, self.wall.now())
        self.jobs.forget()
        self.answers.forget()

    def report(self, month: str) -> dict[str, Any]:
        """Return the transparency report of a month, from the cache if it is expensive to compute.

        Raises `BadArgument` for a malformed month or one of the future, `Unavailable` when it takes too long.
        """
        job = self.reporting(month).wait(30)
        if job.problem or not job.is_over:
            raise Unavailable("the report cannot be worked out now; try again a little later")
        report: dict[str, Any] = job.result
        return report

    def total_actions(self, month: str) -> Shown:
        """Return how many actions the report of a month has in all.

        Raises `BadArgument` for a malformed month.
        """
        with self.database.begin() as rows:
            return transparency.total_actions(rows, self.writer.live.policies, month)

    def reporting(self, month: str) -> Job:
        """Return the job that computes the transparency report of a month.

        Raises `BadArgument` for a malformed month, or one that has not begun.
        """
        begin, _ = transparency.month(month)
        if begin > self.clock.now():
            raise BadArgument(f"`{month}` has not begun yet")

        def work(_: object) -> dict[str, Any]:
            with self.database.begin() as rows:
                return transparency.report(rows, self.writer.live.policies, month)

        return self.answers.ask(("report", month), work, None)

    def _tidy(self) -> None:
        """Do the periodic work on operators, tokens, one-time codes and rows of health."""
        self.failures.write_down(self.clock.now())
        self.carry_out_pending()
        self.health.keep_up()
        self.incidents.keep_up()
        self.senders.keep_up()
        self._tell_subscribers()
        now = self.wall.now()
        if now >= self._tidied + HOUR:
            self._tidied = now
            self.spent.remove_expired(now)
            self.writer.do(one_time_codes.forget, TIME).result(30)
            self.writer.do(subscriptions.forget, TIME).result(30)
            self._tidy_complaints()
            if self.clock.is_settled:
                self.writer.do(health.forget, TIME).result(30)

    def _tidy_complaints(self) -> None:
        """Close complaints against whose decision nobody can turn any more, and forget what is long over."""
        if self.clock.is_settled:
            self.writer.do(complaint_cases.close_old, TIME).result(30)
            self.writer.do(complaints.forget, TIME).result(30)

    def _tell_subscribers(self) -> None:
        """Tell subscribers of the status what has changed, once for every quarter of an hour that was judged."""
        seen = self.health.seen
        if seen.as_of > self._told:
            levels = {cell.key: cell.level for cell in seen.cells}
            self.writer.do(lambda unit: subscriptions.follow(unit, levels), TIME).result(30)
            self._told = seen.as_of

    def _make_bootstrap_key(self) -> None:
        text = self.settings.bootstrap_key
        if not text:
            return
        with self.database.begin_writing() as rows:
            keys = sa.select(sa.func.count()).select_from(tables.credentials).where(tables.credentials.c.kind == "key")
            known = rows.scalar(keys) or 0
            if not known:
                now = self.clock.now()
                make_key(rows, "bootstrap", sorted(SCOPES), "bootstrap", now, text)
                pending_acts.leave_record(rows, now, SERVICE, "key made", key(identity_of(rows, text)), "bootstrap")


def catalogues() -> Mapping[str, Mapping[str, str]]:
    """Return the catalogues of the package: translations by language and English text."""
    by_language: dict[str, dict[str, str]] = {}
    for package, domain in (("cartellino.notices", "notices"), ("cartellino.holder", "holder"),
                            ("cartellino.status", "status"), ("cartellino.senders", "senders")):  # fmt: skip
        for folder in (files(package) / "locale").iterdir():
            text = folder / "LC_MESSAGES" / f"{domain}.po"
            if text.is_file():
                with text.open("rb") as lines:
                    read = read_po(lines, locale=folder.name)
                said = {str(message.id): str(message.string) for message in read if message.id and message.string}
                by_language.setdefault(folder.name, {}).update(said)
    return by_language
