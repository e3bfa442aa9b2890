"""The way of a send through the gateway: read, judged, written down, forwarded once, and its outcome written down.

Nothing is queued here, and nothing is ever sent twice: a client needs the answer of its own call. That a message is
about to be sent is on disk before it is. If the process ends before the answer is, nobody knows what became of it, and
the message counts as sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from types import MappingProxyType
from typing import Any, NamedTuple

import structlog
from litestar.types import HTTPScope, Receive, Send

from cartellino.adapters.whatsapp_cloud.connections import Unanswered, Unreached
from cartellino.adapters.whatsapp_cloud.fields import code_of
from cartellino.adapters.whatsapp_cloud.http import (
    Call,
    answer,
    answer_json,
    body_of,
    headers_of,
    object_of,
    passed_on,
    token_of,
    written,
)
from cartellino.adapters.whatsapp_cloud.learning import PATIENCE, Learner
from cartellino.adapters.whatsapp_cloud.refusals import (
    WOULD_REFUSE,
    error,
    observed,
    passed_unread,
    refusal,
    unreadable,
)
from cartellino.adapters.whatsapp_cloud.sends import NotASend, read_send
from cartellino.adapters.whatsapp_cloud.sends import Send as ReadSend
from cartellino.adapters.whatsapp_cloud.upstream import Answer, Upstream
from cartellino.senders.facts import Accepted, Fact, Lost, Message, Rejected
from cartellino.senders.judging import Objection, case_of
from cartellino.senders.phone import read_phone
from cartellino.senders.rules import STORE, UNREADABLE
from cartellino.service.pseudonyms import Pseudonyms
from cartellino.service.senders import SenderBook

MOST_BYTES = 1 << 20
"""Most bytes of a send: what a message says is at most some thousand, and media are named by id or link."""

STORED_WITHIN = 2.0
"""Seconds within which it has to be on disk that a message is about to be sent."""

STRANGERS = 8
"""Most sends at a time whose token the platform has not accepted yet: anybody can invent one."""

CAMPAIGN = "x-cartellino-campaign"
_SPARED = ("authentication", "utility")
TRY_LATER = 131016
_NO_TOKEN = 190

log = structlog.get_logger()


class Outgoing(NamedTuple):
    """A send as it goes to the platform."""

    method: str
    target: str
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    token: str
    number: str


class Sending:
    """Takes sends, and forwards those that may be sent."""

    def __init__(self, book: SenderBook, upstream: Upstream, learner: Learner, names: Pseudonyms) -> None:
        """`names` gives the pseudonyms of people."""
        self._book, self._upstream, self._learner, self._names = book, upstream, learner, names
        self._strangers, self._no_limit = asyncio.Semaphore(STRANGERS), contextlib.nullcontext()

    async def take(self, scope: HTTPScope, receive: Receive, send: Send, call: Call) -> None:
        """Answer a send."""
        body, headers, number = await body_of(receive, MOST_BYTES), headers_of(scope), call.parts[0]
        payload = object_of(body, headers.get("content-type", ""))
        try:
            read = self.read(number, payload, headers.get(CAMPAIGN, ""))
        except NotASend as wrong:
            await self._unread(scope, send, body, wrong)
            return
        token = token_of(scope) or _token_in(payload)
        if read.message is None or not (token and token.isascii() and token.isprintable()):
            await self._pass(scope, send, body)  # the platform refuses whoever has no token, or what can be none
            return
        warning = f"assumed-country; {read.phone.assumed}" if read.phone is not None and read.phone.assumed else ""
        is_known = self._upstream.knows(token, number)
        async with self._no_limit if is_known else self._strangers:
            refused = None if is_known else await self._prove(call, token)
            if refused is not None:
                await answer(send, refused.status, refused.body, refused.headers, refused.kind)
                return
            await self._learner.ensure(number, token)
            await self._judged(scope, send, read.message, body, token, warning)

    async def _prove(self, call: Call, token: str) -> Answer | None:
        """Return the platform's answer to a token that it does not know; `None` for every other one.

        Anybody can invent a token. What we know of people is told to none of them, and nothing they do is counted.
        A token that may send and not read is no invention, nor is one while the platform is away.
        """
        number, headers = call.parts[0], [(b"authorization", f"Bearer {token}".encode())]
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await self._upstream.call("GET", f"/{call.version}/{number}?fields=id", headers, b"")
        except (Unreached, Unanswered, TimeoutError):
            return None
        told = object_of(reply.body, "")
        wrong = told.get("error") if isinstance(told, Mapping) else None
        if isinstance(wrong, Mapping):
            return reply if wrong.get("code") == _NO_TOKEN else None
        if isinstance(told, Mapping) and told.get("id") == number:
            self._upstream.accepts(token, number)
        return None

    def read(self, number: str, payload: object, campaign: str) -> ReadSend:
        """Read a send.

        Raises `NotASend`.
        """
        return read_send(number, payload, self._names, self._home(number), campaign[:128] or None)

    def _home(self, number: str) -> str | None:
        known = self._book.state.numbers.get(number)
        return read_phone(f"+{known.display.lstrip('+')}").country if known is not None and known.display else None

    async def _unread(self, scope: HTTPScope, send: Send, body: bytes, why: NotASend) -> None:
        """Refuse a body that is no send, or pass it on as it came where nothing is refused."""
        mode = self._book.mode_of(UNREADABLE)
        if mode == "enforce":
            await answer_json(send, 400, unreadable(why.error, "Invalid parameter", str(why)))
        else:
            await self._pass(scope, send, body, passed_unread(str(why)) if mode == "observe" else {})

    async def _pass(
        self, scope: HTTPScope, send: Send, body: bytes, more: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        reply = await self._upstream.call(scope["method"], target_of(scope), passed_on(scope), body)
        await answer(send, reply.status, reply.body, [*reply.headers, *written(more)], reply.kind)

    async def _judged(
        self, scope: HTTPScope, send: Send, message: Message, body: bytes, token: str, warning: str
    ) -> None:
        attempt = secrets.token_hex(12)
        if self._book.is_away and not self._is_spared(message):
            await self._refuse(send, self._away(message))
            return
        await self.objections(message)  # which may correct the clock
        judged = self._book.ask(message, attempt)
        if judged.refusing:
            await self._refuse(send, judged.refusing)
            return
        if not await is_stored(judged.stored) and not self._is_spared(message):
            self._book.record(Rejected(at=self._book.now(), attempt=attempt, code=TRY_LATER))
            await self._refuse(send, self._away(message))
            return
        more = {WOULD_REFUSE: observed(judged.observed)} if judged.observed else {}
        more |= {"X-Cartellino-Warning": warning} if warning else {}
        call = Outgoing(scope["method"], target_of(scope), passed_on(scope), body, token, message.number)
        reply, _ = await self.deliver(call, attempt)
        await answer(send, reply.status, reply.body, [*reply.headers, *written(more)], reply.kind)

    async def objections(self, message: Message) -> tuple[Objection, ...]:
        """Return the objections that refuse a message. Before any does, our clock is compared with the platform's."""
        refusing, _ = self._book.judge(message)
        if refusing or self._upstream.is_simulated:
            await self._upstream.ask_time()
            refusing, _ = self._book.judge(message)
        return refusing

    def _is_spared(self, message: Message) -> bool:
        """Say whether a message passes although it cannot be written down: replies, codes and orders do, and where
        the rule that would refuse it only observes, everything."""
        if self._book.mode_of(STORE) != "enforce":
            return True
        with self._book.lock:
            case = case_of(self._book.state, message, self._book.now())
        return case.in_window or case.message.category in _SPARED

    def _away(self, message: Message) -> tuple[Objection, ...]:
        said = "The gateway cannot write down what it sends at the moment; send it again a little later."
        evidence = {"category": message.category or "unknown"}
        return (Objection(rule=STORE, code=TRY_LATER, said=said, evidence=evidence,
                          next_allowed_at=self._book.now() + 5_000),)  # fmt: skip

    async def _refuse(self, send: Send, objections: tuple[Objection, ...]) -> None:
        status, said = refusal(objections[0], objections[1:])
        await answer_json(send, 503 if objections[0].rule == STORE else status, said)

    async def deliver(self, call: Outgoing, attempt: str) -> tuple[Answer, Fact]:
        """Forward a send once, and write down what became of it.

        Raises `Unreached` and `Unanswered`.
        """
        book = self._book
        try:
            reply = await self._upstream.call(call.method, call.target, call.headers, call.body)
        except Unreached:
            book.note(Rejected(at=book.now(), attempt=attempt, code=2, details="not reached"))
            raise
        except (Unanswered, asyncio.CancelledError):  # or the client hung up in between
            book.note(Lost(at=book.now(), attempt=attempt))
            raise
        outcome = self._outcome(attempt, reply, call)
        book.note(outcome)
        return reply, outcome

    def _outcome(self, attempt: str, reply: Answer, call: Outgoing) -> Fact:
        """Return what became of a send, as the platform's answer says."""
        now, told = self._book.now(), object_of(reply.body, "")
        inside: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
        wrong = inside.get("error")
        if isinstance(wrong, Mapping) or reply.status in (400, 401, 403, 404):
            given = wrong if isinstance(wrong, Mapping) else {}
            code = code_of(given.get("code"))
            data = given.get("error_data")
            details = data.get("details") if isinstance(data, Mapping) else given.get("message")
            if code == _NO_TOKEN:
                self._upstream.refuses(call.token, call.number)
            return Rejected(at=now, attempt=attempt, code=code or 0,
                            details=str(details or "")[:300])  # fmt: skip
        messages, contacts = inside.get("messages"), inside.get("contacts")
        first = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], Mapping) else {}
        if not isinstance(first.get("id"), str):
            return Lost(at=now, attempt=attempt)
        self._upstream.accepts(call.token, call.number)
        contact = contacts[0] if isinstance(contacts, list) and contacts and isinstance(contacts[0], Mapping) else {}
        wa_id, user_id = contact.get("wa_id"), contact.get("user_id")
        digits = read_phone(wa_id).digits or (wa_id if wa_id.isdigit() else "") if isinstance(wa_id, str) else ""
        person = self._names.of(digits=digits or None, user_id=user_id if isinstance(user_id, str) else None)
        return Accepted(at=now, attempt=attempt, message_id=first["id"][:256], person=person,
                        held=first.get("message_status") == "held_for_quality_assessment")  # fmt: skip


def _token_in(payload: object) -> str:
    """Return the token that a body names, as forms may."""
    token = payload.get("access_token") if isinstance(payload, Mapping) else None
    return token if isinstance(token, str) else ""


async def is_stored(stored: Future[None]) -> bool:
    """Wait until it is on disk, and say whether it was in time."""
    if stored.done():
        return stored.exception() is None
    waiting = asyncio.wrap_future(stored)
    done, _ = await asyncio.wait({waiting}, timeout=STORED_WITHIN)
    return bool(done) and waiting.exception() is None


def target_of(scope: HTTPScope) -> str:
    """Return path and query as they came."""
    raw = scope.get("raw_path") or scope["path"].encode()
    path, query = raw.partition(b"?")[0].decode("latin-1"), scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def unreached(fault: Exception) -> dict[str, Any]:
    """Return the error for a platform that was not reached."""
    return error(
        2, "Service temporarily unavailable", "The platform was not reached; nothing was sent. Try again.",
        cartellino={"rule": "unreached", "evidence": {"fault": str(fault)}, "next_allowed_at": None},
    )  # fmt: skip


def unanswered(fault: Exception) -> dict[str, Any]:
    """Return the error for a send whose outcome nobody knows."""
    return error(
        131000, "Something went wrong",
        "The platform did not answer: the message may have been sent. It counts as sent, and is not sent again; a "
        "status by webhook tells.",
        cartellino={"rule": "outcome-unknown", "evidence": {"fault": str(fault)}, "next_allowed_at": None},
    )  # fmt: skip
