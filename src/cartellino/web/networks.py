"""The network that an address belongs to, for counting: whoever has one IPv6 address has the other 2^64 of its /64.

>>> network_of("2001:db8::1"), network_of("2001:db8::ffff") == network_of("2001:db8::1")
('2001:db8::/64', True)
>>> network_of("192.0.2.7"), network_of("::ffff:192.0.2.7"), network_of("somewhere")
('192.0.2.7', '192.0.2.7', 'somewhere')
"""

from __future__ import annotations

import ipaddress

from cartellino.service.service import Service
from cartellino.web.identity import Connection, address_of


def network_of(address: str) -> str:
    """Return the address itself for IPv4, the /64 for IPv6 (RFC 6177: what one site has at the least)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.IPv6Network((found, 64), strict=False))


def asks_from(connection: Connection, service: Service) -> str:
    """Return the network that a request comes from."""
    return network_of(address_of(connection, service))
