"""What somebody typed into a form that was not taken: their session was over, or it was refused. It is shown again.

    session over   the form goes with the sign-in, and stands before whoever signed in to be sent
    refused        the form stands below what is wrong with it

Passwords are not kept, and nothing is of what another site sent. What is sent again brings the token of the session
that there is by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cartellino.web.identity import is_ours
from cartellino.web.pages import page_of
from cartellino.web.requests import Asked

PREFIX = "kept."
"""Of the fields of a form that goes along with a sign-in."""

_SECRET = ("csrf", "password")
_LONGEST = 2_000


class Kept(NamedTuple):
    """A form: where it is sent, from which page, its fields, and whether a password has to be given anew."""

    to: str = ""
    page: str = ""
    fields: Mapping[str, str] = {}
    asks_password: bool = False


NOTHING = Kept()


def kept_of(request: Asked) -> Kept:
    """Return the form of a request; nothing where nothing was typed or chosen, or where another site sent it."""
    form: Mapping[str, str] = request.state.get("form", {})
    fields = {name: text for name, text in form.items() if name not in _SECRET}
    if not any(text.strip() for text in fields.values()) or not is_ours(request):
        return NOTHING
    return Kept(here(request), page_of(request), fields, bool(form.get("password")))


def carried(form: Mapping[str, str]) -> Kept:
    """Return the form that went along with a sign-in."""
    fields = {name.removeprefix(PREFIX): text for name, text in form.items() if name.startswith(PREFIX)}
    to, page = inside(form.get("to", "")), inside(form.get("page", ""))
    return Kept(to, page, fields, form.get("asks_password") == "yes") if fields and to else NOTHING


def here(request: Asked) -> str:
    """Return the address of a request, without the host."""
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.url.path}{'?' if query else ''}{query}"


def inside(path: str) -> str:
    """Return an address that leads to a page of the console; nothing for any other.

    >>> inside("/console/cases?kind=appeal"), inside("//evil.example/console"), inside("/console/../account")
    ('/console/cases?kind=appeal', '', '')
    """
    is_plain = path.isascii() and path.isprintable() and len(path) <= _LONGEST and not {*"\\ "} & {*path}
    bare = path.partition("?")[0]
    is_room = bare == "/console" or bare.startswith("/console/")
    is_door = bare in ("/console/sign-in", "/console/leave")
    return path if is_plain and is_room and not is_door and ".." not in bare and "//" not in bare else ""
