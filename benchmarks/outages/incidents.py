"""Incidents of 2019 to 2026 as staged days, with what is right to say of each (docs/explanation/availability.md).

Times, places, features and official causes are from public sources. The series are not public: sizes, shapes and
noise are assumptions, and arguments. What is right is a set of kinds of cause, one of which has to be said within the
hour, of the right place; what is wrong is always to accuse a government of what it has not done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.outages.streams import OFFSETS, Fault, Row, World
from cartellino.vocabulary.times import HOUR, MINUTE, instant

EVERYWHERE = tuple(OFFSETS)
MEDIA = ("media_up", "media_down", "voice")


@dataclass(frozen=True)
class Incident:
    """A staged incident: when, what fails, other rows, and what is right to say."""

    name: str
    begins: int
    lasts: int
    faults: Callable[[int, int, float], list[Fault]]
    right: frozenset[str]
    places: frozenset[str] = frozenset()
    extra: Callable[[int, int], Sequence[Row]] = lambda *_: ()
    is_restriction: bool = False
    alters: dict[str, Any] = field(default_factory=dict)
    told: int = 75 * MINUTE
    """How long after the beginning it has to be told: within the hour, or when it is announced."""

    def rows(self, *, seed: int, size: float, history: int, **sources: Any) -> list[Row]:
        """Return the rows of the incident at a size, after so much history, with some sources."""
        end = self.begins + self.lasts
        world = World(seed=seed, begins=self.begins - history, ends=end, faults=self.faults(self.begins, end, size),
                      **{"countries": EVERYWHERE[:16], "features": FEATURES, **sources, **self.alters})  # fmt: skip
        return [*world.rows(), *self.extra(self.begins, end)]


FEATURES = ("sending", "receiving", "media_up", "media_down", "voice", "calls", "sign_in", "status")


def _fault(countries: Sequence[str], features: Sequence[str], **more: Any) -> Callable[[int, int, float], list[Fault]]:
    return lambda begins, ends, size: [Fault(begins, ends, countries, features, surge=size, **more)]


def announced(
    country: str, features: Sequence[str], after: int, authority: str = "ministry"
) -> Callable[[int, int], list[Row]]:
    """Return the row of an announcement, made some time after the beginning."""
    return lambda begins, _: [
        {"row": "announcement", "id": f"an-{country}", "time": begins + after, "country": country,
         "features": list(features), "authority": authority, "source": "press conference", "from": begins}
    ]  # fmt: skip


def changed(component: str, before: int, **data: Any) -> Callable[[int, int], list[Row]]:
    """Return the row of a change, made some time before the beginning."""
    return lambda begins, _: [
        {"row": "change", "specversion": "1.0", "id": f"ch-{component}", "source": "/deploy", "time": begins - before,
         "type": "dev.cdevents.service.upgraded.0.2.0",
         "data": {"component": component, "summary": "new version", **data}}
    ]  # fmt: skip


_ALL = ("sending", "receiving", "media_up", "media_down", "voice", "calls", "sign_in", "status")
_ASIA = ("ID", "MY", "SG", "IN", "HK", "VN")
_WORLD = frozenset({"world"})

INCIDENTS = (
    Incident("2019-03-13 configuration change", instant("2019-03-13T15:15:00Z"), 5 * HOUR,
             _fault(("US", "GB", "DE", "IT", "FR", "BR", "MX", "AR", "ES"), ("sending", "media_up", "sign_in"),
                    failure="http_503", ramp=HOUR),
             frozenset({"outage"}), _WORLD, changed("server-configuration", 20 * MINUTE)),
    Incident("2019-05-22 Indonesia, announced", instant("2019-05-22T05:30:00Z"), 6 * HOUR, _fault(("ID",), MEDIA),
             frozenset({"restriction"}), frozenset({"ID"}), announced("ID", MEDIA, 2 * HOUR), is_restriction=True,
             told=135 * MINUTE),
    Incident("2019-05-22 Indonesia, unannounced", instant("2019-05-22T05:30:00Z"), 6 * HOUR, _fault(("ID",), MEDIA),
             frozenset({"restriction", "regional_outage"}), frozenset({"ID"}), is_restriction=True),
    Incident("2019-07-03 media, everywhere", instant("2019-07-03T12:04:00Z"), 6 * HOUR,
             _fault(EVERYWHERE, MEDIA, ramp=HOUR), frozenset({"feature_outage"}), _WORLD,
             changed("media-cdn", 15 * MINUTE)),
    Incident("2021-10-04 names gone", instant("2021-10-04T15:39:00Z"), 5 * HOUR,
             _fault(EVERYWHERE, _ALL, failure="dns_nxdomain_error", fails=1.0), frozenset({"outage"}), _WORLD),
    Incident("2022-10-25 sending", instant("2022-10-25T06:40:00Z"), 2 * HOUR,
             _fault(EVERYWHERE, ("sending", "receiving"), failure="timeout"), frozenset({"outage"}), _WORLD),
    Incident("2024-03-05 sessions", instant("2024-03-05T15:00:00Z"), 2 * HOUR,
             _fault(EVERYWHERE, ("sign_in",), failure="session_invalid", fails=0.9),
             frozenset({"session", "feature_outage"}), _WORLD),
    Incident("2024-04-03 sending and media", instant("2024-04-03T18:00:00Z"), 2 * HOUR,
             _fault(EVERYWHERE, ("sending", "media_up")), frozenset({"outage"}), _WORLD),
    Incident("2025-04-12 Asia", instant("2025-04-12T11:52:00Z"), 3 * HOUR,
             _fault(_ASIA, ("sending", "status")), frozenset({"regional_outage", "outage"}), frozenset(_ASIA) | _WORLD),
    Incident("2025-08-13 Russia, calls, announced", instant("2025-08-13T06:00:00Z"), 6 * HOUR,
             _fault(("RU",), ("calls",), failure="connection_reset"), frozenset({"restriction"}), frozenset({"RU"}),
             announced("RU", ("calls",), HOUR, "regulator"), is_restriction=True,
             alters={"countries": (*EVERYWHERE[:15], "RU")}),
    Incident("2026-02-11 Russia, names removed", instant("2026-02-11T06:00:00Z"), 6 * HOUR,
             _fault(("RU",), _ALL, failure="dns_nxdomain_error", fails=0.95),
             frozenset({"block", "restriction", "regional_outage"}), frozenset({"RU"}), is_restriction=True,
             alters={"countries": (*EVERYWHERE[:15], "RU")}),
    Incident("one region of ours", instant("2025-05-06T09:10:00Z"), 3 * HOUR,
             _fault(("BR", "AR"), ("sending", "media_up"), failure="http_500"),
             frozenset({"regional_outage"}), frozenset({"BR", "AR"}), changed("edge", 10 * MINUTE, region="BR")),
    Incident("one country of ours, by a change", instant("2025-05-06T09:10:00Z"), 3 * HOUR,
             _fault(("BR",), ("media_up",), failure="timeout"),
             frozenset({"regional_outage", "change"}), frozenset({"BR"}), changed("edge", 10 * MINUTE, region="BR")),
    Incident("one network", instant("2025-06-10T13:00:00Z"), 3 * HOUR,
             lambda begins, ends, size: [Fault(begins, ends, ("IN",), ("sending", "media_up", "calls"), surge=size / 3,
                                               networks=(1,), fails=0.9)],
             frozenset({"network"}), frozenset({"IN/AS64501"})),
    Incident("one client", instant("2025-06-10T13:00:00Z"), 3 * HOUR,
             lambda begins, ends, size: [Fault(begins, ends, EVERYWHERE, ("sending", "media_up"), surge=size / 2,
                                               client="android/2.24.2", fails=0.9)],
             frozenset({"client"})),
)  # fmt: skip


def by_name(name: str) -> Incident:
    """Return an incident."""
    return next(one for one in INCIDENTS if one.name == name)
