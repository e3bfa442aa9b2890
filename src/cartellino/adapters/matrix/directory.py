"""Which account a pseudonym stands for: worked out from the homeserver's own list, and kept in memory alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from fnmatch import translate
from typing import NamedTuple

from cartellino.adapters.matrix.homeserver import PAGE, Homeserver, User
from cartellino.adapters.matrix.pseudonyms import Pseudonyms

OFTEN = 60.0
"""Seconds between readings of the whole list for pseudonyms that are not known, however many come."""


class Entry(NamedTuple):
    """An account, and why nothing is ever done to it; empty: it is like others."""

    user_id: str
    exempt: str


class Directory:
    """Finds accounts by their pseudonyms."""

    def __init__(
        self, homeserver: Homeserver, names: Pseudonyms, exempt: Iterable[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`exempt` are patterns of user ids."""
        self._clock, self._loaded = clock, -OFTEN
        self._homeserver, self._names = homeserver, names
        self._patterns = [re.compile(translate(pattern)) for pattern in exempt]
        self._entries: dict[str, Entry] = {}
        self._remote: set[str] = set()

    def __len__(self) -> int:
        return len(self._entries)

    async def load(self) -> None:
        """Read the whole list.

        Raises `Unreached` and `Refused`.
        """
        entries: dict[str, Entry] = {}
        async for user in self._homeserver.users():
            entries[self._names.account(user.user_id)] = Entry(user.user_id, self._why(user))
        self._entries, self._loaded = entries, self._clock()
        self._remote.clear()

    async def entry(self, account: str) -> Entry | None:
        """Return the account of a pseudonym; `None` if it is not of this homeserver.

        Raises `Unreached` and `Refused`.
        """
        known = self._entries.get(account)
        if known is not None or account in self._remote:
            return known
        if self._clock() - self._loaded >= OFTEN:
            await self.load()
        else:
            await self._look_for_new_ones()
        if account not in self._entries:
            self._remember_remote(account)
        return self._entries.get(account)

    async def _look_for_new_ones(self) -> None:
        """Read the list, newest first, as far as it has accounts that were made since it was read.

        A page is read to its end: accounts that were made in the same second are in no order.
        """
        is_new = False
        number = 0
        async for user in self._homeserver.users(newest_first=True):
            name = self._names.account(user.user_id)
            is_new = is_new or name not in self._entries
            self._entries[name] = Entry(user.user_id, self._why(user))
            number += 1
            if number % PAGE == 0:
                if not is_new:
                    return
                is_new = False

    async def look_again(self, account: str) -> None:
        """Forget what is known of an account, which may have become exempt or ceased to be."""
        self._entries.pop(account, None)

    def accounts(self) -> list[str]:
        """Return all pseudonyms that are known."""
        return list(self._entries)

    def _remember_remote(self, account: str) -> None:
        if len(self._remote) >= 100_000:
            self._remote.clear()
        self._remote.add(account)

    def _why(self, user: User) -> str:
        if user.is_admin:
            return "it is an administrator"
        if user.appservice_id is not None:
            return "it belongs to an application service"
        if user.user_type in ("bot", "support"):
            return f"its user type is {user.user_type}"
        if any(pattern.fullmatch(user.user_id) for pattern in self._patterns):
            return "the settings name it"
        return ""
