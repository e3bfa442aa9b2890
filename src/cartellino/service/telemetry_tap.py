"""What events say of health, taken beside the log at little cost: attempts and failures of accounts with a region.

A bucket holds at most `MOST` rows. Where more come, each account and failure is kept once; where that does not suffice,
accounts are sampled by a hash that is keyed with the installation's salt, first in the regions with most of them, so
that small countries stay whole. The share of a region holds until it is far below what it may have.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, log2
from threading import Lock
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartellino.availability.baseline import BUCKET, PER_DAY
from cartellino.availability.features import ARRIVALS, FAILURES, SUCCESSES
from cartellino.events.event import Event
from cartellino.kernel.codes import Coder
from cartellino.kernel.columns import codes_of, integers
from cartellino.kernel.machine import core

MOST = 40_000
"""Most rows of a bucket."""

COLUMNS = ("id", "time", "kind", "account", "service", "address", "client", "region", "media", "reason",
           "account_since")  # fmt: skip
_SAME = ("account", "kind", "service", "address", "client", "region", "media", "reason")
_KINDS = pa.array(sorted({*FAILURES, *SUCCESSES, ARRIVALS}))
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

LATEST = PER_DAY
"""Buckets that may have been over before something came of them; what is older than a day corrects nothing."""

_MOST_LATE = 2_000
"""Most series of which it is noted who came late, and most accounts of each."""

_HALVINGS = 24
"""How often the accounts of a region may be halved."""


class Telemetry(NamedTuple):
    """What a bucket holds: events, and the share of accounts they stand for, by country, where it is not all."""

    events: list[Event]
    shares: dict[str, float]


class TelemetryTap:
    """The rows of buckets that have not ended yet. One thread adds, another takes away."""

    def __init__(self, salt: str, most: int = MOST) -> None:
        """`salt` keys the sampling, so that nobody can choose to be left out."""
        self._most = most
        self._coder = Coder(salt)
        self._held: dict[int, list[pa.RecordBatch]] = {}
        self._halvings: dict[str, int] = {}
        self._open = 0
        self._late: dict[tuple[int, str, str], set[str]] = {}
        self._core: SimpleNamespace = core(native=False)
        self._lock = Lock()

    def add(self, batch: pa.RecordBatch, functions: SimpleNamespace) -> None:
        """Take what bears on health of a batch of events; buckets that were taken away are over.

        `functions` are those of the kernel that code names.
        """
        with self._lock:
            self._core = functions
            rows = self._bearing(batch)
            if not rows.num_rows:
                return
            buckets = integers(rows.column("time")) // BUCKET
            for bucket in np.unique(buckets).tolist():
                part = rows if buckets[0] == buckets[-1] == bucket else rows.filter(pa.array(buckets == bucket))
                if bucket >= self._open:
                    self._hold(bucket, part)
                elif self._open - bucket <= LATEST:
                    self._note_late(bucket, part)

    def buckets(self) -> list[int]:
        """Return the buckets that hold anything."""
        with self._lock:
            return sorted(self._held)

    def take_away(self, bucket: int) -> Telemetry:
        """End a bucket; return what it holds."""
        with self._lock:
            batches = self._held.pop(bucket, [])
            self._open = bucket + 1
            shares = {region: 0.5**times for region, times in self._halvings.items()}
            self._recover(batches)
        return Telemetry([event for batch in batches for event in _events(batch)], shares)

    def take_late(self) -> dict[tuple[str, str], int]:
        """Return by service and country how many accounts came too late for their bucket since it was asked last.

        Of several buckets that is the one with most of them.
        """
        with self._lock:
            late, self._late = self._late, {}
        found: dict[tuple[str, str], int] = {}
        for (_, service, region), accounts in late.items():
            found[service, region] = max(found.get((service, region), 0), len(accounts))
        return found

    def _note_late(self, bucket: int, rows: pa.RecordBatch) -> None:
        """Note whose events of a bucket came too late to be counted, of some at most."""
        rows = rows.slice(0, _MOST_LATE)
        for name in zip(*(rows.column(column).to_pylist() for column in ("service", "region", "account")), strict=True):
            service, region, account = name
            key = bucket, service, region
            if key not in self._late and len(self._late) >= _MOST_LATE:
                continue
            accounts = self._late.setdefault(key, set())
            if len(accounts) < _MOST_LATE:
                accounts.add(account)

    def close(self, bucket: int) -> None:
        """Take nothing more of the buckets before one."""
        with self._lock:
            self._open = bucket
            self._held = {at: held for at, held in self._held.items() if at >= bucket}

    def _bearing(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        wanted = pc.and_(pc.is_in(batch.column("kind"), _KINDS), pc.is_valid(batch.column("region")))
        rows = pa.RecordBatch.from_arrays([batch.column(name) for name in COLUMNS], COLUMNS)
        if self._halvings:
            wanted = pc.and_(wanted, self._sampled(rows))
        return rows.filter(wanted)

    def _hold(self, bucket: int, rows: pa.RecordBatch) -> None:
        held = self._held.setdefault(bucket, [])
        held.append(rows)
        if sum(part.num_rows for part in held) > self._most:
            self._held[bucket] = [_once(held)]
            if self._held[bucket][0].num_rows > self._most // 2:
                self._thin(bucket)

    def _thin(self, bucket: int) -> None:
        """Halve the accounts of the largest regions until half of what a bucket may hold is left."""
        counts = _counted(self._held[bucket])
        part = _part(list(counts.values()), self._most // 2)
        for region, count in counts.items():
            if count > part:
                times = self._halvings.get(region, 0) + ceil(log2(count / part))
                self._halvings[region] = min(times, _HALVINGS)
        self._held = {at: [part.filter(self._sampled(part)) for part in parts] for at, parts in self._held.items()}

    def _recover(self, batches: list[pa.RecordBatch]) -> None:
        """Double the accounts of regions that have far less than their part of a bucket."""
        counts = _counted(batches)
        part = self._most // (8 * max(len(counts), 1))
        now = {region: times - (counts.get(region, 0) < part) for region, times in self._halvings.items()}
        self._halvings = {region: times for region, times in now.items() if times}

    def _sampled(self, rows: pa.RecordBatch) -> pa.Array:
        """Mark the rows of accounts that are in the sample of their region."""
        named = rows.column("region").dictionary_encode()
        limits = [0xFFFF_FFFF_FFFF_FFFF >> self._halvings.get(region, 0) for region in named.dictionary.to_pylist()]
        which = named.indices.fill_null(0).to_numpy(zero_copy_only=False)
        codes = codes_of(rows.column("account"), self._coder, self._core)
        return pa.array(codes.view(np.uint64) <= np.array([*limits, 0], np.uint64)[which])


def _counted(batches: list[pa.RecordBatch]) -> dict[str, int]:
    """Return the number of rows by region."""
    regions = pa.chunked_array([batch.column("region") for batch in batches], pa.string())
    return {pair["values"]: pair["counts"] for pair in pc.value_counts(regions).to_pylist()}


def _part(counts: list[int], most: int) -> int:
    """Return how many rows each region may have, so that together they are at most so many.

    >>> _part([10, 20, 1_000], 100), _part([10], 100)
    (70, 100)
    """
    left, regions = most, len(counts)
    for count in sorted(counts):
        if count * regions > left:
            return max(left // regions, 1)
        left, regions = left - count, regions - 1
    return most


def _once(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Return rows without those that say the same of the same account, but the first."""
    rows = pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
    marks = np.zeros(rows.num_rows, np.uint64)
    with np.errstate(over="ignore"):
        for name in _SAME:
            which = rows.column(name).dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
            marks = marks * _FACTOR + (which + 2).astype(np.uint64)
    firsts = np.unique(marks, return_index=True)[1]
    return rows.take(pa.array(np.sort(firsts)))


def _events(rows: pa.RecordBatch) -> Iterator[Event]:
    columns = [rows.column(name) for name in COLUMNS]
    for number in (1, len(COLUMNS) - 1):
        columns[number] = columns[number].cast(pa.int64())
    for values in zip(*(column.to_pylist() for column in columns), strict=True):
        yield Event(**dict(zip(COLUMNS, values, strict=True)))
