"""The local copy of standings: read by callbacks without waiting, kept fresh by Cartellino's stream of changes."""

from __future__ import annotations

import json
import logging
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from synapse.module_api import ModuleApi

from cartellino_synapse.client import Client, Reader
from cartellino_synapse.conditions import Conditions

REMEMBERED = 100_000
"""Most accounts of which a standing is kept."""

AWAY, CAUGHT_UP = 2.0, 100
"""Seconds for which nothing is asked after a failure, and how many of those that are owed are asked for each time."""

AT_ONCE = 16
"""Most standings that are asked for at once, however many change."""

LONGEST = 1_000
"""Most characters of a reason."""

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the stream is opened again, longer after each failure."""

FROM_NOW = "9" * 18
"""A number that no change has: the stream answers with `reset` and the number of the last one, and goes on from it."""

SEVERITY = {"challenge": 1, "suspension": 2, "ban": 3}
"""The kinds that block a whole account, the worst last."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """A sanction, as far as it is carried out here."""

    kind: str
    scope: frozenset[str]
    ends_at: int | None
    code: int
    reason: str
    sanction: str
    starts_at: int = 0

    def holds(self, now: int) -> bool:
        """Say whether it holds at a time."""
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True)
class Standing:
    """What an account may do."""

    limits: tuple[Limit, ...] = ()
    still_works: tuple[str, ...] = field(default=())

    def forbids(self, scope: str, now: int) -> Limit | None:
        """Return the limit that forbids something, the one that lasts longest; `None` if it is allowed."""
        forbidding = [limit for limit in self.limits if scope in limit.scope and limit.holds(now)]
        return max(forbidding, key=_lasts, default=None)

    def blocked(self, now: int) -> Limit | None:
        """Return what blocks the whole account, the worst; `None` if nothing does."""
        blocking = [limit for limit in self.limits if limit.kind in SEVERITY and limit.holds(now)]
        return max(blocking, key=lambda limit: (SEVERITY[limit.kind], _lasts(limit)), default=None)


def _lasts(limit: Limit) -> float:
    return float("inf") if limit.ends_at is None else limit.ends_at


def read(answer: dict[str, Any]) -> Standing:
    """Read a standing from the answer of Cartellino.

    Raises `ValueError` for an answer of somebody else, which would read as an account on which nothing holds.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("standing"), str):
        raise ValueError("the answer is no standing")  # noqa: TRY004 - a fault of the other side, not of the caller
    limits = tuple(
        Limit(
            str(one["kind"]), frozenset(one.get("scope") or ()), _instant(one.get("ends_at")),
            int(one.get("code") or 0), str(one.get("reason") or "")[:LONGEST], str(one.get("sanction_id") or ""),
            _instant(one.get("starts_at")) or 0,
        )
        for one in answer.get("sanctions", ())
        if one.get("kind") == "restriction" or one.get("kind") in SEVERITY
    )  # fmt: skip
    return Standing(limits, tuple(answer.get("still_works") or ()))


def _instant(text: str | None) -> int | None:
    if text is None:
        return None
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


class Standings:
    """Standings by pseudonym."""

    def __init__(self, api: ModuleApi, client: Client, conditions: Conditions, service: str, language: str) -> None:
        """`language` is that of accounts that chose none."""
        self._api, self._client, self._conditions = api, client, conditions
        self._service, self._default = service, language
        self._known: OrderedDict[str, tuple[Standing, str]] = OrderedDict()
        self._languages: OrderedDict[str, str] = OrderedDict()
        self._asked: dict[str, bool] = {}
        self._queue: deque[str] = deque()
        self._asking = 0
        self._owed: set[str] = set()
        self._away_until = 0.0
        self._last = FROM_NOW

    def now(self) -> int:
        """Return Cartellino's time, in milliseconds."""
        return self._client.now()

    def known(self, account: str) -> Standing | None:
        """Return the standing of an account at once; `None` if it is not known here."""
        entry = self._known.get(account)
        return entry[0] if entry is not None else None

    def speaks(self, account: str, language: str) -> None:
        """Note the language of an account; its reasons are asked for in it from now on."""
        if self._languages.get(account, self._default) != language:
            self._languages[account] = language
            if account in self._known:
                self.refresh(account)
        while len(self._languages) > REMEMBERED:
            self._languages.popitem(last=False)

    def language(self, account: str) -> str:
        """Return the language of an account."""
        return self._languages.get(account, self._default)

    async def ask(self, account: str, seconds: float) -> Standing | None:
        """Return the standing of an account, and wait for Cartellino where it is not known yet, but not for long."""
        at_hand = self.known(account)
        if at_hand is not None:
            return at_hand
        self.refresh(account, is_urgent=True)
        until = time.monotonic() + seconds
        while account not in self._known and account in self._asked and time.monotonic() < until:
            await self._api.sleep(0.02)
        return self.known(account)

    async def worded(self, account: str, language: str, seconds: float) -> Standing | None:
        """Return the standing of an account with its reasons in a language, where that is to be had in some seconds."""
        self.speaks(account, language)
        until = time.monotonic() + seconds
        while account in self._asked and time.monotonic() < until:
            entry = self._known.get(account)
            if entry is None or entry[1] == language:
                break
            await self._api.sleep(0.02)
        return self.known(account)

    def refresh(self, account: str, *, is_urgent: bool = False) -> None:
        """Ask for a standing in the background; what arrives meanwhile asks once more.

        While Cartellino is away nothing is asked: `catch_up` does it later, for those that matter. Somebody waits for
        what `is_urgent`, so it goes before others.
        """
        if time.monotonic() < self._away_until:
            if account in self._known and len(self._owed) < REMEMBERED:
                self._owed.add(account)
            return
        if account in self._asked:
            self._asked[account] = True
            return
        if len(self._asked) >= REMEMBERED:
            return  # it is asked for when the account does something
        self._asked[account] = False
        (self._queue.appendleft if is_urgent else self._queue.append)(account)
        if self._asking < AT_ONCE:
            self._asking += 1
            self._api.run_as_background_process("cartellino_standing", self._fetch_all)

    async def catch_up(self) -> None:
        """Ask again for what could not be asked for."""
        if time.monotonic() >= self._away_until:
            for account in list(self._owed)[:CAUGHT_UP]:
                self._owed.discard(account)
                self.refresh(account)

    async def follow(self) -> None:
        """Read the stream of changes for as long as Synapse runs."""
        failures = 0
        while True:
            try:
                await self._client.stream(self._last, _Changes(self))
                failures = 0
                self._conditions.set("stream", "the stream of changes ended")
            except Exception as error:  # whatever it was, it is opened again
                self._conditions.set("stream", f"{type(error).__name__}: {error}"[:200])
                failures += 1
            await self._api.sleep(PAUSES[min(failures, len(PAUSES) - 1)])

    def changed(self, kind: str, number: str, data: str) -> None:
        """Take a change of the stream."""
        if number.isascii() and number.isdecimal() and len(number) <= len(FROM_NOW):
            self._last = number
        if kind == "reset":  # changes may have been missed
            log.info("the stream of changes begins anew")
            stale = list(self._known)
            self._known.clear()
            for account in stale[-1_000:]:
                self.refresh(account)
            return
        try:
            said = json.loads(data)
            service, account = said.get("service"), said.get("account")
        except (ValueError, AttributeError, RecursionError):
            return  # it is none of Cartellino's
        if account and service == self._service and kind.startswith(("sanction.", "held.", "accounts.", "decision")):
            self.refresh(str(account))

    @property
    def shown(self) -> dict[str, Any]:
        """How many are kept, and how far the stream was read."""
        now = self.now()
        limited = sum(1 for standing, _ in self._known.values() if any(limit.holds(now) for limit in standing.limits))
        return {"known": len(self._known), "limited": limited, "last_change": self._last}

    async def _fetch_all(self) -> None:
        try:
            while self._queue:
                await self._fetch(self._queue.popleft())
        finally:
            self._asking -= 1

    async def _fetch(self, account: str) -> None:
        try:
            language = self.language(account)
            standing = read(await self._client.standing(self._service, account, language))
            self._known[account] = (standing, language)
            self._known.move_to_end(account)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            self._conditions.clear("standings")
        except Exception as error:  # the last that is known stands
            self._conditions.set("standings", f"{type(error).__name__}: {error}"[:200])
            self._away_until = time.monotonic() + AWAY
            if len(self._owed) < REMEMBERED:
                self._owed.add(account)
        finally:
            if self._asked.pop(account, False):
                self.refresh(account)


class _Changes(Reader):
    def __init__(self, standings: Standings) -> None:
        super().__init__()
        self._standings = standings

    def told(self, kind: str, number: str, data: str) -> None:
        self._standings.changed(kind, number, data)
