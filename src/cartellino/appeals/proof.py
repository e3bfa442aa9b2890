"""Proof that an account is theirs: a token signed by the operator's service, or a one-time code.

The token is a JSON Web Token (RFC 7519) with HMAC-SHA-256 (`HS256`), which any library can make: `sub` the account,
`service`, `exp` in seconds; perhaps `iat`, when it was made, `door`, where alone the token is good, and `jti`, so that
no two are alike. No other algorithm is taken, so nobody chooses a weaker one.

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
"""Of a secret: RFC 7518 (3.2) asks HS256 for a key as long as its hash, 256 bits."""


@dataclass(frozen=True)
class Holder:
    """Somebody who has shown that an account is theirs, until `ends_at`.

    `door` is where that counts: `link` in the address that lets into the pages once, `page` in their cookie, empty in
    requests of programs and in such an address. `since` is when it was shown; 0 where the token does not say.
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
    """Return a token for a holder; `unique` is a name that no other token has.

    Raises `BadArgument` for a secret that is too short.
    """
    claims = _Claims(holder.account, holder.ends_at // 1000, holder.service, holder.door, unique, holder.since / 1000)
    signed = _HEAD + b"." + urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=")
    return (signed + b"." + _seal(signed, secret)).decode()


def verify(token: str, secret: bytes, now: Instant, *doors: str) -> Holder | None:
    """Return whose token it is; `None` if it is not signed with the secret, over, or for none of these doors.

    Raises `BadArgument` for a secret that is too short: nothing is proof that anybody could have signed.
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
    """Return when a token says that it was made; one from the end of time was made at no time that we know."""
    return round(seconds * 1000) if 0 < seconds < LATEST / 1000 else 0


def _seal(signed: bytes, secret: bytes) -> bytes:
    if len(secret) < SHORTEST:
        raise BadArgument(f"a secret that signs has at least {SHORTEST} bytes")
    return urlsafe_b64encode(hmac.digest(secret, signed, sha256)).rstrip(b"=")


def _unpacked(text: bytes) -> bytes:
    return urlsafe_b64decode(text + b"=" * (-len(text) % 4))
