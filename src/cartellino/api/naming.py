"""Names of accounts in URLs. A name may contain anything, even slashes, which one segment of a path cannot.

Wherever a path names an account, the segment may be left out and the name given as `?account=`. A name with
percent-encoded slashes in its segment is accepted as well: such a URL is rewritten to the other form before routing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote, unquote_to_bytes

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from cartellino.web.heads import must_be_short
from cartellino.web.problems import Problem, refuse

Named = Annotated[str, Parameter(min_length=1, max_length=128)]
"""The name of an account: the segment of the path, or else the query parameter `account`."""

_ACCOUNTS = b"/v1/accounts"


def of_account(what: str) -> list[str]:
    """Return both paths of a route about an account.

    Litestar registers the route twice: it wraps a plain function twice, so the function of such a route is a coroutine.
    """
    return [f"/v1/accounts/{{account:str}}/{what}", f"/v1/accounts/{what}"]


def by_path(handler: HTTPRouteHandler, method: Any, path: Sequence[Any]) -> str:  # noqa: ANN401 - as Litestar has it
    """Return the operation id of a route, which differs for its two paths."""
    by_query = all(isinstance(part, str) for part in path)
    return f"{handler.handler_name}_{str(method).lower()}{'_by_query' if by_query else ''}"


class ByName(Litestar):
    """Middleware that rewrites URLs whose account name has encoded slashes."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - of HTTP and of the start
        """Answer a request, after rewriting its URL if needed.

        Its head is bounded first, since routing and authentication parse it for everybody.
        """
        if scope["type"] == "http":
            try:
                must_be_short(scope)
            except Problem as problem:
                await refuse(problem, send)
                return
            scope = _by_query(scope)
        await super().__call__(scope, receive, send)


def _by_query(scope: dict[str, Any]) -> dict[str, Any]:
    raw: bytes = scope.get("raw_path") or b""
    above, _, what = raw.partition(b"?")[0].rpartition(b"/")
    prefix, _, name = above.rpartition(b"/")
    if prefix != _ACCOUNTS or b"%2f" not in name.lower() or not what.isalpha() or not what.islower():
        return scope
    path = _ACCOUNTS + b"/" + what
    given = b"account=" + quote(unquote_to_bytes(name), safe="").encode()
    query = b"&".join(part for part in (given, _without_account(scope["query_string"])) if part)
    return {**scope, "path": path.decode(), "raw_path": path, "query_string": query}


def _without_account(query: bytes) -> bytes:
    """Remove `account` from a query, since the segment of the path takes precedence."""
    return b"&".join(pair for pair in query.split(b"&") if pair.partition(b"=")[0] != b"account")
