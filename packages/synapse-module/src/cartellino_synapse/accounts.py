"""What is told of accounts: made, signed in, failed to, changed, ignored, reported, looked up."""

from __future__ import annotations

import re
from collections.abc import Collection

from synapse.module_api import ModuleApi

from cartellino_synapse.context import described
from cartellino_synapse.outbox import Outbox
from cartellino_synapse.people import People
from cartellino_synapse.pseudonyms import Pseudonyms
from cartellino_synapse.signals import Columns, Signals

REASONS = (
    ("spam", r"spam|scam|advert|pubblicit|iklan|truffa|penipuan"),
    ("hate", r"hate|racis|odio|razzis|kebencian|rasis"),
    ("intimidation", r"threat|intimidat|minacc|ancam"),
    ("impersonation", r"imperson|pretend|finge|impostor|menyamar|pura-pura"),
    ("hacking", r"hack|phish|malware|virus|retas"),
    ("illegal", r"illegal|unlawful|child|illecit|minor|melanggar hukum|anak"),
    ("harassment", r"harass|abus|insult|bully|toxic|molest|insult|lecehan|hina"),
)
"""Categories of a report by the words in it. The words themselves never leave the homeserver."""


class Accounts:
    """Tells of accounts."""

    def __init__(self, api: ModuleApi, outbox: Outbox, names: Pseudonyms, people: People, signals: Signals) -> None:
        """`signals` tells of rooms."""
        self._api, self._outbox, self._names, self._people, self._signals = api, outbox, names, people, signals

    async def registered(self, user_id: str) -> None:
        """Tell of a new account."""
        if not await self._people.is_exempt(user_id):
            self._outbox.put("registered", self._names.account(user_id), **described(self._names))

    async def signed_in(self, user_id: str, device_id: str | None, asked: Collection[tuple[str | None, str]]) -> None:
        """Tell of a sign-in, and of a device that the account links beside others."""
        if await self._people.is_exempt(user_id):
            return
        agent, address = next(iter(asked), (None, ""))
        columns = await self._signals.columns_of(user_id)
        columns |= {"address": self._names.address(address) if address else None, "client": (agent or "")[:128] or None}
        columns["device"] = self._names.device(user_id, device_id) if device_id else None
        devices = await self._people.devices(user_id)
        if devices and device_id not in devices:
            self._outbox.put("device_linked", self._names.account(user_id), **columns)
        self._outbox.put("connected", self._names.account(user_id), **columns)

    async def failed_to_sign_in(self, user_id: str, where: Columns) -> None:
        """Tell that somebody failed to sign in to an account that there is."""
        if not await self._people.is_exempt(user_id):
            self._outbox.put("sign_in_failed", self._names.account(user_id), **where)

    async def profile_changed(self, user_id: str, zone: str) -> None:
        """Tell that a name or a picture changed, but not to what."""
        if not await self._people.is_exempt(user_id):
            self._outbox.put("profile_changed", self._names.account(user_id), zone=zone, **described(self._names))

    async def ignores(self, user_id: str, before: frozenset[str], after: frozenset[str]) -> None:
        """Tell of those whom a person ignores from now on, and no longer."""
        for other in sorted(after - before):
            await self._told_by(user_id, other, "blocked")
        for other in sorted(before - after):
            await self._told_by(user_id, other, "unblocked")

    async def reported(self, reporter: str, reported: str, reason: str, *, had_contact: bool | None) -> None:
        """Tell of a report: its category, and never its words."""
        if reported == reporter or await self._people.is_exempt(reported):
            return
        self._outbox.put("reported", self._names.account(reported), peer=self._names.account(reporter),
                         reason=category(reason), had_contact=had_contact)  # fmt: skip

    async def looked_up(self, user_id: str, target: str, where: Columns, *, is_there: bool) -> None:
        """Tell of a look at the profile of somebody with whom the account shares no room."""
        if user_id == target or await self._people.is_exempt(user_id):
            return
        columns = await self._signals.columns_of(user_id) | where
        if not is_there:
            self._outbox.put("number_checked", self._names.account(user_id), reason="miss", **columns)
        elif not await self._people.knows(target, user_id, ""):
            peer = self._names.account(target)
            self._outbox.put("profile_viewed", self._names.account(user_id), peer=peer, **columns)

    async def searched(self, user_id: str, hits: int, where: Columns) -> None:
        """Tell of a search in the directory, but not of its words."""
        if not await self._people.is_exempt(user_id):
            columns = await self._signals.columns_of(user_id) | where
            reason = "hit" if hits else "miss"
            self._outbox.put("number_checked", self._names.account(user_id), reason=reason, **columns)

    async def failed_to_send(self, user_id: str, status: int, where: Columns) -> None:
        """Tell that Synapse did not take a message."""
        if not await self._people.is_exempt(user_id):
            self._outbox.put("message_failed", self._names.account(user_id), reason=f"http-{status}", **where)

    async def _told_by(self, by: str, account: str, kind: str) -> None:
        if account == by or await self._people.is_exempt(account):
            return
        met = await self._people.have_met(by, account)
        self._outbox.put(kind, self._names.account(account), peer=self._names.account(by), had_contact=met)


def category(reason: str) -> str:
    """Return the category of a report.

    >>> category("Sends SPAM all day"), category("mi ha minacciato"), category("")
    ('spam', 'intimidation', 'other')
    """
    text = reason[:2_000].casefold()
    return next((name for name, words in REASONS if re.search(words, text)), "other")
