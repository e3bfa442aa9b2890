"""Checks at the start whether a folder and a database belong together, and neither is an older copy.

Events are durable in the log before anything that follows from them is in the database, and the folder's card is
written after the database has committed. So after a crash at any moment, the log is not behind the database, and the
database is not behind the card. If one of them is, it was removed, exchanged or restored from an older copy. To go on
would bring back ended keys and reversed sanctions, or drop new rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cartellino.storage import tables
from cartellino.storage.card import Card, read_card
from cartellino.storage.database import Database, Rows
from cartellino.storage.files import DISK, Files
from cartellino.storage.segment import Segment, begins
from cartellino.vocabulary.ids import digest
from cartellino.vocabulary.refusals import Refusal


@dataclass(frozen=True)
class Known:
    """The state of a database: its installation, its last act and row of the ledger, and how far it follows the log."""

    id: str = ""
    acts: int = 0
    ledger: int = 0
    seal: str = ""
    """The seal of the last row of the ledger."""
    seal_then: str = ""
    """The seal of the row that the card names; empty if there is no such row."""
    written: int = 0
    reached: int = 0
    """The number of the last event that something in the database follows from."""
    lacking: int = 0
    """How many acts and rows of the ledger are missing before the last one; both are numbered without gaps."""

    @property
    def is_empty(self) -> bool:
        """Whether there are neither acts nor rows of the ledger."""
        return not self.acts and not self.ledger


class Disagrees(Refusal):
    """Folder and database do not belong together. `token` accepts this state; empty if nothing can be accepted."""

    code = "disagrees"

    def __init__(self, sentence: str, token: str = "") -> None:
        """`sentence` says what disagrees, and what to do."""
        self.token = token
        way_out = (
            f"\nIf there is no such copy, or this is what you want: what is missing is lost for good. Read "
            f"docs/how-to/run-the-service.md first, then run `cartellino accept {token} --why REASON` with the same "
            "--data and --database"
        )
        super().__init__(f"nothing was started or changed: {sentence}{way_out if token else ''}")


@dataclass(frozen=True)
class Comparison:
    """The states of a folder and a database. `last` is the number of the last event in the log."""

    card: Card | None
    known: Known
    last: int
    is_decided: bool
    """Whether the folder has a `policies.json`, and so policies have decided there."""

    def check(self) -> None:
        """Raises `Disagrees` where they do not belong together."""
        for sentence in self._never():
            raise Disagrees(sentence)
        for sentence in self._unless_accepted():
            raise Disagrees(sentence, self.token)

    @property
    def token(self) -> str:
        """A digest that identifies exactly this state of both."""
        return digest("accept", repr((self.card, self.known, self.last)))[7:19]

    def _never(self) -> list[str]:
        """Return the faults that nobody can accept: numbers would collide, or rows of two installations would mix."""
        card, known = self.card, self.known
        sentences = []
        if card is not None and known.id and card.id != known.id:
            sentences.append(
                f"the database belongs to the installation {known.id}, and the folder to {card.id}. Name the folder's "
                "own database with --database, or the database's own folder with --data"
            )
        if not self.is_decided and not known.is_empty:
            sentences.append(
                "the database has decided already, and the folder holds no policies.json: it is not the folder of this "
                "database, or its state was lost. Name the right one with --data, or restore both from one backup"
            )
        if known.reached > self.last:
            sentences.append(
                f"the database knows of events up to {known.reached:,}, and the log ends with {self.last:,}: the log "
                "was removed or cut off, or is an older copy. Put back the log that belongs to this database, or both "
                "from one backup (`cartellino backup restore`)"
            )
        return sentences

    def _unless_accepted(self) -> list[str]:
        card, known = self.card, self.known
        if card is None:
            return self._without_card()
        if card.acts > known.acts or card.ledger > known.ledger or card.written > known.written:
            what = "is empty or was removed" if known.is_empty else "is an older copy"
            return [
                f"the database {what}: it has {known.acts:,} acts and {known.ledger:,} rows of the ledger, and once "
                f"had {card.acts:,} and {card.ledger:,}. Sanctions that were reversed would be back in force, and keys "
                "that were ended would open again. Put back the newest copy of the database, or name it with --database"
            ]
        if known.lacking > card.lacking:
            return [
                f"{known.lacking:,} acts and rows of the ledger were removed from the database, although later ones "
                "are there. What they changed would be as it was before them: sanctions that were reversed back in "
                "force. Restore folder and database from one backup"
            ]
        if card.seal != known.seal_then:
            return [
                f"row {card.ledger:,} of the database's ledger is not the one that this folder has seen: the database "
                "went on elsewhere from a common copy, or somebody changed it. Put back the one that belongs here"
            ]
        if card.restored and known.written != card.written:
            return [
                "this folder was restored from a backup, and the database has gone on since that backup was made. "
                "Restore the database of the same backup, or put back the newer folder"
            ]
        return []

    def _without_card(self) -> list[str]:
        if self.known.id:
            return [
                f"the database belongs to the installation {self.known.id}, and the log in this folder to none. Name "
                "the database's own folder with --data, or restore both from one backup"
            ]
        if self.known.is_empty and self.last:
            return [
                f"the log holds {self.last:,} events, and the database is empty or was removed. Put back the newest "
                "copy of the database, or name it with --database"
            ]
        return []


def look(state_folder: Path, database: Database, files: Files = DISK) -> Comparison:
    """Read the states of both without changing anything.

    It works while the service runs, too: card, database and log are read in this order, so that each is read before
    the one that may be ahead of it.

    Raises `BadFile` for a card that cannot be read, `DamagedLog` for a log.
    """
    log = state_folder / "log"
    card = read_card(log, files)
    known = _known(database, card)
    return Comparison(card, known, last_event(log, files), (state_folder / "policies.json").exists())


def last_event(log: Path, files: Files = DISK) -> int:
    """Return the number of the last whole event of a log, 0 where there is none."""
    numbers = begins(files, log)
    return Segment(files, log, numbers[-1]).end().last if numbers else 0


def _known(database: Database, card: Card | None) -> Known:
    if database.file is not None and not database.file.exists():
        return Known()  # connecting would create the file
    with database.begin() as rows:
        there = set(sa.inspect(rows).get_table_names())
        if not {"acts", "ledger", "progress"} <= there:
            return Known()
        return known_of(rows, card, "installation" in there)


def known_of(rows: Rows, card: Card | None = None, is_named: bool = True) -> Known:
    """Return the state of a database; `is_named` says whether it has the table `installation`."""
    acts, ledger, progress = tables.acts.c, tables.ledger.c, tables.progress.c
    of_acts = sa.select(sa.func.max(acts.number), sa.func.max(acts.after), sa.func.count(acts.number))
    number, after, acts_there = rows.execute(of_acts).one()
    of_ledger = sa.select(ledger.number, ledger.seal, sa.func.count().over().label("there"))
    last = rows.execute(of_ledger.order_by(ledger.number.desc()).limit(1)).one_or_none()
    then = card.ledger if card is not None else 0
    sequence = rows.scalar(sa.select(progress.value).where(progress.name == "sequence")) or 0
    row = rows.execute(sa.select(tables.installation)).one_or_none() if is_named else None
    whose: dict[str, Any] = {"id": row.installation_id, "written": row.written} if row is not None else {}
    return Known(
        **whose,
        acts=number or 0,
        ledger=last.number if last is not None else 0,
        seal=last.seal if last is not None else "",
        seal_then=rows.scalar(sa.select(ledger.seal).where(ledger.number == then)) or "",
        reached=max(sequence, after or 0),
        lacking=(number or 0) - acts_there + (last.number - last.there if last is not None else 0),
    )
