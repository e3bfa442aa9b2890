"""What a probe measures: a file of targets, in TOML.

    country = "ID"
    network = "AS7713"

    [[target]]
    feature = "sending"
    url = "tls://chat.example:5222"

    [[target]]
    feature = "media_up"
    url = "https://media.example/upload"
    bytes = 65536

What a scheme does: `tcp` and `tls` connect, `http` and `https` fetch (`bytes` at most), or upload so many where the
feature is `media_up` or `voice`, and `stun` asks a server for calls. All faults of a file are reported at once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from math import isfinite
from urllib.parse import SplitResult, urlsplit

import msgspec

from cartellino.availability.features import FEATURES
from cartellino.availability.places import is_country
from cartellino.events.validation import shown
from cartellino.vocabulary.diagnostics import did_you_mean
from cartellino.vocabulary.refusals import BadArgument

SCHEMES = ("tcp", "tls", "http", "https", "stun")
UPLOADED = frozenset({"media_up", "voice"})
"""Features that are measured by sending something large."""

MOST_TARGETS, LARGEST, LONGEST = 100, 16 << 20, 60.0
"""Maximum number of targets in a file, and maximum bytes and seconds of one."""

_NAMES = ("feature", "url", "bytes", "seconds", "slowest")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to measure: at most so many bytes, within so many seconds."""

    feature: str
    url: str
    bytes: int = 262_144
    seconds: float = 10.0
    slowest: float = 0.0
    """Bytes a second below which it counts as throttled."""

    @property
    def parts(self) -> SplitResult:
        """The parts of its address."""
        return urlsplit(self.url)

    @property
    def name(self) -> str:
        """Its name in rows: host and port, without the query, which may contain a secret."""
        found = self.parts
        port = found.port or {"http": 80, "stun": 3478}.get(found.scheme, 443)
        return f"{found.hostname}:{port}"


class Targets(msgspec.Struct, frozen=True, kw_only=True):
    """The targets of a probe, with its country and network."""

    country: str
    network: str
    service: str = "main"
    targets: tuple[Target, ...]


def read_targets(text: str, country: str | None = None, network: str | None = None) -> Targets:
    """Read a file of targets; country and network may be given beside it.

    Raises `BadArgument` with everything that is wrong with it.
    """
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadArgument(f"the targets are not TOML: {error}") from None
    given = {**held, **({"country": country} if country else {}), **({"network": network} if network else {})}
    listed = held.get("target")
    faults = [*_of_place(given), *_of_list(listed)]
    if faults:
        raise BadArgument("the targets cannot be used:\n  " + "\n  ".join(faults))
    targets = tuple(msgspec.convert(one, Target, strict=False) for one in listed or ())
    return Targets(country=given["country"].upper(), network=given["network"], targets=targets,
                   service=given.get("service", "main"))  # fmt: skip


def _of_place(held: Mapping[str, object]) -> Iterator[str]:
    country = held.get("country")
    if not isinstance(country, str) or not is_country(country.upper()):
        yield f"`country` is a code of ISO 3166-1 alpha-2, such as ID, not {shown(country)}"
    for name in ("network", "service"):
        value = held.get(name, "main" if name == "service" else None)
        if not isinstance(value, str) or not 0 < len(value) <= 128:
            yield f"`{name}` is a name of 1 to 128 characters, not {shown(value)}"
    for name in held.keys() - {"country", "network", "service", "target"}:
        yield f"there is no `{name[:64]}`; {did_you_mean(name[:64], ('country', 'network', 'service', 'target'))}"


def _of_list(listed: object) -> Iterator[str]:
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        yield "there is no `[[target]]`"
        return
    if len(listed) > MOST_TARGETS:
        yield f"there are {len(listed)} targets; at most {MOST_TARGETS} are measured"
    for number, one in enumerate(listed, start=1):
        for fault in _of_target(one):
            yield f"target {number}: {fault}"


def _of_target(one: Mapping[str, object]) -> Iterator[str]:
    feature = one.get("feature")
    if feature not in FEATURES:
        yield f"`feature` {did_you_mean(str(feature)[:64], FEATURES)}" if feature else "`feature` is missing"
    if not _is_address(one.get("url")):
        yield f"`url` is SCHEME://HOST:PORT, of {', '.join(SCHEMES)}, not {shown(one.get('url'))}"
    for name, most in (("bytes", LARGEST), ("seconds", LONGEST), ("slowest", LARGEST)):
        value = one.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            yield f"`{name}` is a number, not {shown(value)}"
        elif not 0 <= value <= most or (value == 0 and name != "slowest") or (name == "bytes" and value != int(value)):
            yield f"`{name}` is at most {most:g} and above 0, not {value:g}"
    for name in one.keys() - set(_NAMES):
        yield f"there is no `{name[:64]}`; {did_you_mean(name[:64], _NAMES)}"


def _is_address(url: object) -> bool:
    if not isinstance(url, str) or len(url) > 2_048:
        return False
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        return False
    has_port = port is not None or found.scheme in ("http", "https", "stun")
    return found.scheme in SCHEMES and bool(found.hostname) and has_port and port != 0
