"""Keeps the content of a form that was not accepted, because the session had ended or it was refused.

    session ended   the form passes through the sign-in, and is shown afterwards, to be sent again
    refused         the form is shown below the refusal

Passwords are not kept, and neither is a form from another site. When it is sent again, it has the token of the new
session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cartellino.web.identity import is_ours
from cartellino.web.pages import page_of
from cartellino.web.requests import Asked

PREFIX = "kept."
"""The prefix of the fields of a kept form in the sign-in form."""

_SECRET = ("csrf", "password")
_LONGEST = 2_000


class Kept(NamedTuple):
    """A form: its target, its page, its fields, and whether a password has to be entered again."""

    to: str = ""
    page: str = ""
    fields: Mapping[str, str] = {}
    asks_password: bool = False


NOTHING = Kept()


def kept_of(request: Asked) -> Kept:
    """Return the form of a request; `None` if it is empty, or if another site sent it."""
    form: Mapping[str, str] = request.state.get("form", {})
    fields = {name: text for name, text in form.items() if name not in _SECRET}
    if not any(text.strip() for text in fields.values()) or not is_ours(request):
        return NOTHING
    return Kept(here(request), page_of(request), fields, bool(form.get("password")))


def carried(form: Mapping[str, str]) -> Kept:
    """Return the kept form in a sign-in form."""
    fields = {name.removeprefix(PREFIX): text for name, text in form.items() if name.startswith(PREFIX)}
    to, page = inside(form.get("to", "")), inside(form.get("page", ""))
    return Kept(to, page, fields, form.get("asks_password") == "yes") if fields and to else NOTHING


def here(request: Asked) -> str:
    """Return the URL of a request, without the host."""
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.url.path}{'?' if query else ''}{query}"


def inside(path: str) -> str:
    """Return a URL if it leads to a page of the console, else an empty string.

    >>> inside("/console/cases?kind=appeal"), inside("//evil.example/console"), inside("/console/../account")
    ('/console/cases?kind=appeal', '', '')
    """
    is_plain = path.isascii() and path.isprintable() and len(path) <= _LONGEST and not {*"\\ "} & {*path}
    bare = path.partition("?")[0]
    is_room = bare == "/console" or bare.startswith("/console/")
    is_door = bare in ("/console/sign-in", "/console/leave")
    return path if is_plain and is_room and not is_door and ".." not in bare and "//" not in bare else ""
