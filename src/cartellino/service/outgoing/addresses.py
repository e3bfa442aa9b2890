"""Decides which network addresses may be called. Every outgoing connection is checked here by its address.

The tables follow the IANA special-purpose address registries (RFC 6890, as updated by RFC 8190):
https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry.

>>> why_refused("198.41.0.4", private=False), why_refused("127.0.0.1", private=True)
('', '')
>>> why_refused("127.0.0.1", private=False), why_refused("169.254.169.254", private=True)
('loopback', 'link-local')
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def _table(*rows: tuple[str, str]) -> tuple[tuple[Network, str], ...]:
    return tuple((ip_network(network), what) for network, what in rows)


NEVER = _table(
    ("0.0.0.0/8", "unspecified"),  # RFC 791: this network; Linux connects 0.0.0.0 to the machine itself
    ("169.254.0.0/16", "link-local"),  # RFC 3927; clouds answer with the machine's credentials at 169.254.169.254
    ("192.0.0.0/24", "reserved for protocols"),  # RFC 6890
    ("192.0.2.0/24", "documentation"),  # RFC 5737
    ("192.31.196.0/24", "reserved for protocols"),  # RFC 7535: AS112
    ("192.52.193.0/24", "reserved for protocols"),  # RFC 7450: AMT
    ("192.88.99.0/24", "reserved for protocols"),  # RFC 7526: the relays of 6to4, given up
    ("192.175.48.0/24", "reserved for protocols"),  # RFC 7534: AS112
    ("198.18.0.0/15", "benchmarking"),  # RFC 2544
    ("198.51.100.0/24", "documentation"),  # RFC 5737
    ("203.0.113.0/24", "documentation"),  # RFC 5737
    ("224.0.0.0/4", "multicast"),  # RFC 5771
    ("240.0.0.0/4", "reserved"),  # RFC 1112; 255.255.255.255 is broadcast (RFC 919)
    ("100.100.100.200/32", "the metadata service of a cloud"),  # Alibaba Cloud
    ("168.63.129.16/32", "the metadata service of a cloud"),  # Azure
    ("fd00:ec2::254/128", "the metadata service of a cloud"),  # Amazon EC2
    ("fd20:ce::254/128", "the metadata service of a cloud"),  # Google Cloud
    ("2001::/23", "reserved for protocols"),  # RFC 2928: Teredo (RFC 4380), benchmarking (RFC 5180), ORCHIDs (RFC 7343)
    ("2001:db8::/32", "documentation"),  # RFC 3849
    ("2002::/16", "an IPv4 address in disguise"),  # RFC 3056: 6to4
    ("2620:4f:8000::/48", "reserved for protocols"),  # RFC 7534: AS112
    ("3fff::/20", "documentation"),  # RFC 9637
    ("::/128", "unspecified"),  # RFC 4291
    ("::ffff:0:0/96", "an IPv4 address in disguise"),  # RFC 4291: IPv4-mapped
    ("64:ff9b::/96", "an IPv4 address in disguise"),  # RFC 6052: NAT64
    ("64:ff9b:1::/48", "an IPv4 address in disguise"),  # RFC 8215: NAT64 within one network
    ("100::/64", "discarded"),  # RFC 6666
    ("fe80::/10", "link-local"),  # RFC 4291
    ("fec0::/10", "site-local"),  # RFC 3879: given up
    ("ff00::/8", "multicast"),  # RFC 4291
)
"""Never called, whatever the settings say."""

OWN = _table(
    ("10.0.0.0/8", "private"),  # RFC 1918
    ("100.64.0.0/10", "shared by a provider's customers"),  # RFC 6598
    ("127.0.0.0/8", "loopback"),  # RFC 1122
    ("172.16.0.0/12", "private"),  # RFC 1918
    ("192.168.0.0/16", "private"),  # RFC 1918
    ("::1/128", "loopback"),  # RFC 4291
    ("fc00::/7", "private"),  # RFC 4193
)
"""The own network: called only if the setting `private_webhooks` allows it."""

UNICAST = IPv6Network("2000::/3")
"""The part of IPv6 that is assigned for ordinary use; addresses outside it (such as ::127.0.0.1) are never called."""


def why_refused(address: str, *, private: bool) -> str:
    """Return why an address must not be called, empty if it may be; `private` allows the own network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "not an address"
    if isinstance(parsed, IPv6Address) and parsed.scope_id is not None:
        return "bound to one network interface"
    return _in(NEVER, parsed) or _in_own(parsed, private)


def _in_own(parsed: IPv4Address | IPv6Address, private: bool) -> str:
    own = _in(OWN, parsed)
    if own:
        return "" if private else own
    return "" if parsed.version == 4 or parsed in UNICAST else "reserved"


def _in(table: tuple[tuple[Network, str], ...], parsed: IPv4Address | IPv6Address) -> str:
    return next((what for network, what in table if parsed in network), "")
