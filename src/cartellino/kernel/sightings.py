"""Which values a key has been seen with, and when last: the memory behind distinct, unanswered and solicited.

`Exact` forgets nothing that counts. `Bounded` has a fixed number of lines of seven entries: a full line forgets its
oldest entry and remembers how late that was seen. A miss within the window is then undecided, and never counted as
certain. An entry holds the second in which its value was last seen, and for each window that shares it whether the
value was counted there as certain.

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
"""What is remembered: a value of a column, or who is behind an event."""

SEEN, MAYBE, ANSWERED = 0, 1, 2
"""The roles in which a value can be remembered; those of one value share a line."""

MANY = 15
"""So often has somebody been seen, or oftener, or nobody knows how often."""


class Sighting(NamedTuple):
    """What was known of a value before.

    `before` is when it was last seen within the window, or `None`. `certain` says, with a `before`, that it was
    counted as certain then; without one, that it surely was not seen.
    """

    before: Instant | None
    certain: bool


class Sightings(Protocol):
    """The values that one key was seen with."""

    def record(self, role: int, value: Value, time: Instant, since: Sequence[Instant]) -> list[Sighting | None]:
        """Tell what is known of `value` in each window, the first instants of which are `since`, and note it anew.

        A window in which `time` does not count is told `None`.
        """

    def peek(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        """Tell what is known of `value` since an instant, the first of a window."""

    def look_up(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        """Tell the same where something depends on it: it counts as lookups up."""

    def put(self, role: int, value: Value | None, time: Instant, certain: bool) -> None:
        """Note that `value` was seen, and how surely."""

    def drop(self, role: int, value: Value | None) -> None:
        """Forget a value."""

    def tally(self, value: Value | None, time: Instant, since: Instant) -> int:
        """Note that `value` was seen once more, and return how often it was since an instant, up to `MANY`."""

    def untally(self, value: Value | None, since: Instant) -> tuple[Instant | None, int]:
        """Return when a value that was tallied was last seen, and how often since an instant; and forget it."""


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
        """The size of the tables; `None` where nothing is forgotten."""

    def cap_of(self, by: str) -> int | None:
        """Return how much a pane of a counter by this key holds; `None`: any number."""

    def of(self, table_name: str, key: str, service: str = "") -> Sightings:
        """Return the sightings of one key in one family of aggregates."""

    def note_message(self, service: str, sender: str, to: str, time: Instant) -> None:
        """Note that `sender` wrote to `to`."""

    def has_messaged(self, service: str, sender: str, to: str, since: Instant) -> bool | None:
        """Say whether `sender` wrote to `to` since an instant; `None` if that may have been forgotten."""


class Exact:
    """Every value of every key, for as long as it counts."""

    geometry = None

    def __init__(self) -> None:
        """Start empty."""
        self.coder = Coder()
        self.lookups = 0
        self.undecided = 0
        self._wrote: dict[tuple[str, str, str], Instant] = {}

    def cap_of(self, by: str) -> int | None:
        """Any number."""
        return None

    def of(self, table_name: str, key: str, service: str = "") -> Sightings:
        """Return a memory of the key's own."""
        return _ExactSightings()

    def note_message(self, service: str, sender: str, to: str, time: Instant) -> None:
        """Keep the latest."""
        pair = service, sender, to
        self._wrote[pair] = max(time // SECOND * SECOND, self._wrote.get(pair, 0))

    def has_messaged(self, service: str, sender: str, to: str, since: Instant) -> bool | None:
        """Say whether the latest is late enough."""
        return self._wrote.get((service, sender, to), -1) >= since


class _ExactSightings:
    __slots__ = ("_held", "_sweep")

    def __init__(self) -> None:
        self._held: dict[tuple[int, Value | None], tuple[Instant, int]] = {}
        self._sweep = 64

    def record(self, role: int, value: Value, time: Instant, since: Sequence[Instant]) -> list[Sighting | None]:
        met = [self.peek(role, value, start) if time >= start else None for start in since]
        if any(sighting is not None for sighting in met):
            self.put(role, value, time, True)
        if len(self._held) > self._sweep:
            self._held = {key: entry for key, entry in self._held.items() if entry[0] >= min(since)}
            self._sweep = max(64, 2 * len(self._held))
        return met

    def peek(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        before, certain = self._held.get((role, value), (-1, 1))
        return Sighting(before, bool(certain)) if before >= since else Sighting(None, True)

    look_up = peek

    def put(self, role: int, value: Value | None, time: Instant, certain: bool) -> None:
        self._held[role, value] = max(time, self._held.get((role, value), (-1, 1))[0]), int(certain)

    def drop(self, role: int, value: Value | None) -> None:
        self._held.pop((role, value), None)

    def tally(self, value: Value | None, time: Instant, since: Instant) -> int:
        before, number = self._held.get((SEEN, value), (-1, 0))
        number = min(number + 1, MANY) if before >= since else 1
        self._held[SEEN, value] = max(time, before), number
        return number

    def untally(self, value: Value | None, since: Instant) -> tuple[Instant | None, int]:
        before, number = self._held.get((SEEN, value), (-1, 0))
        if before < since:
            return None, 0
        self.drop(SEEN, value)
        return before, number


class _Entry:
    """When something was last seen, and four bits: in which windows it was counted as certain, or how often it was."""

    __slots__ = ("bits", "seen")

    def __init__(self, seen: Instant) -> None:
        self.seen = seen
        self.bits = 0


class _Line:
    """Seven entries by their tags. Seconds count from 1, so that 0 is never."""

    __slots__ = ("entries", "last_evicted")

    def __init__(self) -> None:
        self.entries: dict[int, _Entry] = {}
        self.last_evicted = 0

    def entry(self, tag: int, at: int) -> _Entry:
        """Return the entry of a tag, made if there is none; the oldest one gives way to it."""
        entry = self.entries.get(tag)
        if entry is None:
            if len(self.entries) == WAYS:
                oldest = min(self.entries, key=lambda known: (self.entries[known].seen, known))
                self.last_evicted = max(self.last_evicted, self.entries.pop(oldest).seen)
            entry = self.entries[tag] = _Entry(at)
        entry.seen = max(entry.seen, at)
        return entry


class Bounded:
    """Lines of seven entries, `geometry.lines` in each shard, for the pairs of every kind of key and for who wrote."""

    def __init__(self, geometry: Geometry, salt: str = "") -> None:
        """Start empty; the salt keys the codes, so nobody can aim at a line."""
        self.coder = Coder(salt)
        self.geometry = geometry
        self.lookups = 0
        self.undecided = 0
        self._lines: dict[tuple[str, int, int], _Line] = {}

    def cap_of(self, by: str) -> int | None:
        """As the geometry says."""
        return self.geometry.cap_of(by)

    def of(self, table_name: str, key: str, service: str = "") -> Sightings:
        """Return a view of the common lines for one key."""
        by, _, _ = table_name.partition(" ")
        return _BoundedSightings(self, by, self.coder.person(service, key), self.coder.text(table_name))

    def line(self, table: str, shard: int, code: Code) -> _Line:
        """Return the line of a code in a shard of a table."""
        where = table, shard, bucket_of(code, self.geometry.lines)
        return self._lines.setdefault(where, _Line())

    def note_message(self, service: str, sender: str, to: str, time: Instant) -> None:
        """Note it in the line that the two share, whoever wrote."""
        line, tag = self._between(service, sender, to)
        line.entry(tag, time // SECOND + 1)

    def has_messaged(self, service: str, sender: str, to: str, since: Instant) -> bool | None:
        """Look it up there."""
        line, tag = self._between(service, sender, to)
        first_second, entry = since // SECOND + 1, line.entries.get(tag)
        if entry is not None and entry.seen >= first_second:
            return True
        return None if line.last_evicted >= first_second else False

    def _between(self, service: str, sender: str, to: str) -> tuple[_Line, int]:
        first, second = self.coder.person(service, sender), self.coder.person(service, to)
        pair = joined(min(first, second), max(first, second))
        line = self.line("wrote", bucket_of(pair, self.geometry.shards), as_code(mix(pair & (1 << 64) - 1)))
        return line, pair & 0xFFFFFFFC | (first > second)


class _BoundedSightings:
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
        met = [_judge(line, tag, start, index) if time >= start else None for index, start in enumerate(since)]
        entry = line.entry(tag, time // SECOND + 1)
        for index, sighting in enumerate(met):
            if sighting is not None:
                entry.bits = entry.bits & ~(1 << index) | sighting.certain << index
                self._note(sighting == Sighting(None, False))
        return met

    def peek(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        return _judge(*self._place(role, value), since, window_index)

    def look_up(self, role: int, value: Value | None, since: Instant, window_index: int = 0) -> Sighting:
        sighting = self.peek(role, value, since, window_index)
        self._note(sighting == Sighting(None, False))
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

    def _note(self, is_undecided: bool) -> None:
        self._memory.lookups += 1
        self._memory.undecided += is_undecided

    def _place(self, role: int, value: Value | None) -> tuple[_Line, int]:
        pair = joined(self._key, self._memory.coder.value(value))
        return self._memory.line(self._by, self._shard, pair), pair & 0xFFFFFFFC | role


def _judge(line: _Line, tag: int, since: Instant, index: int) -> Sighting:
    """An entry older than the window is as good as none: the value may have been seen later and forgotten."""
    first_second, entry = since // SECOND + 1, line.entries.get(tag)
    if entry is not None and entry.seen >= first_second:
        return Sighting((entry.seen - 1) * SECOND, bool(entry.bits >> index & 1))
    return Sighting(None, line.last_evicted < first_second)
