"""The columns of an event (version 1 of the contract): type, bounds and meaning.

This table is the only definition of the columns: the codecs, the policy checker and the generated reference use it.

>>> COLUMNS["known"].type, COLUMNS["id"].required, COLUMNS["credit"].expected
('bool', True, 'a whole number from 0 to 100')
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

ColumnType = Literal["text", "int", "float", "bool", "instant"]

LONGEST_NAME = 128
"""Most characters in an id or a name."""

LONGEST_TEXT = 4_096
"""Most characters in the text of an exposed zone."""


@dataclass(frozen=True)
class Column:
    """One column: its values and its meaning. A missing value is unknown, never false or zero."""

    name: str
    type: ColumnType
    meaning: str
    values: tuple[str, ...] = ()
    most: int | None = None
    required: bool = False

    @property
    def expected(self) -> str:
        """A description of the allowed values, for refusals."""
        if self.name in _FORMS:
            return _FORMS[self.name]
        if self.values:
            return "one of " + ", ".join(f"`{value}`" for value in self.values)
        return _EXPECTED[self.type].format(most=self.most)


_FORMS = {
    "region": "two capital letters of ISO 3166-1 alpha-2, such as IT",
    "image_hash": "a PDQ hash: 64 hex digits",
}

_EXPECTED = {
    "text": "a string of 1 to {most} characters",
    "int": "a whole number from 0 to {most}",
    "float": "a number",
    "bool": "true or false",
    "instant": "an RFC 3339 instant from 1970 on, such as 2026-11-22T10:00:00Z, or whole milliseconds since 1970",
}

LARGEST = 2**53 - 1
"""The largest whole number that all JSON implementations represent exactly."""

FEWEST_MILLISECONDS = 10**11
"""A smaller number is taken for an instant in seconds: in milliseconds it would lie before March 1973."""


def _name(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "text", meaning, most=LONGEST_NAME, required=required)


def _one_of(name: str, meaning: str, *values: str) -> Column:
    return Column(name, "text", meaning, values=values)


def _number(name: str, meaning: str, most: int = LARGEST) -> Column:
    return Column(name, "int", meaning, most=most)


_TABLE = (
    _name("id", "unique per source; a retry says the same again", required=True),
    Column("time", "instant", "when the server received it, never the client's clock", required=True),
    _name("kind", "what happened", required=True),
    _name("account", "whose standing the event bears on", required=True),
    _name("service", "the service; one operator may run several"),
    _name("number", "pseudonym of the phone number or handle"),
    Column("account_since", "instant", "when the account was made, for accounts older than the installation"),
    _name("peer", "the other account"),
    _name("group", "the group, if any"),
    _name("device", "device or installation key of the account"),
    _name("address", "network address of the account"),
    _name("client", "name/version of the account's client"),
    _name("region", "region of the account, ISO 3166-1 alpha-2"),
    _one_of("attestation", "did the client prove to be official?", "passed", "failed", "absent", "unavailable"),
    Column("known", "bool", "the peer has this account in their contacts"),
    Column("had_contact", "bool", "the peer had received something from the account"),
    _number("recipients", "how many a broadcast went to"),
    _number("unknown_recipients", "how many of them do not have the account in their contacts"),
    _name("content", "keyed fingerprint of a forward, broadcast, media file or template"),
    _one_of("content_by", "who made the fingerprint", "client", "server"),
    _number("forwards", "how often it had been forwarded before"),
    _one_of("media", "what kind of message", "text", "image", "video", "audio", "voice", "document", "call"),
    _one_of("zone", "which exposed zone changed", "name", "about", "photo", "status"),
    Column("text", "text", "text of an exposed zone or attached by a reporter", most=LONGEST_TEXT),
    Column("image_hash", "text", "PDQ hash of a photo, 64 hex digits", most=64),
    _name("reason", "of a report, a number check (each has its own words, see its kind) or a failure (any)"),
    Column("verified", "bool", "what a reporter attached is proved to be genuine"),
    _number("credit", "what the reporter's record was worth before, in percent", most=100),
    Column("automated", "bool", "sent by a program through the official API"),
    _name("template", "of business senders: the message template"),
    _name("category", "of business senders: the template's category"),
    _name("campaign", "of business senders: the campaign"),
    _name("portfolio", "of business senders: the business portfolio"),
)

COLUMNS = MappingProxyType({column.name: column for column in _TABLE})

REPORT_REASONS = ("spam", "harassment", "hate", "impersonation", "intimidation", "hacking", "illegal", "other")
CHECK_REASONS = ("hit", "miss")


def is_region(code: str) -> bool:
    """Return whether a text has the form of an ISO 3166-1 alpha-2 code."""
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()


def is_index(name: str) -> bool:
    """Return whether a column is the index of a pandas data frame, which is no part of the event.

    >>> is_index("__index_level_0__"), is_index("index")
    (True, False)
    """
    return name.startswith("__index_level_") and name.endswith("__")


OWN_PREFIX = "x_"
"""Prefix of the operator's own columns (string, int, float or bool), which are stored and can be used in policies."""
