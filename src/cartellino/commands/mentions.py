"""Mentions of an account in free text, which are replaced by its alias when the account is erased.

A name matches as a whole word, in any case, next to any punctuation, but not as a part of a longer name (`bob` in
`bob-2`, `bob.smith`, `bob@example.org` or `@bob:example.org`). People leave out spaces, so a full stop before a capital
letter ends a sentence, and a colon belongs to a name only before a host. A name of fewer than three letters cannot be
told from a word, nor a name that an operator also has from the operator; such names are kept in texts about others.

>>> Mentions("main", "bob", "erased_1").out_of("Bob, bobby and bob-2 asked about bob, @bob.")
'erased_1, bobby and bob-2 asked about erased_1, @erased_1.'
>>> Mentions("main", "bob", "erased_1").out_of("ann/bob, bob/ann.Bob:5 times.Then bob.smith, @bob:example.org")
'ann/erased_1, erased_1/ann.erased_1:5 times.Then bob.smith, @bob:example.org'
>>> Mentions("main", "@bob:example.org", "erased_1").out_of("ask @bob:example.org or @bob:example.organic")
'ask erased_1 or @bob:example.organic'
>>> Mentions("main", "a", "erased_1").out_of("a word")
'a word'
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

_LETTER = r"[^\W_]"
_BEFORE = rf"(?<!{_LETTER})(?<!\w[_@-])"
_AFTER = rf"(?!{_LETTER})(?![_@-]\w)(?!:(?:localhost\b|(?:[\w-]+\.)+(?-i:[a-z]{{2,}})))"
"""What must not follow a name, as `_BEFORE` what must not precede it: letters, marks of names, an address's host."""

SHORTEST = 3
"""Shorter names are not replaced in texts about others."""

NAMED = ("account", "other_account", "peer", "reporter")
"""Fields of messages, acts and records that hold the name of an account; its service is in a field beside it."""

SAID = frozenset({"why", "said", "reason", "note", "text", "what"})
"""Fields that hold free text."""


class Mentions:
    """One account of a service, and the alias that takes the place of its name."""

    def __init__(self, service: str, name: str, alias: str, operators: Collection[str] = ()) -> None:
        """`operators` are the names of the people who operate the service."""
        self.service, self.name, self.alias = service, name, alias
        self.told_apart = len(name) >= SHORTEST and name.casefold() not in {
            operator.casefold() for operator in operators
        }
        self._pattern = re.compile(_BEFORE + re.escape(name) + _AFTER, re.IGNORECASE)

    @property
    def spellings(self) -> tuple[str, ...]:
        """The name as people write it: unchanged, in lower case, in upper case, capitalised."""
        name = self.name
        return tuple(dict.fromkeys((name, name.lower(), name.upper(), name.capitalize(), name.title())))

    def out_of(self, text: str) -> str:
        """Return a text with the alias in place of the name."""
        return self._pattern.sub(self._replaced_here, text) if self.told_apart else text

    def _replaced_here(self, match: re.Match[str]) -> str:
        """Return the alias, or the match itself where a full stop makes it part of a longer name (`ann.bob.smith`)."""
        before, after = match.string[: match.start()][-2:], match.string[match.end() :][:2]
        is_end = len(before) == 2 and before[1] == "." and before[0].isalnum() and not match[0][0].isupper()
        is_begin = after[:1] == "." and (after[1:].islower() or after[1:].isdigit())
        return match[0] if is_end or is_begin else self.alias

    def strictly_out_of(self, text: str) -> str:
        """Return a text about this account with the alias; empty where it may hold a name that cannot be told apart."""
        return self.out_of(text) if self.told_apart or self.name.casefold() not in text.casefold() else ""

    def out_of_data(self, data: Any, service: str) -> Any:  # noqa: ANN401 - whatever JSON can say
        """Return JSON data with the alias in place of the name, in the fields `NAMED` and `SAID`.

        `service` is that of accounts whose service is not given beside their name.
        """
        if isinstance(data, list):
            return [self.out_of_data(item, service) for item in data]
        if not isinstance(data, dict):
            return data
        return {key: self._replaced(key, value, data, service) for key, value in data.items()}

    def _replaced(self, key: str, value: Any, beside: dict[str, Any], service: str) -> Any:  # noqa: ANN401
        if key in NAMED and value == self.name:
            named = beside.get("other_service" if key == "other_account" else "service", service)
            return self.alias if named == self.service else value
        if key in SAID and isinstance(value, str):
            return self.out_of(value)
        return self.out_of_data(value, service)
