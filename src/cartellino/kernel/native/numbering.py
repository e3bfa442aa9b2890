"""What the log does with the codes of texts: numbers different ones for a dictionary, and marks them in its index.

Codes only say where to look for a text: two are the same if all their bytes are.
"""

from __future__ import annotations

import numpy as np

from cartellino.kernel.native.hashing import last_word, word_at
from cartellino.kernel.native.types import Bytes, Flag, Int, Ints, Longs

LOOKS = 64
"""Most cells that are looked at for a text. More are needed only if somebody chose the texts for it."""


def are_same(data: Bytes, one: Int, other: Int, size: Int) -> Flag:
    """Return whether two stretches of bytes are the same."""
    base, done = data.ctypes.data, 0
    while done + 8 <= size:
        if word_at(base + one + done) != word_at(base + other + done):
            return False
        done += 8
    return last_word(data, one + done, size - done) == last_word(data, other + done, size - done)


def number_texts(data: Bytes, offsets: Ints, codes: Longs, cells: Ints, firsts: Longs, out: Bytes) -> Int:
    """Write a number for each text, from 0 in the order in which they come, and the first row of each to `firsts`.

    Return how many there are; -1 if more than `firsts` has room for. `cells` is an empty hash table, with twice that
    room: a cell holds a number plus one. A missing text, of the code 0, gets the number 0.
    """
    count = 0
    for row in range(codes.shape[0]):
        at, size = np.int64(offsets[row]), np.int64(offsets[row + 1]) - np.int64(offsets[row])
        cell, number = codes[row], np.int64(-1)
        for _ in range(LOOKS if codes[row] != 0 else 0):
            cell = cell & (cells.shape[0] - 1)
            if cells[cell] == 0:
                if count < firsts.shape[0]:
                    firsts[count] = row
                    number = np.int64(count)
                    count += 1
                    cells[cell] = count
                break
            first = firsts[cells[cell] - 1]
            other = np.int64(offsets[first])
            if offsets[first + 1] - other == size and are_same(data, other, at, size):
                number = np.int64(cells[cell] - 1)
                break
            cell += 1
        if number < 0 and codes[row] != 0:
            return -1
        out[row] = max(number, 0)
    return count


def mark_names(codes: Longs, bits: Bytes) -> None:
    """Set the bit of each code in a filter with one hash function, whose first bit is the highest of its first byte."""
    for row in range(codes.shape[0]):
        if codes[row] != 0:
            at = codes[row] & (8 * bits.shape[0] - 1)
            bits[at >> 3] |= np.uint8(128 >> (at & 7))
