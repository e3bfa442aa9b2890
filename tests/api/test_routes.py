"""Every route that is registered, from the application itself: whatever is sent to it is bounded and answered.

A route that is added later is walked as well.
"""

from __future__ import annotations

import gzip
import re
import time as clock
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar, get, post
from litestar.testing import TestClient
from tests.api.world import NOW, Caller, Time, World, begun, client_of, settings_for

from cartellino.api.app import application
from cartellino.appeals.proof import Holder, sign
from cartellino.console.pages import PAGES as CONSOLE
from cartellino.holder.pages import PAGES as HOLDER
from cartellino.service import credentials
from cartellino.service.access import PERMISSIONS
from cartellino.status.app import PAGES as STATUS
from cartellino.vocabulary.times import HOUR
from cartellino.web.bounds import BOUNDS
from cartellino.web.guard import allow, handlers
from cartellino.web.identity import COOKIE, HOLDER_COOKIE
from cartellino.web.pages import static

GENEROUS = 30.0
"""Seconds for one answer, on a machine that does much else."""

ENDLESS = {"/v1/stream"}
KEEPS_SIGNED_IN = {("DELETE", "/v1/session"), ("POST", "/console/leave")}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path_factory.mktemp("routes") / "data", key_rate=10_000_000), time)
    try:
        with client_of(service, static, *HOLDER, *CONSOLE, *STATUS) as client:
            client.follow_redirects = False
            world = World(service, client, time)
            world.breaks("a")
            yield world
    finally:
        service.stop()


def callers(world: World) -> dict[str, Caller]:
    """Return every kind of caller, those with a cookie among them; their cookies are no proof that they meant it."""
    with world.service.database.begin_writing() as rows:
        session = credentials.make_session(rows, "the-admin", NOW)
    made = {"stranger": world.stranger, "key": world.key, "holder": world.holder("a"), **world.people}
    for name, cookie in (("session", f"{COOKIE}={session}"), ("visit", f"{HOLDER_COOKIE}={visit_of(world)}")):
        made[name] = Caller(world.client)
        made[name].headers = {"Cookie": cookie}
    return made


def visit_of(world: World) -> str:
    """Return the cookie of somebody who has entered the account holders' pages."""
    return sign(Holder("main", "a", NOW + HOUR, "page"), world.service.secret)


def routes(world: World) -> list[tuple[str, str, dict[str, Any]]]:
    found = [
        (str(method), path, handler.opt)
        for path, handler in handlers(app_of(world))
        for method in sorted(handler.http_methods)
        if path not in ENDLESS
    ]
    assert len(found) > 100
    return found


def app_of(world: World) -> Litestar:
    app = world.client.app
    assert isinstance(app, Litestar)
    return app


def filled(path: str, held: str = "a") -> str:
    return re.sub(r"\{[^}]+\}", held, re.sub(r"\{\w+:int\}", "1" if held == "a" else held, path))


def answered(caller: Caller, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:  # noqa: ANN401
    begun = clock.monotonic()
    answer = caller(method, path, body, headers=headers) if body is not None else caller(method, path, headers=headers)
    assert answer.status_code < 500, (method, path, answer.text[:500])
    assert clock.monotonic() - begun < GENEROUS, (method, path)
    return answer


FORM = "application/x-www-form-urlencoded"
EXPLOSIONS = {
    "many fields": (b"a&" * 30_000, FORM),
    "one field many times": (b"a=1&" * 15_000, FORM),
    "deep": (b"[" * 60_000, "application/json"),
    "deep objects": (b'{"a":' * 10_000, "application/json"),
    "many values": (b"[" + b"[]," * 20_000 + b"[]]", "application/json"),
    "a number of many digits": (b'{"days":' + b"9" * 60_000 + b"}", "application/json"),
    "packed": (gzip.compress(b"x\n" * 1_000_000), "application/json"),
    "no text": (b"\xff\xfe\x00\x01" * 1_000, "application/json"),
    "multipart": (b"--x\r\n\r\n" * 5_000, "multipart/form-data; boundary=x"),
}


@pytest.mark.parametrize("who", ["stranger", "key", "admin", "session", "visit"])
def test_what_explodes_is_answered_by_every_route(many: World, who: str) -> None:
    caller = callers(many)[who]
    for method, path, _ in routes(many):
        if (method, path) in KEEPS_SIGNED_IN or method == "GET":
            continue
        for body, kind in EXPLOSIONS.values():
            answer = answered(caller, method, filled(path), body, **{"content-type": kind})
            assert answer.status_code >= 300 or answer.json()["accepted"] == 0, (method, path)


@pytest.mark.parametrize("who", ["stranger", "key", "holder", "admin", "session", "visit"])
def test_a_body_over_its_bound_is_refused_by_every_route(many: World, who: str) -> None:
    caller, taken = callers(many)[who], app_of(many).state.bounds
    for method, path, opt in routes(many):
        bound = taken[opt["bound"]]
        if (method, path) in KEEPS_SIGNED_IN or bound.bytes > 1 << 20:
            continue
        answer = answered(caller, method, filled(path), b"x" * (bound.bytes + 1), **{"content-type": FORM})
        is_open = PERMISSIONS[opt["may"]].public
        assert answer.status_code == 413 or (not is_open and answer.status_code in (303, 401, 403)), (method, path)


def test_a_claim_of_a_large_body_is_refused_before_it_comes(many: World) -> None:
    for caller in callers(many).values():
        for method, path, _ in routes(many):
            answer = answered(caller, method, filled(path), b"", **{"content-length": "99999999999"})
            assert answer.status_code in (303, 401, 403, 413), (method, path)


ODD = ["0000000000100999", "9" * 20, "9" * 400, "9" * 5_000, "-1", "1e400", "nan", "inf", "-0", "\u00b2", "\u0663",
       "0x10", "1_000", "%ED%A0%80", "%F0%9F%98%80", "a" * 4_000, "", "%2F..%2F", "2026-13", "9999-12",
       "9223372036854775808", "9007199254740993.x", "1.", ".", "'; DROP TABLE x"]  # fmt: skip
PARAMETERS = ("limit", "after", "before", "value", "month", "code", "account", "service", "zone", "language", "status",
              "kind", "subject", "file", "parameter", "token", "screen", "cause", "other", "rule", "mode")  # fmt: skip


@pytest.mark.parametrize("who", ["admin", "visit"])
def test_odd_values_are_answered_by_every_route(many: World, who: str) -> None:
    caller = callers(many)[who]
    for number, (method, path, opt) in enumerate(routes(many)):
        if method != "GET" or (opt["face"] == "holder") != (who == "visit"):
            continue
        for odd in ODD if "{" in path else ():
            if odd not in ("", "."):
                answered(caller, "GET", filled(path, odd))
        for place, name in enumerate(PARAMETERS):
            odd = ODD[(number + place) % len(ODD)]
            answered(caller, "GET", f"{filled(path)}?{name}={odd}&account=a&file=p.yaml")


def test_odd_values_in_a_path_that_changes_something_are_answered(many: World) -> None:
    for caller in (many.people["admin"], many.key):
        for method, path, opt in routes(many):
            if "{" in path and method != "GET" and opt["bound"] != "events":
                for odd in ODD:
                    if odd not in ("", "."):
                        answered(caller, method, filled(path, odd), b"{}" if method == "POST" else None)


def test_odd_headers_are_answered(many: World) -> None:
    names = ("last-event-id", "if-none-match", "accept-language", "authorization", "x-csrf-token", "x-forwarded-for")
    for name in names:
        for odd in ("9" * 20, "nan", "x" * 9_000, "," * 4_000, "Bearer " + "." * 3_000, "a.b.c"):
            for path in ("/v1/accounts/a/standing", "/account", "/console", "/v1/me"):
                answered(many.stranger, "GET", path, None, **{name: odd})


@pytest.mark.parametrize("given", ["000000100999", "9" * 20, "101", "0", "-1", "1e2", "\uff11"])
def test_a_limit_is_a_number_within_its_range(many: World, given: str) -> None:
    answer = many.people["admin"]("GET", "/v1/decisions", params={"limit": given})
    assert (answer.status_code, answer.json()["pointer"]) == (400, "limit")


def test_head_is_answered_like_get(many: World) -> None:
    for who in ("stranger", "admin", "visit"):
        caller = callers(many)[who]
        for method, path, _ in routes(many):
            if method != "GET" or path == "/metrics":
                continue
            got, headed = (answered(caller, one, f"{filled(path)}?account=a&file=p.yaml") for one in ("GET", "HEAD"))
            assert (headed.status_code, headed.content) == (got.status_code, b""), path


def test_an_address_for_forms_leads_a_browser_to_a_page(many: World) -> None:
    paths = {path for method, path, _ in routes(many) if method == "GET"}
    browser = {"Accept": "text/html"}
    for method, path, _ in routes(many):
        if method == "POST" and path not in paths and not path.startswith("/v1/"):
            answer = many.stranger("GET", f"{filled(path)}?language=it", headers=browser)
            assert answer.status_code == 303, path
            assert "language=it" in answer.headers["location"]
            assert many.stranger("GET", answer.headers["location"], headers=browser).status_code in (200, 303, 400)


@pytest.mark.parametrize("opt", [{}, {"may": "public"}, {"bound": "none"}, {"may": "nobody knows", "bound": "none"},
                                 {"may": "public", "bound": "huge", "face": "api"}])  # fmt: skip
def test_a_route_that_does_not_say_who_and_what_does_not_start(many: World, opt: dict[str, str]) -> None:
    @get("/forgotten", opt=opt)
    async def forgotten() -> None:
        """Nobody thought about it."""

    with pytest.raises(TypeError, match="/forgotten"):
        application(many.service, forgotten)


@pytest.mark.parametrize("face", ["console", "holder"])
@pytest.mark.parametrize("bound", ["none", "json"])
def test_a_page_that_is_sent_and_takes_no_form_does_not_start(many: World, face: str, bound: str) -> None:
    """Its token stands in the form; who left out the form would be told of a header that no page sends."""

    @post("/formless", opt=allow("release-held", bound, face))
    async def formless() -> None:
        """Nobody thought of the form."""

    with pytest.raises(TypeError, match="takes a form"):
        application(many.service, formless)


def test_a_page_for_operators_cannot_be_reached_without_the_right(many: World) -> None:
    """Also where its handler asks for nothing."""

    @post("/careless", opt=allow("change-policies", "form", "console"))
    async def careless() -> str:
        return "done"

    with TestClient(application(many.service, careless)) as client:
        for name, caller in callers(many).items():
            answer = client.post("/careless", headers=caller.headers)
            expected = 201 if name in ("policy-admin", "admin") else 403 if name != "stranger" else None
            if name in ("policy-admin", "admin"):
                assert answer.status_code == expected, name
            else:
                assert answer.status_code in (401, 403), name


def test_a_cookie_alone_changes_nothing(many: World) -> None:
    """Whatever a browser can be made to send without the token is refused, or done in nobody's name."""
    them = callers(many)
    for method, path, opt in routes(many):
        if method == "GET" or PERMISSIONS[opt["may"]].public:
            continue
        who = "visit" if opt["face"] == "holder" else "session"
        body = b"" if BOUNDS[opt["bound"]].fields else b"{}" if method == "POST" and opt["bound"] != "none" else None
        answer = answered(them[who], method, filled(path) + "?file=p.yaml&account=a", body)
        assert answer.status_code == 403, (method, path, answer.text)


def test_what_is_open_is_done_in_nobodys_name_without_the_token(many: World) -> None:
    visit = callers(many)["visit"]
    form = {"screen": "limited", "cause": "messages", "happened": "no", "evidence": ""}
    draft = many.client.post("/account/recover", data=form, headers=visit.headers)
    assert "code 101" not in draft.text
    assert "Sign out" in visit("GET", "/account").text
    left = many.client.post("/account/leave", headers=visit.headers)
    assert "set-cookie" not in left.headers
    assert "Sign out" in visit("GET", "/account").text
