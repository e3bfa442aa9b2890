"""Webhooks: what each subscribes to, the signature of messages, and how deliveries to each went lately.

The signature is that of the Standard Webhooks specification (headers webhook-id, webhook-timestamp, webhook-signature:
HMAC-SHA-256 of `id.timestamp.body`), so receivers can check it with any of its libraries. `outgoing` delivers the
messages.

>>> signature("whsec_c2VjcmV0", "m_1", 1, b"{}")
'v1,FAoq6HnoihYzghDal3qE6+YKTDWVnfce4DfOO+lR5to='
>>> takes([], "notice"), takes([], "code"), takes(["code"], "code")
(True, False, True)
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from cartellino.appeals.hearing import NotNow
from cartellino.commands.names import random_id
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Record
from cartellino.queries import webhooks
from cartellino.storage import tables
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import Instant, show_instant

CODE = "code"
"""The kind of one-time codes. They open accounts, so only webhooks that subscribe to this kind by name get them."""

KINDS = frozenset(
    {
        "decision", "notice", CODE, "policy.adopted", "policy.proposed",
        "rule.demoted", "case.opened", "case.closed", "case.due", "case.late", "case.urgent", "case.state",
        "sanction.imposed", "sanction.expired", "sanction.lifted", "sanction.shortened", "sanction.overturned",
        "sanction.milder", "sanction.restored", "held.released", "held.discarded", "accounts.linked",
        "incident.opened", "incident.closed", "incident.changed", "order.changed", "order.complied",
        "order.taken_back",
    }
)  # fmt: skip
"""Kinds of message; a webhook that subscribes to none by name gets all but one-time codes."""

MOST = 100
"""At most so many webhooks: each has a queue of its own, and all may be called at the same time."""


def takes(kinds: Sequence[str], kind: str) -> bool:
    """Say whether a webhook that subscribed to `kinds` gets a message of a kind."""
    return kind in kinds or (not kinds and kind != CODE)


def is_active() -> sa.ColumnElement[bool]:
    """The condition that a webhook is neither ended nor paused."""
    return tables.webhooks.c.ended_at.is_(None) & tables.webhooks.c.paused_at.is_(None)


def active(unit: UnitOfWork) -> list[sa.Row[Any]]:
    """Return the webhooks that are neither ended nor paused."""
    return unit.read(sa.select(tables.webhooks).where(is_active()))


def signature(secret: str, identity: str, at: int, body: bytes) -> str:
    """Return the signature header of a message; `at` in seconds since 1970, `secret` with its prefix `whsec_`."""
    key = b64decode(secret.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.digest(key, b"%b.%d.%b" % (identity.encode(), at, body), sha256)).decode()


def body_of(kind: str, at: Instant, service: str, account: str, data: object) -> bytes:
    """Return the body of a message."""
    said = {"type": kind, "timestamp": show_instant(at), "service": service, "account": account, "data": data}
    return msgspec.json.encode(said)


def fresh_secret() -> str:
    """Return a fresh secret for signatures."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


class Made(NamedTuple):
    """A new webhook's id, and the secret with which its receiver checks signatures."""

    webhook: str
    secret: str


def make(unit: UnitOfWork, url: str, kinds: Sequence[str]) -> Made:
    """Add a webhook that gets messages of some kinds.

    Raises `NotNow` when there are `MOST` already.
    """
    if unit.ask(webhooks.count) >= MOST:
        raise NotNow(f"there are {MOST} webhooks already; end one of them first")
    made = Made(random_id("w"), fresh_secret())
    record = {
        "webhook_id": made.webhook,
        "url": url,
        "secret": made.secret,
        "kinds": kinds,
        "made_at": unit.now,
        "codes_delivered": 0,
    }
    unit.insert(tables.webhooks, record)
    unit.act(Record, "", what="webhook made", subject=made.webhook)
    return made


def end(unit: UnitOfWork, webhook: str) -> None:
    """End a webhook for good; deliveries that wait for it are dropped.

    Raises `NotFound` when there is none.
    """
    _webhook_of(unit, webhook)
    _change(unit, webhook, ended_at=unit.now)
    _drop_waiting(unit, webhook, "the webhook was ended")
    unit.act(Record, "", what="webhook ended", subject=webhook)


def pause(unit: UnitOfWork, webhook: str, why: str) -> None:
    """Pause a webhook until somebody resumes it; deliveries that wait for it are marked dead, and can be replayed."""
    _change(unit, webhook, paused_at=unit.now, paused_why=why)
    _drop_waiting(unit, webhook, f"the webhook was paused: {why}")
    unit.act(Record, why, what="webhook paused", subject=webhook)


def resume(unit: UnitOfWork, webhook: str) -> None:
    """Resume a paused webhook, for messages from now on.

    Raises `NotFound` when there is none, `NotNow` for one that is not paused.
    """
    if _webhook_of(unit, webhook).paused_at is None:
        raise NotNow(f"the webhook `{webhook}` is not paused")
    _change(unit, webhook, paused_at=None, paused_why=None)
    unit.act(Record, "", what="webhook resumed", subject=webhook)


def note(unit: UnitOfWork, webhook: str, **fared: Any) -> None:
    """Store the result of a delivery: `last_success_at`, or `last_error`, `last_error_at` and `last_status`."""
    _change(unit, webhook, **fared)


def count_codes(unit: UnitOfWork, webhook: str, delivered: int) -> None:
    """Count delivered one-time codes, which are deleted."""
    _change(unit, webhook, codes_delivered=tables.webhooks.c.codes_delivered + delivered)


def _webhook_of(unit: UnitOfWork, webhook: str) -> sa.Row[Any]:
    row = unit.ask(lambda rows: webhooks.by_id(rows, webhook))
    if row is None:
        raise NotFound(f"there is no webhook `{webhook}`")
    return row


def _change(unit: UnitOfWork, webhook: str, **values: Any) -> None:
    unit.change(sa.update(tables.webhooks).where(tables.webhooks.c.webhook_id == webhook).values(**values))


def _drop_waiting(unit: UnitOfWork, webhook: str, why: str) -> None:
    waiting = (tables.deliveries.c.webhook_id == webhook) & (tables.deliveries.c.state == "waiting")
    gone = {"state": "dead", "done_at": unit.now, "error": why}
    unit.change(sa.update(tables.deliveries).where(waiting).values(**gone))
    unit.change(sa.delete(tables.codes).where(tables.codes.c.webhook_id == webhook))
