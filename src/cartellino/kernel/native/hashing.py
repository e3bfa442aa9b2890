"""Hashes columns to codes, as `kernel.codes` does single values.

Columns are read in Arrow's buffers: texts by offsets, and a bitmap of which values are there (empty if all are).
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.types import Bytes, Flag, Int, Ints, Longs, Reals

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


def word_at(address: Int) -> np.uint64:
    """Return the eight bytes that begin at an address; the compiled module replaces this by the real function."""
    return np.uint64(address)


def last_word(data: Bytes, at: Int, size: Int) -> np.uint64:
    """Return fewer than eight bytes as a word. Nothing is read behind the end of `data`."""
    if size != 0 and at + 8 <= data.shape[0]:
        return word_at(data.ctypes.data + at) & ((np.uint64(1) << np.uint64(8 * size)) - np.uint64(1))
    word = np.uint64(0)
    for byte in range(size):
        word |= np.uint64(data[at + byte]) << np.uint64(8 * byte)
    return word


def sip(data: Bytes, begin: Int, end: Int, first: np.uint64, second: np.uint64) -> np.uint64:
    """SipHash-1-3 of some bytes."""
    a = first ^ np.uint64(0x736F6D6570736575)
    b = second ^ np.uint64(0x646F72616E646F6D)
    c = first ^ np.uint64(0x6C7967656E657261)
    d = second ^ np.uint64(0x7465646279746573)
    base = data.ctypes.data
    at = begin
    while at + 8 <= end:
        word = word_at(base + at)
        a, b, c, d = sip_round(a, b, c, d ^ word)
        a ^= word
        at += 8
    word = np.uint64((end - begin) & 255) << np.uint64(56) | last_word(data, at, end - at)
    a, b, c, d = sip_round(a, b, c, d ^ word)
    a ^= word
    c ^= np.uint64(255)
    for _ in range(3):
        a, b, c, d = sip_round(a, b, c, d)
    return a ^ b ^ c ^ d


def is_there(bits: Bytes, place: Int) -> Flag:
    """Return whether a value is not null."""
    return bits.shape[0] == 0 or (bits[place >> 3] >> (place & 7)) & 1 != 0


def hash_texts(
    data: Bytes, offsets: Ints, bits: Bytes, first_bit: Int, key: Longs, memo: Longs, out: Longs
) -> None:  # fmt: skip
    """Write the codes of a column of texts; 0 for missing ones.

    Kinds, services and the like are short and come again and again. So the latest texts of up to 15 bytes are kept in
    `memo`, a cell of three words each: the text with its size, and its code.
    """
    first, second = np.uint64(key[0]), np.uint64(key[1])
    empty = as_code(sip(data, 0, 0, first, second))
    for row in range(out.shape[0]):
        at, size = np.int64(offsets[row]), np.int64(offsets[row + 1]) - np.int64(offsets[row])
        if not is_there(bits, first_bit + row):
            out[row] = 0
        elif size == 0:
            out[row] = empty
        elif size > 15:
            out[row] = as_code(sip(data, at, at + size, first, second))
        else:
            head = last_word(data, at, size) if size < 8 else word_at(data.ctypes.data + at)
            tail = np.uint64(0) if size < 8 else last_word(data, at + 8, size - 8)
            tail |= np.uint64(size) << np.uint64(56)
            cell = np.int64(((head ^ tail * MIX_TURN) * MIX_FIRST) >> np.uint64(56))
            if np.uint64(memo[cell, 0]) != head or np.uint64(memo[cell, 1]) != tail:
                memo[cell, 0] = np.int64(head)
                memo[cell, 1] = np.int64(tail)
                memo[cell, 2] = as_code(sip(data, at, at + size, first, second))
            out[row] = memo[cell, 2]


def code_numbers(numbers: Reals, bits: Longs, begin: Int, end: Int, out: Longs) -> None:
    """Write the codes of numbers; 0 for NaN, which is unknown. `bits` are the bits of the doubles."""
    for row in range(begin, end):
        value = bits[row] if numbers[row] != 0.0 else 0
        out[row] = as_code(mix(np.uint64(value) + MIX_NUMBER)) if numbers[row] == numbers[row] else 0


def join_codes(firsts: Longs, seconds: Longs, begin: Int, end: Int, out: Longs) -> None:
    """Write the codes of pairs; 0 if the second is unknown."""
    for row in range(begin, end):
        out[row] = joined(firsts[row], seconds[row]) if seconds[row] != 0 else 0


def marked(digest: Int, value: np.uint64, mark: Int) -> Int:
    """Return a digest with a value mixed in, marked by its column."""
    return np.int64(mix(np.uint64(digest) * MIX_NUMBER + (value ^ np.uint64(mark) * MIX_TURN)))


def mark_codes(codes: Longs, mark: Int, out: Longs) -> None:
    """Mix a column of codes into digests; an unknown one leaves its digest."""
    for row in range(out.shape[0]):
        if codes[row] != 0:
            out[row] = marked(out[row], np.uint64(codes[row]), mark)


def mark_numbers(values: Longs, bits: Bytes, first_bit: Int, mark: Int, out: Longs) -> None:
    """Mix a column of whole numbers into digests; a missing one leaves its digest."""
    for row in range(out.shape[0]):
        if is_there(bits, first_bit + row):
            out[row] = marked(out[row], np.uint64(values[row]), mark)


def mark_truths(values: Bytes, bits: Bytes, first_bit: Int, mark: Int, out: Longs) -> None:
    """Mix a column of truth values, a bit each, into digests; a missing one leaves its digest."""
    for row in range(out.shape[0]):
        place = first_bit + row
        if is_there(bits, place):
            out[row] = marked(out[row], np.uint64((values[place >> 3] >> (place & 7)) & 1), mark)
