"""Hashes columns to codes, as `kernel.codes` does single values."""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.types import Bytes, Int, Ints, Longs, Reals

MIX_TURN = np.uint64(0x9E3779B97F4A7C15)
MIX_NUMBER = np.uint64(0xD6E8FEB86659FD93)
MIX_FIRST = np.uint64(0xBF58476D1CE4E5B9)
MIX_SECOND = np.uint64(0x94D049BB133111EB)
MIX_LOW = np.uint64(0xFFFFFFFF)


def mix(bits: np.uint64) -> np.uint64:
    """Mix 64 bits (the finaliser of SplitMix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * MIX_FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * MIX_SECOND
    return bits ^ (bits >> np.uint64(31))


def as_code(bits: np.uint64) -> Int:
    """Return 64 bits as a code: signed, and 1 instead of 0."""
    code = np.int64(bits)
    return code if code != 0 else np.int64(1)


def joined(first: Int, second: Int) -> Int:
    """Return the code of an ordered pair of codes."""
    return as_code(mix(mix(np.uint64(first) + MIX_TURN) ^ np.uint64(second)))


def author(person: Int, peer: Int) -> Int:
    """Return the code of a peer towards an account; 0 if the peer is unknown. See `kernel.codes.Author`."""
    return joined(person, peer) if peer != 0 else np.int64(0)


def remixed(code: Int) -> Int:
    """Return a code mixed once more."""
    return as_code(mix(np.uint64(code)))


def bucket_of(code: Int, buckets: Int) -> Int:
    """Return the bucket of a code, by its upper half."""
    return np.int64(((np.uint64(code) >> np.uint64(32)) * np.uint64(buckets)) >> np.uint64(32))


def tag(code: Int, role: Int) -> Int:
    """Return the tag of an entry: the lower half of a code, with the role in its last two bits."""
    return np.int64(np.uint64(code) & MIX_LOW) & ~3 | role


def rotated(bits: np.uint64, by: Int) -> np.uint64:
    """Rotate 64 bits to the left."""
    return (bits << np.uint64(by)) | (bits >> np.uint64(64 - by))


def sip_round(a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64) -> tuple[np.uint64, ...]:
    """One round of SipHash."""
    a = a + b
    c = c + d
    b = rotated(b, 13) ^ a
    d = rotated(d, 16) ^ c
    a = rotated(a, 32) + d
    c = c + b
    d = rotated(d, 21) ^ a
    b = rotated(b, 17) ^ c
    return a, b, rotated(c, 32), d


def sip(data: Bytes, begin: Int, end: Int, first: np.uint64, second: np.uint64) -> np.uint64:
    """SipHash-1-3 of some bytes."""
    a = first ^ np.uint64(0x736F6D6570736575)
    b = second ^ np.uint64(0x646F72616E646F6D)
    c = first ^ np.uint64(0x6C7967656E657261)
    d = second ^ np.uint64(0x7465646279746573)
    at = begin
    while at + 8 <= end:
        word = np.uint64(0)
        for byte in range(8):
            word |= np.uint64(data[at + byte]) << np.uint64(8 * byte)
        a, b, c, d = sip_round(a, b, c, d ^ word)
        a ^= word
        at += 8
    word = np.uint64((end - begin) & 255) << np.uint64(56)
    for byte in range(end - at):
        word |= np.uint64(data[at + byte]) << np.uint64(8 * byte)
    a, b, c, d = sip_round(a, b, c, d ^ word)
    a ^= word
    c ^= np.uint64(255)
    for _ in range(3):
        a, b, c, d = sip_round(a, b, c, d)
    return a ^ b ^ c ^ d


def hash_texts(data: Bytes, offsets: Ints, key: Longs, begin: Int, end: Int, out: Longs) -> None:
    """Write the codes of the texts from `begin` to `end`; missing ones get that of the empty text."""
    first, second = np.uint64(key[0]), np.uint64(key[1])
    empty = as_code(sip(data, 0, 0, first, second))
    for row in range(begin, end):
        at, after = offsets[row], offsets[row + 1]
        out[row] = as_code(sip(data, at, after, first, second)) if after > at else empty


def code_numbers(numbers: Reals, bits: Longs, begin: Int, end: Int, out: Longs) -> None:
    """Write the codes of numbers; 0 for NaN, which is unknown. `bits` are the bits of the doubles."""
    for row in range(begin, end):
        value = bits[row] if numbers[row] != 0.0 else 0
        out[row] = as_code(mix(np.uint64(value) + MIX_NUMBER)) if numbers[row] == numbers[row] else 0


def join_codes(firsts: Longs, seconds: Longs, begin: Int, end: Int, out: Longs) -> None:
    """Write the codes of pairs; 0 if the second is unknown."""
    for row in range(begin, end):
        out[row] = joined(firsts[row], seconds[row]) if seconds[row] != 0 else 0


def mark_codes(firsts: Longs, seconds: Longs, mark: Int, begin: Int, end: Int, out: Longs) -> None:
    """Write the codes of pairs, with the second marked by its position; leave the first if the second is unknown."""
    for row in range(begin, end):
        if seconds[row] != 0:
            out[row] = joined(firsts[row], joined(np.int64(mark), seconds[row]))
