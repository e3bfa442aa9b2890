"""What was done to accounts of the homeserver, a durable row each; what of it is ours follows from the rows.

Accounts stand here by their pseudonyms.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Literal

import msgspec

from cartellino.storage.files import DISK, Files
from cartellino.storage.journal import Journal
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Instant

Flag = Literal["suspended", "locked"]
FLAGS: tuple[Flag, ...] = ("suspended", "locked")

What = Literal["intends", "set", "cleared", "manual", "there already", "told", "read to"]

MOST_READ_TO = 1_000
"""Rows that only say how far changes were read, beyond which they are dropped but for the last."""


class InUse(Refusal):
    """Another process works with the same journal."""

    code = "in-use"


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that was done, or was seen to be done by somebody else.

    `intends`: a flag is about to be changed to `value`; whether it was, is asked if nothing follows. `set`, `cleared`:
    it was changed by us. `manual`: an administrator changed it by hand; it is theirs for as long as the same sanctions
    hold (`cause`). `there already`: an administrator had set it before. `told`: a
    notice (`notice`) about a sanction (`cause`) is at the account. `read to`: changes were read up to `number`.
    """

    at: Instant
    what: What
    account: str = ""
    flag: str = ""
    value: bool = False
    cause: str = ""
    notice: str = ""
    number: str = ""


class Mark(msgspec.Struct):
    """What we know of a flag of an account."""

    ours: bool = False
    """We set it, and have not cleared it."""
    left_to: str = ""
    """The cause for which an administrator's act by hand stands; empty: there is none."""
    seen: str = ""
    """The cause under which an administrator had set it already."""
    pending: bool | None = None
    """The value that we were about to set, if it is not known whether we did."""


class Acts:
    """The journal, and what follows from it."""

    def __init__(self, folder: Path, files: Files = DISK) -> None:
        """Read what stands in the folder.

        Raises `DamagedLog` if what was acknowledged cannot be read.
        """
        self._folder, self._files, self._lock = folder, files, -1
        self._journal = Journal(folder / "acts.journal", files)
        self._read()

    def _read(self) -> list[Row]:
        self._marks: dict[tuple[str, str], Mark] = {}
        self._told: dict[str, Instant] = {}
        self._notices: set[str] = set()
        self.read_to, self.manual = "", 0
        rows = self.rows()
        for row in rows:
            self._take(row)
        return rows

    def own(self) -> None:
        """Keep other processes from working with this journal, until this one ends.

        Raises `InUse` if another process does.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(f"`cartellino matrix run` works with {self._folder}; end it first") from None
        self._journal = Journal(self._journal.path, self._files)  # whoever had it before may have added to it
        self._compact(self._read())

    def _compact(self, rows: list[Row]) -> None:
        """Drop what only says how far was read; for the owner alone, who knows that nobody adds meanwhile."""
        if sum(row.what == "read to" for row in rows) <= MOST_READ_TO:
            return
        kept = [row for row in rows if row.what != "read to"]
        last = [row for row in rows if row.what == "read to"][-1:]
        self._journal.rewrite([msgspec.json.encode(row) for row in [*kept, *last]])

    def add(self, *rows: Row) -> None:
        """Write rows down; they are durable when this returns.

        Raises `WriteFailed`.
        """
        self._journal.append([msgspec.json.encode(row) for row in rows])
        for row in rows:
            self._take(row)

    def mark(self, account: str, flag: str) -> Mark:
        """Return what is known of a flag of an account."""
        return self._marks.get((account, flag)) or Mark()

    def told_at(self, sanction_id: str) -> Instant | None:
        """Return when the account was told of a sanction; `None` if it was not."""
        return self._told.get(sanction_id)

    def has_told(self, notice_id: str) -> bool:
        """Say whether a notice is at its account."""
        return notice_id in self._notices

    def touched(self) -> list[str]:
        """Return the accounts on which something of ours holds, or where an administrator's act stands."""
        return sorted({account for (account, _), mark in self._marks.items() if mark != Mark()})

    def ours(self) -> list[tuple[str, Flag]]:
        """Return the accounts and flags that we set and have not cleared."""
        return [(account, flag) for flag in FLAGS for account in self.touched() if self.mark(account, flag).ours]

    def rows(self) -> list[Row]:
        """Return all rows, oldest first."""
        return [msgspec.json.decode(record, type=Row) for record in self._journal.read()]

    def _take(self, row: Row) -> None:
        if row.what == "read to":
            self.read_to = row.number
        elif row.what == "told":
            self._told.setdefault(row.cause, row.at)
            self._notices.add(row.notice)
        else:
            self._marks[row.account, row.flag] = _after(self.mark(row.account, row.flag), row)
            self.manual += row.what == "manual"


def _after(mark: Mark, row: Row) -> Mark:
    """Return what is known of a flag after a row."""
    if row.what == "intends":
        return Mark(mark.ours, mark.left_to, mark.seen, row.value)
    if row.what == "set":
        return Mark(ours=True)
    if row.what == "manual":
        return Mark(left_to=row.cause)
    if row.what == "there already":
        return Mark(seen=row.cause)
    return Mark()
