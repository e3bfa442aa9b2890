"""Chances that depend on the seed and on names alone, so that the order of calls changes nobody's behaviour.

>>> drawn(1, "628110000001", 3) == drawn(1, "628110000001", 3)
True
>>> 0 <= drawn(7, "x") < 1, len(digits(12, 7, "x"))
(True, 12)
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

_Chosen = TypeVar("_Chosen")


def _hashed(seed: int, names: Sequence[object]) -> bytes:
    text = "\x1f".join(map(str, (seed, *names)))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def drawn(seed: int, *names: object) -> float:
    """Return a number from 0 up to 1."""
    return (int.from_bytes(_hashed(seed, names)[:7], "big") >> 3) / (1 << 53)


def chosen(among: Sequence[_Chosen], seed: int, *names: object) -> _Chosen:
    """Return one of several."""
    return among[int(drawn(seed, *names) * len(among))]


def digits(many: int, seed: int, *names: object) -> str:
    """Return so many decimal digits, the first of which is not 0."""
    number = int.from_bytes(_hashed(seed, names), "big")
    return str(number % (9 * 10 ** (many - 1)) + 10 ** (many - 1))


def letters(many: int, seed: int, *names: object) -> str:
    """Return so many hexadecimal digits, at most 32."""
    return _hashed(seed, names).hex()[:many].upper()
