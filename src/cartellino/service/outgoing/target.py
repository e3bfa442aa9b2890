"""Parses a webhook's URL, once and by one parser, so that no two parts of the program can read it differently.

>>> target_of("https://hooks.example.org/in?key=1")
Target(scheme='https', host='hooks.example.org', port=443, authority='hooks.example.org', path='/in?key=1')
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

import httpx

from cartellino.vocabulary.refusals import BadArgument

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\Z")
"""A host name in the domain name system (RFC 1035), with the underscore that container networks use."""

_NUMBER = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\Z")
"""Hosts that the C library reads as IPv4 addresses (inet_aton(3)), whose last part is a number: 0x7f.1 is 127.0.0.1."""

LONGEST = 2_000
"""Most characters of a URL."""


class Target(NamedTuple):
    """A parsed URL: `host` is a name in ASCII (IDNA) or an address, `authority` the value of the header `Host`."""

    scheme: str
    host: str
    port: int
    authority: str
    path: str

    @property
    def is_address(self) -> bool:
        """Whether the host is an address instead of a name."""
        return not _NAME.match(self.host) or _is_address(self.host)


def target_of(url: str) -> Target:
    """Parse a URL.

    Raises `BadArgument` for everything but http(s)://HOST[:PORT]/PATH, with a name or an address in its usual form.
    """
    try:
        parsed = httpx.URL(url) if len(url) <= LONGEST else None
    except (httpx.InvalidURL, ValueError):
        parsed = None
    if parsed is None or parsed.scheme not in ("http", "https") or not parsed.raw_host:
        raise BadArgument(f"{_shown(url)} is no URL of a webhook; write https://HOST/PATH")
    if parsed.userinfo:
        raise BadArgument("a URL of a webhook has no user name or password; check the signature instead")
    port = parsed.port if parsed.port is not None else {"http": 80, "https": 443}[parsed.scheme]
    if not 1 <= port <= 65_535:
        raise BadArgument(f"{_shown(url)}: a port is a number from 1 to 65535")
    host = _host(parsed.raw_host.decode("ascii"))
    return Target(parsed.scheme, host, port, parsed.netloc.decode("ascii"), parsed.raw_path.decode("ascii"))


def _host(host: str) -> str:
    if "%" in host and ":" in host:
        raise BadArgument(f"`{host[:100]}` names a network interface; write the address alone")
    if _is_address(host):
        return host
    if host.endswith("."):
        raise BadArgument(f"`{host[:100]}` ends in a dot; write the name without it")
    if _NUMBER.match(host):
        raise BadArgument(f"`{host[:100]}` is an address in an unusual form; write four numbers, such as 198.41.0.4")
    if not _NAME.match(host):
        raise BadArgument(f"`{host[:100]}` is no name of a host")
    return host


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _shown(url: str) -> str:
    return f"`{url[:200]!r}`"
