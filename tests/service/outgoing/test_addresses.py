"""The table of addresses that may be called: examples of every block of the IANA registries, and properties."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cartellino.service.outgoing.addresses import why_refused

NEVER = [
    # https://www.iana.org/assignments/iana-ipv4-special-registry, and RFC 5771 (multicast)
    "0.0.0.0", "0.1.2.3", "169.254.0.1", "169.254.169.254", "192.0.0.1", "192.0.0.170", "192.0.0.192", "192.0.2.1",
    "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    # https://www.iana.org/assignments/iana-ipv6-special-registry, and RFC 4291 (mapped, compatible, site-local)
    "::", "::127.0.0.1", "::2", "::ffff:127.0.0.1", "::ffff:198.41.0.4", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
    "64:ff9b::198.41.0.4", "64:ff9b:1::1", "64:ff9b:1:2::10.0.0.1", "100::1", "100:0:0:1::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "fe80::1", "fe80::1%eth0", "febf::1",
    "fec0::1", "feff::1", "ff02::1", "ff0e::1", "2606:4700::1%1",
    # metadata services of clouds
    "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254",
    # no addresses
    "", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "127.0.0.1 ", "::1/128",
]  # fmt: skip
OWN = [
    "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "::1", "fc00::1", "fdff::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.0.0.1", "128.0.0.1", "169.253.0.1",
    "172.15.0.1", "172.32.0.1", "192.167.0.1", "198.17.0.1", "198.20.0.1", "198.41.0.4", "223.255.255.254",
    "2001:500:2::c", "2400:cb00::1", "2606:4700::1111", "2a00:1450::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
def test_never(address: str) -> None:
    assert why_refused(address, private=False)
    assert why_refused(address, private=True)


@pytest.mark.parametrize("address", OWN)
def test_the_own_network_where_it_is_allowed(address: str) -> None:
    assert why_refused(address, private=False)
    assert why_refused(address, private=True) == ""


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_network(address: str) -> None:
    assert why_refused(address, private=False) == ""


@given(some.ip_addresses(v=4).map(IPv4Address) | some.ip_addresses(v=6).map(IPv6Address))
def test_what_is_called_is_global(address: IPv4Address | IPv6Address) -> None:
    """Python's own reading of the registries is a second opinion: nothing is called that it does not call global."""
    if why_refused(str(address), private=False) == "":
        assert address.is_global
        assert not address.is_multicast


@given(some.integers(0, 2**32 - 1), some.sampled_from(["::{}", "::ffff:{}", "64:ff9b::{}", "64:ff9b:1::{}"]))
def test_no_ipv4_address_in_disguise_is_called(number: int, disguise: str) -> None:
    hidden = disguise.format(IPv4Address(number))
    if hidden != "::0.0.0.1":  # which is ::1, the loopback of the own network
        assert why_refused(hidden, private=True)


@given(some.integers(0, 2**32 - 1))
def test_no_ipv4_address_within_6to4_or_teredo_is_called(number: int) -> None:
    for prefix, shift in ((0x2002 << 112, 80), (0x20010000 << 96, 0)):
        assert why_refused(str(ip_address(prefix | number << shift)), private=True)
