"""Subscriptions to the public status: asked for, confirmed by whoever receives them, told, and ended.

Anybody can ask for one with an address that is not theirs. So at first there is one message, which asks to confirm;
until then nothing else is sent, and an address is asked once an hour at most, whoever asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from cartellino.availability.cells import Key
from cartellino.commands.names import random_id
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.commands.webhooks import fresh_secret
from cartellino.storage import tables
from cartellino.vocabulary.times import DAY, HOUR, Duration

Kind = Literal["mail", "webhook"]

TO_CONFIRM: Duration = DAY
"""How long a subscription waits to be confirmed."""

PAUSE: Duration = HOUR
"""The least time between two requests to confirm that go to one address."""

MOST = 10_000
"""Subscriptions by mail, and by webhook, that may wait to be confirmed. Where that many do, those that have waited for
`PAUSE` make room: whoever fills it with addresses of others keeps it full for an hour, not for a day."""

_SUBSCRIPTIONS, _MESSAGES, _TOLD = tables.subscriptions.c, tables.status_messages.c, tables.told_levels.c


class Wanted(NamedTuple):
    """What somebody wants to be told: how, where, in which language, and of what; empty is all."""

    kind: Kind
    target: str
    language: str = "en"
    service: str = "main"
    country: str = ""
    feature: str = ""


def ask(unit: UnitOfWork, wanted: Wanted) -> bool:
    """Ask the receiver to confirm; say whether there was room. Nothing is sent to one who was asked lately, or is
    subscribed already."""
    theirs = unit.read(sa.select(tables.subscriptions).where(_SUBSCRIPTIONS.target == wanted.target))
    same = [row for row in theirs if (row.service, row.country, row.feature) == wanted[3:]]
    lately = any(row.confirmed_at is None and row.made_at > unit.now - PAUSE for row in theirs)
    if lately or any(row.confirmed_at for row in same):
        return True
    if not _has_room(unit, wanted.kind):
        return False
    identity = random_id("u")
    record = {"subscription_id": identity, **wanted._asdict(), "secret": fresh_secret(), "made_at": unit.now,
              "confirmed_at": None}  # fmt: skip
    unit.insert(tables.subscriptions, record)
    _tell(unit, identity, "confirm", {})
    return True


def _has_room(unit: UnitOfWork, kind: Kind) -> bool:
    waits = _SUBSCRIPTIONS.confirmed_at.is_(None) & (_SUBSCRIPTIONS.kind == kind)
    if _count(unit, waits) < MOST:
        return True
    since = unit.now - PAUSE
    _drop(unit, waits & (_SUBSCRIPTIONS.made_at <= since))
    return _count(unit, waits & (_SUBSCRIPTIONS.made_at > since)) < MOST


def _count(unit: UnitOfWork, which: sa.ColumnElement[bool]) -> int:
    return int(unit.read(sa.select(sa.func.count()).select_from(tables.subscriptions).where(which))[0][0])


def _drop(unit: UnitOfWork, which: sa.ColumnElement[bool]) -> None:
    theirs = sa.select(_SUBSCRIPTIONS.subscription_id).where(which)
    unit.change(sa.delete(tables.status_messages).where(_MESSAGES.subscription_id.in_(theirs)))
    unit.change(sa.delete(tables.subscriptions).where(which))


def confirm(unit: UnitOfWork, subscription: str) -> bool:
    """Confirm a subscription; say whether there is one that waits, or was confirmed."""
    of_it = _SUBSCRIPTIONS.subscription_id == subscription
    rows = unit.read(sa.select(tables.subscriptions).where(of_it))
    if rows and rows[0].confirmed_at is None:
        unit.change(sa.update(tables.subscriptions).where(of_it).values(confirmed_at=unit.now))
    return bool(rows)


def end(unit: UnitOfWork, subscription: str) -> None:
    """End a subscription, and forget the address."""
    _drop(unit, _SUBSCRIPTIONS.subscription_id == subscription)


def forget(unit: UnitOfWork) -> None:
    """Forget those that nobody has confirmed."""
    _drop(unit, _SUBSCRIPTIONS.confirmed_at.is_(None) & (_SUBSCRIPTIONS.made_at < unit.now - TO_CONFIRM))


def follow(unit: UnitOfWork, levels: Mapping[Key, str]) -> int:
    """Tell subscribers what has changed since they were told: what fails, how badly, and what no longer does.

    `levels` is what is known of every cell. Returns how many messages there are.
    """
    told = {Key(row.service, row.country, row.feature): row.level for row in unit.read(sa.select(tables.told_levels))}
    raised = {key: level for key, level in levels.items() if level in ("warning", "danger")}
    changed = {key: raised.get(key, levels.get(key, "unknown")) for key in told.keys() | raised.keys()
               if told.get(key) != raised.get(key)}  # fmt: skip
    if not changed:
        return 0
    for key in told.keys() - raised.keys():
        unit.change(sa.delete(tables.told_levels).where(
            _TOLD.service == key.service, _TOLD.country == key.place, _TOLD.feature == key.feature))  # fmt: skip
    unit.put(tables.told_levels, *(
        {"service": key.service, "country": key.place, "feature": key.feature, "level": raised[key]}
        for key in changed if key in raised
    ))  # fmt: skip
    confirmed = unit.read(sa.select(tables.subscriptions).where(_SUBSCRIPTIONS.confirmed_at.is_not(None)))
    return sum(_tell_of(unit, row, changed) for row in confirmed)


def note(unit: UnitOfWork, results: Sequence[tuple[int, int, bool]], pauses: Sequence[Duration]) -> None:
    """Note for messages, by number and earlier tries, whether they were delivered: the others are tried again after the
    next pause, and given up after the last."""
    for number, tries, is_done in results:
        of_it = _MESSAGES.number == number
        if is_done or tries >= len(pauses):
            unit.change(sa.delete(tables.status_messages).where(of_it))
        else:
            again = {"tries": tries + 1, "next_at": unit.now + pauses[tries]}
            unit.change(sa.update(tables.status_messages).where(of_it).values(**again))


def _tell_of(unit: UnitOfWork, row: sa.Row[Any], changed: Mapping[Key, str]) -> bool:
    theirs = [
        {"country": key.place, "feature": key.feature, "level": level}
        for key, level in sorted(changed.items())
        if row.service == key.service and row.country in ("", key.place) and row.feature in ("", key.feature)
    ]
    if theirs:
        _tell(unit, row.subscription_id, "levels", {"changes": theirs})
    return bool(theirs)


def _tell(unit: UnitOfWork, subscription: str, kind: str, data: dict[str, Any]) -> None:
    unit.insert(tables.status_messages, {"subscription_id": subscription, "at": unit.now, "kind": kind, "data": data,
                                 "tries": 0, "next_at": unit.now})  # fmt: skip
