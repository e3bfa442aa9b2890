"""Public pages: the check of a notice's code, the guide, and the transparency report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio.to_thread
from litestar import Response, get
from litestar.params import FromPath, QueryParameter

from cartellino.analysis.signal_history import Own, own
from cartellino.commands.consequences import CAUSES
from cartellino.holder.door import guarded, holder_of, shown
from cartellino.holder.texts import CAUSE_WORDS, GENUINE, KINDS_SAID, MEASURES, WRONG
from cartellino.learning.hidden import FEW, FEWEST
from cartellino.notices.codes import read_code, shaped
from cartellino.notices.compose import lasting
from cartellino.notices.filing_texts import CATEGORY, OUTCOME
from cartellino.notices.marking import N_
from cartellino.notices.texts import doable
from cartellino.policies.rule import Rule
from cartellino.queries import notices
from cartellino.service.service import Service
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Instant
from cartellino.web.reader import day, language_of, say
from cartellino.web.requests import Asked, service_of
from cartellino.web.work import worked

BY_PEOPLE: Mapping[str, str] = {
    "complaints": N_("Complaints"),
    "orders": N_("Orders of authorities"),
    "terms": CATEGORY["terms"],
}
"""For what people decide without a policy, in place of its cause."""


@get("/account/check", **guarded())
async def check(
    request: Asked, code: Annotated[str, QueryParameter(name="code", max_length=200)] = ""
) -> Response[str]:
    """Show whether the code of a notice is genuine."""
    known_code = read_code(code)
    notice = await anyio.to_thread.run_sync(_by_code, service_of(request), known_code) if known_code else None
    said, typed = day(language_of(request), notice) if notice is not None else "", known_code or shaped(code)
    return shown(request, "check.html", GENUINE, asked=typed, genuine=notice is not None, day=said)


def _by_code(service: Service, code: str) -> Instant | None:
    with service.database.begin() as rows:
        return notices.made_at(rows, code)


@get("/account/guide", **guarded())
async def guide(request: Asked) -> Response[str]:
    """Show how not to be banned: each clause of the terms, how to comply with it, and the visitor's own numbers."""
    service, holder = service_of(request), holder_of(request)
    writer, numbers = service.writer, dict[str, list[Own]]()
    if holder is not None:
        person = (holder.service, holder.account, service.clock.now())
        numbers = await worked(request, lambda _: own(writer.live.policies, writer.state, *person))
    clauses: dict[str, list[Rule]] = {}
    for rule in writer.live.policies.rules:
        if rule.clause and rule.mode.kind != "off":
            clauses.setdefault(chosen(rule.clause, language_of(request)), []).append(rule)
    rules = [
        {
            "clause": clause,
            "steps": [say(request, step) for step in doable(CAUSES.get(rules[0].policy, "messages"))],
            "numbers": _numbers(request, [number for rule in rules for number in numbers.get(str(rule.id), [])]),
        }
        for clause, rules in clauses.items()
    ]
    return shown(request, "guide.html", "How not to be banned", rules=rules)


def _numbers(request: Asked, signals: list[Own]) -> list[dict[str, Any]]:
    """Return an account's signals in words, each with its lowest limit; those without a description are left out."""
    lowest: dict[Any, Own] = {}
    for signal in sorted(signals, key=lambda each: each.limit):
        lowest.setdefault(signal.aggregate, signal)
    return [
        {
            "what": say(request, MEASURES[type(signal.aggregate).__name__, signal.aggregate.kind]),
            "window": lasting(signal.aggregate.over, language_of(request)) if signal.aggregate.over else "",
            "value": signal.value,
            "limit": signal.limit,
        }
        for signal in lowest.values()
        if signal.above and (type(signal.aggregate).__name__, signal.aggregate.kind) in MEASURES
    ]


@get("/transparency", **guarded())
async def latest(request: Asked) -> Response[str]:
    """Show the report of this month."""
    return await _reported(request, "")


@get("/transparency/{month:str}", **guarded())
async def transparency(request: Asked, month: FromPath[str]) -> Response[str]:
    """Show the report of a month."""
    return await _reported(request, month)


async def _reported(request: Asked, month: str) -> Response[str]:
    service = service_of(request)
    today = datetime.fromtimestamp(service.clock.now() / 1000, UTC)
    months = [f"{(today.year * 12 + today.month - 1 - n) // 12}-{(today.month - 1 - n) % 12 + 1:02d}" for n in range(6)]
    try:
        report, totals = await worked(
            request,
            lambda _: (service.report(month or months[0]), {name: service.total_actions(name) for name in months}),
        )
    except BadArgument:
        return shown(request, "wrong.html", WRONG[404], 404)
    causes: Counter[str] = Counter()
    for policy, count in report["by_policy"].items():
        causes[BY_PEOPLE.get(policy) or CAUSE_WORDS[CAUSES.get(policy, "messages")]] += _about(count)
    return shown(
        request, "transparency.html", "How often we were wrong", report=report, months=months, kinds=KINDS_SAID,
        bars=_bars({kind: _about(count) for kind, count in report["actions"].items()}), causes=_bars(causes),
        beside=_bars({name: _about(total) for name, total in totals.items()}),
        totals=totals, complaint_outcomes=OUTCOME,
    )  # fmt: skip


def _about(count: int | str) -> int:
    """Return a count for a bar; a hidden count is replaced by the same number for all counts hidden alike."""
    return count if isinstance(count, int) else 2 if count == FEW else FEWEST


def _bars(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the lengths of bars by name; the longest is 160."""
    most = max([*counts.values(), 1])
    return {name: round(160 * count / most) for name, count in sorted(counts.items(), key=lambda item: -item[1])}


PAGES = [check, guide, latest, transparency]
