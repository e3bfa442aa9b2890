"""Heads of requests are bounded before anything is parsed, and what is parsed for anybody takes time in proportion."""

from __future__ import annotations

from http.cookies import SimpleCookie
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.world import World

from cartellino.api.naming import _by_query
from cartellino.appeals.letters import read
from cartellino.web.cookies import parsed
from cartellino.web.heads import LARGEST, LONGEST_ADDRESS, LONGEST_LINE

GENEROUS = 5.0
"""Seconds for what takes a moment, and took minutes."""

PATHS = ["/account", "/health/live", "/v1/accounts/a/standing", "/nothing", "/openapi.json"]


@pytest.mark.parametrize("path", PATHS)
def test_heads_that_are_too_large_are_refused_on_every_way(small: World, path: str) -> None:
    long = "%2F" * (LONGEST_ADDRESS // 3 + 1)
    for address in (f"/v1/accounts/{long}/standing", f"/{long}", f"{path}?x={'y' * LONGEST_ADDRESS}"):
        answer = small.client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (414, "long-address")
        assert answer.headers["content-type"] == "application/problem+json"
    many = {f"x-{n}": "y" * 4_000 for n in range(LARGEST // 4_000 + 1)}
    for headers in ({"Cookie": "a=" + "\\" * LONGEST_LINE}, {"Accept-Language": "en," * LONGEST_LINE}, many):
        answer = small.client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (431, "large-head")


def test_a_header_in_many_lines_is_bounded_as_one(small: World) -> None:
    lines = [("Cookie", "a=" + "b" * 1_000)] * 9
    assert small.client.get("/health/live", headers=lines).status_code == 431
    assert small.client.get("/health/live", headers=lines[:8]).status_code == 200


def test_what_fits_is_answered(small: World) -> None:
    address = "/health/live?x=" + "y" * (LONGEST_ADDRESS - 2)
    assert small.client.get(address, headers={"Cookie": "a=" + "b" * (LONGEST_LINE - 2)}).status_code == 200


values = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), values, max_size=4))
def test_cookies_are_read_as_they_were_set(given: dict[str, str]) -> None:
    cookie: SimpleCookie = SimpleCookie(given)
    assert parsed("; ".join(f"{one.key}={one.coded_value}" for one in cookie.values())) == given


def test_of_two_cookies_of_a_name_the_first_counts() -> None:
    assert parsed("a=1; a=2; ;b; =c; d=") == {"a": "1", "d": ""}


def test_what_is_sent_to_be_slow_is_parsed_at_once() -> None:
    began = thread_time()
    parsed('a="' + "\\" * 300_000 + '"')
    parsed('a="' + "\\10" * 300_000 + '"')
    _by_query({"raw_path": b"/v1/accounts/" + b"%2F" * 300_000, "query_string": b""})
    read(b"From: a@example.org\n\nboundary" + b" " * 1_000_000)
    read(b"From: a@example.org\n\n" + b"boundary*" * 300_000)
    read(b"From: a@example.org\n\nboundary*" + b"1" * 1_000_000 + b"x")
    assert thread_time() - began < GENEROUS
