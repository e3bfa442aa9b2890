"""Webhooks: changes leave through signed requests, at least once; the first tries are in the order of the changes.

The signature is that of the Standard Webhooks specification (headers webhook-id, webhook-timestamp, webhook-signature:
HMAC-SHA-256 of `id.timestamp.body`), so receivers can check it with any of its libraries. What fails is tried again
after longer and longer pauses, for a little over three days, and is then dead until an operator replays it.

>>> signature("whsec_c2VjcmV0", "m_1", 1, b"{}")
'v1,FAoq6HnoihYzghDal3qE6+YKTDWVnfce4DfOO+lR5to='
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Event, Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec
import sqlalchemy as sa
import structlog

from cartellino.service.desk import Desk
from cartellino.service.writer import Unavailable, Writer
from cartellino.storage import tables
from cartellino.vocabulary.actors import COURIER
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import HOUR, MINUTE, SECOND, Duration, Instant, show_instant

PAUSES: tuple[Duration, ...] = (
    5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR,
    24 * HOUR,
)  # fmt: skip
"""Before each further try; after the last the message is dead."""

AT_ONCE = 64
"""Deliveries that are tried together."""

TIMEOUT = 10.0
KINDS = frozenset(
    {
        "decision", "notice", "code", "policy.adopted", "rule.demoted", "case.opened", "case.closed", "case.due",
        "sanction.imposed", "sanction.expired", "sanction.lifted", "sanction.shortened", "sanction.overturned",
        "sanction.milder", "held.released", "held.discarded", "accounts.linked", "incident.opened", "incident.closed",
    }
)  # fmt: skip
"""What can be subscribed to; without any, a webhook gets everything."""

log = structlog.get_logger()


class _Due(NamedTuple):
    number: int
    tries: int
    webhook: str
    url: str
    secret: str
    message: int
    body: bytes


class _Tried(NamedTuple):
    due: _Due
    error: str | None


def signature(secret: str, identity: str, at: int, body: bytes) -> str:
    """Return the signature header of a message; `at` in seconds, `secret` as it was shown (`whsec_...`)."""
    key = b64decode(secret.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.digest(key, b"%b.%d.%b" % (identity.encode(), at, body), sha256)).decode()


def check_url(url: str, *, private: bool) -> None:
    """Refuse what a webhook must not reach.

    Raises `BadArgument` for anything but http(s), and for addresses of the own network unless `private` is allowed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise BadArgument(f"`{url[:200]!r}` is no URL of a webhook; write https://HOST/PATH") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise BadArgument(f"`{url[:200]}` is no URL of a webhook; write https://HOST/PATH")
    if private:
        return
    try:
        found = socket.getaddrinfo(parts.hostname, port or 443, proto=socket.IPPROTO_TCP)
    except OSError:
        raise BadArgument(f"there is no host `{parts.hostname}`") from None
    if any(not ipaddress.ip_address(str(one[4][0]).partition("%")[0]).is_global for one in found):
        raise BadArgument(f"`{parts.hostname}` is in the own network; the setting private_webhooks allows that")


class Courier:
    """Carries messages from the outbox to the receivers."""

    def __init__(
        self, writer: Writer, *, private: bool = False, post: Callable[[str, bytes, dict[str, str]], int] | None = None
    ) -> None:
        """`private` allows receivers in the own network; `post` sends a request and returns the status."""
        self._writer = writer
        self._private = private
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=False)
        self._post = post or self._really_post
        self._stopping = Event()
        self._pool = ThreadPoolExecutor(8, "courier")
        self._thread = Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def stop(self) -> None:
        """Carry no more; what waits is carried after the next start."""
        self._stopping.set()
        self._writer.changed.set()
        self._thread.join(TIMEOUT + 1)
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self.carry()
            except (sa.exc.DBAPIError, Unavailable):
                busy = False
            except Exception as error:  # one message must not stop the others for good
                log.exception("the courier failed", error=type(error).__name__)
                busy = False
            if not busy:
                self._writer.changed.wait(0.5)
                self._writer.changed.clear()

    def carry(self) -> bool:
        """Try what is due, once; say whether there was anything."""
        fanned = self._writer.do(_fan_out, COURIER).result() if self._has_news() else 0
        due = self._due(self._writer.clock.now())
        if due:
            tried = list(self._pool.map(self._try, due))
            self._writer.do(lambda desk: _record(desk, tried), COURIER).result()
        return bool(fanned or due)

    def _has_news(self) -> bool:
        with self._writer.database.begin() as rows:
            last = rows.scalar(sa.select(sa.func.max(tables.outbox.c.number))) or 0
            return bool(last > _fanned(rows.execute(_PROGRESS).scalar()))

    def _due(self, now: Instant) -> list[_Due]:
        waiting, hooks, messages = tables.deliveries, tables.webhooks, tables.outbox
        asked = (
            sa.select(waiting.c.number, waiting.c.tries, hooks.c.webhook_id, hooks.c.url, hooks.c.secret, messages)
            .join(hooks, hooks.c.webhook_id == waiting.c.webhook_id)
            .join(messages, messages.c.number == waiting.c.message)
            .where(waiting.c.state == "waiting", waiting.c.next_at <= now, hooks.c.ended_at.is_(None))
            .order_by(waiting.c.number)
            .limit(AT_ONCE)
        )
        with self._writer.database.begin() as rows:
            return [
                _Due(row[0], row.tries, row.webhook_id, row.url, row.secret, row[5], body_of(row))
                for row in rows.execute(asked)
            ]

    def _try(self, due: _Due) -> _Tried:
        identity, at = f"m_{due.message}", self._writer.clock.now() // 1000
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(due.secret, identity, at, due.body),
        }
        try:
            check_url(due.url, private=self._private)
            status = self._post(due.url, due.body, headers)
        except Exception as error:  # whatever a receiver does, the others are told, and this one is tried again
            return _Tried(due, f"{type(error).__name__}: {error}"[:300])
        return _Tried(due, None if 200 <= status < 300 else f"the receiver answered {status}")

    def _really_post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        return self._client.post(url, content=body, headers=headers).status_code


def body_of(row: sa.Row[Any]) -> bytes:
    """Return the body of a message: its kind, time, account and data."""
    said = {
        "type": row.kind,
        "timestamp": show_instant(row.at),
        "service": row.service,
        "account": row.account,
        "data": row.data,
    }
    return msgspec.json.encode(said)


_PROGRESS = sa.select(tables.progress.c.value).where(tables.progress.c.name == "fanned")


def _fanned(value: object) -> int:
    return int(str(value)) if value is not None else 0


def _fan_out(desk: Desk) -> int:
    """Make a delivery of every new message to each webhook that asked for its kind."""
    done = next((row.value for row in desk.read(_PROGRESS)), 0)
    hooks = desk.read(sa.select(tables.webhooks).where(tables.webhooks.c.ended_at.is_(None)))
    messages = tables.outbox.c
    asked = sa.select(messages.number, messages.kind, messages.at).where(messages.number > done)
    fresh = desk.read(asked.order_by(messages.number).limit(1_000))
    for message in fresh:
        for hook in hooks:
            if (not hook.kinds or message.kind in hook.kinds) and hook.made_at <= message.at:
                record = {"message": message.number, "webhook_id": hook.webhook_id, "state": "waiting", "tries": 0}
                desk.insert(tables.deliveries, record | {"next_at": desk.now, "done_at": None, "error": None})
    if fresh:
        desk.put(tables.progress, {"name": "fanned", "value": fresh[-1].number})
    return len(fresh)


def _record(desk: Desk, tried: list[_Tried]) -> None:
    deliveries = tables.deliveries
    for due, error in tried:
        tries = due.tries + 1
        if error is None:
            values: dict[str, Any] = {"state": "delivered", "done_at": desk.now}
        elif tries > len(PAUSES):
            values = {"state": "dead", "done_at": desk.now}
        else:
            values = {"next_at": desk.now + PAUSES[tries - 1]}
        values |= {"tries": tries, "error": error}
        desk.change(sa.update(deliveries).where(deliveries.c.number == due.number).values(**values))


def replay(desk: Desk, number: int) -> None:
    """Try a dead delivery again from the beginning.

    Raises `BadArgument` when there is none of that number.
    """
    mine = tables.deliveries.c.number == number
    if not desk.read(sa.select(tables.deliveries.c.number).where(mine, tables.deliveries.c.state == "dead")):
        raise BadArgument(f"there is no dead delivery {number}")
    again = {"state": "waiting", "tries": 0, "next_at": desk.now, "done_at": None}
    desk.change(sa.update(tables.deliveries).where(mine).values(**again))
    desk.record("delivery tried again", f"delivery:{number}")
