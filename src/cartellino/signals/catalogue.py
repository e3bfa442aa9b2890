"""The catalogue of signals: what each tells about an account, and which honest behaviour looks the same.

>>> CATALOGUE["unanswered"].false_friends
'outgoing-only logs: where replies are never logged, it is unknown'
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Signal:
    """A signal, what it tells, and its false friends: honest behaviour that looks the same."""

    name: str
    tells: str
    false_friends: str


_TABLE = (
    Signal(
        "count",
        "how much somebody does",
        "a client that sends what was written offline; a power cut, after which all retry",
    ),
    Signal(
        "sum",
        "how much in total, such as strangers reached by broadcasts",
        "one value that is not known leaves it open",
    ),
    Signal(
        "distinct", "how many different people, devices, accounts", "a newcomer who tells all contacts a new number"
    ),
    Signal("share", "which part of the people did something", "small wholes; hence the compulsory `at_least`"),
    Signal("repeat", "how often the same content, or the same gap, came", "a forward that everybody shares"),
    Signal(
        "unanswered",
        "how many people did not want to talk",
        "outgoing-only logs: where replies are never logged, it is unknown",
    ),
    Signal("age", "how new an account is", "a restored account: it keeps its age if `account_since` is sent"),
    Signal(
        "since", "how fresh something is, such as a new device", "a clock of the client; only the server's time counts"
    ),
    Signal("first", "what an account began with", "a log that is younger than the account"),
    Signal("last", "what an account has now", "a companion device beside the main one"),
)

CATALOGUE = MappingProxyType({signal.name: signal for signal in _TABLE})
