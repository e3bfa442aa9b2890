"""What a webhook's URL may look like, and how it is read."""

from __future__ import annotations

import pytest

from cartellino.service.outgoing.target import target_of
from cartellino.vocabulary.refusals import BadArgument


@pytest.mark.parametrize(
    "url",
    [
        # numbers that the C library takes for 127.0.0.1
        "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0X7F.0.0.1/", "http://017700000001/",
        "http://127.1/", "http://127.0.1/", "http://0177.0.0.1/", "http://127.0.0.1.:80/", "http://127.0.0.0x1/",
        "http://%31%32%37.0.0.1/", "http://1.2.3.4.5/", "http://a.0x/",
        # names
        "http://localhost./", "http://example.org./x", "http://a..b/", "http://.a/", "http://a b/", "http://a%2eb/",
        "http://-a/\x00", f"http://{'a' * 64}.org/", f"http://{'a.' * 130}org/", "http://*/", "http://a,b/",
        # zones, users, ports, schemes
        "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[::1%25lo]/", "http://[::1", "http://[1.2.3.4]/",
        "http://user@example.org/", "http://user:pw@example.org/", "http://example.org\\@127.0.0.1/",
        "http://example.org:0/", "http://example.org:99999/", "http://example.org:-1/", "http://example.org:x/",
        "ftp://example.org/", "file:///etc/passwd", "gopher://127.0.0.1/", "javascript:alert(1)", "//example.org/",
        "example.org", "", "http:", "http:///x", "http://example.org/\r\nhost: x", "http://example.org/\u0001",
        "http://\uff11\uff12\uff17.0.0.1/", "http://①②⑦.0.0.1/", "http://a\u00adb.org/",
        "http://example.org/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_what_is_no_url_of_a_webhook(url: str) -> None:
    with pytest.raises(BadArgument):
        target_of(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "authority", "path"),
    [
        ("https://Hooks.Example.ORG", "hooks.example.org", 443, "hooks.example.org", "/"),
        ("http://bücher.example:8080/ü?q=ß#f", "xn--bcher-kva.example", 8080, "xn--bcher-kva.example:8080",
         "/%C3%BC?q=%C3%9F"),
        ("http://my_service/x", "my_service", 80, "my_service", "/x"),
        ("http://127.0.0.1:9000/", "127.0.0.1", 9000, "127.0.0.1:9000", "/"),
        ("http://127。0。0。1/", "127.0.0.1", 80, "127.0.0.1", "/"),
        ("https://[2606:4700::1111]/x", "2606:4700::1111", 443, "[2606:4700::1111]", "/x"),
        ("https://4.example.org/", "4.example.org", 443, "4.example.org", "/"),
    ],
)  # fmt: skip
def test_how_a_url_is_read(url: str, host: str, port: int, authority: str, path: str) -> None:
    target = target_of(url)
    assert (target.host, target.port, target.authority, target.path) == (host, port, authority, path)
    assert target.is_address == (host[0].isdigit() and ".example" not in host)
