"""The pages: the world, a country, a feature, a feature in a country, and incidents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Response, get
from litestar.params import PathParameter, QueryParameter

from cartellino.availability.cells import ALL
from cartellino.availability.features import FEATURES
from cartellino.availability.places import COUNTRIES, WORLD, is_country
from cartellino.notices.diagnosis import tell
from cartellino.notices.diagnosis_texts import FEATURE, FEATURE_NAME, GRADE_NAME
from cartellino.notices.evidence import evidence
from cartellino.notices.status_mail_texts import LEVEL
from cartellino.service.service import Service
from cartellino.service.shown_levels import RAISED
from cartellino.status.charts import bars, drawn, roughly
from cartellino.status.door import guarded, query_of, shown
from cartellino.status.incidents import Told
from cartellino.status.snapshot import LEVELS, MAIN, Snapshot, services, snapshot
from cartellino.status.texts import DAY, INCIDENTS, MEANS, STATE, TILES, TITLE, WHOLE, many
from cartellino.status.world import SIGNS, map_of, patterns, tiles_of
from cartellino.vocabulary.times import show_instant
from cartellino.web.problems import Problem
from cartellino.web.reader import country as country_name
from cartellino.web.reader import in_list, language_of, say
from cartellino.web.requests import Asked, service_of
from cartellino.web.work import looked

ServiceName = Annotated[str, QueryParameter(name="service", max_length=128)]
_Code = Annotated[str, PathParameter(max_length=64)]


async def seen(request: Asked, name: str) -> Snapshot:
    """Return the snapshot of a service.

    Raises `Problem` for one that is not watched.
    """
    if name not in services(service_of(request).health.seen):
        raise Problem("not-found", "there is no such service")
    return await looked(request, partial(_snapshot, name=name))


def _snapshot(service: Service, name: str) -> Snapshot:
    return snapshot(service, name)


def must_be_country(code: str) -> None:
    """Raises `Problem` for what is no code of a country."""
    if not is_country(code):
        raise Problem("not-found", "there is no such country")


def must_be_feature(name: str) -> None:
    """Raises `Problem` for what is no feature."""
    if name not in FEATURES:
        raise Problem("not-found", "there is no such feature")


@get("/status", **guarded())
async def status(request: Asked, name: ServiceName = MAIN) -> Response[Any]:
    """Show the world."""
    snap = await seen(request, name)
    raised = sum(snap.counts[level] for level in RAISED)
    head = say(request, WHOLE[snap.worst], many=say(request, many(raised), count=raised))
    return _of_world(request, snap, snap.countries, TITLE, "*", head, snap.worst)


@get("/status/features/{feature:str}", **guarded())
async def of_feature(request: Asked, feature: _Code, name: ServiceName = MAIN) -> Response[Any]:
    """Show one feature in the world."""
    must_be_feature(feature)
    snap = await seen(request, name)
    worst = snap.worst_of(feature)
    return _of_world(request, snap, snap.of_feature(feature), FEATURE_NAME[feature], feature,
                     say(request, LEVEL[worst]), worst)  # fmt: skip


def _of_world(
    request: Asked, snap: Snapshot, levels: Mapping[str, str], title: str, feature: str, head: str, worst: str
) -> Response[Any]:  # fmt: skip
    language = language_of(request)
    query = query_of(snap.service).removesuffix("&")
    link = f"?{query}" if query else ""
    names = {code: country_name(language, code) for code in COUNTRIES}
    said = {code: f"{names[code]}: {say(request, LEVEL[levels[code]])}" for code in COUNTRIES}
    ranked = sorted(COUNTRIES, key=lambda code: (LEVELS.index(levels[code]), in_list(names[code])))
    rows = [
        {"code": code, "name": names[code], "level": levels[code],
         "failing": [say(request, FEATURE[name]) for name in snap.failing(code)]}
        for code in ranked if levels[code] != "unknown"
    ]  # fmt: skip
    counts = {level: sum(each == level for each in levels.values()) for level in LEVELS}
    told = [incident for incident in snap.lasting if feature in ("*", *incident.features)]
    return shown(
        request, "world.html", title, snap=snap, head=head, worst=worst, feature=feature, rows=rows, counts=counts,
        world=map_of(levels, said, link), tiles=tiles_of(levels, said, say(request, TILES), link),
        unknown=[(code, names[code]) for code in ranked if levels[code] == "unknown"], means=MEANS, signs=SIGNS,
        features=[(name, FEATURE_NAME[name], snap.worst_of(name)) for name in FEATURES], link=link,
        services=services(service_of(request).health.seen), incidents=[_shown(request, incident) for incident in told],
        works=_works(snap), query=query_of(snap.service),
        announced=_announced(request, snap),
        **_day(request, snap, WORLD, feature),
    )  # fmt: skip


@get("/status/countries/{country:str}", **guarded())
async def of_country(request: Asked, country: _Code, name: ServiceName = MAIN) -> Response[Any]:
    """Show one country."""
    must_be_country(country)
    return await _of_place(request, await seen(request, name), country, ALL)


@get("/status/countries/{country:str}/{feature:str}", **guarded())
async def of_cell(request: Asked, country: _Code, feature: _Code, name: ServiceName = MAIN) -> Response[Any]:
    """Show one feature in one country."""
    must_be_country(country)
    must_be_feature(feature)
    return await _of_place(request, await seen(request, name), country, feature)


async def _of_place(request: Asked, snap: Snapshot, country: str, feature: str) -> Response[Any]:
    level = snap.countries[country] if feature == ALL else snap.level(country, feature)
    place = country_name(language_of(request), country)
    title = place if feature == ALL else f"{place}: {say(request, FEATURE_NAME[feature])}"
    told = [
        incident for incident in snap.lasting if incident.concerns(country) and feature in (ALL, *incident.features)
    ]
    query = query_of(snap.service).removesuffix("&")
    rows = [(name, FEATURE_NAME[name], snap.level(country, name), _reports(snap, country, name)) for name in FEATURES]
    return shown(
        request, "place.html", title, snap=snap, country_code=country, feature=feature, level=level,
        means=MEANS[level], signs=SIGNS, rows=rows, incidents=[_shown(request, incident) for incident in told],
        works=[_work(work) for work in snap.works_in(country)], announced=_announced(request, snap, country),
        link=f"?{query}" if query else "",
        query=query_of(snap.service), patterns=patterns(), **_day(request, snap, country, feature),
    )  # fmt: skip


def _reports(snap: Snapshot, country: str, feature: str) -> tuple[int | str, float | None]:
    cell = snap.cells.get((country, feature))
    if cell is None:
        return 0, None
    return roughly(cell.reports), None if cell.is_borrowed else round(cell.expected, 1) or None


def _day(request: Asked, snap: Snapshot, place: str, feature: str) -> dict[str, Any]:
    day = bars(service_of(request).health.day(snap.service, place, feature))
    label = say(request, DAY)
    return {"day": day, "chart": drawn(day, label) if day else "", "chart_label": label}


def _works(snap: Snapshot) -> list[dict[str, str]]:
    return [_work(work) for work in snap.works]


def _announced(request: Asked, snap: Snapshot, country: str = "") -> list[dict[str, Any]]:
    """Return what authorities have announced, of a country or of all."""
    language = language_of(request)
    return [
        {"country": country_name(language, told.country), "code": told.country, "authority": told.authority,
         "source": told.source, "features": [say(request, FEATURE[name]) for name in told.features],
         "since": show_instant(max(told.time, told.starts)), "explains": snap.is_explained(told)}
        for told in snap.announced if country in ("", told.country)
    ]  # fmt: skip


def _work(work: Any) -> dict[str, str]:  # noqa: ANN401 - a change
    until = show_instant(work.until) if work.until is not None else ""
    return {"from": show_instant(work.begins), "until": until, "summary": work.summary, "region": work.region or ""}


@get("/status/incidents", **guarded())
async def incidents(request: Asked, name: ServiceName = MAIN) -> Response[Any]:
    """List incidents: those that last, and the earlier ones."""
    snap = await seen(request, name)
    return shown(request, "incidents.html", INCIDENTS, snap=snap, query=query_of(snap.service), works=_works(snap),
                 incidents=[_shown(request, incident) for incident in snap.incidents])  # fmt: skip


@get("/status/incidents/{incident:str}", **guarded())
async def one_incident(request: Asked, incident: _Code, name: ServiceName = MAIN) -> Response[Any]:
    """Show one incident with its timeline."""
    snap = await seen(request, name)
    asked = next((each for each in snap.incidents if each.id == incident), None)
    if asked is None:
        raise Problem("not-found", "there is no such incident")
    like = [_shown(request, other) for other in snap.incidents if other.is_like(asked) and other.since < asked.since]
    return shown(request, "incident.html", INCIDENTS, snap=snap, incident=_shown(request, asked), like=like,
                 query=query_of(snap.service))  # fmt: skip


def _shown(request: Asked, told: Told) -> dict[str, Any]:
    language, words = language_of(request), service_of(request).words
    said = tell(told.cause, words, language, is_over=told.works_again)
    name: Callable[[str], str] = partial(country_name, language)
    return {
        "path": f"/status/incidents/{quote(told.id)}",
        "sentence": said.sentence,
        "next_step": said.next_step,
        "grade": GRADE_NAME[told.grade],
        "since": show_instant(told.since),
        "until": show_instant(told.until) if told.until is not None else "",
        "state": STATE[told.state],
        "countries": [(code, name(code)) for code in told.countries],
        "facts": evidence(told.evidence, words, language),
        "lines": [{"at": show_instant(line.at), "state": STATE[line.state], "note": line.note} for line in
                  reversed(told.timeline)],
    }  # fmt: skip


PAGES = [status, of_feature, of_country, of_cell, incidents, one_incident]
