"""Routes of availability: problems, probes, changes and announcements come in; levels and the diagnosis go out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import anyio.to_thread
import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from cartellino.api.asking import must_own
from cartellino.api.health_rows import Read, read_body
from cartellino.availability.features import FEATURES
from cartellino.availability.networks import network_of
from cartellino.availability.places import is_country
from cartellino.availability.rows import Announcement
from cartellino.commands.names import random_id
from cartellino.events.validation import Fault
from cartellino.queries import health
from cartellino.queries.health import Key, Sent, key_of
from cartellino.service.diagnosis import Asker, diagnosis, region_of
from cartellino.service.health_intake import without_names
from cartellino.service.service import Service
from cartellino.service.shown_levels import levels
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import show_instant
from cartellino.web.guard import allow
from cartellino.web.identity import address_of, country_of
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, actor_of, language_of, principal_of, service_of, zone_of
from cartellino.web.work import read as read_from
from cartellino.web.work import worked, written

_Filter = Annotated[str | None, QueryParameter(min_length=1, max_length=128)]

_ServiceFilter = Annotated[str | None, QueryParameter(name="service", min_length=1, max_length=128)]


@post("/v1/problems", opt=allow("report-problems", "health"), tags=["availability"], status_code=200,
      summary="Report a problem")  # fmt: skip
async def report_problems(request: Asked) -> dict[str, Any]:
    """Take reports of problems: of account holders about themselves, or by a key, with `reporter`.

    A holder need only say `feature`; the country is that of the account, or of the address, and no other is taken where
    either is known. Of a person the first report within a quarter of an hour counts, the others are duplicates.
    """
    principal = principal_of(request)
    if principal.kind != "holder":
        return await _taken(request, "problem", principal.source)
    service, person = service_of(request), AccountRef(principal.service, principal.account)
    network, around = network_of(address_of(request, service)), country_of(request, service)
    of_account = list[str | None]()

    def complete(row: dict[str, Any]) -> dict[str, Any]:
        now = service.clock.now()
        if not of_account:
            of_account.append(region_of(service.writer.state.events, person, now))
        places = [one for one in (*of_account, around) if one is not None]
        named = row.get("country")
        if places and named and (not isinstance(named, str) or named.upper() not in places):
            raise Problem("bad-argument", f"you can report what fails in {places[0]}, where the account is", "country")
        own = {"service": person.service, "reporter": person.account, "network": network, "sanctioned": False}
        known = {"id": random_id("p"), "time": now, **({"country": places[0]} if places else {})}
        return {**known, **{key: value for key, value in row.items() if value not in (None, "")}, **own}

    return await _taken(request, "problem", service.live.pseudonym(*person), complete)


@post("/v1/probes", opt=allow("send-health", "health"), tags=["availability"], status_code=200, summary="Take probes")
async def take_probes(request: Asked) -> dict[str, Any]:
    """Take measurements of features by probes, also as OONI writes them (`whatsapp`), which may be several rows."""
    return await _taken(request, "probe", principal_of(request).source)


@post("/v1/changes", opt=allow("send-health", "health"), tags=["availability"], status_code=200, summary="Take changes")
async def take_changes(request: Asked) -> dict[str, Any]:
    """Take changes that were made, such as deploys: CloudEvents 1.0 or CDEvents, one or a batch."""
    return await _taken(request, "change", principal_of(request).source)


@post("/v1/announcements", opt=allow("announce", "health"), tags=["availability"], status_code=200,
      summary="Enter announcements")  # fmt: skip
async def announce(request: Asked) -> dict[str, Any]:
    """Enter what an authority has announced of features in a country; `authority` `operator` is an own announcement.

    It counts from now on, if it was made before. Each is a row of the ledger.
    """
    return await _taken(request, "announcement", "operators")


async def _taken(
    request: Asked,
    kind: str,
    source: str,
    complete: Any = dict,  # noqa: ANN401 - see `health_rows.Complete`
) -> dict[str, Any]:
    """Read, store and answer."""
    service, body, state = service_of(request), await request.body(), request.app.state
    async with state.parsing.turn(request.state.caller):
        work = partial(read_body, body, kind, state.bounds["health"], complete)
        read = await anyio.to_thread.run_sync(work, limiter=state.parsers)
    rows, known = await anyio.to_thread.run_sync(_timely, service, read, source)
    accepted = 0
    if rows:
        actor = actor_of(request)
        taken = service.problems.announce(rows, actor) if kind == "announcement" else service.problems.take(rows)
        accepted = await written(taken)
    return read.answer(accepted, len(rows) - accepted + known)


def _timely(service: Service, read: Read, source: str) -> tuple[Sequence[tuple[Key, Sent]], int]:
    """Return the rows that can be taken by their time, without names, and how many others are retries."""
    live, now, late = service.live, service.clock.now(), list[tuple[int, Key, Sent]]()
    rows = list[tuple[Key, Sent]]()
    for number, sent in read.rows:
        row, key = without_names(sent, live, now), key_of(source, sent)
        if isinstance(row, Announcement) and service.health.refusal(row.time) == "late":
            row = msgspec.structs.replace(row, time=now)  # known from now on
        code = service.health.refusal(row.time)
        if code == "future":
            wanted = f"at most 60 s after {show_instant(now)}"
            read.refuse(number, Fault("future", "time", wanted, show_instant(row.time)))
        elif code == "late":
            late.append((number, key, row))
        else:
            rows.append((key, row))
    known = read_from(service, partial(health.known, keys=[key for _, key, _ in late])) if late else set()
    for number, key, row in late:
        if key not in known:
            wanted = "a time of a quarter of an hour that ended at most 60 s ago"
            read.refuse(number, Fault("late", "time", wanted, show_instant(row.time)))
    return rows, sum(key in known for _, key, _ in late)


@get("/v1/availability", opt=allow("read-availability"), tags=["availability"], summary="Levels")
async def availability(
    request: Asked, country: _Filter = None, feature: _Filter = None, service_name: _ServiceFilter = None
) -> dict[str, Any]:
    """Return the level of every country, feature and service, as of the quarter of an hour that was judged last.

    Fewer than five reports are shown as `<5`. What nothing is known of is `unknown`, and left out unless asked for.
    """
    if country is not None and not is_country(country):
        raise Problem("bad-argument", "`country` is a code of ISO 3166-1 alpha-2, such as ID", "country")
    if feature is not None and feature not in FEATURES:
        raise Problem("bad-argument", f"`feature` is one of {', '.join(FEATURES)}", "feature")
    service = service_of(request)
    return levels(service.health.seen, service.clock.now(), country, feature, service_name)


@get("/v1/diagnosis", opt=allow("diagnose"), tags=["availability"], summary="Why does it fail?")
async def diagnose(
    request: Asked, account: _Filter = None, service_name: _ServiceFilter = None, country: _Filter = None
) -> Response[dict[str, Any]]:
    """Say whether an account is banned, or the service down or restricted where it is; both may be true.

    For holders about their own account, and for keys. The country is that of the account unless given.
    """
    principal = principal_of(request)
    person = AccountRef(service_name or principal.service or "main", account or principal.account)
    if not person.account:
        raise Problem("bad-argument", "`account` is missing", "account")
    must_own(request, *person)
    if country is not None and not is_country(country):
        raise Problem("bad-argument", "`country` is a code of ISO 3166-1 alpha-2, such as ID", "country")
    asker = Asker(person, language_of(request), zone_of(request), country)
    answer = await worked(request, lambda service: diagnosis(service, asker))
    headers = {"Cache-Control": "private, no-store", "Vary": "Accept-Language, Authorization"}
    return Response(answer, headers=headers)
