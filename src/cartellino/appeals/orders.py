"""Orders of authorities: what was ordered or asked, and what became of it.

    received → verified → in_force | complied | partly_refused | refused | referred
    any of these → stayed, withdrawn; what was received or verified → forged
    in_force → ended; everything that was decided → closed

A restriction (of features in a country, or of some accounts) is in force until it ends; every other order is complied
with, in part or not at all. An order that was received says nothing yet, since it may be forged: one that came by key
or by mail has to be verified by a person before anything follows. A stay stops the deadline.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from cartellino.appeals.categories import Category
from cartellino.appeals.jurisdictions import Trigger
from cartellino.appeals.plain_text import line, text
from cartellino.availability.rows import Announcement
from cartellino.vocabulary.refusals import BadArgument, Refusal
from cartellino.vocabulary.times import EARLIEST, Instant, instant

State = Literal[
    "received", "verified", "referred", "in_force", "complied", "partly_refused", "refused", "stayed", "forged",
    "withdrawn", "ended", "closed",
]  # fmt: skip

Kind = Literal["restriction", "removal", "information", "preservation", "other"]
"""What is ordered: to limit features, to limit accounts or remove content, to disclose data, or to keep it; `other`
while nobody has read yet what a mail asks for."""

KINDS: tuple[Kind, ...] = get_args(Kind)

_NEXT: dict[State, frozenset[State]] = {
    "received": frozenset({"verified", "in_force", "complied", "partly_refused", "refused", "referred", "stayed",
                           "forged", "withdrawn"}),
    "verified": frozenset({"in_force", "complied", "partly_refused", "refused", "referred", "stayed", "forged",
                           "withdrawn"}),
    "referred": frozenset({"complied", "partly_refused", "refused", "withdrawn", "closed"}),
    "in_force": frozenset({"stayed", "withdrawn", "ended"}),
    "complied": frozenset({"stayed", "withdrawn", "closed"}),
    "partly_refused": frozenset({"complied", "stayed", "withdrawn", "closed"}),
    "refused": frozenset({"closed"}),
    "stayed": frozenset({"verified", "in_force", "complied", "partly_refused", "refused", "forged", "withdrawn",
                         "ended"}),
    "forged": frozenset({"closed"}),
    "withdrawn": frozenset({"closed"}),
    "ended": frozenset(),
    "closed": frozenset(),
}  # fmt: skip

_ONLY_RESTRICTIONS: frozenset[State] = frozenset({"in_force", "ended"})
_NEVER_RESTRICTIONS: frozenset[State] = frozenset({"complied", "partly_refused"})
_NEEDS_A_CHECK: frozenset[State] = frozenset({"in_force", "complied", "partly_refused", "referred"})

OUTCOMES: frozenset[State] = frozenset({"in_force", "complied", "partly_refused", "refused", "referred", "forged",
                                        "withdrawn", "stayed"})  # fmt: skip
"""States in which no deadline runs."""

Visibility = Literal["full", "outline", "counted"]
"""What of an order is public: all of it; all but who ordered it and on which basis; or only that there is one."""

Door = Literal["operator", "key", "mail"]
Proof = Literal["operator", "key", "mail", "failed"]
"""What shows that an order is genuine: a person entered it, the authority's key, its mail domain as the receiving
server says, or nothing (`failed`): it names an authority whose mail it is not."""

MOST_ACCOUNTS = 1_000
"""Accounts of one order: each is a decision with its notice, in one transaction; longer lists are several orders."""

FIRST, LAST = EARLIEST, instant("2100-01-01T00:00:00Z")
"""Between them lies what an order can be about."""

MOST_ADDRESSES = 100
LONGEST_ADDRESS = 2_048
LONGEST_TEXT = 20_000


class NotAllowed(Refusal):
    """An order does not go from where it is to where it was sent."""

    code = "not-now"


class Concerned(msgspec.Struct, frozen=True):
    """An account that an order is about; the fields are called so that an erasure finds them."""

    service: str
    account: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an authority has ordered.

    `accounts` are those that it is about, `addresses` the content; a restriction with neither is of everybody there.
    """

    country: str
    authority: str
    legal_basis: str
    starts: Instant
    features: tuple[str, ...] = ()
    ends: Instant | None = None
    service: str = "main"
    reference: str = ""
    accounts: tuple[Concerned, ...] = ()
    visibility: Visibility = "full"
    kind: Kind = "restriction"
    category: Category | Literal[""] = ""
    urgent: bool = False
    addresses: tuple[str, ...] = ()
    text: str = ""
    language: str = "en"
    door: Door = "operator"
    proof: Proof = "operator"
    authority_id: str = ""
    """The registered authority; empty where an operator named one that is not."""
    answer_to: str = ""
    """The mail address to which the statement of reasons goes."""

    @property
    def trigger(self) -> Trigger:
        """Which deadline applies."""
        return "request" if self.kind == "information" else "order"

    @property
    def subjects(self) -> tuple[str, ...]:
        """The names of everything that can be refused on its own."""
        return (*(one.account for one in self.accounts), *self.addresses)


class Entry(msgspec.Struct, frozen=True):
    """A line of what became of an order: who set which state when, and why; and which subjects were refused."""

    at: Instant
    state: State
    who: str
    note: str = ""
    refused: tuple[str, ...] = ()


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An order with what became of it."""

    id: str
    order: Order
    timeline: tuple[Entry, ...]

    @property
    def case(self) -> str:
        """The id of its case, which has the deadline."""
        return f"c_{self.id.partition('_')[2]}"

    @property
    def state(self) -> State:
        """Where it is."""
        return self.timeline[-1].state

    @property
    def is_told(self) -> bool:
        """Whether a person has looked at it and decided, so that it may be told."""
        return any(entry.state in OUTCOMES - {"forged"} for entry in self.timeline)

    @property
    def is_checked(self) -> bool:
        """Whether a person has seen that it is genuine; who enters an order has."""
        return self.order.door == "operator" or any(entry.state == "verified" for entry in self.timeline)

    @property
    def outcome(self) -> State | None:
        """What was decided last; `None` while nothing was."""
        return next((entry.state for entry in reversed(self.timeline) if entry.state in OUTCOMES), None)

    @property
    def decided_at(self) -> Instant | None:
        """When something was decided first; a stay decides nothing."""
        return next((entry.at for entry in self.timeline if entry.state in OUTCOMES - {"stayed"}), None)

    @property
    def refused(self) -> tuple[str, ...]:
        """The subjects that were refused when it was last decided."""
        return next((entry.refused for entry in reversed(self.timeline) if entry.state in OUTCOMES), ())

    def holds(self, at: Instant) -> bool:
        """Say whether it limits features at an instant."""
        order = self.order
        return self.state == "in_force" and order.starts <= at and (order.ends is None or at < order.ends)

    def following(self) -> tuple[State, ...]:
        """Return the states that can follow, in the order in which the type lists them."""
        return tuple(state for state in get_args(State) if _refusal(self, state) is None)


def plain(order: Order) -> Order:
    """Return an order without what nobody sees: whoever files one chooses what a public page says."""
    return msgspec.structs.replace(
        order, authority=line(order.authority), legal_basis=line(order.legal_basis), reference=line(order.reference),
        text=text(order.text), addresses=tuple(dict.fromkeys(map(line, order.addresses))),
    )  # fmt: skip


def lacks(order: Order) -> tuple[str, str] | None:
    """Return what an order lacks, with the field; `None` if it can be stored."""
    if order.kind == "restriction" and not order.features:
        return "a restriction names the features that it limits", "/features"
    if order.kind != "restriction" and order.features:
        return "only a restriction has `features`", "/features"
    if order.kind == "removal" and not order.subjects:
        return "an order to remove names `accounts` or `addresses`", "/accounts"
    if order.kind == "other":
        return "say what is ordered", "/kind"
    if order.kind in ("information", "preservation") and not order.accounts:
        return f"an order of {order.kind} names `accounts`", "/accounts"
    if not FIRST <= order.starts < LAST:
        return "`from` lies between 1970 and 2100", "/from"
    if order.ends is not None and not FIRST <= order.ends < LAST:
        return "`to` lies between 1970 and 2100", "/to"
    if order.ends is not None and order.ends <= order.starts:
        return "`to` is an instant after `from`", "/to"
    return None


def move(held: Held, to: State, who: str, at: Instant, note: str, refused: tuple[str, ...] = ()) -> Held:
    """Return the order in its next state; `refused` are the subjects with which it is not complied.

    Raises `NotAllowed` for a state that cannot follow, or an entry before the last one, `BadArgument` for subjects that
    the order does not have, or for a part that is all or nothing.
    """
    if refusal := _refusal(held, to):
        raise NotAllowed(refusal)
    if at < held.timeline[-1].at:
        raise NotAllowed("an entry is not before the one above it")
    _part(held, to, refused)
    return msgspec.structs.replace(held, timeline=(*held.timeline, Entry(at, to, who, note, refused)))


def _refusal(held: Held, to: State) -> str | None:
    is_restriction = held.order.kind == "restriction"
    if to not in _NEXT[held.state] or to in (_NEVER_RESTRICTIONS if is_restriction else _ONLY_RESTRICTIONS):
        return f"an order that is {held.state.replace('_', ' ')} does not become {to.replace('_', ' ')}"
    if to in _NEEDS_A_CHECK and not held.is_checked:
        return "a person has to verify first that this order is genuine"
    if to in _NEEDS_A_CHECK and held.order.kind == "other":
        return "say first what is ordered: verify it with `kind`, and the accounts or addresses"
    return None


def _part(held: Held, to: State, refused: tuple[str, ...]) -> None:
    subjects = held.order.subjects
    if unknown := sorted(set(refused) - set(subjects)):
        raise BadArgument(f"the order does not name `{unknown[0]}`")
    if to == "partly_refused" and not (refused and set(refused) < set(subjects)):
        raise BadArgument("say in `refused` which of the accounts and addresses are refused: some, not all")
    if to != "partly_refused" and refused:
        raise BadArgument("`refused` goes only with `partly_refused`")


def amended(held: Held, order: Order) -> Held:
    """Return an order as a person has read it, where a mail only had a text; whence it came stays.

    Raises `NotAllowed` once it was verified, `BadArgument` for what it lacks.
    """
    if held.is_checked or held.state not in ("received", "stayed"):
        raise NotAllowed("what is ordered is said when the order is verified, not later")
    if wrong := lacks(order):
        raise BadArgument(wrong[0])
    before, order = held.order, plain(order)
    kept = {name: getattr(before, name) for name in ("door", "proof", "authority_id", "answer_to", "text", "country")}
    return msgspec.structs.replace(held, order=msgspec.structs.replace(order, **kept))


def announcement(held: Held, at: Instant) -> Announcement | None:
    """Return what an order that is public announces from now on, or takes back; nothing of others.

    It is of everybody in a country; an order about some accounts says nothing of the country.
    """
    order, last = held.order, len(held.timeline)
    if order.kind != "restriction" or order.visibility != "full" or order.accounts or last < 2:
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
