"""Why does it fail? Place first, then cause; each answer with its grade, and several may hold together.

What fails everywhere is ours, whatever an authority has announced of it. What fails in one country is asked further
(`country`). Changes, suppliers, sessions and our own sanctions are answers beside the place, not instead of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from msgspec.structs import replace

from cartellino.availability.baseline import BUCKET
from cartellino.availability.changes import AFTER, WORKS, Ranked, is_over, kind_of, rank, touches, work_grade
from cartellino.availability.clients import ClientFault
from cartellino.availability.country import judge_country
from cartellino.availability.evidence import ACCUSES, GRADES, Cause, Evidence, Grade, Kind, in_order
from cartellino.availability.features import CORE, FEATURES
from cartellino.availability.location import Scope, scope_of
from cartellino.availability.places import WORLD, place_name
from cartellino.availability.rows import Change
from cartellino.availability.situation import (
    MEASURED,
    NEWCOMERS,
    Failing,
    Situation,
    failures_of,
    is_enforced,
    is_named,
    is_servers,
    is_session,
    is_supplied,
    onset_of,
    sources_of,
)
from cartellino.vocabulary.times import HOUR, MINUTE

_TOGETHER = 30 * MINUTE
"""Services whose failures begin within this time of each other fail together."""


def diagnose(situations: Sequence[Situation]) -> tuple[Cause, ...]:
    """Return every cause that can be said of some services at one instant."""
    found = [replace(cause, service=here.service) for here in situations for cause in of_service(here)]
    found += _integrations(situations)
    return in_order(_once(found))


def of_service(here: Situation) -> list[Cause]:
    """Return the causes of what fails in one service."""
    failing = [one for one in here.failing if not _is_maintained(here, one)]
    found = list(_maintenance(here))
    if here.fault is not None:
        found.append(_faulty_client(here, here.fault))
        failing = [one for one in failing if not _is_of_client(one, here.fault)]
    if not failing:
        return found
    if here.client is not None and here.fault is None:
        name, share = here.client
        evidence = Evidence("client", "one_client", {"client": name, "share": round(share, 2)})
        return [*found, _cause("client", "likely", _reach(here, failing), failing, (*sources_of(failing), evidence))]
    places = list(_places(here, failing))
    beside = list(_beside(here, failing))
    return [*found, *places, *beside]


def _faulty_client(here: Situation, fault: ClientFault) -> Cause:
    """Return the cause that a client fails where others do not, whatever the levels are: few may use it."""
    place = WORLD if fault.is_worldwide else place_name(fault.countries)
    where = {"countries": sorted(fault.countries), "features": sorted(fault.features)}
    newcomers = () if fault.is_broad else (Evidence("telemetry", NEWCOMERS),)
    evidence = (
        Evidence("telemetry", "failing", where), *newcomers,
        Evidence("client", "one_client", {"client": fault.client, "share": round(fault.share, 2)}),
    )  # fmt: skip
    return Cause("client", "likely", place, fault.features, fault.since * BUCKET, evidence)


def _is_of_client(cell: Failing, fault: ClientFault) -> bool:
    """Say whether a client that fails is why a feature fails in a country: most of its failures are of that client."""
    is_about = cell.feature in fault.features and (fault.is_worldwide or cell.country in fault.countries)
    many = cell.clients.total()
    return is_about and (cell.clients[fault.client] >= 0.6 * many if many else not cell.is_measured)


def _places(here: Situation, failing: list[Failing]) -> Iterator[Cause]:
    """Yield the answer to where and what, for every feature that fails."""
    by_feature = {name: [one for one in failing if one.feature == name] for name in FEATURES}
    scopes: dict[str, Scope] = {
        name: scope_of(here, name, {one.country for one in cells}) for name, cells in by_feature.items() if cells
    }
    everywhere = [one for one in failing if scopes[one.feature] == "world"]
    if everywhere:
        yield _everywhere(here, everywhere)
        yield from _not_restricted(here, everywhere)
    locally = [one for one in failing if scopes[one.feature] != "world"]
    parts = [one for one in locally if scopes[one.feature] == "part" and not here.announced(one.country, one.feature)]
    if parts:
        yield _part(here, parts)
    rest = [one for one in locally if one not in parts]
    for country in sorted({one.country for one in rest}):
        yield from _in_country(here, country, [one for one in rest if one.country == country], scopes)


def _everywhere(here: Situation, cells: list[Failing]) -> Cause:
    features = {one.feature for one in cells}
    kind: Kind = "outage" if features & CORE else "feature_outage"
    return _cause(kind, _grade(cells), WORLD, cells, (*sources_of(cells), *_one_port(cells)))


def _not_restricted(here: Situation, cells: list[Failing]) -> Iterator[Cause]:
    """Where an authority has announced a restriction of what fails everywhere, say that this is not it."""
    for country in sorted({one.country for one in cells}):
        asked = [one for one in cells if one.country == country and here.announced(country, one.feature)]
        if asked:
            yield _cause("restriction", "ruled_out", country, asked, (Evidence("control", "fails_everywhere"),))


def _part(here: Situation, cells: list[Failing]) -> Cause:
    return _cause("regional_outage", _grade(cells), _place(cells), cells, sources_of(cells))


def _in_country(here: Situation, country: str, cells: list[Failing], scopes: dict[str, Scope]) -> Iterator[Cause]:
    """Yield what is said of one country; without any other to compare it with, it is only an outage there."""
    alone = [one for one in cells if scopes[one.feature] == "somewhere"]
    if alone:
        kind: Kind = "outage" if {one.feature for one in alone} & CORE else "feature_outage"
        yield _cause(kind, _grade(alone), country, alone, sources_of(alone))
    compared = [one for one in cells if scopes[one.feature] != "somewhere"]
    if not compared:
        return
    for cause in judge_country(here, country, compared):
        yield cause
        if cause.kind in ACCUSES:
            yield _ruled_out_by(cause)


def _ruled_out_by(cause: Cause) -> Cause:
    """Return the outage that a restriction rules out."""
    return Cause("outage", "ruled_out", WORLD, cause.features, cause.since,
                 tuple(one for one in cause.evidence if one.source == "control"))  # fmt: skip


def _grade(cells: list[Failing]) -> Grade:
    """Likely where something measured says so; confirmed where two kinds of measurement do, and one is sure.

    That nobody comes may also mean that what we are told is lost: alone it is possible.
    """
    measured = {source for one in cells for source in one.sources & MEASURED}
    if len(measured) > 1 and any(one.level == "danger" for one in cells):
        return "confirmed"
    if not measured or all(one.is_one_port or one.is_silent for one in cells):
        return "possible"
    return "likely"


def _beside(here: Situation, cells: list[Failing]) -> Iterator[Cause]:
    """Yield the answers that hold beside the place: what was changed, sessions, suppliers, our own sanctions."""
    failures, features = failures_of(cells), {one.feature for one in cells}
    onset, sources = onset_of(cells), sources_of(cells)
    place = _reach(here, cells)
    signing_in = [one for one in cells if one.feature == "sign_in"]
    if grade := _session(signing_in, is_only=features == {"sign_in"}):
        yield _cause("session", grade, _reach(here, signing_in), signing_in, sources_of(signing_in))
    countries = set[str]() if place == WORLD else {one.country for one in cells}
    ranked = rank(here.changes, *onset, countries, here.service, here.known_since)
    if is_enforced(failures):
        yield _cause("enforcement_fault", "likely", place, cells, (*sources, *_first(ranked, "enforcement")))
    yield from _supplier(here, cells, onset[0])
    own = [one for one in ranked if kind_of(one.change) in ("change", "enforcement", "client")]
    if own and not is_single_network(cells):
        yield _cause("change", own[0].grade, place, cells, tuple(map(_changed, own[:3])))


def is_single_network(cells: list[Failing]) -> bool:
    """Say whether all that fails does so in one network only: no change of ours does that."""
    networks = {network for one in cells for network in one.networks}
    return len(networks) == 1 and any(one.other_networks for one in cells)


def _session(signing_in: list[Failing], *, is_only: bool) -> Grade | None:
    """Say how sure it is that sessions were lost: failures say so, or signing in fails, alone and in several countries,
    and failures say nothing else.
    """
    failures = failures_of(signing_in)
    if not signing_in or is_session(failures):
        return "likely" if signing_in else None
    if not is_only or len(signing_in) < 2 or is_servers(failures) or is_supplied(failures):
        return None
    return "likely" if any(one.is_measured for one in signing_in) and not is_named(failures) else "possible"


def _supplier(here: Situation, cells: list[Failing], onset: int) -> Iterator[Cause]:
    """Yield a supplier that has said that it fails, or whose failures fill ours."""
    said = [one for one in _failing_suppliers(here, onset) if any(_supplies(one, cell) for cell in cells)]
    codes = [one for one in cells if one.feature in _CODES]
    is_plain = is_supplied(failures_of(codes))
    supplied = [one for one in cells if any(_supplies(word, one) for word in said) or (is_plain and one in codes)]
    if supplied:
        grade: Grade = "likely" if said or not is_servers(failures_of(supplied)) else "possible"
        evidence = tuple(Evidence("supplier", "said", {"id": one.id, "summary": one.summary}) for one in said[:3])
        yield _cause("supplier", grade, _reach(here, supplied), supplied, (*sources_of(supplied), *evidence))


def _failing_suppliers(here: Situation, onset: int) -> list[Change]:
    """Return what suppliers have said about the time of an onset, but for those who have since said that it is over."""
    latest: dict[tuple[str, str], Change] = {}
    for one in here.changes:
        if kind_of(one) == "supplier" and one.begins <= here.at and one.service in (None, here.service):
            before = latest.setdefault((one.source, one.component), one)
            latest[one.source, one.component] = max(before, one, key=lambda word: word.begins)
    return [one for one in latest.values() if one.begins >= onset - 2 * HOUR and not is_over(one)]


_CODES = frozenset({"registration", "sign_in"})
_SUPPLIED: tuple[tuple[str, frozenset[str]], ...] = (
    (r"sms|otp|codes?\b|carrier", _CODES),
    (r"storage|blob|bucket|\bs3\b|cdn|media|object", frozenset({"media_up", "media_down", "voice", "status"})),
    (r"\bturn\b|\bstun\b|voip|\bcalls?\b|telephon", frozenset({"calls"})),
)
"""What a supplier's component is called, and the features that need it; others may bear on all."""


def _supplies(word: Change, cell: Failing) -> bool:
    """Say whether a feature in a country may fail by what a supplier has said."""
    text = f"{word.component} {word.source} {word.type}".lower()
    needed = [features for pattern, features in _SUPPLIED if re.search(pattern, text)]
    is_needed = not needed or any(cell.feature in features for features in needed)
    return is_needed and touches(word.region, frozenset({cell.country}))


def _first(ranked: list[Ranked], kind: str) -> tuple[Evidence, ...]:
    return tuple(_changed(one) for one in ranked if kind_of(one.change) == kind)[:1]


def _changed(one: Ranked) -> Evidence:
    change = one.change
    return Evidence("change", "changed_before", {"id": change.id, "component": change.component,
                    "region": change.region, "summary": change.summary, "lift": round(one.lift, 1)})  # fmt: skip


def _maintenance(here: Situation) -> Iterator[Cause]:
    """Yield what is maintained, by how surely that is why it fails: planned works of weeks only may be."""
    graded: dict[Grade, list[Failing]] = {}
    for cell in here.failing:
        if works := _works(here, cell):
            graded.setdefault(min(map(work_grade, works), key=GRADES.index), []).append(cell)
    for grade, cells in graded.items():
        evidence = tuple(Evidence("change", "maintenance", {"id": one.id, "summary": one.summary})
                         for one in _works(here, cells[0]))  # fmt: skip
        yield _cause("maintenance", grade, _reach(here, cells), cells, evidence)


def _works(here: Situation, cell: Failing) -> list[Change]:
    return [one for one in here.changes if _covers(here, one, cell)]


def _is_maintained(here: Situation, cell: Failing) -> bool:
    """Say whether planned works explain a failure well enough to look for no other reason."""
    return any(work_grade(one) != "possible" for one in _works(here, cell))


def _covers(here: Situation, change: Change, cell: Failing) -> bool:
    """Say whether a maintenance was going on where and when a feature began to fail; what failed before is not it."""
    if kind_of(change) != "maintenance" or is_over(change) or change.service not in (None, here.service):
        return False
    until = change.until if change.until is not None else change.begins + WORKS
    in_time = change.begins < cell.noticed + AFTER and cell.since < until and here.at <= until + HOUR
    return in_time and touches(change.region, frozenset({cell.country}))


def _integrations(situations: Sequence[Situation]) -> Iterator[Cause]:
    """Yield that services fail together after a change of one of them."""
    begun = {here.service: onset_of(here.failing)[0] for here in situations if here.failing}
    if len(begun) < 2 or max(begun.values()) - min(begun.values()) > _TOGETHER:
        return
    cells = [one for here in situations for one in here.failing]
    onset = onset_of(cells)
    near = [one for here in situations for one in rank(here.changes, *onset, (), here.service, here.known_since)]
    if ranked := [one for one in near if one.change.service in begun or one.change.component in begun]:
        evidence = (Evidence("services", "fail_together", {"services": sorted(begun)}), _changed(ranked[0]))
        reaches = {_reach(here, here.failing) for here in situations if here.failing}
        place = WORLD if WORLD in reaches else _place(cells)
        yield replace(_cause("integration", "likely", place, cells, evidence), service="")


def _reach(here: Situation, cells: list[Failing]) -> str:
    """Return the place of all that fails: the world where any feature fails everywhere."""
    by_feature = {one.feature for one in cells}
    wide = any(
        scope_of(here, name, {one.country for one in cells if one.feature == name}) == "world" for name in by_feature
    )
    return WORLD if wide else _place(cells)


def _place(cells: list[Failing]) -> str:
    countries = {one.country for one in cells}
    return place_name(countries) if len(countries) <= _MOST_NAMED else WORLD


_MOST_NAMED = 12


def _one_port(cells: list[Failing]) -> tuple[Evidence, ...]:
    return (Evidence("probes", "one_port"),) if all(one.is_one_port for one in cells) else ()


def _cause(kind: Kind, grade: Grade, place: str, cells: list[Failing], evidence: tuple[Evidence, ...]) -> Cause:
    features = {one.feature for one in cells}
    ordered = tuple(name for name in FEATURES if name in features)
    return Cause(kind, grade, place, ordered, onset_of(cells)[0], evidence)


def _once(found: list[Cause]) -> list[Cause]:
    return list({one.claim: one for one in found}.values())


def is_said(cause: Cause | None) -> TypeGuard[Cause]:
    """Say whether a cause is held to be possible at least."""
    return cause is not None and cause.grade != "ruled_out"
