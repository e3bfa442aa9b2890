"""One country fails and others do not: its network, our region, or somebody's hand?

That a government restricts a feature is never said without a country in which the feature works meanwhile, never of
what fails everywhere, never from one port of a protocol, and no authority is named that has not announced it. What
our own servers answered, or what followed a change of ours there, is ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log

from cartellino.availability.baseline import BUCKET
from cartellino.availability.changes import kind_of, rank
from cartellino.availability.evidence import Cause, Evidence, Grade, Kind
from cartellino.availability.features import FEATURES
from cartellino.availability.location import UNEASY
from cartellino.availability.places import continent_of
from cartellino.availability.rows import Announcement
from cartellino.availability.situation import (
    Failing,
    Situation,
    failures_of,
    is_servers,
    is_tampered,
    onset_of,
    sources_of,
)
from cartellino.availability.steadiness import Steadiness
from cartellino.vocabulary.times import MINUTE

LASTING = 30 * MINUTE
"""How long it has to last before anybody is said to have done it: others may only be slower to notice."""

USUAL = 0.05
"""The share of attempts that fails anywhere, at most, when nothing is wrong."""

SOME, MUCH = 3.0, 12.0
"""How much evidence it takes that others do not fail: twenty to one with an announcement, 160,000 to one without."""


def judge_country(here: Situation, country: str, cells: list[Failing]) -> Iterator[Cause]:
    """Say why some features fail in one country while they do not elsewhere."""
    if cause := _network(here, country, cells):
        yield cause
        return
    announced = [
        (cell, said) for cell in cells if (said := here.announced(country, cell.feature)) and not is_port_alone(cell)
    ]
    controlled = {cell.feature: controls(here, country, cell) for cell in cells}
    told = [(cell, said) for cell, said in announced if controlled[cell.feature] and works_again(here, cell)]
    if told:
        yield _announced(here, country, told, controlled)
        cells = [cell for cell in cells if cell not in [one for one, _ in told]]
    if not cells:
        return
    yield _unannounced(here, country, cells, controlled)


def is_port_alone(cell: Failing) -> bool:
    """Say whether all that is known is that one port is refused: that proves nothing, whatever was announced."""
    return cell.is_one_port and cell.sources <= {"probes"}


def controls(here: Situation, country: str, cell: Failing) -> set[str]:
    """Return the countries in which the feature works meanwhile; of reports alone, those that are calm."""
    working = here.working.get(cell.feature, set()) - {country}
    return working if working or cell.is_measured else here.calm.get(cell.feature, set()) - {country}


def works_elsewhere(here: Situation, cell: Failing, least: float) -> bool:
    """Say whether others would surely fail by now if it were the same everywhere: those who tried since it was noticed.

    The log-likelihood ratio of the share that usually fails against two thirds of the share that fails in the country;
    what works by chance in an outage of half of all attempts is no control. Reports have nothing to count.
    """
    return _is_control(cell, here.trials.get(cell.feature, {}), least)


def works_again(here: Situation, cell: Failing) -> bool:
    """Say whether others work, be it since an outage of everybody is over: that is enough with an announcement."""
    trials = here.trials.get(cell.feature, {})
    return _is_control(cell, {**trials, **here.lately.get(cell.feature, {})}, SOME)


def _is_control(cell: Failing, counted: Mapping[str, tuple[float, float]], least: float) -> bool:
    if not cell.is_measured:
        return True
    trials = [counts for place, counts in counted.items() if place != cell.country]
    tried, failed = sum(one for one, _ in trials), sum(one for _, one in trials)
    there = min(max(cell.share * 2 / 3, 3 * USUAL), 0.9)
    ratio = failed * log(USUAL / there) + (tried - failed) * log((1 - USUAL) / (1 - there))
    return ratio >= least


def _network(here: Situation, country: str, cells: list[Failing]) -> Cause | None:
    """Return the fault of one network, where the others of the country work and nobody has announced anything."""
    measured = [cell for cell in cells if cell.is_measured]
    failing = {network for cell in measured for network in cell.networks}
    others = {network for cell in measured for network in cell.other_networks} - failing
    if len(failing) != 1 or not others or any(here.announced(country, cell.feature) for cell in cells):
        return None
    (network,) = failing
    several = len(others) > 1 or len(measured[0].sources) > 1
    alone = _oldest(here, measured) >= LASTING and not any(_unrest(here, country, one.feature) for one in measured)
    grade: Grade = "likely" if several and alone else "possible"
    evidence = Evidence("networks", "only_one_network", {"network": network, "working": sorted(others)})
    return _cause("network", grade, f"{country}/{network}", cells, (*sources_of(cells), evidence))


def _announced(
    here: Situation, country: str, told: list[tuple[Failing, Announcement]], controlled: dict[str, set[str]]
) -> Cause:
    cells = [cell for cell, _ in told]
    measured = any(cell.is_measured and not cell.is_one_port for cell in cells)
    said = told[0][1]
    evidence = (
        *sources_of(cells),
        Evidence("announcement", "announced", {"authority": said.authority, "source": said.source, "id": said.id}),
        _control(cells, controlled),
    )
    grade: Grade = "confirmed" if measured else "likely"
    return _cause(_what(here, country, cells), grade, country, cells, evidence)


def _unannounced(here: Situation, country: str, cells: list[Failing], controlled: dict[str, set[str]]) -> Cause:
    """Say what it is where nobody has announced anything: a hand only where much speaks for it and nothing against."""
    measured = [cell for cell in cells if cell.is_measured]
    against = list(_against(here, country, measured, controlled))
    kind = _what(here, country, measured) if measured else "restriction"
    failures = failures_of(measured)
    steady = here.steadiness.setdefault(country, Steadiness())
    doubts = {fact.code for fact in against}
    if not all(works_elsewhere(here, cell, SOME) for cell in measured):
        doubts.add("nobody_to_compare")
    if steady.accuses(here.at // BUCKET, doubts):
        evidence = (*sources_of(cells), _control(measured, controlled), *_networks(measured))
        return _cause(kind, "likely", country, measured, evidence)
    sure = len({source for cell in measured for source in cell.sources}) > 1 or is_servers(failures)
    grade: Grade = "likely" if measured and sure else "possible"
    return _cause("regional_outage", grade, country, cells, (*sources_of(cells), *against))


def _against(
    here: Situation, country: str, measured: list[Failing], controlled: dict[str, set[str]]
) -> Iterator[Evidence]:
    """Yield everything that forbids to say that somebody restricts a feature."""
    if not measured:
        yield Evidence("reports", "reports_alone")
        return
    if not all(controlled.get(cell.feature) for cell in measured):
        yield Evidence("control", "no_control_country")
    elif not all(works_elsewhere(here, cell, MUCH) for cell in measured):
        yield Evidence("control", "few_controls")
    if not is_tampered(failures_of(measured)):
        yield Evidence("failures", "no_interference")
    if _oldest(here, measured) < LASTING:
        yield Evidence("time", "too_early")
    if is_servers(failures_of(measured)):
        yield Evidence("telemetry", "servers_answered")
    networks = {network for cell in measured for network in cell.networks}
    if len(networks) < 2:
        yield Evidence("networks", "fewer_than_two_networks")
    if all(cell.is_one_port for cell in measured):
        yield Evidence("probes", "one_port")
    if ranked := [one for one in rank(here.changes, *onset_of(measured), {country}, here.service, here.known_since)
                  if kind_of(one.change) not in ("announcement", "other")]:  # fmt: skip
        yield Evidence("change", "changed_before", {"id": ranked[0].change.id})
    if any(_unrest(here, country, cell.feature) for cell in measured):
        yield Evidence("control", "others_uneasy")


def _unrest(here: Situation, country: str, feature: str) -> bool:
    """Say whether a neighbour fails or is uneasy, too, or many are anywhere."""
    uneasy = here.uneasy.get(feature, set()) - {country}
    failing = {one.country for one in here.failing if one.feature == feature} - {country}
    near = any(continent_of(one) == continent_of(country) for one in uneasy | failing)
    return near or len(uneasy) > UNEASY * len(here.known(feature) | uneasy)


def _what(here: Situation, country: str, cells: list[Failing]) -> Kind:
    """A block is of everything that is known of the country, text among it; a restriction leaves something.

    Only what fails there and not everywhere counts: in an outage of sending, restricted media are not a block.
    """
    failing = {cell.feature for cell in cells}
    works = {feature for feature in FEATURES if country in here.working.get(feature, set())}
    return "block" if "sending" in failing and not works else "restriction"


def _oldest(here: Situation, cells: list[Failing]) -> int:
    return here.at - min((cell.noticed for cell in cells), default=here.at)


def _control(cells: list[Failing], controlled: dict[str, set[str]]) -> Evidence:
    works = set[str]().union(*(controlled[cell.feature] for cell in cells))
    return Evidence("control", "works_elsewhere", {"countries": sorted(works)[:10]})


def _networks(cells: list[Failing]) -> tuple[Evidence, ...]:
    networks = sorted({network for cell in cells for network in cell.networks})
    return (Evidence("networks", "several_networks", {"networks": networks[:10]}),) if networks else ()


def _cause(kind: Kind, grade: Grade, place: str, cells: list[Failing], evidence: tuple[Evidence, ...]) -> Cause:
    features = {cell.feature for cell in cells}
    ordered = tuple(feature for feature in FEATURES if feature in features)
    return Cause(kind, grade, place, ordered, onset_of(cells)[0], evidence)
