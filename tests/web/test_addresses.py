"""Who asks, by address: behind proxies, in networks, by /64; what only this machine may ask."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from litestar.connection import ASGIConnection

from cartellino.service.service import Service
from cartellino.service.settings import Settings
from cartellino.vocabulary.refusals import BadArgument
from cartellino.web.identity import address_of, is_local, is_secure

Headers = list[tuple[str, str]]


def connection(peer: str, headers: Headers) -> ASGIConnection[Any, Any, Any, Any]:
    written = [(name.encode(), held.encode()) for name, held in headers]
    scope = {"type": "http", "client": (peer, 4_711), "headers": written, "path": "/", "query_string": b"",
             "scheme": "http", "server": ("127.0.0.1", 80), "state": {}}  # fmt: skip
    return ASGIConnection(cast(Any, scope))


def service(proxies: str) -> Service:
    return cast(Service, SimpleNamespace(settings=Settings.of({}, proxies=proxies)))


def named(*lines: str) -> Headers:
    return [("x-forwarded-for", line) for line in lines]


@pytest.mark.parametrize(
    ("proxies", "peer", "headers", "expected"),
    [
        ("", "203.0.113.7", named("198.51.100.1"), "203.0.113.7"),
        ("10.0.0.1, 127.0.0.1", "127.0.0.1", named("198.51.100.1"), "198.51.100.1"),
        ("10.0.0.0/8", "10.9.8.7", named("1.1.1.1, 198.51.100.1"), "198.51.100.1"),
        ("10.0.0.0/8", "10.9.8.7", named("198.51.100.1, 10.1.1.1"), "198.51.100.1"),
        ("10.0.0.0/8", "10.9.8.7", named("6.6.6.6", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.0/8", "10.9.8.7", named("198.51.100.1:55555"), "198.51.100.1"),
        ("10.0.0.0/8", "10.9.8.7", named("198.51.100.1, unknown"), "10.9.8.7"),
        ("10.0.0.0/8", "10.9.8.7", named("10.0.0.5, 10.0.0.6"), "10.0.0.5"),
        ("10.0.0.0/8", "10.9.8.7", named(""), "10.9.8.7"),
        ("10.0.0.0/8", "10.9.8.7", [], "10.9.8.7"),
        ("10.0.0.0/8", "::ffff:10.9.8.7", named("198.51.100.1"), "198.51.100.1"),
        ("::1, fd00::/8", "fd00::5", named("[2001:db8:1:2:3::4]:443"), "2001:db8:1:2::/64"),
        ("", "2001:db8:1:2::9", [], "2001:db8:1:2::/64"),
        ("", "fe80::1%eth0", [], "fe80::/64"),
    ],
)
def test_the_last_address_that_is_no_trusted_proxy_asks(
    proxies: str, peer: str, headers: Headers, expected: str
) -> None:
    assert address_of(connection(peer, headers), service(proxies)) == expected


@pytest.mark.parametrize("proxies", ["10.0.0.300", "10.0.0.1/8", "nginx", "10.0.0.1; 10.0.0.2", "10.0.0.0/33"])
def test_a_proxy_that_is_no_address_is_refused_at_the_start(proxies: str) -> None:
    with pytest.raises(BadArgument, match="`proxies`"):
        Settings.of({"CARTELLINO_PROXIES": proxies})


def test_who_is_behind_tls_is_believed_of_proxies_only() -> None:
    said = [("x-forwarded-proto", "https")]
    assert is_secure(connection("10.0.0.1", said), service("10.0.0.0/8"))
    assert not is_secure(connection("10.0.0.1", said), service(""))
    assert not is_secure(connection("10.0.0.1", [("x-forwarded-proto", "https, http")]), service("10.0.0.0/8"))


HERE = [("host", "localhost:8000")]


@pytest.mark.parametrize(
    ("peer", "proxies", "headers", "expected"),
    [
        ("127.0.0.1", "", HERE, True),
        ("::1", "", [("host", "[::1]:8000")], True),
        ("127.0.0.1", "127.0.0.1", HERE, False),
        ("127.0.0.1", "127.0.0.0/8", HERE, False),
        ("127.0.0.1", "", [("host", "cards.example.org")], False),
        ("127.0.0.1", "", [*HERE, ("x-forwarded-for", "127.0.0.1")], False),
        ("127.0.0.1", "", [*HERE, ("via", "1.1 proxy")], False),
        ("127.0.0.1", "", [*HERE, ("x-real-ip", "127.0.0.1")], False),
        ("192.0.2.1", "", HERE, False),
        ("10.0.0.1", "10.0.0.1", [*HERE, ("x-forwarded-for", "127.0.0.1")], False),
    ],
)
def test_only_this_machine_itself_is_local(peer: str, proxies: str, headers: Headers, expected: bool) -> None:
    assert is_local(connection(peer, headers), service(proxies)) is expected


def test_the_setting_is_read_with_spaces_and_networks(tmp_path: Path) -> None:
    assert Settings.of({"CARTELLINO_PROXIES": " 10.0.0.1 , 127.0.0.1,10.1.0.0/16, "}, data=str(tmp_path)).proxies
