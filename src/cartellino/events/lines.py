"""Parses NDJSON in blocks: lines that are certainly one flat JSON object are parsed together, the others are marked.

Arrow's parser reads concatenated JSON and ignores line ends, so the lines for it are selected first: each begins with
`{`, ends with `}` and contains no other `}`. Such a line is one flat object or broken; it cannot be two objects or a
part of one. (Nor can it be a bare `null`, with which that parser crashes.)

>>> block = Block(b'{"id":"e1","time":1795341600000,"kind":"read","account":"a"}\\n\\n{oops\\n', first=1)
>>> parsed = Shape().parse(block)
>>> parsed.clean, parsed.batch.num_rows, block.line(1), block.line(2)
(array([ True, False, False]), 1, b'', b'{oops')
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BufferedReader
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.json

from cartellino.events.columns import COLUMNS, LARGEST, OWN_PREFIX
from cartellino.events.ndjson import LONGEST_LINE
from cartellino.events.sound_lines import sound_lines
from cartellino.events.validation import HIGHEST_OWN, MOST_COLUMNS
from cartellino.events.vector import judge

BLOCK = 8 << 20
"""Least size of a block in bytes, except the last."""

_SAMPLE = 256
"""Number of lines from which a shape is first inferred."""

_TOLD = re.compile(r" in row (\d{1,9})\Z")

_LARGE = 2_048
"""Lines that are parsed together where some lines of a block are broken."""

_PART = 512
"""Number of lines that are parsed together where a block cannot be parsed as a whole."""

_RECORD, _END, _BEGIN, _RETURN = (ord(letter) for letter in "\n}{\r")

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Block:
    """Whole lines, each with its line end, and the number of the first one."""

    def __init__(self, text: bytes, first: int) -> None:
        self.text = text
        self.first = first
        self.ends: Ints = np.flatnonzero(np.frombuffer(text, np.uint8) == _RECORD)
        self.begins: Ints = np.concatenate([[0], self.ends[:-1] + 1]) if len(self.ends) else self.ends

    def __len__(self) -> int:
        return len(self.ends)

    def line(self, place: int) -> bytes:
        """Return the line at an index, without its line end."""
        return self.text[self.begins[place] : self.ends[place]]

    def lines(self, places: Ints) -> list[bytes]:
        """Return the lines at some indices, each with its line end."""
        begins, ends = self.begins[places].tolist(), self.ends[places].tolist()
        return [self.text[begin : end + 1] for begin, end in zip(begins, ends, strict=True)]

    def only(self, mask: Mask) -> bytes:
        """Return the lines of a mask, each with its line end."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
        begins, ends = self.begins[edges[::2]].tolist(), self.ends[edges[1::2] - 1].tolist()
        return b"".join(self.text[begin : end + 1] for begin, end in zip(begins, ends, strict=True))

    def cut(self, rows: int) -> Iterator[Block]:
        """Yield the block in parts of at most `rows` lines."""
        if len(self) <= rows:
            yield self
            return
        for place in range(0, len(self), rows):
            last = min(place + rows, len(self)) - 1
            yield Block(self.text[self.begins[place] : self.ends[last] + 1], self.first + place)

    def flat(self) -> Mask:
        """Return a mask of the lines that are either one flat JSON object or broken, and not too long."""
        letters = np.frombuffer(self.text, np.uint8)
        last = self.ends - 1
        last -= (letters[last] == _RETURN) & (last > self.begins)
        braces = np.flatnonzero(letters == _END)
        closed = (last >= self.begins) & (letters[last] == _END) & (letters[self.begins] == _BEGIN)
        single = np.diff(np.searchsorted(braces, np.append(self.begins, len(letters)))) == 1
        fits: Mask = closed & single & (self.ends - self.begins <= LONGEST_LINE)
        return fits


def blocks(stream: BufferedReader, step: int) -> Iterator[Block]:
    """Yield all lines of a stream, read `step` bytes at a time; a line that is too long is cut, but still too long.

    If reading fails, the lines before are yielded first, as if they had been read one by one.
    """
    number = 1
    for text in _texts(stream, step):
        block = Block(text, number)
        number += len(block)
        yield block


def _texts(stream: BufferedReader, step: int) -> Iterator[bytes]:
    buffer = bytearray()
    try:
        for piece in _pieces(stream, step, buffer):
            buffer += piece
            if len(buffer) >= BLOCK and (cut := buffer.rfind(b"\n") + 1):
                yield bytes(memoryview(buffer)[:cut])
                del buffer[:cut]
    except OSError:
        cut = buffer.rfind(b"\n") + 1
        if len(buffer) - cut > LONGEST_LINE:
            yield bytes(buffer) + b"\n"
        elif cut:
            yield bytes(buffer[:cut])
        raise
    if buffer:
        yield bytes(buffer) if buffer.endswith(b"\n") else bytes(buffer) + b"\n"


def _pieces(stream: BufferedReader, step: int, buffer: bytearray) -> Iterator[bytes]:
    """Yield pieces of a stream; once `buffer` is a single line that is too long, skip the rest of that line."""
    skipping = False
    while piece := stream.read1(step):
        skipping = skipping or (len(buffer) > LONGEST_LINE and b"\n" not in buffer)
        if skipping:
            del buffer[LONGEST_LINE + 1 :]
            end = piece.find(b"\n")
            skipping = end < 0
            piece = b"" if skipping else piece[end:]
        yield piece


class Parsed(NamedTuple):
    """The clean lines of a block as a batch of the schema `LOGGED`, and a mask of the lines that are clean."""

    batch: pa.RecordBatch
    clean: Mask


class Shape:
    """The columns in the lines of a stream and their JSON types, inferred from the lines, and again if they change."""

    def __init__(self) -> None:
        self._types: dict[str, pa.DataType] = {}

    def parse(self, block: Block) -> Parsed:
        """Parse the lines of a block that are certainly clean."""
        clean = block.flat()
        table = self._table(block, clean)
        if table is None:
            return Parsed(judge(_NOTHING).batch, np.zeros(len(block), np.bool_))
        judged = judge(table, from_json=True)
        clean[clean] = judged.clean
        if 4 * np.count_nonzero(judged.clean) < 3 * len(judged.clean):
            self._types = {}  # so many doubtful lines mean that the shape no longer fits
        return Parsed(judged.batch if judged.clean.all() else judged.batch.filter(pa.array(judged.clean)), clean)

    def _table(self, block: Block, flat: Mask) -> pa.RecordBatch | None:
        """Parse the flat lines but for single ones that are broken, which are removed from `flat`; if that fails, infer
        their shape, remove other lines from `flat`, and retry.

        Arrow stops at the first broken line, and a parse of few lines costs as much as one of hundreds. So another
        parser, which goes on behind a broken line, looks for all of them first.
        """
        places = np.flatnonzero(flat)
        if not len(places):
            return None
        if not self._types:
            self._learn(block.lines(places[:_SAMPLE]))
        if flat.all() and isinstance(whole := self._parsed(block.text, len(places)), pa.RecordBatch):
            return whole
        sound = flat & sound_lines(block.text, block.ends, self._types)
        rows = int(np.count_nonzero(sound))
        if 16 * rows >= 15 * len(places):  # else the shape no longer fits
            flat &= sound
            places = np.flatnonzero(flat)
            if isinstance(whole := self._parsed(block.only(flat), rows), pa.RecordBatch):
                return whole
        read = list[pa.RecordBatch]()
        for first in range(0, len(places), _LARGE):
            part = self._around_broken(block, places[first : first + _LARGE], flat)
            if part is None:
                flat[places] = self._learn(block.lines(places))
                return self._in_parts(block, flat)
            read += part
        return pa.concat_batches(read) if read else None

    def _around_broken(self, block: Block, places: Ints, flat: Mask) -> list[pa.RecordBatch] | None:
        """Parse lines before, between and after those that Arrow names as broken, which are removed from `flat`.

        Return `None` if Arrow does not say which line it is, or more than one in sixteen is broken.
        """
        lines, read = block.lines(places), list[pa.RecordBatch]()
        broken = at = 0
        while at < len(lines):
            parsed = self._parsed(b"".join(lines[at:]), len(lines) - at)
            if isinstance(parsed, pa.RecordBatch):
                return [*read, parsed]
            broken += 1
            if parsed is None or parsed >= len(lines) - at or 16 * broken > len(lines):
                return None
            if parsed:
                before = self._parsed(b"".join(lines[at : at + parsed]), parsed)
                if not isinstance(before, pa.RecordBatch):
                    return None
                read.append(before)
            flat[places[at + parsed]] = False
            at += parsed + 1
        return read

    def _in_parts(self, block: Block, flat: Mask) -> pa.RecordBatch | None:
        """Parse the flat lines some hundreds at a time; if a part cannot be parsed, remove its lines from `flat`."""
        read = []
        places = np.flatnonzero(flat)
        for first in range(0, len(places), _PART):
            part = places[first : first + _PART]
            table = self._parsed(b"".join(block.lines(part)), len(part))
            if isinstance(table, pa.RecordBatch):
                read.append(table)
            else:
                flat[part] = False
        return pa.concat_batches(read) if read else None

    def _parsed(self, text: bytes, rows: int) -> pa.RecordBatch | int | None:
        """Return the lines as columns; if that fails, the number of the broken line from 0, `None` if it is not told.

        The number need not be right: a line that is taken for broken is read by itself, as any broken line.
        """
        try:
            table = pa.json.read_json(
                pa.BufferReader(text),
                read_options=pa.json.ReadOptions(use_threads=False, block_size=len(text) + 1),
                parse_options=pa.json.ParseOptions(
                    explicit_schema=pa.schema(self._types), unexpected_field_behavior="error"
                ),
            ).combine_chunks()
            table.validate(full=True)
        except (pa.ArrowException, ValueError) as error:
            told = _TOLD.search(str(error))
            return int(told[1]) if told is not None else None
        (batch,) = table.to_batches() or (_NOTHING,)
        return batch if batch.num_rows == rows else None

    def _learn(self, lines: Sequence[bytes]) -> list[bool]:
        """Infer the shape of most lines, and return which lines have it."""
        by_line = [_kinds(line) for line in lines]
        seen: dict[str, Counter[type]] = {}
        for kinds, count in Counter(by_line).items():  # lines of the same kinds are counted once
            for name, kind in _paired(kinds):
                seen.setdefault(name, Counter())[kind] += count
        self._types = _remembered(self._types, {name: _type(name, kinds) for name, kinds in seen.items()})
        takes = {name: _TAKES[kind] for name, kind in self._types.items()}
        fits = {kinds: all(kind in takes.get(name, ()) for name, kind in _paired(kinds)) for kinds in set(by_line)}
        return [kinds is not None and fits[kinds] for kinds in by_line]


_NOTHING = pa.RecordBatch.from_pydict({})

_TYPES: dict[type, pa.DataType] = {str: pa.string(), bool: pa.bool_(), int: pa.int64(), float: pa.float64()}
_TAKES: dict[pa.DataType, frozenset[type]] = {
    pa.string(): frozenset({str, type(None)}),
    pa.bool_(): frozenset({bool, type(None)}),
    pa.int64(): frozenset({int, type(None)}),
    pa.float64(): frozenset({int, float, type(None)}),
    pa.null(): frozenset({type(None)}),
}
_CONTRACT = {
    "text": frozenset({str}),
    "int": frozenset({int, float}),
    "bool": frozenset({bool}),
    "instant": frozenset({str, int, float}),
    "float": frozenset({int, float}),
}

_decoder = msgspec.json.Decoder()


_Kinds = tuple[tuple[str, ...], tuple[type, ...]]


def _paired(kinds: _Kinds | None) -> Iterator[tuple[str, type]]:
    return zip(*kinds, strict=True) if kinds else iter(())


def _kinds(line: bytes) -> _Kinds | None:
    """Return the names of a line and the types of their values; `None` if it is no object, has too many names, or a
    number too large."""
    try:
        decoded = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(decoded, dict) or len(decoded) > MOST_COLUMNS:
        return None
    kinds = tuple(map(type, decoded.values()))
    if int in kinds and any(type(value) is int and abs(value) > LARGEST for value in decoded.values()):
        return None
    return tuple(decoded), kinds


def _type(name: str, kinds: Counter[type]) -> pa.DataType:
    """Return the type in which a column is parsed: the most frequent one that it may have, null if there is none."""
    if not name.startswith(OWN_PREFIX) and name not in COLUMNS:
        return pa.null()
    possible = _CONTRACT[COLUMNS[name].type] if name in COLUMNS else frozenset(_TYPES)
    if kinds[float] and float in possible:
        kinds = kinds - Counter({int: kinds[int]})
    fitting = [kind for kind, _ in kinds.most_common() if kind in possible]
    return _TYPES[fitting[0]] if fitting else pa.null()


def _remembered(old: dict[str, pa.DataType], new: dict[str, pa.DataType]) -> dict[str, pa.DataType]:
    """Merge the known types with new ones; the number of own columns is limited, so that memory is bounded."""
    kept = old | {name: kind for name, kind in new.items() if kind != pa.null() or name not in old}
    if sum(name not in COLUMNS for name in kept) > HIGHEST_OWN:
        kept = new
    first = frozenset(islice((name for name in kept if name not in COLUMNS), HIGHEST_OWN))
    return {name: kind for name, kind in kept.items() if name in COLUMNS or name in first}
