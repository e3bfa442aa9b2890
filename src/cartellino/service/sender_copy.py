"""Copies the state of business senders for long computations, in slices: who sends waits for one of them at most."""

from __future__ import annotations

from collections.abc import Iterator
from threading import RLock

import msgspec

from cartellino.senders.people import Directory, Person
from cartellino.senders.state import Senders

SLICE = 500
"""People that are copied while nothing changes: some two milliseconds."""


def copy_of(state: Senders, lock: RLock) -> Senders:
    """Return a copy in which each person is whole; what happens meanwhile may be in it or not.

    Which messages and webhooks are known already is left out: it serves those who send, and nobody who computes.
    """
    with lock:
        bare = msgspec.structs.replace(
            state, people=Directory(made=state.people.made, joined=dict(state.people.joined)), messages={}, seen={},
            pending={}, early={},
        )  # fmt: skip
        packed, keys = msgspec.msgpack.encode(bare), list(state.people.people)
    copy = msgspec.msgpack.decode(packed, type=Senders)
    for person in _people(state, lock, keys):
        copy.people.people[person.key] = person
        copy.people.by_name |= dict.fromkeys(person.names, person.key)
    return copy


def _people(state: Senders, lock: RLock, keys: list[int]) -> Iterator[Person]:
    for first in range(0, len(keys), SLICE):
        with lock:
            known = state.people.people
            packed = msgspec.msgpack.encode([known[key] for key in keys[first : first + SLICE] if key in known])
        yield from msgspec.msgpack.decode(packed, type=list[Person])
