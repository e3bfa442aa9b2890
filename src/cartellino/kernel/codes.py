"""Hashes names and values to 64-bit codes, keyed by the salt, so that nobody else can choose values that collide.

Texts are hashed with SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", Indocrypt 2012), with a
key that is derived from the salt. Codes are combined with the finaliser of SplitMix64 (Steele et al., OOPSLA 2014). A
code is a signed 64-bit integer and never 0, which stands for an unknown value. `native.hashing` computes the same for
columns.

>>> coder, other = Coder("salt"), Coder("other")
>>> coder.text("a1") == coder.text("a1"), coder.text("a1") == other.text("a1"), coder.value(1) == coder.value(1.0)
(True, False, True)
"""

from __future__ import annotations

import struct
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from cartellino.events.event import Scalar

Code = int
"""A signed 64-bit integer; 0 is unknown."""


class Author(NamedTuple):
    """The author of an event that can be taken back, in a series of many accounts: a peer, towards one account."""

    service: str
    account: str
    peer: str


_MASK = (1 << 64) - 1
_KEY = 0x9E3779B97F4A7C15
_NUMBER = 0xD6E8FEB86659FD93


class Coder:
    """Computes the codes for one salt."""

    def __init__(self, salt: str = "") -> None:
        """Derive the two words of the key from the salt."""
        self.key: tuple[Code, Code] = struct.unpack("<qq", blake2b(salt.encode(), digest_size=16).digest())
        self._text = lru_cache(maxsize=1 << 16)(self._hashed)

    def text(self, text: str) -> Code:
        """Return the code of a text."""
        return self._text(text)

    def value(self, value: Scalar | Author | None) -> Code:
        """Return the code of a value or an author; 0 of `None`. Equal numbers have the same, whatever their type."""
        if value is None:
            return 0
        if isinstance(value, Author):
            return joined(self.person(value.service, value.account), self.text(value.peer))
        return self.text(value) if isinstance(value, str) else number(value)

    def person(self, service: str, name: str) -> Code:
        """Return the code of an account or another key of a service."""
        return joined(self.text(service), self.text(name))

    def _hashed(self, text: str) -> Code:
        first, second = (word & _MASK for word in self.key)
        return as_code(siphash(text.encode("utf-8", "surrogatepass"), first, second))


def number(value: float) -> Code:
    """Return the code of a number."""
    (bits,) = struct.unpack("<Q", struct.pack("<d", float(value) + 0.0))
    return as_code(mix((bits + _NUMBER) & _MASK))


def joined(first: Code, second: Code) -> Code:
    """Return the code of an ordered pair of codes."""
    return as_code(mix(mix((first + _KEY) & _MASK) ^ (second & _MASK)))


def as_code(bits: int) -> Code:
    """Return 64 bits as a code: signed, and 1 instead of 0."""
    return (bits - (1 << 64) if bits >> 63 else bits) or 1


def mix(bits: int) -> int:
    """Mix 64 bits so that each depends on all (the finaliser of SplitMix64)."""
    bits = ((bits ^ bits >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ bits >> 27) * 0x94D049BB133111EB) & _MASK
    return bits ^ bits >> 31


def bucket_of(code: Code, buckets: int) -> int:
    """Return the bucket (shard or line) of a code, by its upper half; there are at most 2**31 buckets."""
    return ((code & _MASK) >> 32) * buckets >> 32


def siphash(data: bytes, first: int, second: int) -> int:
    """Hash bytes with SipHash-1-3, with a key of two unsigned words."""
    state = (
        first ^ 0x736F6D6570736575,
        second ^ 0x646F72616E646F6D,
        first ^ 0x6C7967656E657261,
        second ^ 0x7465646279746573,
    )
    padded = data + bytes(-(len(data) + 1) % 8) + bytes([len(data) & 255])
    for (word,) in struct.iter_unpack("<Q", padded):
        a, b, c, d = _round(state[0], state[1], state[2], state[3] ^ word)
        state = a ^ word, b, c, d
    a, b, c, d = state[0], state[1], state[2] ^ 255, state[3]
    for _ in range(3):
        a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


def _round(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    a, c = (a + b) & _MASK, (c + d) & _MASK
    b, d = rotated(b, 13) ^ a, rotated(d, 16) ^ c
    a, c = (rotated(a, 32) + d) & _MASK, (c + b) & _MASK
    d, b = rotated(d, 21) ^ a, rotated(b, 17) ^ c
    return a, b, rotated(c, 32), d


def rotated(bits: int, by: int) -> int:
    """Rotate 64 bits to the left."""
    return (bits << by | bits >> 64 - by) & _MASK
