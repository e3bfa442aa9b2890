"""Creates, recognises and ends operators, API keys, personal tokens and sessions. Secrets are stored as digests only.

Passwords are hashed by Argon2id (RFC 9106). Keys, tokens and sessions are 256 random bits, looked up by their SHA-256.
"""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cartellino.commands.names import fingerprint, name, secret
from cartellino.service.access import ROLES, SCOPES, STRANGER, Principal
from cartellino.service.keys import can_be_guessed
from cartellino.storage import tables
from cartellino.storage.database import Database, Rows, is_away
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import DAY, HOUR, Instant

SESSION = 12 * HOUR
REMEMBERED = 90 * DAY
"""For how long the networks from which an operator has signed in are remembered."""

LONGEST = 1_024
FEWEST_LETTERS = 12
"""The shortest password."""

SHORTEST_KEY = 16
"""The shortest bootstrap key, in characters."""

_hashing = BoundedSemaphore(2)
"""A hash takes 64 MiB and every core, so at most two are computed at a time (RFC 9106, section 4)."""

_hasher = PasswordHasher()
_SOMETHING = _hasher.hash("nobody's password")
"""Verified instead when there is no such operator, so that the time of the answer does not reveal it."""


def make_operator(rows: Rows, called: str, role: str, now: Instant, password: str | None = None, by: str = "") -> None:
    """Create an operator, or change the role and password of one, who then has to sign in again. `by` is the actor.

    Raises `BadArgument` for an unknown role, a bad name, or a short password.
    """
    if role not in ROLES:
        raise BadArgument(f"`{role}` is no role; there are {', '.join(ROLES)}")
    if not called or len(called) > 64 or not called.isprintable():
        raise BadArgument("a name has 1 to 64 printable letters")
    hashed = _hashed(password) if password is not None else None
    known = rows.execute(sa.select(tables.operators).where(tables.operators.c.name == called)).one_or_none()
    if known is None:
        made = {"name": called, "role": role, "password": hashed, "made_at": now, "ended_at": None}
        rows.execute(sa.insert(tables.operators).values(**made, set_by=by, set_at=now))
        return
    if hashed is None and role == known.role and known.ended_at is None:
        return
    kept = {"role": role, "password": hashed or known.password, "ended_at": None, "set_by": by, "set_at": now}
    rows.execute(sa.update(tables.operators).where(tables.operators.c.name == called).values(**kept))
    end_all(rows, called, now)


def set_password(rows: Rows, operator: str, password: str, now: Instant) -> None:
    """Set the password that an operator has chosen; sessions and personal tokens end.

    Raises `BadArgument` for a short password.
    """
    of_operator = tables.operators.c.name == operator
    rows.execute(sa.update(tables.operators).where(of_operator).values(password=_hashed(password)))
    end_all(rows, operator, now)


def end_operator(rows: Rows, called: str, now: Instant) -> None:
    """Lock an operator out, by password and by token.

    Raises `BadArgument` when there is none of that name.
    """
    of_operator = tables.operators.c.name == called
    if not rows.execute(sa.update(tables.operators).where(of_operator).values(ended_at=now)).rowcount:
        raise BadArgument(f"there is no operator `{called}`")
    end_all(rows, called, now)


def end_all(rows: Rows, operator: str, now: Instant) -> None:
    """End every session and personal token of an operator."""
    credentials = tables.credentials.c
    in_force = sa.and_(credentials.holder == operator, credentials.kind != "key", credentials.ended_at.is_(None))
    rows.execute(sa.update(tables.credentials).where(in_force).values(ended_at=now))


def make_token(rows: Rows, operator: str, now: Instant, ends_at: Instant | None = None) -> str:
    """Create a personal token of an operator for automation; return its secret, which is not stored."""
    return _make(rows, "token", operator, [], "", now, ends_at)


def make_key(rows: Rows, holder: str, scopes: list[str], source: str, now: Instant, text: str | None = None) -> str:
    """Create an API key and return its secret; `source` is the source of the events that it sends.

    Raises `BadArgument` for an unknown scope.
    """
    unknown = sorted(set(scopes) - SCOPES)
    if unknown:
        raise BadArgument(f"`{unknown[0]}` is no scope; there are {', '.join(sorted(SCOPES))}")
    return _make(rows, "key", holder, sorted(scopes), source or holder, now, None, text)


def identity_of(rows: Rows, text: str) -> str:
    """Return the id of the key, token or session that was made with this secret."""
    of_secret = tables.credentials.c.digest == fingerprint(text)
    return str(rows.scalars(sa.select(tables.credentials.c.credential_id).where(of_secret)).one())


def make_session(rows: Rows, operator: str, now: Instant, network: str = "") -> str:
    """Create a session of an operator who signs in from a network, given by its pseudonym; return its secret."""
    return _make(rows, "session", operator, [], network, now, now + SESSION)


def has_signed_in_from(rows: Rows, operator: str, network: str, now: Instant) -> bool:
    """Say whether an operator has signed in from a network (its pseudonym) in the last three months."""
    credentials = tables.credentials.c
    sessions = sa.and_(credentials.holder == operator, credentials.kind == "session", credentials.source == network)
    query = sa.select(credentials.credential_id).where(sessions, credentials.made_at > now - REMEMBERED).limit(1)
    return rows.scalar(query) is not None


def tokens_of(rows: Rows, operator: str, now: Instant) -> list[sa.Row[Any]]:
    """Return the rows of an operator's personal tokens in force."""
    credentials = tables.credentials.c
    tokens = sa.and_(credentials.holder == operator, credentials.kind == "token", credentials.ended_at.is_(None))
    lasting = sa.or_(credentials.ends_at.is_(None), credentials.ends_at > now)
    return list(rows.execute(sa.select(tables.credentials).where(tokens, lasting).order_by(credentials.made_at)))


def end_token(rows: Rows, operator: str, token: str, now: Instant) -> None:
    """End a token of an operator by its id.

    Raises `BadArgument` when the operator has no such token in force.
    """
    if token not in {row.credential_id for row in tokens_of(rows, operator, now)}:
        raise BadArgument(f"there is no token `{token}` of yours in force")
    end(rows, token, now)


def end_session(rows: Rows, text: str, now: Instant) -> str | None:
    """End a session by its secret, and return its operator; `None` if it had ended already."""
    credentials = tables.credentials.c
    session = sa.and_(
        credentials.digest == fingerprint(text), credentials.kind == "session", credentials.ended_at.is_(None)
    )
    holder = rows.scalar(sa.select(credentials.holder).where(session))
    rows.execute(sa.update(tables.credentials).where(session).values(ended_at=now))
    return holder


def password_of(rows: Rows, operator: str) -> str | None:
    """Return the hash of an operator's password; `None` where there is no such operator, or no password."""
    in_force = (tables.operators.c.name == operator) & tables.operators.c.ended_at.is_(None)
    return rows.scalar(sa.select(tables.operators.c.password).where(in_force))


def is_password(hashed: str | None, password: str) -> bool:
    """Say whether a password matches a hash; with `None` it takes as long and is false."""
    try:
        with _hashing:
            _hasher.verify(hashed or _SOMETHING, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def must_be_a_key(text: str) -> None:
    """Raises `BadArgument` for a bootstrap key that can be guessed, or that cannot be sent in a header."""
    if can_be_guessed(text, SHORTEST_KEY) or not text.isascii() or not text.isprintable() or " " in text:
        raise BadArgument(
            f"CARTELLINO_BOOTSTRAP_KEY has to have at least {SHORTEST_KEY} letters, digits and signs that nobody can"
            " guess, without spaces (make one with `openssl rand -base64 24`); or leave it out, and make keys with"
            " `cartellino operators key`"
        )


def end(rows: Rows, credential: str, now: Instant) -> None:
    """End a key, token or session by its id.

    Raises `BadArgument` when there is none of that id in force.
    """
    in_force = (tables.credentials.c.credential_id == credential) & tables.credentials.c.ended_at.is_(None)
    if not rows.execute(sa.update(tables.credentials).where(in_force).values(ended_at=now)).rowcount:
        raise BadArgument(f"there is no key `{credential}` in force")


class Credentials:
    """Recognises secrets, with a cache of a few seconds, so that even a key ended by another process soon fails."""

    REMEMBERED: Instant = 5_000
    MOST = 10_000

    def __init__(self, database: Database) -> None:
        """Start with an empty cache; digests are read from `database`."""
        self._database = database
        self._seen: dict[str, tuple[Instant, Principal]] = {}
        self._revocations = 0

    def remembered(self, text: str, now: Instant) -> Principal | None:
        """Return the principal of a secret from the cache, if it is there."""
        entry = self._seen.get(fingerprint(text))
        return entry[1] if entry is not None and entry[0] <= now < entry[0] + self.REMEMBERED else None

    def recognise(self, text: str, now: Instant) -> Principal:
        """Return the principal of a secret, `STRANGER` if it is unknown or has ended."""
        digest = fingerprint(text)
        entry, revocations = self._seen.get(digest), self._revocations
        try:
            principal = self._look_up(digest, now)
        except Exception as error:
            if entry is None or not is_away(error):
                raise
            return entry[1]  # the database is gone: who was known a moment ago still is
        if len(self._seen) >= self.MOST:
            self._seen.clear()
        if principal.kind != "stranger" and revocations == self._revocations:
            self._seen[digest] = (now, principal)
        return principal

    def forget(self) -> None:
        """Clear the cache after something was revoked. Look-ups that are under way are not cached either."""
        self._revocations += 1
        self._seen.clear()

    def _look_up(self, digest: str, now: Instant) -> Principal:
        credentials, operators = tables.credentials.c, tables.operators.c
        with self._database.begin() as rows:
            row = rows.execute(sa.select(tables.credentials).where(credentials.digest == digest)).one_or_none()
            if row is None or row.ended_at is not None or (row.ends_at is not None and row.ends_at <= now):
                return STRANGER
            if row.kind == "key":
                return Principal("key", row.credential_id, scopes=frozenset(row.scopes), source=row.source)
            role = rows.scalar(
                sa.select(operators.role).where(operators.name == row.holder, operators.ended_at.is_(None))
            )
        return Principal("operator", row.holder, role=role, session=row.kind == "session") if role else STRANGER


def _hashed(password: str) -> str:
    if len(password) < FEWEST_LETTERS:
        raise BadArgument(f"a password has at least {FEWEST_LETTERS} letters")
    if len(password) > LONGEST:
        raise BadArgument(f"a password has at most {LONGEST:,} letters")
    with _hashing:
        return _hasher.hash(password)


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
