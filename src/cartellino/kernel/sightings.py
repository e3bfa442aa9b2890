"""Which values a key has been seen with, and in which pane last: the memory behind distinct and unanswered.

`Exact` forgets nothing that counts. `Bounded` has a fixed number of lines of eight entries: a full line forgets its
oldest entry and remembers how late that was seen. A miss within the window is then undecided, and never counted as
certain. Series with panes of different lengths share lines, so a line keeps instants, which can be compared, not pane
numbers.

>>> exact = Exact().of("series", "key", 1_000)
>>> exact.sight("b", 7, 0), exact.sight("b", 9, 0)
(Sighting(before=None, certain=True), Sighting(before=7, certain=True))
"""

from __future__ import annotations

from collections.abc import Hashable
from hashlib import blake2b
from typing import NamedTuple, Protocol

from cartellino.vocabulary.times import Duration, Instant


class Sighting(NamedTuple):
    """What was known of a value before.

    `before` is the pane in which it was last seen within the window, or `None`. `certain` says, with a `before`, that
    it was counted as certain then; without one, that it surely was not seen.
    """

    before: int | None
    certain: bool


class Sightings(Protocol):
    """The values that one key was seen with."""

    def look(self, value: str, oldest: int) -> Sighting:
        """Tell what is known of `value` since pane `oldest`."""

    def sight(self, value: str, pane: int, oldest: int) -> Sighting:
        """Tell the same, and note that `value` was seen in `pane`."""

    def keep(self, value: str, pane: int, certain: bool) -> None:
        """Note that `value` was seen in `pane`, and how surely."""

    def drop(self, value: str) -> None:
        """Forget a value."""


class Memory(Protocol):
    """Where sightings are kept. `looked` and `undecided` count look-ups, for the forgotten share."""

    looked: int
    undecided: int

    def of(self, series: Hashable, key: str, pane: Duration) -> Sightings:
        """Return the sightings of one key in one series, whose panes are `pane` ms long."""


_Entry = tuple[Instant, bool]
"""When the latest pane began, and whether the value was counted as certain."""


class Exact:
    """Every value of every key, for as long as it counts."""

    def __init__(self) -> None:
        """Start empty."""
        self.looked = 0
        self.undecided = 0

    def of(self, series: Hashable, key: str, pane: Duration) -> Sightings:
        """Return a memory of the key's own."""
        return _Own()


class _Own:
    __slots__ = ("_held", "_sweep")

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, bool]] = {}
        self._sweep = 64

    def look(self, value: str, oldest: int) -> Sighting:
        before, certain = self._held.get(value, (-1, True))
        return Sighting(before, certain) if before >= oldest else Sighting(None, True)

    def sight(self, value: str, pane: int, oldest: int) -> Sighting:
        judged = self.look(value, oldest)
        self.keep(value, pane, judged.certain)
        if len(self._held) > self._sweep:
            self._held = {one: held for one, held in self._held.items() if held[0] >= oldest}
            self._sweep = max(64, 2 * len(self._held))
        return judged

    def keep(self, value: str, pane: int, certain: bool) -> None:
        self._held[value] = max(pane, self._held.get(value, (-1, True))[0]), certain

    def drop(self, value: str) -> None:
        self._held.pop(value, None)


WAYS = 8
"""Entries of a line, as in an 8-way set-associative cache."""


class _Line:
    __slots__ = ("entries", "forgot")

    def __init__(self) -> None:
        self.entries: dict[bytes, _Entry] = {}
        self.forgot = -1


class Bounded:
    """`lines` lines of eight entries for all keys together; the hash is keyed, so nobody can aim at a line."""

    def __init__(self, lines: int, salt: str = "") -> None:
        """`lines` is at least 1."""
        self.looked = 0
        self.undecided = 0
        self._lines = [_Line() for _ in range(lines)]
        self._salt = salt.encode()[:64]

    def of(self, series: Hashable, key: str, pane: Duration) -> Sightings:
        """Return a view of the common lines for one key."""
        return _Shared(self, f"{series!r}\x00{key}\x00", pane)

    def place(self, name: str) -> tuple[_Line, bytes]:
        """Return the line and the tag of an entry."""
        hashed = blake2b(name.encode(), digest_size=16, key=self._salt).digest()
        return self._lines[int.from_bytes(hashed[:8], "big") % len(self._lines)], hashed[8:]


class _Shared:
    __slots__ = ("_memory", "_pane", "_prefix")

    def __init__(self, memory: Bounded, prefix: str, pane: Duration) -> None:
        self._memory = memory
        self._prefix = prefix
        self._pane = pane

    def look(self, value: str, oldest: int) -> Sighting:
        line, tag = self._memory.place(self._prefix + value)
        return self._judge(line, line.entries.get(tag), oldest * self._pane)

    def sight(self, value: str, pane: int, oldest: int) -> Sighting:
        judged = self.look(value, oldest)
        self.keep(value, pane, judged.certain)
        return judged

    def keep(self, value: str, pane: int, certain: bool) -> None:
        line, tag = self._memory.place(self._prefix + value)
        entry = line.entries.get(tag)
        began = pane * self._pane
        line.entries[tag] = (max(began, entry[0]) if entry else began, certain)
        if len(line.entries) > WAYS:
            _forget_oldest(line)

    def drop(self, value: str) -> None:
        line, tag = self._memory.place(self._prefix + value)
        line.entries.pop(tag, None)

    def _judge(self, line: _Line, entry: _Entry | None, since: Instant) -> Sighting:
        """An entry older than the window is as good as none: the value may have been seen later and forgotten."""
        self._memory.looked += 1
        if entry is not None and entry[0] >= since:
            return Sighting(entry[0] // self._pane, entry[1])
        certain = line.forgot < since
        self._memory.undecided += not certain
        return Sighting(None, certain)


def _forget_oldest(line: _Line) -> None:
    tag = min(line.entries, key=lambda one: (line.entries[one][0], one))
    line.forgot = max(line.forgot, line.entries.pop(tag)[0])
