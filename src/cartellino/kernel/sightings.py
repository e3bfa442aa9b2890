"""Sightings: which values a key was seen with, and when last. `distinct`, `unanswered` and `solicited` need them.

`Exact` stores every value that counts. `Bounded` is a set-associative table with seven entries per line (one 64-byte
cache line). A full line evicts its least recently seen entry, and keeps the time of the latest eviction. A value that
is not found, in a line that evicted something within the window, is undecided: it may have been evicted, so it never
counts as certain. An entry has the second in which its value was last seen, and four bits: a flag for each window of a
family, set if the value was counted as certain there, or a tally.

>>> exact = Exact().of("series", "key")
>>> exact.record(SEEN, "b", 7_000, [0]), exact.record(SEEN, "b", 9_000, [0])
([Sighting(before=None, certain=True)], [Sighting(before=7000, certain=True)])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from cartellino.events.event import Scalar
from cartellino.kernel.codes import Author, Code, Coder, as_code, bucket_of, joined, mix
from cartellino.kernel.geometry import WAYS, Geometry
from cartellino.vocabulary.times import SECOND, Instant

Value = Scalar | Author
"""A value of a column, or the author of an event."""

SEEN, MAYBE, ANSWERED = 0, 1, 2
"""The roles in which a value can be stored; those of one value share a line."""

MANY = 15
"""Where a tally stops (four bits): 15 means "15 or more, or unknown"."""


class Sighting(NamedTuple):
    """What is known of a value in a window.

    `before` is when it was last seen within the window, or `None`. If it is set, `certain` is whether that sighting was
    counted as certain. If it is `None`, `certain` is whether the value is known to be absent; false means that it may
    have been evicted.
    """

    before: Instant | None
    certain: bool


class Sightings(Protocol):
    """The sightings of one key."""

    def record(self, role: int, value: Value, time: Instant, since: Sequence[Instant]) -> list[Sighting | None]:
        """Record a sighting of `value` at `time`; return what was known of it before, for each window.

        `since` has the start of each window. The result is `None` for a window that begins after `time`.
        """

    def peek(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        """Return what is known of `value` in the window that begins at `since`, without counting it as a look-up."""

    def look_up(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        """Return the same, and count it as a look-up, since something depends on it."""

    def put(self, role: int, value: Value | None, time: Instant, certain: bool) -> None:
        """Record a sighting of `value`; `certain=False`: it may have been seen."""

    def drop(self, role: int, value: Value | None) -> None:
        """Remove a value."""

    def tally(self, value: Value | None, time: Instant, since: Instant) -> int:
        """Add one to the tally of `value`; return it (sightings since `since`, at most `MANY`)."""

    def untally(self, value: Value | None, since: Instant) -> tuple[Instant | None, int]:
        """Remove the tally of `value`; return its latest time and its count.

        They are (None, 0) if there is none, and (None, `MANY`) if it may have been evicted.
        """


class Memory(Protocol):
    """Where sightings are stored.

    `lookups` counts the windows that were consulted by `record` and `look_up`, and `undecided` those with an undecided
    answer. Their ratio is reported as `forgotten_share`.
    """

    coder: Coder
    lookups: int
    undecided: int

    @property
    def geometry(self) -> Geometry | None:
        """The sizes of the tables; `None` if they are unlimited."""

    def cap_of(self, by: str) -> int | None:
        """Return the largest count that a pane can hold for this kind of key; `None` if unlimited."""

    def of(self, table_name: str, key: str, service: str = "") -> Sightings:
        """Return the sightings of one key in a table."""

    def note_message(self, service: str, sender: str, to: str, time: Instant) -> None:
        """Record that `sender` wrote to `to`."""

    def has_messaged(self, service: str, sender: str, to: str, since: Instant) -> bool | None:
        """Return whether `sender` wrote to `to` since `since`; `None` if that may have been evicted."""


class Exact:
    """Exact memory: stores every value of every key for as long as it counts."""

    geometry = None

    def __init__(self) -> None:
        """Start empty."""
        self.coder = Coder()
        self.lookups = 0
        self.undecided = 0
        self._wrote: dict[tuple[str, str, str], Instant] = {}

    def cap_of(self, by: str) -> int | None:
        """Return `None`: counts are unlimited."""
        return None

    def of(self, table_name: str, key: str, service: str = "") -> Sightings:
        """Return new sightings for the key."""
        return _ExactSightings()

    def note_message(self, service: str, sender: str, to: str, time: Instant) -> None:
        """Record the time of the latest message, in whole seconds."""
        pair = service, sender, to
        self._wrote[pair] = max(time // SECOND * SECOND, self._wrote.get(pair, 0))

    def has_messaged(self, service: str, sender: str, to: str, since: Instant) -> bool | None:
        """Return whether `sender` wrote to `to` since `since`."""
        return self._wrote.get((service, sender, to), -1) >= since


class _ExactSightings:
    """The sightings of one key in `Exact`: a dictionary."""

    __slots__ = ("_entries", "_sweep")

    def __init__(self) -> None:
        self._entries: dict[tuple[int, Value | None], tuple[Instant, int]] = {}
        self._sweep = 64

    def record(self, role: int, value: Value, time: Instant, since: Sequence[Instant]) -> list[Sighting | None]:
        met = [self.peek(role, value, start) if time >= start else None for start in since]
        if any(sighting is not None for sighting in met):
            self.put(role, value, time, True)
        # Swept when the size has doubled since the last time, so that the cost per sighting is constant.
        if len(self._entries) > self._sweep:
            self._entries = {key: entry for key, entry in self._entries.items() if entry[0] >= min(since)}
            self._sweep = max(64, 2 * len(self._entries))
        return met

    def peek(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        before, certain = self._entries.get((role, value), (-1, 1))
        return Sighting(before, bool(certain)) if before >= since else Sighting(None, True)

    look_up = peek

    def put(self, role: int, value: Value | None, time: Instant, certain: bool) -> None:
        self._entries[role, value] = max(time, self._entries.get((role, value), (-1, 1))[0]), int(certain)

    def drop(self, role: int, value: Value | None) -> None:
        self._entries.pop((role, value), None)

    def tally(self, value: Value | None, time: Instant, since: Instant) -> int:
        before, number = self._entries.get((SEEN, value), (-1, 0))
        number = min(number + 1, MANY) if before >= since else 1
        self._entries[SEEN, value] = max(time, before), number
        return number

    def untally(self, value: Value | None, since: Instant) -> tuple[Instant | None, int]:
        before, number = self._entries.get((SEEN, value), (-1, 0))
        if before < since:
            return None, 0
        self.drop(SEEN, value)
        return before, number


Second = int
"""A whole second since 1970, plus 1; 0 means never."""


class _Entry:
    """An entry of a line: when its value was last seen, and four bits.

    The bits are a flag for each window of a family, set if counted as certain there; in tables of authors, a tally.
    """

    __slots__ = ("bits", "seen")

    def __init__(self, seen: Second) -> None:
        self.seen = seen
        self.bits = 0


class _Line:
    """A line: up to seven entries by tag, and the second of the latest eviction."""

    __slots__ = ("entries", "last_evicted")

    def __init__(self) -> None:
        self.entries: dict[int, _Entry] = {}
        self.last_evicted: Second = 0

    def entry(self, tag: int, at: Second) -> _Entry:
        """Return the entry of a tag, seen at a second; a new one evicts the oldest entry of a full line."""
        entry = self.entries.get(tag)
        if entry is None:
            if len(self.entries) == WAYS:
                # Ties go to the smaller tag, as in `native.lines.room`.
                oldest = min(self.entries, key=lambda known: (self.entries[known].seen, known))
                self.last_evicted = max(self.last_evicted, self.entries.pop(oldest).seen)
            entry = self.entries[tag] = _Entry(at)
        entry.seen = max(entry.seen, at)
        return entry


class Bounded:
    """Bounded memory: tables with `geometry.lines` lines per shard, for each kind of key and for who wrote to whom."""

    def __init__(self, geometry: Geometry, salt: str = "") -> None:
        """Start empty. The salt keys the codes, so that nobody can choose values that share a line."""
        self.coder = Coder(salt)
        self.geometry = geometry
        self.lookups = 0
        self.undecided = 0
        self._lines: dict[tuple[str, int, int], _Line] = {}

    def cap_of(self, by: str) -> int | None:
        """Return the cap of the geometry."""
        return self.geometry.cap_of(by)

    def of(self, table_name: str, key: str, service: str = "") -> Sightings:
        """Return a view of the shared tables for one key."""
        by, _, _ = table_name.partition(" ")
        return _BoundedSightings(self, by, self.coder.person(service, key), self.coder.text(table_name))

    def line(self, table: str, shard: int, code: Code) -> _Line:
        """Return the line of a code in a shard of a table."""
        where = table, shard, bucket_of(code, self.geometry.lines)
        return self._lines.setdefault(where, _Line())

    def note_message(self, service: str, sender: str, to: str, time: Instant) -> None:
        """Record that `sender` wrote to `to`. Both directions of a pair share a line."""
        line, tag = self._between(service, sender, to)
        line.entry(tag, time // SECOND + 1)

    def has_messaged(self, service: str, sender: str, to: str, since: Instant) -> bool | None:
        """Return whether `sender` wrote to `to` since `since`; `None` if that may have been evicted."""
        line, tag = self._between(service, sender, to)
        first_second, entry = since // SECOND + 1, line.entries.get(tag)
        if entry is not None and entry.seen >= first_second:
            return True
        return None if line.last_evicted >= first_second else False

    def _between(self, service: str, sender: str, to: str) -> tuple[_Line, int]:
        first, second = self.coder.person(service, sender), self.coder.person(service, to)
        pair = joined(min(first, second), max(first, second))
        line = self.line("wrote", bucket_of(pair, self.geometry.shards), as_code(mix(pair & (1 << 64) - 1)))
        # The lowest bit of the tag is the direction; bits 0 and 1 are free in every tag (see `_place`).
        return line, pair & 0xFFFFFFFC | (first > second)


class _BoundedSightings:
    """The sightings of one key in `Bounded`: a view of its shared tables."""

    __slots__ = ("_by", "_key", "_memory", "_shard")

    def __init__(self, memory: Bounded, by: str, key: Code, family: Code) -> None:
        self._memory = memory
        self._by = by
        self._key = joined(key, family)
        self._shard = bucket_of(key, memory.geometry.shards)

    def record(self, role: int, value: Value, time: Instant, since: Sequence[Instant]) -> list[Sighting | None]:
        if not any(time >= start for start in since):
            return [None for _ in since]
        line, tag = self._place(role, value)
        met = [_known_of(line, tag, start, index) if time >= start else None for index, start in enumerate(since)]
        entry = line.entry(tag, time // SECOND + 1)
        for index, sighting in enumerate(met):
            if sighting is not None:
                entry.bits = entry.bits & ~(1 << index) | sighting.certain << index
                self._count_look_up(sighting == Sighting(None, False))
        return met

    def peek(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        return _known_of(*self._place(role, value), since, window_index)

    def look_up(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        sighting = self.peek(role, value, since, window_index)
        self._count_look_up(sighting == Sighting(None, False))
        return sighting

    def put(self, role: int, value: Value | None, time: Instant, certain: bool) -> None:
        line, tag = self._place(role, value)
        line.entry(tag, time // SECOND + 1).bits = int(certain)

    def drop(self, role: int, value: Value | None) -> None:
        line, tag = self._place(role, value)
        line.entries.pop(tag, None)

    def tally(self, value: Value | None, time: Instant, since: Instant) -> int:
        sighting, (line, tag) = self.look_up(SEEN, value, since), self._place(SEEN, value)
        number = 1 if sighting.certain else MANY
        if sighting.before is not None:
            number = min(line.entries[tag].bits + 1, MANY)
        line.entry(tag, time // SECOND + 1).bits = number
        return number

    def untally(self, value: Value | None, since: Instant) -> tuple[Instant | None, int]:
        sighting, (line, tag) = self.look_up(SEEN, value, since), self._place(SEEN, value)
        if sighting.before is None:
            return None, 0 if sighting.certain else MANY
        return sighting.before, line.entries.pop(tag).bits

    def _count_look_up(self, is_undecided: bool) -> None:
        self._memory.lookups += 1
        self._memory.undecided += is_undecided

    def _place(self, role: int, value: Value | None) -> tuple[_Line, int]:
        pair = joined(self._key, self._memory.coder.value(value))
        return self._memory.line(self._by, self._shard, pair), pair & 0xFFFFFFFC | role


def _known_of(line: _Line, tag: int, since: Instant, index: int) -> Sighting:
    """Return what a line knows of a tag in a window.

    An entry older than the window counts as none: a later sighting may have been evicted, and the entry inserted again
    by a late event.
    """
    first_second, entry = since // SECOND + 1, line.entries.get(tag)
    if entry is not None and entry.seen >= first_second:
        return Sighting((entry.seen - 1) * SECOND, bool(entry.bits >> index & 1))
    return Sighting(None, line.last_evicted < first_second)
