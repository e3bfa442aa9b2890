"""The head of a request, bounded before anything looks at it: routing, cookies and languages are parsed for anybody.

RFC 9110, 4.1 asks recipients to take 8,000 bytes of an address; what is beyond is refused with 414, headers with 431
(RFC 6585, 5).
"""

from __future__ import annotations

from typing import Any

from cartellino.web.problems import Problem

LONGEST_ADDRESS = 8_192
"""Bytes of the path, and as many of the query."""

LONGEST_LINE = 8_192
"""Bytes of the values of one header together."""

LARGEST = 32_768
"""Bytes of all headers together."""


def must_be_short(scope: Any) -> None:  # noqa: ANN401 - ASGI's scope
    """Look at the length of the address and of the headers.

    Raises `Problem` for what is too long.
    """
    path, _, _ = (scope.get("raw_path") or b"").partition(b"?")  # some servers leave the query there
    if max(len(path), len(scope["query_string"])) > LONGEST_ADDRESS:
        raise Problem("long-address", f"path and query have at most {LONGEST_ADDRESS:,} bytes each", headers=_CLOSE)
    sizes: dict[bytes, int] = {}
    for name, value in scope["headers"]:
        sizes[name] = sizes.get(name, 0) + len(value)
    for name, size in sizes.items():
        if size > LONGEST_LINE:
            shown = name[:60].decode("latin-1")
            raise Problem("large-head", f"a header has at most {LONGEST_LINE:,} bytes", shown, headers=_CLOSE)
    if sum(sizes.values()) + sum(map(len, sizes)) > LARGEST:
        raise Problem("large-head", f"all headers have at most {LARGEST:,} bytes together", headers=_CLOSE)


_CLOSE = {"Connection": "close"}
