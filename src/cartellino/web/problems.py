"""Answers refusals as `application/problem+json` (RFC 9457), each with a `code` of the list below.

Every other exception is a bug: it is logged, and answered without any detail.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import Send

from cartellino.storage.database import is_away
from cartellino.vocabulary.refusals import BadPolicy, Refusal
from cartellino.web.expected import explained, pointer_of

CODES = MappingProxyType(
    {
        "bad-request": (400, "The request cannot be read."),
        "bad-argument": (400, "A value cannot be used."),
        "bad-policy": (422, "The policies have faults; `faults` has all of them."),
        "not-signed-in": (401, "This needs a key, a token or a session."),
        "not-allowed": (403, "You may not do this."),
        "not-yours": (403, "Somebody else has to do this."),
        "not-found": (404, "There is no such thing."),
        "method-not-allowed": (405, "This address does not take that method."),
        "not-now": (409, "This cannot be done as things stand."),
        "long-address": (414, "The address is longer than is taken."),
        "large-head": (431, "The headers are larger than is taken."),
        "too-slow": (408, "The body did not arrive in time."),
        "too-much": (413, "More was sent than is taken."),
        "not-readable": (415, "This kind of content is not taken."),
        "too-often": (429, "Too many requests; `Retry-After` says when to come back."),
        "busy": (429, "Too much waits; `Retry-After` says when to come back."),
        "failed": (500, "A fault of ours; it was logged."),
        "unavailable": (503, "This cannot be done now; it may be sent again later."),
        "disagrees": (503, "Folder and database do not belong together; see `cartellino doctor`."),
        "database-taken": (503, "Another process uses the database."),
        "collides": (503, "The database holds other rows under the next numbers; see `cartellino doctor`."),
        "damaged-log": (503, "The event log is damaged; see `cartellino doctor`."),
        "write-failed": (503, "The disk does not take more."),
        "disk-full": (503, "The disk is full."),
    }
)
"""Every code with its status and title."""

_BY_STATUS = {
    400: "bad-request", 401: "not-signed-in", 403: "not-allowed", 404: "not-found", 405: "method-not-allowed",
    408: "too-slow", 413: "too-much", 415: "not-readable", 429: "too-often", 503: "unavailable",
}  # fmt: skip

LISTED = 100
"""Faults of policies that an answer shows: each is drawn with its line while everybody waits."""

RETRY = 2
"""Seconds after which a request may be repeated when something is busy."""

log = structlog.get_logger()


class Problem(Refusal):
    """A refusal of a request. `pointer` is a JSON pointer into the body, or names a header or a parameter."""

    def __init__(
        self, code: str, detail: str, pointer: str = "", retry: int | None = None,
        headers: Mapping[str, str] = MappingProxyType({}), **more: object,
    ) -> None:  # fmt: skip
        """`retry` is the seconds after which to repeat the request; `headers` are added to the answer."""
        super().__init__(detail)
        self.code = code
        self.pointer = pointer
        self.retry = retry
        self.headers = {**headers, **({"Retry-After": str(retry)} if retry is not None else {})}
        self.more = more


def answer(code: str, detail: str, pointer: str = "", retry: int | None = None, **more: object) -> Response[bytes]:
    """Return the answer for a problem."""
    status, title = CODES.get(code, CODES["bad-argument"])
    body: dict[str, Any] = {"type": "about:blank", "code": code, "title": title, "status": status}
    body |= {"detail": detail, "pointer": pointer, **more}
    headers = {"Retry-After": str(retry)} if retry is not None else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        msgspec.json.encode(body), status_code=status, media_type="application/problem+json", headers=headers
    )


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status of a refusal."""
    return CODES[_code(refusal)][0]


def headers_of(refusal: Refusal) -> Mapping[str, str]:
    """Return the headers of a refusal."""
    return refusal.headers if isinstance(refusal, Problem) else MappingProxyType({})


def _code(refusal: Refusal) -> str:
    return refusal.code if refusal.code in CODES else "bad-argument"


def refused(_: Request[Any, Any, Any], error: Refusal) -> Response[bytes]:
    """Answer a refusal."""
    if isinstance(error, Problem):
        made = answer(error.code, str(error), error.pointer, None, **error.more)
        made.headers.update(error.headers)
        return made
    if isinstance(error, BadPolicy):
        listed = error.faults[:LISTED]
        faults = [{"code": fault.code, "problem": fault.problem, "shown": fault.show()} for fault in listed]
        more = f"; the first {LISTED} are listed" if len(listed) < len(error.faults) else ""
        return answer("bad-policy", f"{len(error.faults)} faults{more}", "/texts", faults=faults)
    retry = RETRY if error.code in ("busy", "unavailable") else None
    return answer(_code(error), str(error), error.pointer, retry)


async def refuse(problem: Problem, send: Send) -> None:
    """Answer a request that reaches no handler."""
    response = answer(problem.code, str(problem), problem.pointer)
    headers = {"content-type": "application/problem+json", "content-length": str(len(response.content)),
               **problem.headers}  # fmt: skip
    start: Any = {"type": "http.response.start", "status": response.status_code,
                  "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()]}  # fmt: skip
    await send(start)
    await send({"type": "http.response.body", "body": response.content, "more_body": False})


def failed_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer an exception of the framework."""
    code = _BY_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "failed")
    pointer, detail = "", str(error.detail)
    if isinstance(error, ValidationException) and isinstance(error.extra, list) and error.extra:
        first = error.extra[0]
        if isinstance(first, dict):
            pointer = pointer_of(str(first.get("key", "")))
            detail, pointer = explained(str(first.get("message", detail)), pointer, _body_of(request))
    return answer(code, detail[:500], pointer)


def _body_of(request: Request[Any, Any, Any]) -> Any:  # noqa: ANN401 -- any type
    """Return the type of the body that a route takes; `None` if it takes none."""
    field = request.route_handler.parsed_fn_signature.parameters.get("data")
    return field.annotation if field is not None else None


def too_deep(_: Request[Any, Any, Any], error: RecursionError) -> Response[bytes]:
    """Answer a body that is nested too deeply."""
    return answer("bad-request", "this is nested too deeply")


def failed(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a bug, without any detail."""
    if is_away(error):
        return answer("unavailable", "the database does not answer", retry=RETRY)
    log.error("a request failed", error=type(error).__name__, exc_info=error)
    return answer("failed", "this is a fault of ours; it was logged")
