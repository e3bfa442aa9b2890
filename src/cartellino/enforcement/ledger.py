"""Every change of state is a row, and each row seals the one before (law 5).

Rows name accounts by pseudonym only. The seal is SHA-256 over the row and the seal before it, so a row that is changed,
removed or moved breaks every seal after it.

>>> ledger = Ledger("salt")
>>> _ = ledger.append(0, "spam/bulk", "decided", ledger.pseudonym("main", "a1"), "", "warned")
>>> verify(ledger.rows)
>>> verify([replace(ledger.rows[0], to="clear")])
1
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from hashlib import blake2b

from cartellino.vocabulary.ids import digest
from cartellino.vocabulary.times import Instant

__all__ = ["Change", "Ledger", "replace", "verify"]

GENESIS = "sha256:" + "0" * 64


@dataclass(frozen=True)
class Change:
    """One change: its number from 1, when, by whom, what, to which pseudonym, from what to what, and its seal."""

    number: int
    at: Instant
    by: str
    what: str
    subject: str
    before: str
    to: str
    seal: str = ""


class Ledger:
    """Rows in order. `salt` keys the pseudonyms."""

    def __init__(self, salt: str) -> None:
        """Start empty."""
        self.rows: list[Change] = []
        self._salt = salt.encode()[:64]
        self._before = 0
        self._seal = GENESIS
        self._anchor: tuple[int, str] | None = None

    def go_on_from(self, number: int, seal: str) -> None:
        """Begin after so many rows that are kept elsewhere, the last of which has this seal."""
        self._before = number
        self._seal = seal or GENESIS

    def since(self, number: int) -> list[Change]:
        """Return the rows after that number."""
        return self.rows[max(0, number - self._before) :]

    def anchor(self, number: int, seal: str) -> None:
        """While everything is replayed: the row of that number has this seal, although the replay may give another.

        The accounts of some rows may have been erased since; the chain goes on from what was sealed then.
        """
        self._anchor = number, seal

    def append(self, at: Instant, by: str, what: str, subject: str, before: str, to: str) -> Change:
        """Add a row and seal it."""
        row = Change(self._before + len(self.rows) + 1, at, by, what, subject, before, to)
        self._seal = _sealed(row, self._seal)
        if self._anchor is not None and row.number == self._anchor[0]:
            self._seal = self._anchor[1]
        row = replace(row, seal=self._seal)
        self.rows.append(row)
        return row

    def pseudonym(self, service: str, account: str) -> str:
        """Return the name by which the ledger knows an account."""
        name = len(service.encode()).to_bytes(4, "big") + service.encode() + account.encode()
        return "p_" + blake2b(name, digest_size=12, key=self._salt).hexdigest()


def verify(rows: Iterable[Change]) -> int | None:
    """Return the number of the first row whose seal is broken, or `None` when all hold."""
    seal = GENESIS
    for number, row in enumerate(rows, start=1):
        seal = _sealed(row, seal)
        if row.seal != seal or row.number != number:
            return number
    return None


def _sealed(row: Change, before: str) -> str:
    return digest(before, *(str(part) for part in astuple(replace(row, seal=""))))
