"""Renders pages: Jinja templates and one stylesheet, without a build step.

Jinja escapes all text; the content security policy allows neither inline scripts nor anything from other sites.
"""

from __future__ import annotations

from collections.abc import Collection
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar import Request, Response, get
from litestar.exceptions import HTTPException
from litestar.params import PathParameter
from litestar.response import Redirect

from cartellino.learning.judged import FEWEST
from cartellino.vocabulary.actors import shown as actor
from cartellino.vocabulary.times import MINUTE, Instant, instant, rough_duration, rounded_up, show_instant
from cartellino.web.charts import as_data
from cartellino.web.guard import allow
from cartellino.web.headers import HEADERS
from cartellino.web.problems import Problem, failed_http

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

_environment = Environment(
    loader=ChoiceLoader([PackageLoader(f"cartellino.{name}") for name in ("web", "holder", "console", "status")]),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    auto_reload=False,  # what is installed does not change while it runs; to ask costs five calls of the system a page
    trim_blocks=True,
    lstrip_blocks=True,
)


def measured(value: float | str | None, signal: str, shares: Collection[str] = ()) -> str:
    """Format the value of a signal: a duration for ages, percent for `shares`, `any` if it is unbounded.

    >>> measured(0.0985915, "answered_24h", {"answered_24h"})
    '9.9 %'
    >>> measured(7_200_000, "age(account)"), measured(34, "intruded_10m"), measured(0.0985915, "x"), measured(None, "x")
    ('2h', '34', '0.09859', 'any')
    """
    if value is None:
        return "any"
    if isinstance(value, int | float) and signal in shares:
        return f"{round(100 * value, 1):g} %"
    if isinstance(value, int | float) and signal.startswith(("age(", "since(", "gap")):
        return rough_duration(int(value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def minute(at: Instant | str | None) -> str:
    """Format an instant to the minute, in UTC; empty for `None`.

    >>> minute(0), minute("2026-11-24T10:00:00.000Z"), minute(None)
    ('1970-01-01 00:00', '2026-11-24 10:00', '')
    """
    text = show_instant(at) if isinstance(at, int) else at or ""
    return text[:16].replace("T", " ")


def until(at: Instant | str) -> str:
    """Format the end of something in UTC, rounded up to the minute, so that it is never shown as over too early.

    >>> until("2026-11-24T01:14:24.000Z"), until(60_000)
    ('2026-11-24 01:15', '1970-01-01 00:01')
    """
    return minute(rounded_up(instant(at) if isinstance(at, str) else at, MINUTE))


_environment.filters["until"] = until
_environment.globals["fewest"] = FEWEST
_environment.filters["measured"] = measured
_environment.filters["minute"] = minute
_environment.filters["data"] = as_data
_environment.filters["actor"] = actor


def page(template: str, status: int = 200, **values: Any) -> Response[str]:
    """Render a page with its security headers."""
    text = _environment.get_template(template).render(**values)
    return Response(text, status_code=status, media_type="text/html", headers=dict(HEADERS))


def lost(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer a refusal of the framework: with a page for browsers, else as a problem.

    A GET of an address that only takes forms (after a change of language, or by going back) is redirected to its page.
    """
    is_browser = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
    if is_browser and error.status_code == 405 and request.method == "GET" and (above := _above(request)):
        return Redirect(above, status_code=303)
    if is_browser and error.status_code in (404, 405):
        return page("lost.html", error.status_code)
    return failed_http(request, error)


def page_of(request: Request[Any, Any, Any]) -> str:
    """Return the page that a form belongs to: its own address, or the nearest parent that has a page."""
    path = request.scope["path"].rstrip("/")
    return _with_query(request, path) if _is_page(request, path) else _above(request)


def _above(request: Request[Any, Any, Any]) -> str:
    """Return the nearest parent address that has a page, with the query; empty if there is none."""
    path = request.scope["path"].rstrip("/")
    while (path := path.rpartition("/")[0]) and not _is_page(request, path):
        pass
    return _with_query(request, path) if path else ""


def _with_query(request: Request[Any, Any, Any], path: str) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{quote(path)}{'?' if query else ''}{query}"


def _is_page(request: Request[Any, Any, Any], path: str) -> bool:
    try:
        request.app.asgi_router.handle_routing(path=path, method="GET")
    except HTTPException:
        return False
    return True


@get("/static/{name:str}", opt=allow("public"), include_in_schema=False)
async def static(name: Annotated[str, PathParameter(max_length=64)]) -> Response[bytes]:
    """Serve the stylesheet and the scripts of the package."""
    kind = _TYPES.get(PurePosixPath(name).suffix)
    places = [files("cartellino.web") / "static" / place / PurePosixPath(name).name for place in ("", "vendor")]
    file = next((place for place in places if place.is_file()), None)
    if kind is None or file is None:
        raise Problem("not-found", "there is no such file")
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(file.read_bytes(), media_type=kind, headers=headers)
