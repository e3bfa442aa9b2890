"""Finds the caller's address: that of the peer, or the one that trusted proxies name.

Each proxy appends the address of its own peer to `X-Forwarded-For`. So the list is read from the right, and the first
address that is no trusted proxy is the caller's. Anything to the left of it may be forged.

>>> from cartellino.service.settings import networks
>>> trusted = networks("10.0.0.0/8, ::1")
>>> forwarded(ip_address("10.0.0.1"), ["1.1.1.1", "203.0.113.9, 10.0.0.2"], trusted)
IPv4Address('203.0.113.9')
>>> forwarded(ip_address("203.0.113.9"), ["1.1.1.1"], trusted)
IPv4Address('203.0.113.9')
>>> budget(ip_address("2001:db8::1:2:3:4")), budget(ip_address("::ffff:192.0.2.1"))
('2001:db8::/64', '192.0.2.1')
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HOPS = 32
"""Most proxies in a row that are followed."""


def address(text: str) -> Address | None:
    """Parse an address, which may have a port or a zone; `None` if it is not an address.

    >>> address("192.0.2.1:4711"), address("[2001:db8::1]:80"), address("unknown")
    (IPv4Address('192.0.2.1'), IPv6Address('2001:db8::1'), None)
    """
    text = text.strip().strip('"')[:64]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed


def is_among(address: Address, trusted: Sequence[Network]) -> bool:
    """Say whether an address belongs to one of the networks."""
    return any(address in network for network in trusted)


def forwarded(peer: Address, lines: Sequence[str], trusted: Sequence[Network]) -> Address:
    """Return the caller's address: `peer`, or if that is a trusted proxy, the last address in the header that is not.

    Text that is no address ends the search; the proxy that passed it on then counts as the caller.
    """
    nearest = peer
    for text in reversed(",".join(lines).split(",")[-HOPS:]):
        if not is_among(nearest, trusted) or (named := address(text)) is None:
            break
        nearest = named
    return nearest


def budget(address: Address) -> str:
    """Return the name under which an address is counted: IPv6 by /64, which is what one subscriber has (RFC 6177)."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped) if address.ipv4_mapped else str(ip_network((address, 64), strict=False))
