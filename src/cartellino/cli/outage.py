"""The outage of every morning in the demonstration, modelled on that of 22 May 2019.

Sending fails in Indonesia, the United States, Brazil and Malaysia. Half an hour later a restriction is announced in
Indonesia. Nobody knows whether the two are related, and the service does not claim it. The evening before, sending
failed in Malaysia for an hour: an earlier incident, for comparison.

The town itself is small. So that the map shows other countries, some people abroad write to their friends all day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from cartellino.availability.features import FEATURES
from cartellino.availability.rows import Announcement, Problem
from cartellino.events.event import Event
from cartellino.vocabulary.actors import operator
from cartellino.vocabulary.times import DAY, HOUR, MINUTE, Instant

if TYPE_CHECKING:
    from cartellino.service.service import Service

SPEAKER = operator("admin")
"""Who enters what the authority has announced."""

BEGINS, LASTS = 9 * HOUR + 30 * MINUTE, 7 * HOUR
"""When it begins, by the clock of the town, and how long it lasts."""

ANNOUNCED = 30 * MINUTE
STRICKEN = ("ID", "US", "BR", "MY")
ABROAD = (*STRICKEN, "IT", "GB", "DE", "IN", "ZA", "AU", "SG", "NG")
"""Countries in which people are; in all others nothing is known of the service."""

EARLIER, EARLIER_LASTS = -5 * HOUR, HOUR
"""The earlier incident: 19:00 the evening before, in Malaysia."""

PEOPLE = 24
EVERY = 12 * MINUTE
NETWORKS = 3
_REASONS = {"ID": "connection_reset"}
_SHARE = 0.85
_CALM = 0.004
"""The share of reports that come also where nothing fails."""


class Span(NamedTuple):
    """A failure: where, and from when until when."""

    begins: Instant
    ends: Instant
    countries: tuple[str, ...]

    def hits(self, event: Event) -> bool:
        """Say whether an event falls into it, by its time and region."""
        return self.begins <= event.time < self.ends and event.region in self.countries


def spans(today: Instant, days: int) -> list[Span]:
    """Return the failures, from midnight of the first day on."""
    earlier = Span(today + EARLIER, today + EARLIER + EARLIER_LASTS, ("MY",))
    mornings = [today + day * DAY + BEGINS for day in range(days)]
    return [earlier, *(Span(at, at + LASTS, STRICKEN) for at in mornings)]


def world(since: Instant, until: Instant) -> Iterator[Event]:
    """Yield the messages of people abroad, in order of time."""
    return merge(*(_country(code, since, until) for code in ABROAD), key=lambda event: event.time)


def _country(code: str, since: Instant, until: Instant) -> Iterator[Event]:
    chance, time, number = Random(f"abroad {code}"), float(since), 0
    while (time := time + chance.expovariate(PEOPLE / EVERY)) < until:
        number += 1
        person = chance.randrange(PEOPLE)
        yield Event(
            id=f"abroad-{code}-{number}", time=int(time), kind="message_sent", account=f"{code.lower()}-{person}",
            account_since=since - 200 * DAY, peer=f"{code.lower()}-friend-{person}-{chance.randrange(3)}", known=True,
            device=f"phone-{code}-{person}", client="official/2.26", attestation="passed", region=code,
            address=f"AS{65_000 + ABROAD.index(code) * NETWORKS + person % NETWORKS}",
        )  # fmt: skip


def suffered(events: Iterable[Event], failing: list[Span]) -> Iterator[Event]:
    """Yield the events; during an outage, most of the text messages in the countries it hits become failures."""
    chance = Random("outage")
    for event in events:
        is_text = event.kind == "message_sent" and event.media in (None, "text")
        if is_text and any(span.hits(event) for span in failing) and chance.random() < _SHARE:
            yield replace(event, kind="message_failed", reason=_REASONS.get(event.region or "", "http_503"))
        else:
            yield event


def reports(since: Instant, until: Instant, failing: list[Span]) -> Iterator[Problem]:
    """Yield people's reports in order of time: few on a quiet day, many while sending fails where they are."""
    chance, time, number = Random("reports"), float(since), 0
    while (time := time + chance.expovariate(8 / MINUTE)) < until:
        code = chance.choice(ABROAD)
        hit = any(span.begins + 5 * MINUTE <= time < span.ends and code in span.countries for span in failing)
        if hit or chance.random() < _CALM:
            number += 1
            yield Problem(
                id=f"abroad-{number}", time=int(time), country=code, service="main",
                feature="sending" if hit else chance.choice(FEATURES),
                reporter=f"{code.lower()}-reader-{number}",
            )  # fmt: skip


class Readers:
    """Sends the reports of people abroad, and the announcements of the authority, when they are due."""

    def __init__(self, service: Service, since: Instant, until: Instant, failing: list[Span]) -> None:
        """`failing` are the failures; each but the first comes with an announcement."""
        self._service = service
        told: list[Problem | Announcement] = [announcement(span) for span in failing[1:]]
        self._rows = merge(reports(since, until, failing), told, key=lambda row: row.time)
        self._next = next(self._rows, None)

    def send(self, until: Instant) -> None:
        """Send what is due."""
        from cartellino.queries.health import key_of
        from cartellino.service.health_intake import without_names

        live, due = self._service.live, []
        while self._next is not None and self._next.time <= until:
            due.append(self._next)
            self._next = next(self._rows, None)
        told = [row for row in due if isinstance(row, Announcement)]
        said = [without_names(row, live, until) for row in due if isinstance(row, Problem)]
        if said:
            self._service.problems.take([(key_of("story", row), row) for row in said]).result(30)
        if told:
            self._service.problems.announce([(key_of("story", row), row) for row in told], SPEAKER).result(30)


def announcement(span: Span) -> Announcement:
    """Return the announcement of the authority during an outage."""
    at = span.begins + ANNOUNCED
    return Announcement(
        id=f"story-{at}", time=at, country="ID", features=("sending", "media_up", "media_down"), starts=at,
        ends=span.ends, authority="Kementerian Komunikasi dan Informatika",
        source="press conference, staged after 22 May 2019",
    )  # fmt: skip
