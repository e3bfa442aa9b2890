"""Who did something: always a kind with a name, so that an account cannot pass for an operator of the same name.

    operator:rita      a person who operates the service
    holder:p_4f1c...   the holder of an account, by the pseudonym that the ledger has for the account
    key:k_09ab...      a program, by the id of its key
    rule:spam/bulk     a rule of the policies
    service, time ...  the service itself, one word for each of its parts (`PARTS`)

What was written before kinds were kept has bare names. A bare name that is no part of the service has no known kind:
it is shown as it stands, and equals no actor of today.

>>> operator("rita"), kind_of(operator("time")), kind_of(TIME), kind_of("rita")
('operator:rita', 'operator', 'service', 'unknown')
>>> shown(operator("rita")), shown(holder("p_1")), shown(key("k_1")), shown(TIME), shown("rita")
('rita', 'the account holder', 'key k_1', 'time', 'rita')
"""

from __future__ import annotations

from typing import Literal, NewType

Actor = NewType("Actor", str)
"""Somebody or something that acts, with its kind. Made by the functions below, never from a bare name."""

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
"""What the service does by itself, at the command line of its machine, or for somebody who did not say who they are."""

_KINDS: dict[str, Kind] = {"operator": "operator", "holder": "holder", "key": "key", "rule": "rule"}


def operator(name: str) -> Actor:
    """Return a person who operates the service."""
    return Actor(f"operator:{name}")


def holder(pseudonym: str) -> Actor:
    """Return the holder of the account that has this pseudonym in the ledger."""
    return Actor(f"holder:{pseudonym}")


def key(identity: str) -> Actor:
    """Return a program, by the id of its key."""
    return Actor(f"key:{identity}")


def rule(identity: str) -> Actor:
    """Return a rule of the policies."""
    return Actor(f"rule:{identity}")


def kind_of(actor: str) -> Kind:
    """Return the kind of an actor; `unknown` for a bare name from before kinds were kept."""
    if actor in PARTS:
        return "service"
    kind, colon, _ = actor.partition(":")
    return _KINDS.get(kind, "unknown") if colon else "unknown"


def is_operator(actor: str) -> bool:
    """Say whether this is a person who operates the service."""
    return kind_of(actor) == "operator"


def shown(actor: str) -> str:
    """Return an actor as pages name it. Only there: what is compared or kept has its kind."""
    kind, name = kind_of(actor), actor.partition(":")[2]
    if kind == "holder":
        return "the account holder"
    if kind == "key":
        return f"key {name}"
    return actor if kind in ("service", "unknown") else name
