"""Signed tokens which prove that an account belongs to somebody.

A token is a JSON Web Token (RFC 7519) with HMAC-SHA-256 (`HS256`), which any library can make. Its claims are `sub`,
the account, `service`, and `exp` in seconds; optional are `iat`, the time of its creation, `door`, the only use for
which it is valid, and `jti`, which makes it unique. No other algorithm is accepted, so that nobody can choose a weaker
one.

>>> token = sign(Holder("main", "a1", 2_000_000), b"secret of thirty-two bytes, at least")
>>> verify(token, b"secret of thirty-two bytes, at least", now=1_000_000)
Holder(service='main', account='a1', ends_at=2000000, door='', since=0)
>>> verify(token, b"another secret, also long enough ......", now=1_000_000), verify(token, b"x" * 32, now=3_000_000)
(None, None)
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from hashlib import sha256

import msgspec

from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import LATEST, Instant

LONGEST = 2_048

SHORTEST = 32
"""Least bytes in a secret: RFC 7518, section 3.2, requires for HS256 a key at least as long as the hash, 256 bits."""


@dataclass(frozen=True)
class Holder:
    """The holder of an account, who has proved it, until `ends_at`.

    `door` is the use for which the proof is valid: `link` in a link that opens the pages once, `page` in their cookie,
    empty in requests of programs and in links that they make. `since` is when it was proved, 0 if the token does not
    say.
    """

    service: str
    account: str
    ends_at: Instant
    door: str = ""
    since: Instant = 0


class _Claims(msgspec.Struct):
    sub: str
    exp: int
    service: str = "main"
    door: str = ""
    jti: str = ""
    iat: float = 0


class _Head(msgspec.Struct):
    alg: str


_HEAD = urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")


def sign(holder: Holder, secret: bytes, unique: str = "") -> str:
    """Return a token for a holder; `unique` becomes its `jti`.

    Raises `BadArgument` if the secret is too short.
    """
    claims = _Claims(holder.account, holder.ends_at // 1000, holder.service, holder.door, unique, holder.since / 1000)
    signed = _HEAD + b"." + urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=")
    return (signed + b"." + _seal(signed, secret)).decode()


def verify(token: str, secret: bytes, now: Instant, *doors: str) -> Holder | None:
    """Return the holder that a token names; `None` if it has a wrong signature, has expired, or is for none of `doors`.

    Raises `BadArgument` if the secret is too short, since others could guess it and sign.
    """
    signed, _, seal = token.encode().rpartition(b".")
    if len(token) > LONGEST or not hmac.compare_digest(seal, _seal(signed, secret)):
        return None
    head, _, body = signed.partition(b".")
    try:
        algorithm = msgspec.json.decode(_unpacked(head), type=_Head).alg
        claims = msgspec.json.decode(_unpacked(body), type=_Claims)
    except (msgspec.DecodeError, Error, ValueError):
        return None
    if algorithm != "HS256" or claims.exp * 1000 <= now or claims.door not in (doors or ("",)):
        return None
    return Holder(claims.service, claims.sub, claims.exp * 1000, claims.door, _ms(claims.iat))


def _ms(seconds: float) -> Instant:
    """Return the time of creation (`iat`) in ms, 0 if it is missing or out of range."""
    return round(seconds * 1000) if 0 < seconds < LATEST / 1000 else 0


def _seal(signed: bytes, secret: bytes) -> bytes:
    if len(secret) < SHORTEST:
        raise BadArgument(f"a secret that signs has at least {SHORTEST} bytes")
    return urlsafe_b64encode(hmac.digest(secret, signed, sha256)).rstrip(b"=")


def _unpacked(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
