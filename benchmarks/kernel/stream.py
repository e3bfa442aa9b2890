"""A synthetic stream in which every value is a hash of the event's number: the same events, however they are cut.

Honest accounts write mostly to their contacts, some a hundred times as much as most. One in two hundred is abusive:
spammers, scrapers of profiles, checkers of numbers; they take turns, so their work comes in bursts of hours.
Every account says that it was made when the log began, so that nothing is unknown.

>>> first = next(batches(Shape(events=4, accounts=10), size=2))
>>> first.num_rows, first["kind"].null_count, [len(one) for one in first["account"].to_pylist()]
(2, 0, [17, 17])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from cartellino.events.arrow import SCHEMA

BEGINS = 1_767_225_600_123
"""2026-01-01, off every round instant."""

HOUR = 3_600_000
BATCH = 32_768

KINDS = (
    *("message_sent", "reply_received", "connected", "profile_viewed"),
    *("number_checked", "blocked", "reported", "broadcast_sent"),
)
SENT, REPLY, CONNECTED, VIEWED, CHECKED, BLOCKED, REPORTED, BROADCAST = range(len(KINDS))

_HABITS = np.cumsum(
    [
        [0.60, 0.15, 0.12, 0.08, 0.020, 0.008, 0.004, 0.018],  # honest
        [0.85, 0.03, 0.01, 0.02, 0.020, 0.030, 0.020, 0.020],  # a spammer
        [0.05, 0.00, 0.02, 0.90, 0.020, 0.005, 0.005, 0.000],  # a scraper
        [0.08, 0.01, 0.02, 0.02, 0.600, 0.020, 0.010, 0.240],  # a checker who sends broadcasts
    ],
    axis=1,
)
_ABUSE = np.array([1, 1, 2, 3])
_KNOWN = np.array([0.8, 0.05, 0.05, 0.05])

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Shape:
    """How much, over how long, by how many, one of `abusive` of whom is; the abusive do `abusive_events` of all.

    `disorder` is how late, in ms, one event in twenty may be. Where contents are `shared`, many honest people pass the
    same ones on, to strangers too; else each is new. `even`: each honest account in turn, so that every one is touched.
    """

    events: int = 1_000_000
    accounts: int = 100_000
    hours: float = 36
    seed: int = 1
    abusive: int = 200
    abusive_events: float = 0.06
    disorder: int = 0
    shared: bool = True
    even: bool = False


def batches(shape: Shape, size: int = BATCH) -> Iterator[pa.RecordBatch]:
    """Yield the stream in batches of `size` events: the columns of the contract, and `own`."""
    weights = np.cumsum(1 / (np.arange(shape.accounts) + 50.0) ** 0.8)
    for first in range(0, shape.events, size):
        yield _batch(shape, weights / weights[-1], np.arange(first, min(first + size, shape.events)))


def _batch(shape: Shape, weights: npt.NDArray[np.float64], number: Ints) -> pa.RecordBatch:
    def chance(salt: int) -> npt.NDArray[np.float64]:
        return (_hash(number, shape.seed * 1_000 + salt) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def pick(salt: int, names: Sequence[str], where: Flags) -> pa.Array:
        return _names(names, (chance(salt) * len(names)).astype(np.int64), where)

    length = int(shape.hours * HOUR)
    passed = (number + chance(1) * (number > 0)) * (length / shape.events)
    honest = number if shape.even else np.searchsorted(weights, chance(2), side="right")
    account, role = _accounts(shape, honest, passed / length, chance(2), chance(3), chance(4) < shape.abusive_events)
    kind = (chance(5)[:, None] >= _HABITS[role]).sum(axis=1).clip(0, len(KINDS) - 1)
    late = np.where(chance(6) < 0.05, chance(7) * shape.disorder, 0)
    time = BEGINS + np.maximum(passed - late, 0).astype(np.int64)

    known = chance(8) < _KNOWN[role]
    contact = _hash(account * 64 + (chance(9) ** 2.5 * 60).astype(np.int64), 77) % np.uint64(shape.accounts)
    peer = np.where(known, contact.astype(np.int64), (chance(10) * shape.accounts).astype(np.int64))
    sent, acts = kind == SENT, (kind != BLOCKED) & (kind != REPORTED)
    heard, broadcast = ~acts, kind == BROADCAST
    content = (sent & (chance(11) < 0.3)) | broadcast
    recipients = 1 + (chance(12) ** 3 * 255).astype(np.int64)
    strangers = (recipients * chance(13) * np.where(role > 0, 1, 0.1)).astype(np.int64)
    pooled = np.where(role > 0, account % 300, (chance(14) ** 4 * 1e7).astype(np.int64) if shape.shared else number)
    columns = {
        "id": _ids("e", _hash(number, shape.seed)),
        "time": pa.array(time).cast(SCHEMA.field("time").type),
        "kind": _names(KINDS, kind),
        "account": _ids("a", _hash(account, 1)),
        "service": _names(("main",), np.zeros_like(kind)),
        "account_since": pa.array(np.full_like(time, BEGINS)).cast(SCHEMA.field("account_since").type),
        "peer": _ids("a", _hash(peer, 1), (kind != CONNECTED) & (kind != CHECKED) & ~broadcast),
        "device": _ids("d", _hash(np.where(role > 0, account // 20, account), 2), acts),
        "address": _ids("n", _hash(account // 3, 3), acts),
        "client": _names(("app/2.1", "app/2.2", "web/7", "own/0.1"), np.where(role > 0, 3, account % 3), acts),
        "attestation": _names(("passed", "passed", "unavailable", "absent"), np.where(role > 0, 3, account % 3), acts),
        "known": pa.array(known, mask=~sent),
        "had_contact": pa.array(chance(15) < 0.7, mask=~heard),
        "recipients": pa.array(recipients, mask=~broadcast),
        "unknown_recipients": pa.array(strangers, mask=~broadcast),
        "content": _ids("c", _hash(pooled, 4), content),
        "content_by": pick(16, ("client", "server"), content),
        "reason": _either(
            pick(17, ("hit", "miss"), kind == CHECKED), pick(18, ("spam", "harassment", "other"), kind == REPORTED)
        ),
        "credit": pa.array((chance(19) * 101).astype(np.int64), mask=~heard),
    }
    rest = {one.name: pa.nulls(len(number), one.type) for one in SCHEMA if one.name not in columns}
    held = [(columns | rest)[one.name] for one in SCHEMA] + [pa.nulls(len(number), pa.string())]
    return pa.RecordBatch.from_arrays(held, schema=SCHEMA.append(pa.field("own", pa.string())))


def _accounts(
    shape: Shape,
    honest: Ints,
    when: npt.NDArray[np.float64],
    one: npt.NDArray[np.float64],
    other: npt.NDArray[np.float64],
    abusive: Flags,
) -> tuple[Ints, Ints]:
    """Who acts, and as what. The abusive stand in a ring; a quarter of it works at a time, every eighth the most."""
    ring = max(1, shape.accounts // shape.abusive)
    place = (when * ring).astype(np.int64) + (one**3 * max(1, ring // 4)).astype(np.int64)
    place = np.where(other < 0.5, place - place % 8, place) % ring
    honest = _shuffled(honest, shape.accounts)
    account = np.where(abusive, place * shape.abusive, honest + (honest % shape.abusive == 0))
    return account % shape.accounts, np.where(abusive, _ABUSE[place // 8 % 4], 0)


def _shuffled(number: Ints, size: int) -> Ints:
    """Scatter the busy accounts among all: a prime step visits every place once."""
    return number * 1_000_003 % size


def _hash(number: Ints | Hashes, salt: int) -> Hashes:
    """Mix to 64 bits (the finaliser of SplitMix64)."""
    x = number.astype(np.uint64) + np.uint64((salt * 0xD1B54A32D192ED03 + 0x9E3779B97F4A7C15) % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


_HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint16)


def _ids(letter: str, hashes: Hashes, where: Flags | None = None) -> pa.Array:
    """Write hashes as a letter and 16 hex digits, null where `where` does not hold."""
    held = hashes if where is None else hashes[where]
    text = np.empty((len(held), 17), np.uint8)
    text[:, 0] = ord(letter)
    text[:, 1:] = _HEX[held.view(np.uint8).reshape(-1, 8)].view(np.uint8)
    sizes = np.full(len(hashes), 17) if where is None else where * 17
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    valid = None if where is None else pa.py_buffer(np.packbits(where, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), len(hashes), [valid, pa.py_buffer(offsets), pa.py_buffer(text)])


def _names(names: Sequence[str], index: Ints, where: Flags | None = None) -> pa.Array:
    chosen = pa.array(index.astype(np.int32), mask=None if where is None else ~where)
    return pa.DictionaryArray.from_arrays(chosen, pa.array(list(names))).dictionary_decode()


def _either(one: pa.Array, other: pa.Array) -> pa.Array:
    return pa.compute.coalesce(one, other)
