"""The installation: a folder and a database that belong together, and the one process that writes to both.

It starts in this order, so that a crash between two steps leaves nothing that disagrees:

    lock folder and database → check that they agree → name the folder → name the database
"""

from __future__ import annotations

import secrets

import msgspec
import sqlalchemy as sa

from cartellino.commands.names import random_id
from cartellino.pipeline.state_folder import StateFolder
from cartellino.service.agreement import Comparison, Known, look
from cartellino.service.condition import Conditions
from cartellino.storage import tables
from cartellino.storage.card import Card, read_card, write_card
from cartellino.storage.database import Database, Rows, is_away
from cartellino.storage.faults import WriteFailed
from cartellino.storage.holding import Hold
from cartellino.vocabulary.refusals import BadArgument, Refusal
from cartellino.vocabulary.times import Instant


class Displaced(Refusal):
    """Another process has taken over the database while this one could not reach it."""

    code = "database-taken"


class Installation:
    """This process's locks on an installation. Call `begin` first; `close` releases them."""

    def __init__(self, state: StateFolder, database: Database, conditions: Conditions | None = None) -> None:
        """Prepare; nothing is opened or locked yet."""
        self.id = ""
        self._state, self._database = state, database
        self._conditions = conditions if conditions is not None else Conditions()
        self._log = state.folder / "log"
        self._hold = Hold(database)
        self._holder = secrets.token_hex(12)
        self._card = Card(id="")
        self._written = 0

    def begin(self, now: Instant) -> None:
        """Lock folder and database, check that they belong together, and migrate the tables.

        Raises `Disagrees` if they do not, `BadArgument` or `Held` when another process has locked one of them.
        """
        comparison = self._locked()
        comparison.check()
        self._join(comparison, now)

    def accept(self, token: str, why: str, now: Instant) -> Comparison:
        """Accept a database that does not agree, as offered by `Disagrees` with this token.

        Raises `Disagrees` if it cannot be accepted, `BadArgument` if they agree or the token is for another state.
        """
        comparison = self._locked()
        try:
            comparison.check()
        except Refusal as refusal:
            if not getattr(refusal, "token", ""):
                raise
        else:
            raise BadArgument("folder and database agree; there is nothing to accept")
        if token != comparison.token:
            raise BadArgument(f"`{token}` does not name what there is to accept now: see what `cartellino doctor` says")
        identity = comparison.known.id or (comparison.card.id if comparison.card is not None else self._fresh_id())
        card = _card_of(identity, comparison.known)
        accepted = msgspec.structs.replace(card, accepted=why, lacking=comparison.known.lacking)
        self._join(Comparison(accepted, comparison.known, comparison.last, comparison.is_decided), now)
        return comparison

    @property
    def accepted(self) -> str:
        """The reason for accepting a database that did not agree; empty once the ledger has it."""
        return self._card.accepted

    def close(self) -> None:
        """Release the locks."""
        self._hold.release()
        self._state.close()

    # While it runs

    def starts_writing(self, rows: Rows, token: str) -> bool:
        """Begin a transaction that writes; `False` if it was committed already and only the answer was lost.

        `token` identifies the transaction. Raises `Displaced` when another process has taken the database over.
        """
        installation = tables.installation
        claim = sa.update(installation).where(installation.c.holder == self._holder, installation.c.latest != token)
        written = rows.scalar(
            claim.values(written=installation.c.written + 1, latest=token).returning(installation.c.written)
        )
        if written is None:
            self.must_be_ours(rows)
            return False
        self._written = written
        return True

    def must_be_ours(self, rows: Rows) -> None:
        """Raises `Displaced` when another process has taken the database over."""
        holder = rows.scalar(sa.select(tables.installation.c.holder))
        if holder != self._holder:
            raise Displaced(
                "another process has taken over this database, or it was put back: this one writes no more. End it, "
                "and see `cartellino doctor`"
            )

    def has_written(self, acts: int, ledger: int, seal: str) -> None:
        """Record on the folder's card what the database has now.

        If the disk fails, it is stated as a condition instead of raised, since the card may be behind.
        """
        card = msgspec.structs.replace(
            self._card, acts=acts, ledger=ledger, seal=seal, written=self._written, restored=False
        )
        try:
            write_card(self._log, card)
        except WriteFailed as failed:
            self._conditions.state("installation", str(failed))
        else:
            self._card = card
            self._conditions.clear("installation")

    def is_recorded(self) -> None:
        """Clear the reason of an acceptance, which the ledger has now."""
        self._card = msgspec.structs.replace(self._card, accepted="")
        write_card(self._log, self._card)

    def look_again(self) -> None:
        """Check that database and folder are still locked and the same; state a condition if they are not."""
        try:
            self._hold.renew()
            card = read_card(self._log)
            if card is None or card.id != self.id:
                raise BadArgument("the folder's installation.json was removed or exchanged while the service runs")
        except Refusal as refusal:
            self._conditions.state("installation", str(refusal))
        except Exception as error:  # that the database is away is stated elsewhere
            if not is_away(error):
                raise
        else:
            self._conditions.clear("installation")

    # How it begins

    def _locked(self) -> Comparison:
        self._state.lock()
        self._hold.acquire()
        return look(self._state.folder, self._database)

    def _fresh_id(self) -> str:
        """Return a new id, or the old one from the journal if only the card was lost."""
        return next((record.installation for record in self._state.noted() if record.installation), random_id("i"))

    def _join(self, comparison: Comparison, now: Instant) -> None:
        """Name the folder first and then the database: a crash between them leaves a named folder alone."""
        card = comparison.card if comparison.card is not None else _card_of(self._fresh_id(), comparison.known)
        write_card(self._log, card)
        self._database.migrate()
        self._database.must_be_whole()
        installation = tables.installation
        with self._database.begin_writing() as rows:
            first = {"installation_id": card.id, "made_at": now, "holder": "", "written": card.written, "latest": ""}
            if rows.scalar(sa.select(installation.c.installation_id)) is None:
                rows.execute(sa.insert(installation).values(**first))
            rows.execute(sa.update(installation).values(holder=self._holder))
        self.id, self._card, self._written = card.id, card, card.written
        self._state.installation = card.id


def _card_of(identity: str, known: Known) -> Card:
    return Card(id=identity, acts=known.acts, ledger=known.ledger, seal=known.seal, written=known.written)
