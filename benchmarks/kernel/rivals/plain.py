"""Plain Python: dictionaries of panes, one event at a time, with the very windows of the kernel.

An account keeps, for each series, a number a pane and their total; of different values also the pane where each was
seen last. What one would write in an afternoon, then made quick: no object an event, feeds looked up by kind, and a
total that is too small even before anything is forgotten ends the matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from benchmarks.kernel.question import Finding, Question, Rule
from cartellino.signals.window import window

Row = tuple[int, str, str, str | None, bool | None, int | None]
"""Time, kind, account, peer, known, unknown_recipients."""

COLUMNS = ["time", "kind", "account", "peer", "known", "unknown_recipients"]


class Panes:
    """A total over a window; `seen` is used by a series of different values only."""

    __slots__ = ("held", "newest", "pane", "panes", "seen", "sweep", "total")

    def __init__(self, pane: int, panes: int) -> None:
        self.pane, self.panes = pane, panes
        self.newest = self.total = 0
        self.held: dict[int, int] = {}
        self.seen: dict[str, int] = {}
        self.sweep = 64

    def forget(self, newest: int) -> None:
        """Move on to a new pane and forget what is too old."""
        self.newest = newest
        oldest = newest - self.panes
        for pane in [one for one in self.held if one <= oldest]:
            self.total -= self.held.pop(pane)

    def read(self, now: int) -> int:
        """Return the total as it is at `now`."""
        if now // self.pane > self.newest:
            self.forget(now // self.pane)
        return self.total

    def add(self, time: int, amount: int, now: int) -> None:
        """Add to the pane of `time`, if that still counts at `now`."""
        if now // self.pane > self.newest:
            self.forget(now // self.pane)
        pane = time // self.pane
        if pane > self.newest - self.panes:
            self.held[pane] = self.held.get(pane, 0) + amount
            self.total += amount

    def sight(self, time: int, value: str, now: int) -> None:
        """Count a value that is new in the window, or move it to the pane of `time`."""
        if now // self.pane > self.newest:
            self.forget(now // self.pane)
        pane, before, oldest = time // self.pane, self.seen.get(value, -1), self.newest - self.panes
        if pane <= oldest or before >= pane:
            return
        self.seen[value] = pane
        self.held[pane] = self.held.get(pane, 0) + 1
        if before > oldest:
            self.held[before] -= 1
            return
        self.total += 1
        if len(self.seen) > self.sweep:
            self.seen = {one: last for one, last in self.seen.items() if last > oldest}
            self.sweep = max(64, 2 * len(self.seen))


class Account:
    """What is kept of one account."""

    __slots__ = ("clock", "fired", "series")

    def __init__(self, question: Question) -> None:
        self.clock = 0
        self.series: list[Panes | None] = [None] * len(question.series)
        self.fired: dict[str, int] = {}


class Judge:
    """Judges rows: the account's state is given, so that whoever holds the accounts can use it."""

    def __init__(self, question: Question) -> None:
        self._slots = {one.name: slot for slot, one in enumerate(question.series)}
        self._cooldown = question.cooldown
        self._feeds: dict[str, list[tuple[int, str, bool, int, int]]] = {kind: [] for kind in question.kinds}
        for slot, one in enumerate(question.series):
            cut = window(one.over)
            self._feeds[one.kind].append((slot, one.how, one.strangers, cut.pane, cut.panes))
        self._rules: dict[str, list[tuple[int, int, Rule]]] = {kind: [] for kind in question.kinds}
        for rule in question.rules:
            for kind in question.judged_on(rule):
                self._rules[kind].append((self._slots[rule.signal], rule.above, rule))

    def judge(self, account: Account, row: Row) -> list[str]:
        """Take one event of an account, and return the names of the rules that fire."""
        time, kind, _, peer, known, amount = row
        now = account.clock = time if time > account.clock else account.clock
        series = account.series
        for slot, how, strangers, pane, panes in self._feeds.get(kind, ()):
            if strangers and known is not False:
                continue
            held = series[slot]
            if held is None:
                held = series[slot] = Panes(pane, panes)
            if how == "distinct":
                held.sight(time, peer or "", now)
            else:
                held.add(time, 1 if how == "count" else amount or 0, now)
        found = []
        for slot, above, rule in self._rules.get(kind, ()):
            held = series[slot]
            if held is not None and held.total > above and held.read(now) > above and self._fires(rule, account, now):
                found.append(rule.name)
        return found

    def _fires(self, rule: Rule, account: Account, now: int) -> bool:
        if now - account.fired.get(rule.name, -self._cooldown) < self._cooldown:
            return False
        if rule.part:
            part, whole = account.series[self._slots[rule.part]], account.series[self._slots[rule.whole]]
            if whole is None or (part.read(now) if part else 0) / whole.read(now) >= rule.below:
                return False
        account.fired[rule.name] = now
        return True


def rows(batch: pa.RecordBatch) -> Iterator[Row]:
    """Turn Arrow columns into tuples; instants become milliseconds."""
    chosen = batch.select(COLUMNS)
    columns = [chosen.column(0).cast(pa.int64()), *chosen.columns[1:]]
    return zip(*(column.to_pylist() for column in columns), strict=True)


def answer(batches: Sequence[pa.RecordBatch], question: Question, threads: int) -> set[Finding]:
    """Judge row by row; Python has one thread for this, whatever `threads` says."""
    judge, accounts, found = Judge(question), dict[str, Account](), set[Finding]()
    number = -1
    for batch in batches:
        for number, row in enumerate(rows(batch), start=number + 1):  # noqa: B020 - counts on over the batches
            account = accounts.get(row[2]) or accounts.setdefault(row[2], Account(question))
            for name in judge.judge(account, row):
                found.add((number, name))
    return found
