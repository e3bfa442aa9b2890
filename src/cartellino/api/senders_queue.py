"""Routes of the queue: messages that wait until they may be sent, and leave by themselves."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import anyio.to_thread
import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from cartellino.api.senders import Number, book_of
from cartellino.queries import sender_queue as queries
from cartellino.queries.sender_queue import WAITING, Item
from cartellino.service.sender_queue import Wanted
from cartellino.vocabulary.refusals import NotFound
from cartellino.vocabulary.times import DAY, Duration, Instant, duration, show_duration, show_instant
from cartellino.web.guard import allow
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, limit_of, moment
from cartellino.web.work import fetched

Name = Annotated[str, PathParameter(max_length=64)]
_State = Annotated[str, QueryParameter(max_length=16)]
_After = Annotated[str, QueryParameter(max_length=64)]

LONGEST: Duration = 30 * DAY
"""How long a message may wait: as long as the platform tries to deliver one."""


class Queued(msgspec.Struct):
    """A message, as the platform takes it, and until when it is worth sending.

    `expires_in` (such as `6h`) or `expires_at` says until when; `not_before` from when on. `idempotency_key` names the
    message for a week: the same one again under the same key is not sent twice.
    """

    message: dict[str, Any]
    expires_in: Annotated[str, msgspec.Meta(max_length=32)] = ""
    expires_at: Annotated[str, msgspec.Meta(max_length=64)] = ""
    not_before: Annotated[str, msgspec.Meta(max_length=64)] = ""
    idempotency_key: Annotated[str, msgspec.Meta(max_length=200)] = ""
    campaign: Annotated[str, msgspec.Meta(max_length=128)] = ""
    edge: Literal["messages", "marketing_messages"] = "messages"


@post("/v1/senders/{number:str}/queue", opt=allow("send-messages", "json"), tags=["senders"], status_code=202,
      summary="Send when it may be sent")  # fmt: skip
async def queue(request: Asked, number: Number, data: JSONBody[Queued]) -> dict[str, Any]:
    """Let a message wait until every rule lets it pass, and send it then, at most once; it expires if none does.

    The answer names what speaks against it now (`waits_for`, empty: it leaves at once). Ask for the item to learn the
    platform's `message_id`.
    """
    book = book_of(request)
    now = book.now()
    begins, ends = _times(data, now)
    wanted = Wanted(data.message, data.edge, data.campaign)
    message = await book.queue.read(number, wanted)
    held = await anyio.to_thread.run_sync(book.queue.put, number, wanted, data.idempotency_key, now, begins, ends)
    refusing, _ = book.judge(message)
    return _shown(held) | {"waits_for": [objection.rule for objection in refusing]}


def _times(data: Queued, now: Instant) -> tuple[Instant, Instant]:
    begins = max(now, moment(data.not_before, "not_before")) if data.not_before else now
    if bool(data.expires_in) == bool(data.expires_at):
        raise Problem("bad-argument", "write `expires_in`, such as 6h, or `expires_at`, and not both", "expires_in")
    try:
        ends = moment(data.expires_at, "expires_at") if data.expires_at else now + duration(data.expires_in)
    except ValueError as error:
        raise Problem("bad-argument", str(error), "expires_in") from None
    if not begins < ends <= now + LONGEST:
        raise Problem("bad-argument", f"a message waits for at most {show_duration(LONGEST)}, and its end comes after "
                      "its beginning", "expires_at")  # fmt: skip
    return begins, ends


@get("/v1/senders/{number:str}/queue", opt=allow("read-senders"), tags=["senders"], summary="What waits")
async def list_queue(request: Asked, number: Number, only: _State = "", after: _After = "") -> dict[str, Any]:
    """List messages that wait or waited, by state (`only`).

    States are waiting, leaving, sent, rejected, lost, expired and cancelled.
    """
    if only and only not in queries.STATES:
        raise Problem("bad-argument", f"`only` is one of {', '.join(queries.STATES)}", "only")
    most = limit_of(request)
    held, counts = await fetched(request, lambda rows: (queries.items(rows, number, only, after, most),
                                                        queries.counts(rows, number)))  # fmt: skip
    following = held[-1].item_id if len(held) == most else None
    return {"items": [_shown(item) for item in held], "counts": counts, "next": following}


@get("/v1/senders/{number:str}/queue/{item:str}", opt=allow("read-senders"), tags=["senders"], summary="One that waits")
async def show_queued(request: Asked, number: Number, item: Name) -> dict[str, Any]:
    """Say what became of a message that was to wait."""
    held = await fetched(request, lambda rows: queries.item(rows, number, item))
    if held is None:
        raise NotFound(f"no message `{item}` waits or waited here")
    return _shown(held)


@delete("/v1/senders/{number:str}/queue/{item:str}", opt=allow("send-messages"), tags=["senders"], status_code=200,
        summary="Cancel one that waits")  # fmt: skip
async def cancel(request: Asked, number: Number, item: Name) -> dict[str, Any]:
    """Cancel a message that waits; one that has left cannot be called back."""
    book = book_of(request)
    return _shown(await anyio.to_thread.run_sync(book.queue.cancel, number, item, book.now()))


def _shown(item: Item) -> dict[str, Any]:
    """Return an item without what the message says."""
    is_open = item.state in (WAITING, queries.LEAVING)
    return {
        "item_id": item.item_id,
        "state": item.state,
        "queued_at": show_instant(item.at),
        "expires_at": show_instant(item.expires_at),
        "next_at": show_instant(item.next_at) if item.state == WAITING else None,
        "ended_at": None if is_open else show_instant(item.next_at),
        "message_id": item.message_id or None,
        "said": msgspec.json.decode(item.said) if item.said else None,
    }
