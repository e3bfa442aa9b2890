"""Conversations between people who know each other: they write, read, answer, and sometimes go on.

The share of contacts who never answer is measured: in CollegeMsg it is .25 at the median, .61 at the 90th and .93 at
the 99th percentile of senders (`data/legit_profiles.txt`); `draw_ignored` has this distribution. The rest is assumed:
the shares below, and answers after a lognormal time with a median of 100 s.
"""

from __future__ import annotations

from random import Random
from typing import Any

from cartellino.simulator.acts import log, send
from cartellino.simulator.content import dress
from cartellino.simulator.resident import Resident
from cartellino.simulator.town import Town
from cartellino.vocabulary.times import DAY, HOUR, SECOND

ANSWERS = 0.9
"""The share of messages that are answered by people who answer at all."""

GOES_ON = 0.35
"""The share of answers that are answered in turn."""

READS = 0.7
QUARRELS = 0.0003
"""The share of messages to friends that end in a block, which is taken back the next day."""


def draw_ignored(rng: Random) -> float:
    """Draw the share of contacts who never answer one sender."""
    return rng.uniform(0.85, 1) if rng.random() < 0.05 else 1 - float(rng.random() ** (1 / 1.1))


def friend(me: Resident) -> str:
    """Draw a contact: people write to a few contacts often, and to most rarely."""
    return me.contacts[int(len(me.contacts) * me.rng.random() ** 2.5)]


def chat(town: Town, me: Resident, peer: str, **columns: Any) -> None:
    """Write to a contact, who answers, reads, or does nothing."""
    if not send(town, me, peer, known=True, **(columns or dress(town, me.rng))):
        return
    if _willing(me, peer) and me.rng.random() < ANSWERS:
        town.after(_pause(me.rng), lambda: _talk_back(town, me, peer))
    elif me.rng.random() < READS:
        town.after(_pause(me.rng), lambda: town.emit("read", me.account, peer=peer))
    if me.rng.random() < QUARRELS:
        quarrel(town, me, peer)


def chat_in_group(town: Town, me: Resident) -> None:
    """Write to one of the resident's groups: one event without a peer, whatever the size of the group."""
    log(town, me, "message_sent", group=me.rng.choice(me.groups), **dress(town, me.rng))


def answer(town: Town, me: Resident, peer: str, *, known: bool) -> bool:
    """Let `peer` read and answer; return whether the service allowed it.

    `known` says whether `me` has the peer as a contact. The answer of an outsider is no event of its own.
    """
    other = town.neighbours.find(peer)
    if other is not None and not send(town, other, me.account, known=known, ability="reply"):
        return False
    town.emit("read", me.account, peer=peer)
    note_reply(town, me, peer)
    return True


def note_reply(town: Town, me: Resident, peer: str) -> None:
    """Log that `me` was answered, at most once per pair and day, which the contract allows."""
    if town.now - me.answered.get(peer, -DAY) >= DAY:
        me.answered[peer] = town.now
        town.emit("reply_received", me.account, peer=peer)


def quarrel(town: Town, me: Resident, peer: str) -> None:
    """Fall out with a friend for a day."""
    town.emit("blocked", me.account, peer=peer, had_contact=True, credit=60)
    town.after(DAY, lambda: town.emit("unblocked", me.account, peer=peer))


def _talk_back(town: Town, me: Resident, peer: str) -> None:
    if answer(town, me, peer, known=True) and me.rng.random() < GOES_ON:
        town.after(_pause(me.rng), lambda: _go_on(town, me, peer))


def _go_on(town: Town, me: Resident, peer: str) -> None:
    chat(town, me, peer)
    other = town.neighbours.find(peer)
    if other is not None and town.may(me.account):
        note_reply(town, other, me.account)


def _willing(me: Resident, peer: str) -> bool:
    if peer not in me.willing:
        me.willing[peer] = me.rng.random() >= me.ignored
    return me.willing[peer]


def _pause(rng: Random) -> float:
    return min(rng.lognormvariate(4.6, 1.2) * SECOND, 6 * HOUR)
