"""Banned, down or restricted: the answer to one person, from their standing and from what the monitor says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from cartellino.availability.cells import Key
from cartellino.availability.evidence import Cause, Evidence, Grade
from cartellino.availability.places import WORLD, is_country
from cartellino.enforcement.standing import Sanction
from cartellino.events.event import Event
from cartellino.notices.diagnosis import About, say
from cartellino.notices.diagnosis_texts import AccountState
from cartellino.pipeline.indexed_log import IndexedLog
from cartellino.service.health_watch import Seen
from cartellino.service.service import Service
from cartellino.service.shown_levels import RAISED, worst_level
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import DAY, Duration, Instant, show_instant

LATELY: Duration = 30 * DAY
"""How far back the events of an account are looked at."""

_SIGNED_OUT: Duration = DAY
_MOST = 200
_UNOFFICIAL: dict[str, Grade] = {"failed": "likely", "absent": "possible"}
_STATES: tuple[tuple[frozenset[str], AccountState], ...] = (
    (frozenset({"ban"}), "banned"),
    (frozenset({"suspension", "challenge"}), "suspended"),
    (frozenset({"restriction"}), "limited"),
)


class Asker(NamedTuple):
    """Who asks, in which language and time zone, and where they are, if they say so."""

    person: AccountRef
    language: str
    zone: tzinfo
    country: str | None = None


class _Account(NamedTuple):
    state: AccountState
    grade: Grade
    evidence: tuple[Evidence, ...]
    scope: tuple[str, ...] = ()
    ends_at: Instant | None = None


def diagnosis(service: Service, asker: Asker) -> dict[str, Any]:
    """Return the answer in the form of the API. Account and service are looked at apart: both may be at fault."""
    now, seen = service.clock.now(), service.health.seen
    lately = list(_lately(service.writer.state.events, asker.person, now))
    country = asker.country or _region(lately)
    sanctions = service.live.whole(*asker.person).in_force(now)
    account = _sanctioned(sanctions, asker.language) or _of_client(lately, now)
    client = next((event.client for event in lately if event.client), None)
    causes = [
        cause for cause in service.incidents.causes()
        if cause.client in ("", client or cause.client) and _concerns(cause, country, asker.person.service, seen)
    ]  # fmt: skip
    about = About(
        account.state, account.scope, account.ends_at, country, worst_level(seen, country, asker.person.service)
    )
    said = say(about, causes, service.words, asker.language, asker.zone)
    return {
        "account": {
            "state": account.state,
            "grade": account.grade,
            "evidence": [msgspec.to_builtins(fact) for fact in account.evidence],
        },
        "causes": [cause.record() for cause in causes],
        "sentence": said.sentence,
        "next_step": said.next_step,
        "as_of": show_instant(seen.as_of or now),
    }


def region_of(events: IndexedLog, person: AccountRef, now: Instant) -> str | None:
    """Return the latest country of an account that is known."""
    return _region(_lately(events, person, now))


def _lately(events: IndexedLog, person: AccountRef, now: Instant) -> Iterator[Event]:
    return islice(events.lately_of(*person, max(0, now - LATELY)), _MOST)


def _region(lately: Iterable[Event]) -> str | None:
    return next((event.region for event in lately if event.region and is_country(event.region)), None)


def _sanctioned(sanctions: Sequence[Sanction], language: str) -> _Account | None:
    """Return the state of an account with sanctions in force; the worst names it, all are its evidence."""
    for kinds, state in _STATES:
        worst = [sanction for sanction in sanctions if sanction.action.kind in kinds]
        if worst:
            ends = [sanction.action.ends_at for sanction in worst]
            ends_at = None if None in ends else max(end for end in ends if end is not None)
            scope = tuple(dict.fromkeys(name for sanction in worst for name in sanction.action.scope))
            facts = tuple(_fact(sanction, language) for sanction in sanctions)
            return _Account(state, "confirmed", facts, scope, ends_at)
    return None


def _fact(sanction: Sanction, language: str) -> Evidence:
    ends_at = sanction.action.ends_at
    values = {
        "sanction_id": sanction.id,
        "scope": list(sanction.action.scope),
        "ends_at": None if ends_at is None else show_instant(ends_at),
        "reason": sanction.wording.said_to_holder(language),
        "appeal": f"/v1/sanctions/{sanction.id}/appeals",
    }
    return Evidence("standing", sanction.action.kind, values)


def _of_client(lately: list[Event], now: Instant) -> _Account:
    """Return what the latest events of an account without sanctions say of its app and its sign-in."""
    attested = next((event for event in lately if event.attestation in ("passed", "failed", "absent")), None)
    if attested is not None and (grade := _UNOFFICIAL.get(attested.attestation or "")):
        values = {"attestation": attested.attestation, "client": attested.client, "time": show_instant(attested.time)}
        return _Account("unofficial_client", grade, (Evidence("events", "attestation", values),))
    signed = next((event for event in lately if event.kind in ("sign_in_failed", "connected", "message_sent")), None)
    if signed is not None and signed.kind == "sign_in_failed" and now - signed.time <= _SIGNED_OUT:
        values = {"reason": signed.reason, "time": show_instant(signed.time)}
        return _Account("session_lost", "possible", (Evidence("events", "sign_in_failed", values),))
    return _Account("clear", "confirmed", (Evidence("standing", "no_sanction"),))


def _concerns(cause: Cause, country: str | None, service: str, seen: Seen) -> bool:
    """Say whether a cause is one of what fails in a country and a service.

    A cause of the world concerns everybody but those in whose country all of it is known to work.
    """
    if cause.service not in ("", service):
        return False
    is_everywhere = cause.place == WORLD and cause.grade != "ruled_out"
    codes = [country] if cause.place == WORLD else cause.place.partition("/")[0].split(",")
    if country not in codes and not is_everywhere:
        return False
    levels = {cell.key: cell.level for cell in seen.cells}
    if country and all(levels.get(Key(service, country, name)) == "none" for name in cause.features):
        return bool(cause.client)
    if cause.client:
        return True  # of few people, perhaps: no country need show it
    return any(
        cell.level in RAISED and cell.key.service == service and cell.key.feature in cause.features
        and (is_everywhere or cell.key.place in codes)
        for cell in seen.cells
    )  # fmt: skip
