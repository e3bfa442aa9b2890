"""Operators, keys, tokens and sessions: made, recognised and ended. Secrets are kept as digests only.

Passwords go through Argon2id (RFC 9106). Keys, tokens and sessions are 256 random bits, looked up by their SHA-256.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cartellino.service.access import ROLES, SCOPES, STRANGER, Principal
from cartellino.service.names import fingerprint, name, secret
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import HOUR, Instant

SESSION = 12 * HOUR
FEWEST_LETTERS = 12
"""Of a password."""

_hasher = PasswordHasher()
_SOMETHING = _hasher.hash("nobody's password")
"""Verified against when there is no such operator, so that the answer takes as long."""


def make_operator(rows: Rows, called: str, role: str, now: Instant, password: str | None = None) -> None:
    """Make an operator, or change role and password of one.

    Raises `BadArgument` for an unknown role, a name that is none, or a short password.
    """
    if role not in ROLES:
        raise BadArgument(f"`{role}` is no role; there are {', '.join(ROLES)}")
    if not called or len(called) > 64 or not called.isprintable():
        raise BadArgument("a name has 1 to 64 printable letters")
    if password is not None and len(password) < FEWEST_LETTERS:
        raise BadArgument(f"a password has at least {FEWEST_LETTERS} letters")
    hashed = _hasher.hash(password) if password is not None else None
    known = rows.execute(sa.select(tables.operators).where(tables.operators.c.name == called)).one_or_none()
    if known is None:
        made = {"name": called, "role": role, "password": hashed, "made_at": now, "ended_at": None}
        rows.execute(sa.insert(tables.operators).values(**made))
        return
    kept = {"role": role, "password": hashed or known.password, "ended_at": None}
    rows.execute(sa.update(tables.operators).where(tables.operators.c.name == called).values(**kept))


def end_operator(rows: Rows, called: str, now: Instant) -> None:
    """Let an operator in no more: neither by password nor by token.

    Raises `BadArgument` when there is none of that name.
    """
    mine = tables.operators.c.name == called
    if not rows.execute(sa.update(tables.operators).where(mine).values(ended_at=now)).rowcount:
        raise BadArgument(f"there is no operator `{called}`")
    theirs = (tables.credentials.c.holder == called) & (tables.credentials.c.kind != "key")
    rows.execute(
        sa.update(tables.credentials).where(theirs, tables.credentials.c.ended_at.is_(None)).values(ended_at=now)
    )


def make_token(rows: Rows, operator: str, now: Instant, ends_at: Instant | None = None) -> str:
    """Make a personal token of an operator for automation; it is shown once."""
    return _make(rows, "token", operator, [], "", now, ends_at)


def make_key(rows: Rows, holder: str, scopes: list[str], source: str, now: Instant, text: str | None = None) -> str:
    """Make an API key; `source` is the source of the events that it sends.

    Raises `BadArgument` for an unknown scope.
    """
    unknown = sorted(set(scopes) - SCOPES)
    if unknown:
        raise BadArgument(f"`{unknown[0]}` is no scope; there are {', '.join(sorted(SCOPES))}")
    return _make(rows, "key", holder, sorted(scopes), source or holder, now, None, text)


def make_session(rows: Rows, operator: str, now: Instant) -> str:
    """Make a session of an operator who has signed in."""
    return _make(rows, "session", operator, [], "", now, now + SESSION)


def has_password(rows: Rows, operator: str, password: str) -> bool:
    """Say whether this is the password of an operator; it takes as long when there is none."""
    mine = (tables.operators.c.name == operator) & tables.operators.c.ended_at.is_(None)
    held = rows.scalar(sa.select(tables.operators.c.password).where(mine))
    try:
        _hasher.verify(held or _SOMETHING, password[:1_024])
    except (VerificationError, InvalidHashError):
        return False
    return held is not None


def end(rows: Rows, credential: str, now: Instant) -> None:
    """End a key, token or session by its id.

    Raises `BadArgument` when there is none of that id in force.
    """
    mine = (tables.credentials.c.credential_id == credential) & tables.credentials.c.ended_at.is_(None)
    if not rows.execute(sa.update(tables.credentials).where(mine).values(ended_at=now)).rowcount:
        raise BadArgument(f"there is no key `{credential}` in force")


class Credentials:
    """Recognises secrets; what it has seen it remembers for a few seconds, so that a revoked one soon ends."""

    REMEMBERED: Instant = 5_000
    MOST = 10_000

    def __init__(self, database: Database) -> None:
        """`database` keeps the digests."""
        self._database = database
        self._seen: dict[str, tuple[Instant, Principal]] = {}

    def remembered(self, text: str, now: Instant) -> Principal | None:
        """Return whose secret this is if that was looked up a moment ago."""
        held = self._seen.get(fingerprint(text))
        return held[1] if held is not None and held[0] <= now < held[0] + self.REMEMBERED else None

    def recognise(self, text: str, now: Instant) -> Principal:
        """Return whose secret this is; a stranger's if it is nobody's."""
        digest = fingerprint(text)
        held = self._seen.get(digest)
        try:
            found = self._look_up(digest, now)
        except sa.exc.DBAPIError:
            if held is None:
                raise
            return held[1]  # the database is gone: who was known a moment ago still is
        if len(self._seen) >= self.MOST:
            self._seen.clear()
        if found.kind != "stranger":
            self._seen[digest] = (now, found)
        return found

    def forget(self) -> None:
        """Look everything up anew: something was revoked."""
        self._seen.clear()

    def _look_up(self, digest: str, now: Instant) -> Principal:
        mine, them = tables.credentials.c, tables.operators.c
        with self._database.begin() as rows:
            row = rows.execute(sa.select(tables.credentials).where(mine.digest == digest)).one_or_none()
            if row is None or row.ended_at is not None or (row.ends_at is not None and row.ends_at <= now):
                return STRANGER
            if row.kind == "key":
                return Principal("key", row.credential_id, scopes=frozenset(row.scopes), source=row.source)
            role = rows.scalar(sa.select(them.role).where(them.name == row.holder, them.ended_at.is_(None)))
        return Principal("operator", row.holder, role=role, session=row.kind == "session") if role else STRANGER


def _make(
    rows: Rows, kind: str, holder: str, scopes: list[str], source: str, now: Instant, ends_at: Instant | None,
    text: str | None = None,
) -> str:  # fmt: skip
    made = text or secret({"key": "ck", "token": "ct", "session": "cs"}[kind])
    record: dict[str, Any] = {
        "credential_id": name("k"),
        "kind": kind,
        "digest": fingerprint(made),
        "holder": holder,
        "scopes": scopes,
        "source": source,
        "made_at": now,
        "ends_at": ends_at,
        "ended_at": None,
    }
    rows.execute(sa.insert(tables.credentials).values(**record))
    return made
