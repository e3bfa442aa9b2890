"""Plain Python as one would write it by hand: twelve conditions over exact windows, with nothing around them.

Each window of an account is a deque of what is in it and, of different values, a dictionary of how often each is there;
both are kept up to date event by event. Rows are tuples that were made before the clock starts, nothing is validated,
stored, restored or explained, and the garbage collector is off. The conditions are those of the twelve rules of
`common.TWELVE`, without what is unknown.

>>> sent = [(n * 1_000, "message_sent", "a", f"p{n}", False, None, None, 0) for n in range(40)]
>>> judge(sent)
{'rush': 1, 'young': 1}
"""

from __future__ import annotations

import gc
from collections import Counter, deque
from collections.abc import Iterable
from time import process_time

import pyarrow as pa

HOUR = 3_600_000
DAY = 24 * HOUR

Row = tuple[int, str, str, str | None, bool | None, int | None, int | None, int | None]
"""Time, kind, account, peer, known, unknown_recipients, credit, account_since."""

COLUMNS = ["time", "kind", "account", "peer", "known", "unknown_recipients", "credit", "account_since"]


class Distinct:
    """Different values in an exact window."""

    __slots__ = ("held", "length", "times")

    def __init__(self, length: int) -> None:
        self.length = length
        self.times: deque[tuple[int, str]] = deque()
        self.held: dict[str, int] = {}

    def add(self, time: int, value: str) -> None:
        """Count a value."""
        self.times.append((time, value))
        self.held[value] = self.held.get(value, 0) + 1

    def read(self, now: int) -> int:
        """Return how many different values are in the window at `now`."""
        times, held, oldest = self.times, self.held, now - self.length
        while times and times[0][0] <= oldest:
            _, value = times.popleft()
            left = held[value] - 1
            if left:
                held[value] = left
            else:
                del held[value]
        return len(held)


class Total:
    """A sum over an exact window."""

    __slots__ = ("length", "times", "total")

    def __init__(self, length: int) -> None:
        self.length = length
        self.times: deque[tuple[int, int]] = deque()
        self.total = 0

    def add(self, time: int, amount: int) -> None:
        """Add an amount."""
        self.times.append((time, amount))
        self.total += amount

    def read(self, now: int) -> int:
        """Return the total of the window at `now`."""
        times, oldest = self.times, now - self.length
        while times and times[0][0] <= oldest:
            self.total -= times.popleft()[1]
        return self.total


class Account:
    """The windows of one account; one is made when it is first added to."""

    __slots__ = ("distinct", "fired", "made", "totals")

    def __init__(self, made: int) -> None:
        self.made = made
        self.distinct: dict[str, Distinct] = {}
        self.totals: dict[str, Total] = {}
        self.fired: dict[str, int] = {}

    def see(self, name: str, length: int, value: str, now: int) -> int:
        """Add a value to a window of different values, and return how many are in it."""
        window = self.distinct.get(name)
        if window is None:
            window = self.distinct[name] = Distinct(length)
        window.add(now, value)
        return window.read(now)

    def sum(self, name: str, length: int, amount: int, now: int) -> int:
        """Add an amount to a window, and return its total."""
        window = self.totals.get(name)
        if window is None:
            window = self.totals[name] = Total(length)
        window.add(now, amount)
        return window.read(now)

    def different(self, name: str, now: int) -> int:
        """Return how many different values are in a window."""
        window = self.distinct.get(name)
        return window.read(now) if window is not None else 0

    def fires(self, name: str, now: int) -> bool:
        """Return whether a condition has rested for a day, and let it rest again."""
        if now - self.fired.get(name, -DAY) < DAY:
            return False
        self.fired[name] = now
        return True


Conditions = Iterable[tuple[str, bool]]


def _sent(account: Account, row: Row, now: int) -> Conditions:
    peer = row[3] or ""
    sent = account.see("sent", DAY, peer, now)
    if row[4] is not False:
        return ()
    strangers, hour = account.see("strangers", DAY, peer, now), account.see("strangers, 1 h", HOUR, peer, now)
    if strangers <= 20:
        return ()
    few = sent >= 20 and account.different("answered", now) < 0.2 * sent
    return (
        ("bulk", strangers > 100 and few),
        ("very many", strangers > 300),
        ("rush", hour > 30 and few),
        ("young", strangers > 30 and few and now - account.made < 7 * DAY),
        ("unwelcome", account.different("blockers", now) > 0.1 * strangers),
    )


def _step(account: Account, row: Row, now: int) -> Conditions:
    """Count one event, and return the conditions that it may have made true."""
    kind, peer = row[1], row[3] or ""
    if kind == "message_sent":
        return _sent(account, row, now)
    if kind == "reply_received":
        account.see("answered", DAY, peer, now)
    elif kind == "profile_viewed":
        return (("profiles", account.see("viewed", HOUR, peer, now) > 200),)
    elif kind == "number_checked":
        return (("enumeration", account.sum("checked", HOUR, 1, now) > 200),)
    elif kind == "blocked":
        return (("blocked by many", account.see("blockers", 7 * DAY, peer, now) >= 10),)
    elif kind == "reported":
        return (("reporters", account.sum("credit", 7 * DAY, row[6] or 0, now) >= 300),)
    elif kind == "broadcast_sent":
        return (("broadcast", account.sum("broadcast", DAY, row[5] or 0, now) > 1_000),)
    elif kind == "member_added":
        return (("filled", account.see("added", DAY, peer, now) > 100),)
    elif kind == "group_created":
        return (("groups", account.sum("groups", DAY, 1, now) > 24),)
    return ()


def judge(rows: Iterable[Row]) -> dict[str, int]:
    """Judge rows in their order, and return how often each condition fired."""
    accounts: dict[str, Account] = {}
    found: Counter[str] = Counter()
    for row in rows:
        now, _, name, *_, made = row
        account = accounts.get(name)
        if account is None:
            account = accounts[name] = Account(made or now)
        for condition, holds in _step(account, row, now):
            if holds and account.fires(condition, now):
                found[condition] += 1
    return dict(found)


def rows_of(batches: Iterable[pa.RecordBatch]) -> list[Row]:
    """Turn Arrow columns into tuples; instants become milliseconds."""
    made: list[Row] = []
    for batch in batches:
        columns = [batch.column(name) for name in COLUMNS]
        plain = (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in columns)
        made += zip(*(column.to_pylist() for column in plain), strict=True)
    return made


def nanoseconds(rows: list[Row]) -> float:
    """Return the processor time that judging takes for an event."""
    gc.disable()
    began = process_time()
    judge(rows)
    return (process_time() - began) / len(rows) * 1e9
