"""What Synapse knows of people: who is exempt, who knows whom, who is in a room. Read with bounded memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from synapse.module_api import ModuleApi

from cartellino_synapse.settings import LANGUAGES, Settings

LANGUAGE = "org.cartellino.language"
"""The kind of account data in which a person says in which language they want to be told: `{"language": "it"}`."""

FRESH = 600.0
"""Seconds for which what is known of an account is believed."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """Remembers the latest of many, each for a time."""

    def __init__(self, most: int, seconds: float = float("inf")) -> None:
        """`most` bounds how many are remembered."""
        self._most, self._seconds = most, seconds
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Return what is remembered; `None` if nothing is."""
        entry = self._kept.get(key)
        if entry is None or time.monotonic() - entry[0] > self._seconds:
            return None
        return entry[1]

    def put(self, key: K, value: V) -> V:
        """Remember something; the oldest is forgotten where there is no room."""
        self._kept[key] = (time.monotonic(), value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value

    def pop(self, key: K) -> V | None:
        """Forget something, and return it."""
        value = self.get(key)
        self._kept.pop(key, None)
        return value


class Person:
    """What is known of an account: whether it is exempt, and since when it exists (`None`: unknown, such as remote)."""

    __slots__ = ("is_exempt", "since", "why")

    def __init__(self, since: int | None, why: str = "") -> None:
        """`why` says for what reason it is exempt; empty: it is not."""
        self.since, self.why, self.is_exempt = since, why, bool(why)


class People:
    """Asks Synapse's database, and remembers."""

    def __init__(self, api: ModuleApi, settings: Settings) -> None:
        """`settings` say who is exempt."""
        self._api, self._settings = api, settings
        self._store = api._store
        notices = getattr(getattr(api._hs.config, "servernotices", None), "server_notices_mxid", None)
        self._notices = str(notices) if notices else ""
        self._persons: Memory[str, Person] = Memory(100_000, FRESH)
        self._known: Memory[tuple[str, str, str], bool] = Memory(100_000, 6 * FRESH)

    async def person(self, user_id: str) -> Person:
        """Return what is known of an account."""
        return self._persons.get(user_id) or self._persons.put(user_id, await self._looked_up(user_id))

    async def is_exempt(self, user_id: str) -> bool:
        """Say whether nothing is told of an account, nor anything done to it."""
        return (await self.person(user_id)).is_exempt

    def at_once(self, user_id: str) -> Person | None:
        """Return what is remembered of an account, without asking."""
        return self._persons.get(user_id)

    async def _looked_up(self, user_id: str) -> Person:
        if any(pattern.fullmatch(user_id) for pattern in self._settings.patterns):
            return Person(None, "named in the settings")
        if user_id == self._notices:
            return Person(None, "it writes server notices")
        if not self._api.is_mine(user_id):
            return Person(None)
        info = await self._api.get_userinfo_by_id(user_id)
        if info is None:
            return Person(None, "no account of a person: an application service, or not made yet")
        since = int(info.creation_ts) * 1000 if info.creation_ts < 10**11 else int(info.creation_ts)
        if info.appservice_id is not None:
            return Person(since, "it belongs to an application service")
        if self._settings.exempt_admins and info.is_admin:
            return Person(since, "it is an administrator")
        if self._settings.exempt_bots and info.user_type in ("bot", "support"):
            return Person(since, f"its user type is {info.user_type}")
        return Person(since)

    async def members(self, room_id: str) -> list[str]:
        """Return who is in a room. Synapse has this list in its memory for rooms in use."""
        return list(await self._store.get_users_in_room(room_id))

    async def knows(self, peer: str, account: str, room_id: str) -> bool:
        """Say whether a person knows an account: they are together in another room that is not open to everybody.

        A room that anybody may join makes nobody known: else a spammer would join a large one first.
        """
        key = (peer, account, room_id)
        remembered = self._known.get(key)
        if remembered is not None:
            return remembered
        return self._known.put(
            key, await self._api.run_db_interaction("cartellino_knows", _share, peer, account, room_id)
        )

    async def have_met(self, person: str, account: str) -> bool:
        """Say whether a person had something from an account: it invited them, or is or was in a room with them."""
        return await self._api.run_db_interaction("cartellino_met", _met, person, account)

    async def inviter(self, user_id: str, room_id: str) -> str | None:
        """Return who last invited somebody to a room; `None` if nobody did."""
        return await self._api.run_db_interaction("cartellino_inviter", _inviter, user_id, room_id)

    async def has_written(self, user_id: str, room_id: str) -> bool:
        """Say whether somebody has written in a room."""
        return await self._api.run_db_interaction("cartellino_written", _written, user_id, room_id)

    async def is_invited(self, room_id: str) -> list[str]:
        """Return up to three who are invited to a room and have not answered."""
        return await self._api.run_db_interaction("cartellino_invited", _invited, room_id)

    async def is_named(self, room_id: str) -> bool:
        """Say whether a room has a name, as groups do."""
        state = await self._api.get_room_state(room_id, [("m.room.name", "")])
        return bool(state)

    async def devices(self, user_id: str) -> list[str]:
        """Return the devices of an account, at most a hundred."""
        return await self._api.run_db_interaction("cartellino_devices", _devices, user_id)

    async def sender_of(self, event_id: str) -> str | None:
        """Return who sent an event."""
        return await self._api.run_db_interaction("cartellino_sender", _sender, event_id)

    async def report_of(self, table: str, reporter: str, target: str) -> str:
        """Return the words of the latest report of an event (`event_reports`) or an account (`user_reports`)."""
        return await self._api.run_db_interaction("cartellino_report", _report, table, reporter, target)

    async def membership(self, user_id: str, room_id: str) -> str:
        """Return the membership of somebody in a room; empty if there is none."""
        return await self._api.run_db_interaction("cartellino_membership", _membership, user_id, room_id)

    async def ignored(self, user_id: str) -> frozenset[str]:
        """Return whom an account ignores, from the table: a worker's copy of the list may be older than its answer."""
        return await self._api.run_db_interaction("cartellino_ignored", _ignored, user_id)

    async def language(self, user_id: str) -> str | None:
        """Return the language that a person chose; `None` if they chose none."""
        content = await self._api.account_data_manager.get_global(user_id, LANGUAGE)
        return language_in(content)


def language_in(content: Any) -> str | None:  # noqa: ANN401 - what a client wrote
    """Return the language of account data."""
    language = content.get("language") if hasattr(content, "get") else None
    return language if language in LANGUAGES else None


def _ignored(txn: Any, user_id: str) -> frozenset[str]:  # noqa: ANN401 - a cursor of Synapse
    txn.execute("SELECT ignored_user_id FROM ignored_users WHERE ignorer_user_id = ?", (user_id,))
    return frozenset(row[0] for row in txn.fetchall())


def _share(txn: Any, peer: str, account: str, room_id: str) -> bool:  # noqa: ANN401 - a cursor of Synapse
    txn.execute(
        """SELECT 1 FROM current_state_events AS mine
           JOIN current_state_events AS theirs
             ON theirs.room_id = mine.room_id AND theirs.type = 'm.room.member' AND theirs.state_key = ?
           LEFT JOIN room_stats_state AS kind ON kind.room_id = mine.room_id
           WHERE mine.type = 'm.room.member' AND mine.state_key = ? AND mine.membership = 'join'
             AND theirs.membership = 'join' AND mine.room_id <> ? AND COALESCE(kind.join_rules, 'invite') <> 'public'
           LIMIT 1""",
        (peer, account, room_id),
    )
    return txn.fetchone() is not None


def _met(txn: Any, person: str, account: str) -> bool:  # noqa: ANN401
    # No join: over 1,000 rooms of each, SQLite would read the members of them all.
    txn.execute(
        """SELECT room_id FROM room_memberships WHERE user_id = ? AND membership IN ('invite', 'join')
           INTERSECT
           SELECT room_id FROM room_memberships WHERE user_id = ? AND membership = 'join' LIMIT 1""",
        (person, account),
    )
    return txn.fetchone() is not None


def _inviter(txn: Any, user_id: str, room_id: str) -> str | None:  # noqa: ANN401
    txn.execute(
        """SELECT sender FROM room_memberships
           WHERE room_id = ? AND user_id = ? AND membership = 'invite' ORDER BY event_stream_ordering DESC LIMIT 1""",
        (room_id, user_id),
    )
    row = txn.fetchone()
    return row[0] if row is not None else None


def _written(txn: Any, user_id: str, room_id: str) -> bool:  # noqa: ANN401
    txn.execute(
        """SELECT 1 FROM events WHERE room_id = ? AND sender = ? AND type IN ('m.room.message', 'm.room.encrypted')
           LIMIT 1""",
        (room_id, user_id),
    )
    return txn.fetchone() is not None


def _invited(txn: Any, room_id: str) -> list[str]:  # noqa: ANN401
    txn.execute(
        """SELECT state_key FROM current_state_events
           WHERE room_id = ? AND type = 'm.room.member' AND membership = 'invite' LIMIT 3""",
        (room_id,),
    )
    return [row[0] for row in txn.fetchall()]


def _devices(txn: Any, user_id: str) -> list[str]:  # noqa: ANN401
    txn.execute("SELECT device_id FROM devices WHERE user_id = ? AND NOT hidden LIMIT 100", (user_id,))
    return [row[0] for row in txn.fetchall()]


def _sender(txn: Any, event_id: str) -> str | None:  # noqa: ANN401
    txn.execute("SELECT sender FROM events WHERE event_id = ?", (event_id,))
    row = txn.fetchone()
    return row[0] if row is not None else None


def _report(txn: Any, table: str, reporter: str, target: str) -> str:  # noqa: ANN401
    if table == "event_reports":
        txn.execute("SELECT reason FROM event_reports WHERE user_id = ? AND event_id = ? ORDER BY id DESC LIMIT 1",
                    (reporter, target))  # fmt: skip
    else:
        txn.execute("SELECT reason FROM user_reports WHERE user_id = ? AND target_user_id = ? ORDER BY id DESC LIMIT 1",
                    (reporter, target))  # fmt: skip
    row = txn.fetchone()
    return str(row[0] or "") if row is not None else ""


def _membership(txn: Any, user_id: str, room_id: str) -> str:  # noqa: ANN401
    txn.execute(
        """SELECT membership FROM current_state_events
           WHERE room_id = ? AND type = 'm.room.member' AND state_key = ?""",
        (room_id, user_id),
    )
    row = txn.fetchone()
    if row is None:  # an invite to a room in which nobody of this homeserver is
        txn.execute(
            "SELECT membership FROM local_current_membership WHERE room_id = ? AND user_id = ?", (room_id, user_id)
        )
        row = txn.fetchone()
    return str(row[0] or "") if row is not None else ""
