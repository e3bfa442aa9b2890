"""Two pages of the module on the homeserver: the way to one's account page, and the state of the module.

Whoever is suspended, locked or signed out everywhere still knows their password. So the door checks it with Synapse
(which counts failed tries, and lets a locked account pass) and leads on by a link that lets them in once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from synapse.module_api import DirectServeHtmlResource, DirectServeJsonResource, ModuleApi
from synapse.module_api.errors import SynapseError

from cartellino_synapse.client import Client
from cartellino_synapse.conditions import Conditions
from cartellino_synapse.pseudonyms import Pseudonyms
from cartellino_synapse.settings import LANGUAGES
from cartellino_synapse.words import DOOR

PATH = "/_synapse/client/cartellino"
LARGEST = 4_096
"""Most bytes of the form."""

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}

_PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color:#1b1b1b;
background:#fff}}label{{display:block;margin:1rem 0 .3rem}}input{{font:inherit;width:100%;box-sizing:border-box;
padding:.5rem;border:1px solid #666;border-radius:.3rem}}
button{{font:inherit;margin-top:1.5rem;padding:.6rem 1.4rem;border:0;border-radius:.3rem;background:#0b5d3b;color:#fff}}
[role=alert]{{border-left:.3rem solid #b00020;padding-left:.8rem}}</style>
<main><h1>{title}</h1><p>{about}</p>{wrong}
<form method="post" autocomplete="on"><label for="user">{user}</label>
<input id="user" name="user" value="{name}" autocomplete="username" required autocapitalize="none">
<label for="password">{password}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>{enter}</button></form></main></html>"""

log = logging.getLogger(__name__)


class AccountDoor(DirectServeHtmlResource):
    """Asks for the password, and leads to the page about the account."""

    def __init__(
        self, api: ModuleApi, client: Client, conditions: Conditions, names: Pseudonyms, service: str, pages: str,
        language: str,
    ) -> None:  # fmt: skip
        """`pages` is the address of Cartellino's pages as people reach it."""
        super().__init__()
        self._api, self._client, self._conditions, self._names = api, client, conditions, names
        self._service, self._pages, self._language = service, pages.rstrip("/"), language
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(pages))

    async def _async_render_GET(self, request: Any) -> None:  # noqa: ANN401 - a request of Synapse
        _answer(request, 200, self._page(request), self._origin)

    async def _async_render_POST(self, request: Any) -> None:  # noqa: ANN401
        form = parse_qs(request.content.read(LARGEST + 1)[:LARGEST].decode("utf-8", "replace"), max_num_fields=10)
        name, password = (form.get(field, [""])[0].strip() if field == "user" else form.get(field, [""])[0]
                          for field in ("user", "password"))  # fmt: skip
        try:
            user_id = await self._proved(name, password)
        except SynapseError as refused:
            status = 429 if refused.code == 429 else 403
            _answer(request, status, self._page(request, "often" if status == 429 else "wrong", name), self._origin)
            return
        try:
            path = await self._client.link(self._service, self._names.account(user_id))
        except Exception as error:  # it fails closed: nobody is let in, and the page says so
            self._conditions.failed("account_door", error)
            _answer(request, 503, self._page(request, "later", name), self._origin)
            return
        request.setHeader(b"Location", (self._pages + path).encode())
        _answer(request, 303, "")

    async def _proved(self, name: str, password: str) -> str:
        """Return whose password it is.

        Raises `SynapseError` if it is nobody's, or was tried too often.
        """
        user_id = name if name.startswith("@") else self._api.get_qualified_user_id(name)
        if not name or not self._api.is_mine(user_id):
            raise SynapseError(403, "unknown")
        asked = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user_id}, "password": password}
        proved, _ = await self._api._auth_handler.validate_login(asked, ratelimit=True)
        return proved

    def _page(self, request: Any, wrong: str = "", name: str = "") -> str:  # noqa: ANN401
        language = preferred(request.getHeader("accept-language") or "", self._language)
        words = {key: escape(said[language]) for key, said in DOOR.items()}
        alert = f'<p role="alert">{words[wrong]}</p>' if wrong else ""
        return _PAGE.format(**{**words, "language": language, "wrong": alert, "name": escape(name[:255])})


class Status(DirectServeJsonResource):
    """Shows administrators what is degraded, what each callback does then, and what was counted."""

    def __init__(self, api: ModuleApi, shown: Callable[[], dict[str, Any]]) -> None:
        """`shown` returns what is shown."""
        super().__init__()
        self._api, self._shown = api, shown

    async def _async_render_GET(self, request: Any) -> tuple[int, Any]:  # noqa: ANN401
        requester = await self._api.get_user_by_req(request)
        if not await self._api.is_user_admin(requester.user.to_string()):
            raise SynapseError(403, "This is for administrators of the homeserver.", "M_FORBIDDEN")
        return 200, json.loads(json.dumps(self._shown()))


def preferred(accepted: str, default: str) -> str:
    """Return the first language of an Accept-Language header that there is.

    >>> preferred("it-IT,it;q=0.9,en;q=0.8", "en"), preferred("de", "id")
    ('it', 'id')
    """
    wishes = []
    for part in accepted[:500].split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), name.split("-")[0].lower()))
        except ValueError:
            continue
    return next((name for _, name in sorted(wishes, key=lambda wish: wish[0]) if name in LANGUAGES), default)


def _answer(request: Any, status: int, page: str, leads_to: str = "") -> None:  # noqa: ANN401
    """`leads_to` is where the form may lead: browsers apply `form-action` to redirections, too."""
    body = page.encode()
    policy = ("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
              f"form-action 'self' {leads_to}")  # fmt: skip
    request.setHeader(b"Content-Security-Policy", policy.strip().encode())
    request.setResponseCode(status)
    request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
    request.setHeader(b"Content-Length", str(len(body)).encode())
    for name, value in HEADERS.items():
        request.setHeader(name.encode(), value.encode())
    request.write(body)
    request.finish()
