"""The ledger: every change of state is a row, and the rows form a hash chain (law 5).

Rows name accounts by pseudonym only. The seal of a row is SHA-256 over the row and the seal before it, so that a row
that is changed, removed or moved invalidates every later seal. Reasons are free text and may name people. A row
therefore contains only an HMAC of the reason under a key of its own (`sealed_reason`): text and key can be destroyed,
and all seals remain valid.

>>> ledger = Ledger("salt")
>>> _ = ledger.append(0, rule("spam/bulk"), "decided", ledger.pseudonym("main", "a1"), "", "warned")
>>> verify(ledger.rows)
>>> verify([replace(ledger.rows[0], to="clear")])
1
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b, sha256

import msgspec
from msgspec.structs import astuple, replace

from cartellino.vocabulary.actors import Actor, rule
from cartellino.vocabulary.ids import digest
from cartellino.vocabulary.times import Instant

__all__ = [
    "REDACTED", "Change", "Ledger", "Reason", "content_digest", "is_sealed_reason", "replace", "row_name", "rule",
    "sealed_reason", "text_digest", "verify",
]  # fmt: skip

GENESIS = "sha256:" + "0" * 64

REDACTED = "redacted"
"""The `what` of a row that replaces erased words: `subject` is what was erased, `before` the digest of what is left."""

_REASON = "reason:"


class Change(msgspec.Struct, frozen=True, gc=False):
    """A row: its number from 1, when, by whom, what, to which pseudonym, from what to what, and its seal."""

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
    """The text of a sealed reason, and its key; `None` if words of it were erased."""

    text: str
    key: str | None


class Ledger:
    """The rows since the start, in order. `salt` keys the pseudonyms."""

    def __init__(self, salt: str) -> None:
        """Start empty."""
        self.rows: list[Change] = []
        self._keyed = blake2b(digest_size=12, key=salt.encode()[:64])
        self._before = 0
        self._seal = GENESIS
        self._anchor: tuple[int, str] | None = None

    def go_on_from(self, number: int, seal: str) -> None:
        """Continue after `number` rows that are stored elsewhere, the last of which has this seal."""
        self._before = number
        self._seal = seal or GENESIS

    @property
    def last(self) -> int:
        """The number of the last row; 0 if there is none."""
        return self._before + len(self.rows)

    @property
    def seal(self) -> str:
        """The seal of the last row; empty if there is none."""
        return self._seal if self.last else ""

    def since(self, number: int) -> list[Change]:
        """Return the rows with a larger number."""
        return self.rows[max(0, number - self._before) :]

    def anchor(self, number: int, seal: str) -> None:
        """Give the row `number` this seal during a replay, whatever the replay computes.

        The accounts of earlier rows may have been erased since, which changes their computed seals. Later rows continue
        the chain that was stored.
        """
        self._anchor = number, seal

    def append(self, at: Instant, by: Actor, what: str, subject: str, before: str, to: str) -> Change:
        """Append a row, seal it, and return it."""
        number = self.last + 1
        self._seal = _sealed(self._seal, number, at, by, what, subject, before, to)
        if self._anchor is not None and number == self._anchor[0]:
            self._seal = self._anchor[1]
        row = Change(number, at, by, what, subject, before, to, self._seal)
        self.rows.append(row)
        return row

    def continue_after(self, rows: Iterable[Change]) -> None:
        """Append rows that are sealed already and that the replay did not produce; the chain continues after them."""
        for row in rows:
            self.rows.append(row)
            self._seal = row.seal

    def pseudonym(self, service: str, account: str) -> str:
        """Return the pseudonym of an account: a keyed BLAKE2b hash of its service and name."""
        hashed, place = self._keyed.copy(), service.encode()
        hashed.update(len(place).to_bytes(4, "big") + place + account.encode())
        return "p_" + hashed.hexdigest()


def sealed_reason(key: str, text: str) -> str:
    """Return what the ledger contains in place of a reason: its HMAC-SHA-256 (RFC 2104) under a key of its own.

    >>> sealed_reason("k", "They know each other.") == sealed_reason("l", "They know each other.")
    False
    """
    return _REASON + hmac.digest(key.encode(), text.encode(), sha256).hex()


def is_sealed_reason(text: str) -> bool:
    """Return whether a text is a sealed reason."""
    return text.startswith(_REASON)


def text_digest(text: str) -> str:
    """Return the digest of what is left of a reason."""
    return digest("left", text)


def row_name(number: int) -> str:
    """Return the name of a row as the subject of a `REDACTED` row."""
    return f"row:{number}"


def content_digest(row: Change) -> str:
    """Return the digest of a row as it is now, including its seal."""
    return digest("row", *(str(part) for part in astuple(row)))


def verify(
    rows: Iterable[Change], reasons: Mapping[str, Reason] | None = None, waiting: Mapping[str, str] | None = None
) -> int | None:
    """Return the number of the first row that is not valid; `None` if all are.

    A row is valid if its seal is correct. A row whose words were erased keeps its seal, and is valid if a later
    `REDACTED` row has the digest of what is left of it. With `reasons`, a mapping from sealed reasons to their texts,
    these are verified in the same way. `waiting` are `REDACTED` rows that are not written yet: digests by subject.
    """
    chain = list(rows)
    left = {row.subject: row.before for row in chain if row.what == REDACTED} | dict(waiting or {})
    seal = GENESIS
    for number, row in enumerate(chain, start=1):
        is_whole = row.seal == _sealed(seal, *astuple(row)[:-1]) or left.get(row_name(number)) == content_digest(row)
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


def _sealed(before: str, *content: object) -> str:
    """Return the seal of a row: a digest of the seal before it, and of the row with an empty seal."""
    return digest(before, *map(str, content), "")
