"""Rows of health of made-up days: what people report, what the service's own events say, what probes measure.

The real series are not public. So sizes are arguments, to be swept over ranges: how many people use the service in a
country, how many of them report in an ordinary day, by how much reports rise, how many fail, how noisy all of it is.
Assumed everywhere: reports follow the hour of the day in local time (least at four in the morning, most in the
evening, 12:1) and the weekend (a quarter more); counts are negative binomial.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import cos, pi
from typing import Any

import numpy as np

from cartellino.availability import rows as health
from cartellino.availability.features import FEATURES
from cartellino.availability.reading import read_rows
from cartellino.events.event import Event
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

BUCKET = 15 * MINUTE
Row = dict[str, Any]

OFFSETS = {
    "ID": 7, "MY": 8, "SG": 8, "IN": 5.5, "JP": 9, "HK": 8, "VN": 7, "AU": 10, "US": -6, "BR": -3, "MX": -6, "AR": -3,
    "GB": 0, "DE": 1, "IT": 1, "FR": 1, "ES": 1, "TR": 3, "RU": 3, "ZA": 2, "NG": 1, "EG": 2,
}  # fmt: skip
"""Countries of the streams, and how far their clocks are ahead of UTC."""

NETWORKS = 4
CLIENTS = ("android/2.24.1", "android/2.24.2", "ios/24.3", "web/2.3")


def busy(country: str, time: int) -> float:
    """How busy it is, on average 1: by local hour and weekday."""
    local = time + OFFSETS[country] * HOUR
    hour = local % DAY / HOUR
    day = int(local // DAY + 3) % 7
    return float((1 + 0.85 * cos(2 * pi * (hour - 20) / 24)) * (1.25 if day >= 5 else 1.0) / 1.07)


@dataclass
class Fault:
    """Something that fails: which features, where, between when; how much reports rise, and which share fails."""

    begins: int
    ends: int
    countries: Sequence[str]
    features: Sequence[str]
    surge: float = 20.0
    fails: float = 0.8
    failure: str = "timeout"
    networks: Sequence[int] | None = None
    client: str | None = None
    ramp: int = 15 * MINUTE
    port: int | None = None

    def strength(self, country: str, feature: str, time: int) -> float:
        """How much of it there is, 0 to 1."""
        if country not in self.countries or feature not in self.features or not self.begins <= time < self.ends:
            return 0.0
        return min(1.0, (time - self.begins + MINUTE) / max(self.ramp, 1))


@dataclass
class World:
    """A service on ordinary days, and what fails in it."""

    seed: int = 1
    begins: int = 0
    ends: int = 0
    countries: Sequence[str] = tuple(OFFSETS)
    features: Sequence[str] = FEATURES
    reports: float = 1.0
    """Usual reports of a feature in a country in a bucket; by country between a quarter and four times of it."""
    size: float = 4.0
    """Of the negative binomial: less is noisier."""
    accounts: float = 0.0
    """Accounts of a country that try a feature in a bucket; 0 leaves events out."""
    fails: float = 0.02
    every: int = 0
    """How often probes measure, from each of two networks; 0 leaves them out."""
    probed: Sequence[str] = ()
    noise: float = 0.01
    """Share of measurements that fail by themselves."""
    faults: list[Fault] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Yield all rows, by bucket."""
        rng = np.random.default_rng(self.seed)
        share = {one: float(np.exp(rng.uniform(-1.4, 1.4))) for one in self.countries}
        for time in range(self.begins - self.begins % BUCKET, self.ends, BUCKET):
            for country in self.countries:
                level = busy(country, time) * share[country]
                for feature in self.features:
                    yield from self._problems(rng, time, country, feature, level)
                    if self.accounts:
                        yield from self._events(rng, time, country, feature, level)
                    if self.every and time % self.every < BUCKET and feature in (self.probed or self.features):
                        yield from self._probes(rng, time, country, feature)

    def _problems(self, rng: np.random.Generator, time: int, country: str, feature: str, level: float) -> Iterator[Row]:
        if not self.reports:
            return
        strength, fault = self._at(country, feature, time + BUCKET // 2)
        mean = self.reports * level * (1 + strength * ((fault.surge if fault else 1) - 1))
        many = int(rng.poisson(mean * rng.gamma(self.size, 1 / self.size)))
        due = 1 - 1 / max(fault.surge * strength, 1.01) if fault is not None else 0.0
        drawn = zip(range(many), *(rng.integers(most, size=many).tolist() for most in (BUCKET, 1 << 40)),
                    rng.random((many, 3)).tolist(), strict=True)  # fmt: skip
        for number, at, who, (hit, network, client) in drawn:
            of = fault if hit < due else None
            yield {"row": "problem", "id": f"p{time}{country}{feature}{number}", "country": country, "time": time + at,
                   "feature": feature, "reporter": f"r{who}", "network": _network(network, of),
                   "client": _client(client, of)}  # fmt: skip

    def _events(self, rng: np.random.Generator, time: int, country: str, feature: str, level: float) -> Iterator[Row]:
        if feature not in _EVENTS:
            return
        many = int(rng.poisson(self.accounts * level))
        drawn = zip(range(many), *(rng.integers(most, size=many).tolist() for most in (BUCKET, 1 << 30)),
                    rng.random((many, 4)).tolist(), strict=True)  # fmt: skip
        for number, later, who, (of_network, of_client, luck, told) in drawn:
            at = time + later
            strength, fault = self._at(country, feature, at)
            network, client = _network(of_network, None), _client(of_client, None)
            chance = self.fails
            if fault is not None and _is_hit(fault, network, client):
                chance = max(chance, strength * fault.fails)
            kind, media = _EVENTS[feature][luck < chance]
            row = {"row": "event", "id": f"e{time}{country}{feature}{number}", "time": at, "kind": kind,
                   "account": f"a{country}{who}", "region": country, "address": network, "client": client}  # fmt: skip
            if media:
                row["media"] = media
            if luck < chance:
                row["reason"] = fault.failure if fault and told < 0.9 else "timeout"
            yield row

    def _probes(self, rng: np.random.Generator, time: int, country: str, feature: str) -> Iterator[Row]:
        for number in range(2):
            at = time + int(rng.integers(BUCKET))
            strength, fault = self._at(country, feature, at)
            network = f"AS{64500 + number}"
            hit = fault is not None and _is_hit(fault, network, "") and fault.port is None
            failed = rng.random() < (
                max(strength * min(1.2 * fault.fails, 1), self.noise) if hit and fault else self.noise
            )
            yield {"row": "probe", "id": f"m{time}{country}{feature}{number}", "time": at, "country": country,
                   "network": network, "feature": feature, "target": f"{feature}.example:443", "ok": not failed,
                   **({"failure": fault.failure if fault else "timeout"} if failed else {})}  # fmt: skip

    def _at(self, country: str, feature: str, time: int) -> tuple[float, Fault | None]:
        found = [(strength, one) for one in self.faults if (strength := one.strength(country, feature, time))]
        return max(found, key=lambda one: one[0], default=(0.0, None))


def taken(rows: Iterable[Row]) -> Iterator[health.Row]:
    """Yield rows as the monitor takes them. Those that are made here are right as they are, and are not validated."""
    for row in rows:
        kind = _MADE.get(row["row"])
        if kind is not None and isinstance(row["time"], int):
            yield kind(**{name: value for name, value in row.items() if name != "row"})
            continue
        found = read_rows(row)
        if not isinstance(found, health.Refused):
            yield from found


_MADE: dict[str, type[health.Problem | Event | health.Probe]] = {
    "problem": health.Problem,
    "event": Event,
    "probe": health.Probe,
}

_EVENTS = {
    "sending": (("message_sent", "text"), ("message_failed", "text")),
    "media_up": (("message_sent", "image"), ("message_failed", "image")),
    "voice": (("message_sent", "voice"), ("message_failed", "voice")),
    "calls": (("message_sent", "call"), ("message_failed", "call")),
    "sign_in": (("connected", ""), ("sign_in_failed", "")),
}


def _network(drawn: float, fault: Fault | None) -> str:
    among = fault.networks if fault is not None and fault.networks is not None else range(NETWORKS)
    return f"AS{64500 + among[int(drawn * len(among))]}"


def _client(drawn: float, fault: Fault | None) -> str:
    return fault.client if fault is not None and fault.client else CLIENTS[int(drawn * len(CLIENTS))]


def _is_hit(fault: Fault, network: str, client: str) -> bool:
    hit = fault.networks is None or network in {f"AS{64500 + one}" for one in fault.networks}
    return hit and (fault.client is None or client == fault.client)
