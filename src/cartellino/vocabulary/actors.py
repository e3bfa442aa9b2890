"""Actors: who did something, as a kind with a name, so that an account cannot pass for an operator of the same name.

    operator:rita      a person who operates the service
    holder:p_4f1c...   the holder of an account, by the pseudonym that the ledger has for the account
    key:k_09ab...      a program, by the id of its key
    rule:spam/bulk     a rule of the policies
    service, time ...  the service itself, one word for each of its parts (`PARTS`)

Data from before kinds existed have bare names. Unless it is a part of the service, a bare name has the kind `unknown`:
it is shown as it is, and equals no actor.

>>> operator("rita"), kind_of(operator("time")), kind_of(TIME), kind_of("rita")
('operator:rita', 'operator', 'service', 'unknown')
>>> shown(operator("rita")), shown(holder("p_1")), shown(key("k_1")), shown(TIME), shown("rita")
('rita', 'the account holder', 'key k_1', 'time', 'rita')
"""

from __future__ import annotations

from typing import Literal, NewType

Actor = NewType("Actor", str)
"""Somebody or something that acts, with its kind. It is made by the functions below, never from a bare name."""

Kind = Literal["operator", "holder", "key", "rule", "service", "unknown"]

SERVICE = Actor("service")
TIME = Actor("time")
LOG = Actor("log")
COURIER = Actor("courier")
PRECISION = Actor("precision")
IMPORT = Actor("import")
COMMAND_LINE = Actor("command line")
STRANGER = Actor("stranger")

PARTS = frozenset({SERVICE, TIME, LOG, COURIER, PRECISION, IMPORT, COMMAND_LINE, STRANGER})
"""Actors for what the service does by itself, at its command line, or for somebody who is not identified."""

_KINDS: dict[str, Kind] = {"operator": "operator", "holder": "holder", "key": "key", "rule": "rule"}


def operator(name: str) -> Actor:
    """Return the actor for a person who operates the service."""
    return Actor(f"operator:{name}")


def holder(pseudonym: str) -> Actor:
    """Return the actor for the holder of the account that has this pseudonym in the ledger."""
    return Actor(f"holder:{pseudonym}")


def key(identity: str) -> Actor:
    """Return the actor for a program, by the id of its key."""
    return Actor(f"key:{identity}")


def rule(identity: str) -> Actor:
    """Return the actor for a rule of the policies."""
    return Actor(f"rule:{identity}")


def kind_of(actor: str) -> Kind:
    """Return the kind of an actor, `unknown` for a bare name from before kinds existed."""
    if actor in PARTS:
        return "service"
    kind, colon, _ = actor.partition(":")
    return _KINDS.get(kind, "unknown") if colon else "unknown"


def is_operator(actor: str) -> bool:
    """Return whether an actor is a person who operates the service."""
    return kind_of(actor) == "operator"


def shown(actor: str) -> str:
    """Return the name of an actor for pages, without its kind; never compare or store it."""
    kind, name = kind_of(actor), actor.partition(":")[2]
    if kind == "holder":
        return "the account holder"
    if kind == "key":
        return f"key {name}"
    return actor if kind in ("service", "unknown") else name
