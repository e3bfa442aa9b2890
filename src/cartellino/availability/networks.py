"""The network of an address: what many people behind one place have in common, so that one place counts once.

>>> network_of("203.0.113.77"), network_of("203.0.113.0/24"), network_of("AS7713/10.1.2.3"), network_of("Telkomsel")
('203.0.113.0/24', '203.0.113.0/24', 'AS7713', 'Telkomsel')
>>> is_prefix("203.0.113.0/24"), is_prefix("AS7713"), network_of("2001:db8:1:2::9")
(True, False, '2001:db8:1::/48')
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_network

_NUMBER = re.compile(r"\bAS[ -]?(\d{1,10})\b", re.IGNORECASE)
_SIZES = {4: 24, 6: 48}
"""Bits of a prefix that belongs to one subscriber or site."""


@lru_cache(65_536)
def network_of(address: str | None) -> str | None:
    """Return the autonomous system, else the prefix, else the name before a slash; `None` where nothing is known."""
    if not address:
        return None
    if found := _NUMBER.search(address):
        return f"AS{int(found[1])}"
    try:
        held = ip_network(address.strip("[]"), strict=False)
    except ValueError:
        return address.partition("/")[0].strip() or None
    size = _SIZES[held.version]
    return str(held.supernet(new_prefix=size) if held.prefixlen > size else held)


@lru_cache(65_536)
def is_prefix(network: str) -> bool:
    """Say whether a network is a prefix of addresses: a site or a household, not a provider."""
    return "/" in network
