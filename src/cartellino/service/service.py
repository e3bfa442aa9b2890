"""The whole service in one object: what is opened, in which order it starts, and how it stops."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from babel.messages.pofile import read_po

from cartellino.enforcement.acts import Record
from cartellino.kernel.geometry import Geometry
from cartellino.notices.words import Words
from cartellino.service import figures, timekeeping
from cartellino.service.access import SCOPES
from cartellino.service.chores import Chores
from cartellino.service.clock import Clock
from cartellino.service.credentials import Credentials, make_key
from cartellino.service.jobs import Jobs
from cartellino.service.outgoing.office import Office
from cartellino.service.proposals import Proposals
from cartellino.service.settings import Settings
from cartellino.service.state import State
from cartellino.service.tour import Tour
from cartellino.service.versions import Version
from cartellino.service.write_queue import Unavailable
from cartellino.service.writer import Writer
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows

Result = TypeVar("Result")


class Service:
    """Everything that runs in the one process."""

    def __init__(self, settings: Settings, clock: Clock | None = None, wall: Clock | None = None) -> None:
        """Open the data folder and the database; nothing runs yet.

        `clock` is the time of everything that is decided; `wall` that of sessions and tokens, the same unless given.
        """
        self.settings = settings
        self.clock = clock if clock is not None else Clock()
        self.wall = wall if wall is not None else self.clock
        settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.stopping = False
        self.salt = settings.salt or kept_secret(settings.folder / "salt")
        self.secret = (settings.secret or kept_secret(settings.folder / "secret")).encode()
        self.database = Database(settings.url)
        self.words = Words(catalogues())
        self.credentials = Credentials(self.database)
        native = {"auto": None, "never": False, "always": True}[settings.native]
        geometry = replace(Geometry(), lines=max(1, settings.memory // Geometry().shards))
        self.writer = Writer(
            State(settings.folder / "state"), self.database, self.clock, self.salt, geometry=geometry,
            workers=settings.workers, native=native, waiting=settings.waiting, audit_share=settings.audit_share,
        )  # fmt: skip
        self.outgoing = Office(self.writer, private=settings.private_webhooks)
        self.proposals = Proposals(self.writer, second_person=settings.second_person != "never")
        self.jobs, self.answers = Jobs(), Jobs()  # what reads the log for minutes, and what reads tables for a moment
        self.tour: Tour | None = None
        self.chores = Chores(self.writer, settings.precision_bound, settings.kept)

    def start(self, begins: Version) -> None:
        """Bring the database and the kernel to where they were, and begin; `begins` decides at the first start."""
        self.database.migrate()
        self._make_bootstrap_key()
        self.writer.start(begins)
        self.outgoing.start()
        self.chores.start()

    def stop(self) -> None:
        """Finish what was begun, and close everything."""
        self.stopping = True
        self.chores.stop()
        self.outgoing.stop()
        self.writer.stop()
        self.database.close()

    def write(
        self, what: Callable[[Rows], Result], *, by: str = "", done: str = "", subject: str = "", why: str = ""
    ) -> Result:
        """Write rows about people and keys, and a row of the ledger about it: `done` to whom, by whom, and why."""
        with self.database.begin_writing() as rows:
            result = what(rows)
        self.credentials.forget()
        if done:
            self.record(by, done, subject, why)
        return result

    def record(self, by: str, what: str, subject: str, why: str) -> None:
        """Write a row of the ledger about something that nobody may do unseen, and wait for it."""
        self.writer.do(lambda desk: desk.act(Record, why, what=what, subject=subject), by).result(30)

    @property
    def clock_trouble(self) -> str:
        """What is wrong with the machine's clock, and what to do; empty while it is believed."""
        return self.clock.read().sentence

    def confirm_clock(self, by: str) -> None:
        """Believe the machine's clock because somebody says at the command line that it is right."""
        why = "the command line said that it is right"
        self.writer.do(lambda desk: timekeeping.follow(desk, self.clock, why, confirmed=True), by).result(30)

    def forget_answers(self) -> None:
        """Keep no answer that may name somebody who is erased."""
        self.jobs.forget()
        self.answers.forget()

    def report(self, month: str) -> dict[str, Any]:
        """Return the transparency report of a month; one that is dear to work out serves everybody for a while.

        Raises `BadArgument` for what is no month.
        """
        figures.month(month)

        def work(_: object) -> dict[str, Any]:
            with self.database.begin() as rows:
                return figures.report(rows, self.writer.route.policies, month)

        job = self.answers.ask(("report", month), work, None).wait(30)
        if job.problem or not job.is_over:
            raise Unavailable("the report cannot be worked out now; try again a little later")
        found: dict[str, Any] = job.result
        return found

    def _make_bootstrap_key(self) -> None:
        text = self.settings.bootstrap_key
        if not text:
            return
        with self.database.begin_writing() as rows:
            keys = sa.select(sa.func.count()).select_from(tables.credentials).where(tables.credentials.c.kind == "key")
            known = rows.scalar(keys) or 0
            if not known:
                make_key(rows, "bootstrap", sorted(SCOPES), "bootstrap", self.clock.now(), text)


def kept_secret(file: Path) -> str:
    """Return a secret that is made once and kept, readable by its owner only."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text().strip()


def catalogues() -> Mapping[str, Mapping[str, str]]:
    """Read the catalogues that ship: by language, the English text and its translation."""
    found: dict[str, dict[str, str]] = {}
    for package, domain in (("cartellino.notices", "notices"), ("cartellino.holder", "holder")):
        for folder in (files(package) / "locale").iterdir():
            text = folder / "LC_MESSAGES" / f"{domain}.po"
            if text.is_file():
                with text.open("rb") as lines:
                    read = read_po(lines, locale=folder.name)
                said = {str(one.id): str(one.string) for one in read if one.id and one.string}
                found.setdefault(folder.name, {}).update(said)
    return found
