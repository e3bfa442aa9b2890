"""A person reports a problem on a page: about their account, or about none, since signing in may be what fails."""

from __future__ import annotations

import hmac
from concurrent.futures import Future
from typing import NamedTuple

from msgspec.structs import replace

from cartellino.availability.networks import network_of
from cartellino.availability.rows import Problem
from cartellino.commands.names import random_id
from cartellino.queries.health import key_of
from cartellino.service.health_intake import without_names
from cartellino.service.service import Service
from cartellino.vocabulary.accounts import AccountRef

STRANGERS = "page"
"""The source of reports by people who have not shown whose account they have."""


class Reporter(NamedTuple):
    """Who reports: their account, if they have entered, and their address."""

    person: AccountRef | None
    address: str


def report(service: Service, reporter: Reporter, country: str, feature: str, about: str = "main") -> Future[int]:
    """Store a report of a service; the future has 1 if it counts, 0 after another within a quarter of an hour.

    Without an account the address reports, under a keyed name, so that each has one voice.

    Raises `Busy` when too many reports wait.
    """
    person, now = reporter.person, service.clock.now()
    given = Problem(
        id=random_id("p"), time=now, country=country, feature=feature, service=person.service if person else about,
        network=network_of(reporter.address), reporter=person.account if person else None,
    )  # fmt: skip
    if person is not None:
        row = without_names(given, service.live, now)
        return service.problems.take([(key_of(service.live.pseudonym(*person), row), row)])
    named = "a_" + hmac.digest(service.secret, b"reporter " + reporter.address.encode(), "sha256").hex()[:24]
    row = replace(given, reporter=named)
    return service.problems.take([(key_of(STRANGERS, row), row)])
