"""Orders of authorities to restrict features in a country: records of what was ordered, and of what became of it.

    received → in_force | stayed | refused
    in_force → stayed | ended
    stayed → in_force | refused | ended

An order that was received says nothing yet: it may be forged. It is told once a person has looked at it and put it in
force, refused it, or noted that it is stayed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from cartellino.availability.rows import Announcement
from cartellino.vocabulary.refusals import Refusal
from cartellino.vocabulary.times import Instant

State = Literal["received", "in_force", "stayed", "refused", "ended"]

_NEXT: dict[State, frozenset[State]] = {
    "received": frozenset({"in_force", "stayed", "refused"}),
    "in_force": frozenset({"stayed", "ended"}),
    "stayed": frozenset({"in_force", "refused", "ended"}),
    "refused": frozenset(),
    "ended": frozenset(),
}

Visibility = Literal["full", "outline", "counted"]
"""What of an order is public: all of it; all but who ordered it and on which basis; or only that there is one."""


class NotAllowed(Refusal):
    """An order does not go from where it is to where it was sent."""

    code = "not-now"


class Concerned(msgspec.Struct, frozen=True):
    """An account whose features an order limits; the fields are called so that an erasure finds them."""

    service: str
    account: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an authority has ordered. `accounts` are those whose features it limits; with none, everybody there."""

    country: str
    features: tuple[str, ...]
    authority: str
    legal_basis: str
    starts: Instant
    ends: Instant | None = None
    service: str = "main"
    reference: str = ""
    accounts: tuple[Concerned, ...] = ()
    visibility: Visibility = "full"


class Entry(msgspec.Struct, frozen=True):
    """A line of what became of an order: who set which state when, and why."""

    at: Instant
    state: State
    who: str
    note: str = ""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An order with what became of it."""

    id: str
    order: Order
    timeline: tuple[Entry, ...]

    @property
    def state(self) -> State:
        """Where it is."""
        return self.timeline[-1].state

    @property
    def is_told(self) -> bool:
        """Whether a person has looked at it, so that it may be told."""
        return self.state != "received"

    def holds(self, at: Instant) -> bool:
        """Say whether it limits features at an instant."""
        order = self.order
        return self.state == "in_force" and order.starts <= at and (order.ends is None or at < order.ends)


def move(held: Held, to: State, who: str, at: Instant, note: str) -> Held:
    """Return the order in its next state.

    Raises `NotAllowed` for a state that cannot follow, or an entry before the last one.
    """
    if to not in _NEXT[held.state]:
        raise NotAllowed(f"an order that is {held.state.replace('_', ' ')} does not become {to.replace('_', ' ')}")
    if at < held.timeline[-1].at:
        raise NotAllowed("an entry is not before the one above it")
    return msgspec.structs.replace(held, timeline=(*held.timeline, Entry(at, to, who, note)))


def announcement(held: Held, at: Instant) -> Announcement | None:
    """Return what an order that is public announces from now on, or takes back; nothing of others.

    It is of everybody in a country; an order about some accounts says nothing of the country.
    """
    order, last = held.order, len(held.timeline)
    if order.visibility != "full" or order.accounts or last < 2:
        return None
    put = [number for number, entry in enumerate(held.timeline) if entry.state == "in_force"]
    if held.state != "in_force" and held.timeline[-2].state != "in_force":
        return None
    return Announcement(
        id=f"{held.id}/{last}", time=at, country=order.country, features=order.features, authority=order.authority,
        source=f"/v1/orders/{held.id}", legal_basis=order.legal_basis or None, starts=order.starts, ends=order.ends,
        withdraws=None if held.state == "in_force" else f"{held.id}/{put[-1] + 1}",
    )  # fmt: skip


def latest_first(orders: Iterable[Held]) -> list[Held]:
    """Return orders as a page lists them: those in force first, then the latest."""
    return sorted(orders, key=lambda one: (one.state != "in_force", -one.order.starts, one.id))
