"""What is told of rooms: messages, answers, invites and what becomes of them. Metadata only, never a text."""

from __future__ import annotations

from typing import Any

from synapse.events import EventBase
from synapse.module_api import ModuleApi

from cartellino_synapse.context import described
from cartellino_synapse.outbox import Outbox
from cartellino_synapse.people import Memory, People
from cartellino_synapse.pseudonyms import Pseudonyms

DAY = 86_400.0

MESSAGES = {
    "m.room.message", "m.room.encrypted", "m.sticker", "m.poll.start", "org.matrix.msc3381.poll.start",
}  # fmt: skip
"""Types of events that count as a message; reactions, redactions and state do not."""

MEDIA = {"m.text": "text", "m.notice": "text", "m.emote": "text", "m.image": "image", "m.video": "video",
         "m.audio": "audio", "m.file": "document"}  # fmt: skip

Columns = dict[str, Any]


class Signals:
    """Tells of messages and memberships."""

    def __init__(self, api: ModuleApi, outbox: Outbox, names: Pseudonyms, people: People) -> None:
        """`outbox` takes the events."""
        self._api, self._outbox, self._names, self._people = api, outbox, names, people
        self._direct: Memory[str, bool] = Memory(20_000)
        self._invited: Memory[str, str] = Memory(20_000)
        self._knows: Memory[tuple[str, str, str], bool] = Memory(50_000, 6 * 3600)
        self._answered: Memory[tuple[str, str], bool] = Memory(100_000, DAY)
        self._wrote: Memory[tuple[str, str], bool] = Memory(100_000)
        self._silent: Memory[tuple[str, str], bool] = Memory(50_000, 60)
        self._seen: Memory[str, bool] = Memory(20_000, 3600)
        self._creating: Memory[str, bool] = Memory(5_000, 300)
        self._uploads: Memory[str, tuple[int, int]] = Memory(20_000, DAY)

    async def message(self, event: EventBase) -> None:
        """Tell of a message: once to a person, or once to a group."""
        relation = event.content.get("m.relates_to")
        if event.type not in MESSAGES or (hasattr(relation, "get") and relation.get("rel_type") == "m.replace"):
            return
        if self._seen.get(event.event_id):
            return  # federation shows some events more than once
        self._seen.put(event.event_id, True)
        sender, room = event.sender, event.room_id
        if await self._people.is_exempt(sender):
            return
        members = await self._people.members(room)
        peer = await self._peer(sender, room, members)
        if peer is None and len(members) < 2:
            return  # nobody hears it
        columns = await self._columns(sender) | _shape(event, len(members)) | self._uploaded(sender)
        device = getattr(event.internal_metadata, "device_id", None)
        if device and self._api.is_mine(sender):
            columns["device"] = self._names.device(sender, device)
        if peer is None:
            self._outbox.put("message_sent", self._names.account(sender), group=self._names.room(room), **columns)
            return
        known = await self.knows(peer, sender, room)
        self._outbox.put(
            "message_sent", self._names.account(sender), peer=self._names.account(peer), known=known, **columns
        )
        self._wrote.put((sender, room), True)
        await self._answer(sender, peer, room)

    async def invited(self, inviter: str, invitee: str, room: str, *, is_direct: bool | None = None) -> None:
        """Tell of an invite. One to a direct chat opens it, and counts as a message; one to a group adds a member."""
        if await self._people.is_exempt(inviter):
            return
        if is_direct is None:
            is_direct = await self.is_direct(inviter, room)
        known = await self.knows(invitee, inviter, room)
        who, peer, columns = self._names.account(inviter), self._names.account(invitee), await self._columns(inviter)
        if is_direct:
            self._invited.put(room, invitee)
            self._outbox.put("message_sent", who, peer=peer, known=known, x_invite=True, **columns)
        else:
            self._outbox.put("member_added", who, peer=peer, known=known, group=self._names.room(room), **columns)

    async def creating(self, user_id: str, config: Any, identity: str) -> bool:  # noqa: ANN401 - what a client asked
        """Note what kind of room somebody is about to make; return whether it is a direct chat."""
        is_direct = wants_direct(config)
        self._creating.put(identity or user_id, is_direct)
        return is_direct

    async def created(self, user_id: str, *, is_direct: bool) -> None:
        """Tell of a new group."""
        if is_direct or await self._people.is_exempt(user_id):
            return
        self._outbox.put("group_created", self._names.account(user_id), **await self._columns(user_id))

    async def joined(self, user_id: str, room: str) -> None:
        """Tell whose invite was accepted, if there was one."""
        inviter = await self._people.inviter(user_id, room)
        if inviter is None or inviter == user_id or await self._people.is_exempt(inviter):
            return
        self._outbox.put("invite_accepted", self._names.account(inviter), peer=self._names.account(user_id),
                         group=self._names.room(room))  # fmt: skip

    async def left(self, user_id: str, room: str, was: str) -> None:
        """Tell whose invite was declined, or whom somebody left; `was` is the membership before: invite or join."""
        inviter = await self._people.inviter(user_id, room)
        if inviter is None or inviter == user_id or await self._people.is_exempt(inviter):
            return
        kind = "invite_declined" if was == "invite" else "member_left"
        self._outbox.put(
            kind, self._names.account(inviter), peer=self._names.account(user_id), group=self._names.room(room)
        )

    async def knows(self, peer: str, account: str, room: str) -> bool:
        """Say whether a person knows an account that invites them or writes to them.

        They do if they share an earlier room that is not open to everybody, or asked the account into this one.
        """
        key = (peer, account, room)
        remembered = self._knows.get(key)
        if remembered is not None:
            return remembered
        known = (
            await self._people.is_exempt(peer)
            or await self._people.inviter(account, room) == peer
            or await self._people.knows(peer, account, room)
        )
        return self._knows.put(key, known)

    async def is_direct(self, inviter: str, room: str, identity: str = "") -> bool:
        """Say whether an invite opens a direct chat: the room was made as one, or holds nobody else and has no name."""
        made = self._direct.get(room)
        if made is not None:
            return made
        asked = self._creating.get(identity) if identity else None
        if asked is not None:
            return self._direct.put(room, asked)
        members = await self._people.members(room)
        others = await self._people.is_invited(room)
        return list(members) == [inviter] and not others and not await self._people.is_named(room)

    def upload(self, user_id: str, size: int) -> None:
        """Note an upload; it is told of with the next message, since no kind of event stands for it alone."""
        count, total = self._uploads.get(user_id) or (0, 0)
        self._uploads.put(user_id, (count + 1, total + size))

    async def columns_of(self, user_id: str) -> Columns:
        """Return the columns that describe an account."""
        return await self._columns(user_id)

    async def _peer(self, sender: str, room: str, members: list[str]) -> str | None:
        if len(members) == 2 and sender in members:
            return members[0] if members[1] == sender else members[1]
        if list(members) != [sender]:
            return None
        waiting = self._invited.get(room)
        if waiting is not None:
            return waiting
        invited = await self._people.is_invited(room)
        return self._invited.put(room, invited[0]) if len(invited) == 1 else None

    async def _answer(self, sender: str, peer: str, room: str) -> None:
        """Tell that `peer` was answered by `sender`: once a day, and only where the peer wrote or invited."""
        if self._answered.get((peer, sender)) or await self._people.is_exempt(peer):
            return
        if not await self._has_written(peer, room) and await self._people.inviter(sender, room) != peer:
            return
        self._answered.put((peer, sender), True)
        self._outbox.put("reply_received", self._names.account(peer), peer=self._names.account(sender))

    async def _has_written(self, user_id: str, room: str) -> bool:
        if self._wrote.get((user_id, room)):
            return True
        if self._silent.get((user_id, room)):
            return False
        wrote = await self._people.has_written(user_id, room)
        (self._wrote if wrote else self._silent).put((user_id, room), True)
        return wrote

    async def _columns(self, user_id: str) -> Columns:
        person = await self._people.person(user_id)
        is_mine = self._api.is_mine(user_id)
        return {"account_since": person.since} | (described(self._names) if is_mine else {"x_remote": True})

    def _uploaded(self, user_id: str) -> Columns:
        uploaded = self._uploads.pop(user_id)
        return {} if uploaded is None else {"x_uploads": uploaded[0], "x_upload_bytes": uploaded[1]}


def wants_direct(config: Any) -> bool:  # noqa: ANN401 - what a client asked
    """Say whether a room that somebody asks for is a direct chat."""
    invited = config.get("invite") if hasattr(config, "get") else None
    count = len(invited) if isinstance(invited, (list, tuple)) else 0
    return count <= 1 and (bool(config.get("is_direct")) or (count == 1 and not config.get("name")))


def _shape(event: EventBase, members: int) -> Columns:
    """Return what is told of a message: how many hear it, and its kind and size, never what it says."""
    if event.type == "m.room.encrypted":
        ciphertext = event.content.get("ciphertext")
        size = len(ciphertext) if isinstance(ciphertext, str) else None
        return {"x_members": members, "x_encrypted": True, "x_bytes": size}
    kind = event.content.get("msgtype")
    return {"x_members": members, "x_encrypted": False, "media": MEDIA.get(kind) if isinstance(kind, str) else None}
