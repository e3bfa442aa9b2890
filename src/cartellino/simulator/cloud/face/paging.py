"""Lists in pages, and objects with the fields that were asked for."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from cartellino.simulator.cloud.errors import error_of
from cartellino.simulator.cloud.face.calls import Call

MOST = 1_000
"""Most items of one page."""


def fields_of(call: Call) -> list[str] | None:
    """Return the names of the fields that were asked for, without what stands in braces; `None` for none.

    >>> fields_of(Call("GET", (), "", {"fields": "id,health_status{can_send_message},name.limit(3)"}, {}))
    ['id', 'health_status', 'name']
    """
    written = call.query.get("fields")
    if not written:
        return None
    names, depth, name = [], 0, ""
    for letter in written[:4_000] + ",":
        if letter in "{(":
            depth += 1
        elif letter in "})":
            depth -= 1
        elif letter == "," and depth == 0:
            names.append(name.partition(".")[0].strip())
            name = ""
        elif depth == 0:
            name += letter
    return [one for one in names if one]


def picked(held: dict[str, Any], call: Call, usual: Sequence[str] = ()) -> dict[str, Any]:
    """Return an object with the fields that were asked for, else those that are usual, else all; always with its id."""
    names = fields_of(call) or usual
    if not names:
        return held
    return {name: held[name] for name in dict.fromkeys((*names, "id")) if held.get(name) is not None}


def paged(found: Sequence[dict[str, Any]], call: Call) -> dict[str, Any]:
    """Return one page of a list, with the cursors of the next and the last."""
    limit, first = _count(call.query.get("limit", "25")), _place(call.query.get("after", ""))
    if "before" in call.query:
        first = max(0, _place(call.query["before"]) - limit)
    page = found[first : first + limit]
    if not page:
        return {"data": []}
    paging: dict[str, Any] = {"cursors": {"before": _cursor(first), "after": _cursor(first + len(page))}}
    if first + len(page) < len(found):
        asked = urlencode({**call.query, "after": _cursor(first + len(page))})
        paging["next"] = f"http://{call.host}/{'/'.join((call.version, *call.path)).strip('/')}?{asked}"
    return {"data": list(page), "paging": paging}


def _count(written: str) -> int:
    if not written.isdigit() or not 1 <= int(written[:9]) <= MOST:
        raise error_of(100, f"Param limit must be a number from 1 to {MOST}.")
    return int(written)


def _cursor(place: int) -> str:
    return urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _place(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()[:9])
    except (ValueError, UnicodeDecodeError):
        raise error_of(100, "Param after is no cursor of this list.") from None
