"""The cookies of a request, parsed in time that grows with their length alone.

`http.cookies` of Python before 3.11.10 takes a time that grows with the square of the backslashes in a value
(CVE-2024-7592), and Debian 12 has one of before.

>>> parsed('cartellino_session=abc; way="/console?a\\\\054b"; broken; =x')
{'cartellino_session': 'abc', 'way': '/console?a,b'}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from litestar.connection import ASGIConnection

_ESCAPED = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))", re.DOTALL)
_PARSED = "cartellino_cookies"


def cookies(connection: ASGIConnection[Any, Any, Any, Any]) -> Mapping[str, str]:
    """Return the cookies of a request by name; of several with one name the first, which is the most specific."""
    state: dict[str, Any] = connection.scope["state"]
    if _PARSED not in state:
        state[_PARSED] = parsed(";".join(connection.headers.getall("cookie", [])))
    found: dict[str, str] = state[_PARSED]
    return found


def parsed(header: str) -> dict[str, str]:
    """Parse a header `Cookie` (RFC 6265, 4.2); what has no name is left out."""
    found: dict[str, str] = {}
    for pair in header.split(";"):
        name, is_one, value = pair.partition("=")
        if is_one and name.strip():
            found.setdefault(name.strip(), _plain(value.strip()))
    return found


def _plain(value: str) -> str:
    """Undo the quoting of `http.cookies`, by which cookies are set."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)) if found[1] else found[2], value[1:-1])
