"""Every change of state is a row, and each row seals the one before (law 5).

Rows name accounts by pseudonym only. The seal is SHA-256 over the row and the seal before it, so a row that is changed,
removed or moved breaks every seal after it. Reasons are free text and may name people: what is sealed is a digest of
the reason under a key of its own (`sealed_reason`), so that text and key can be destroyed and every seal still holds.

>>> ledger = Ledger("salt")
>>> _ = ledger.append(0, rule("spam/bulk"), "decided", ledger.pseudonym("main", "a1"), "", "warned")
>>> verify(ledger.rows)
>>> verify([replace(ledger.rows[0], to="clear")])
1
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from hashlib import blake2b, sha256

from cartellino.vocabulary.actors import Actor, rule
from cartellino.vocabulary.ids import digest
from cartellino.vocabulary.times import Instant

__all__ = [
    "REDACTED", "Change", "Ledger", "Reason", "content_digest", "is_sealed_reason", "replace", "row_name", "rule",
    "sealed_reason", "text_digest", "verify",
]  # fmt: skip

GENESIS = "sha256:" + "0" * 64

REDACTED = "redacted"
"""What a row is about that vouches for words that were erased: `subject` says of what, `before` what is left."""

_REASON = "reason:"


@dataclass(frozen=True)
class Change:
    """One change: its number from 1, when, by whom, what, to which pseudonym, from what to what, and its seal."""

    number: int
    at: Instant
    by: Actor
    what: str
    subject: str
    before: str
    to: str
    seal: str = ""


@dataclass(frozen=True)
class Reason:
    """The text behind a sealed reason, and its key; words of one without a key were erased."""

    text: str
    key: str | None


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

    @property
    def last(self) -> int:
        """The number of the last row, 0 where there is none."""
        return self._before + len(self.rows)

    @property
    def seal(self) -> str:
        """The seal of the last row, empty where there is none."""
        return self._seal if self.last else ""

    def since(self, number: int) -> list[Change]:
        """Return the rows after that number."""
        return self.rows[max(0, number - self._before) :]

    def anchor(self, number: int, seal: str) -> None:
        """While everything is replayed: the row of that number has this seal, although the replay may give another.

        The accounts of some rows may have been erased since; the chain goes on from what was sealed then.
        """
        self._anchor = number, seal

    def append(self, at: Instant, by: Actor, what: str, subject: str, before: str, to: str) -> Change:
        """Add a row and seal it."""
        row = Change(self.last + 1, at, by, what, subject, before, to)
        self._seal = _sealed(row, self._seal)
        if self._anchor is not None and row.number == self._anchor[0]:
            self._seal = self._anchor[1]
        row = replace(row, seal=self._seal)
        self.rows.append(row)
        return row

    def continue_after(self, rows: Iterable[Change]) -> None:
        """Take over rows that were sealed earlier and that a replay did not lead to; the chain goes on after them."""
        for row in rows:
            self.rows.append(row)
            self._seal = row.seal

    def pseudonym(self, service: str, account: str) -> str:
        """Return the name by which the ledger knows an account."""
        name = len(service.encode()).to_bytes(4, "big") + service.encode() + account.encode()
        return "p_" + blake2b(name, digest_size=12, key=self._salt).hexdigest()


def sealed_reason(key: str, text: str) -> str:
    """Return what the ledger seals of a reason: HMAC-SHA-256 (RFC 2104) under a key that only this reason has.

    >>> sealed_reason("k", "They know each other.") == sealed_reason("l", "They know each other.")
    False
    """
    return _REASON + hmac.digest(key.encode(), text.encode(), sha256).hex()


def is_sealed_reason(text: str) -> bool:
    """Say whether this stands for a reason."""
    return text.startswith(_REASON)


def text_digest(text: str) -> str:
    """Return the digest of the words that are left of a reason."""
    return digest("left", text)


def row_name(number: int) -> str:
    """Return how a row of the ledger is named where its own words were erased."""
    return f"row:{number}"


def content_digest(row: Change) -> str:
    """Return the digest of a row as it stands, with the seal that it was given."""
    return digest("row", *(str(part) for part in astuple(row)))


def verify(
    rows: Iterable[Change], reasons: Mapping[str, Reason] | None = None, waiting: Mapping[str, str] | None = None
) -> int | None:
    """Return the number of the first row that does not hold, or `None` when all do.

    A row holds when its seal is right. One whose words were erased keeps the seal that it had, and holds when a later
    row vouches for what is left of it. With `reasons` (by what the ledger seals of them), sealed reasons are held
    against their texts in the same way. `waiting` are vouchers that are about to be written: of what, what is left.
    """
    chain = list(rows)
    left = {row.subject: row.before for row in chain if row.what == REDACTED} | dict(waiting or {})
    seal = GENESIS
    for number, row in enumerate(chain, start=1):
        is_whole = row.seal == _sealed(row, seal) or left.get(row_name(number)) == content_digest(row)
        if row.number != number or not is_whole:
            return number
        if reasons is not None and is_sealed_reason(row.to) and not _holds(row.to, reasons, left):
            return number
        seal = row.seal
    return None


def _holds(sealed: str, reasons: Mapping[str, Reason], left: Mapping[str, str]) -> bool:
    reason = reasons.get(sealed)
    if reason is None:
        return False
    if reason.key is not None:
        return hmac.compare_digest(sealed_reason(reason.key, reason.text), sealed)
    return left.get(sealed) == text_digest(reason.text)


def _sealed(row: Change, before: str) -> str:
    return digest(before, *(str(part) for part in astuple(replace(row, seal=""))))
