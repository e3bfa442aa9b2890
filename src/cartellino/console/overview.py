"""The first page: the state of the service, waiting work, and recent decisions."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from litestar import get

from cartellino.commands import blind_review
from cartellino.console.cases import KINDS
from cartellino.console.door import Answer, guarded, part, shown, worked_out
from cartellino.queries import cases
from cartellino.queries.proposals import count_waiting
from cartellino.queries.rule_history import by_rule, first_since
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.vocabulary.actors import Actor
from cartellino.vocabulary.times import DAY, HOUR, Duration, Instant
from cartellino.web.charts import Chart, Line
from cartellino.web.requests import Asked, actor_of
from cartellino.web.work import looked, read

AGES: tuple[tuple[str, Duration], ...] = (
    ("under a day", DAY), ("1 to 3 days", 3 * DAY), ("3 to 7 days", 7 * DAY), ("older", 1 << 60),
)  # fmt: skip
"""The ages by which open appeals are grouped."""

READINGS = 60
"""The number of seconds whose rate of events is drawn."""

LINES = 5
"""At most so many rules have a line of their own."""


@get("/console", **guarded("read-cases"))
async def overview(request: Asked) -> Answer:
    """Show the overview."""
    by = actor_of(request)
    waiting = await looked(request, lambda service: _waiting(service, by))
    return shown(request, "overview", "Overview", **waiting, **await looked(request, _now))


@get("/console/now", **guarded("read-cases"))
async def now(request: Asked) -> Answer:
    """Show the tiles, which reload every few seconds."""
    return part(request, "now", "Now", **await looked(request, _now))


@get("/console/lately", **guarded("read-cases"))
async def lately(request: Asked) -> Answer:
    """Show the chart of decisions by rule."""
    return part(request, "lately", "Decisions by rule", **await worked_out(request, "lately", _lately))


def _now(service: Service) -> dict[str, Any]:
    writer = service.writer
    rates = [round(rate) for _, rate in writer.throughput.rates()[-READINGS:]]
    return {
        "state": _state(service),
        "rate": f"{writer.throughput.rate:,.0f}",
        "waiting": writer.waiting,
        "events": f"{writer.live.sequence:,}",
        "accounts": f"{writer.live.kernel.accounts:,}",
        "held": len(writer.live.held),
        "clock": service.clock.now(),
        "rates": rates,
        "fastest": max([*rates, 1]),
    }


def _state(service: Service) -> str:
    """Return `Healthy` if nothing is wrong, else what is."""
    wrong = [service.halted, *service.degraded.values()]
    catching_up = "Policies catch up" if service.writer.is_succeeding else "Healthy"
    return "; ".join(filter(None, wrong)) or catching_up


def _waiting(service: Service, by: Actor) -> dict[str, Any]:
    return read(service, lambda rows: _cases(rows, service.clock.now(), by))


def _cases(rows: Rows, now: Instant, by: Actor) -> dict[str, Any]:
    by_kind = cases.open_counts(rows, now, [age for _, age in AGES])
    empty = (0, 0, *(0 for _ in AGES))
    upto = by_kind.get("appeal", empty)[2:]
    ages = [(name, count - before) for (name, _), count, before in zip(AGES, upto, [0, *upto], strict=False)]
    return {
        "appeals": by_kind.get("appeal", empty)[0],
        "others": [(kind, name, by_kind.get(kind, empty)[0]) for kind, name in KINDS if kind != "appeal"],
        "late": sum(counts[1] for counts in by_kind.values()),
        "ages": ages,
        "oldest": max([count for _, count in ages] or [0]),
        "looks": blind_review.waiting(rows, by),
        "proposals": count_waiting(rows),
    }


def _lately(service: Service) -> dict[str, Any]:
    now = service.clock.now()
    since = now - 14 * DAY
    with service.database.begin() as rows:
        first = first_since(rows, since) or now
        step = DAY if now - first > 3 * DAY else HOUR
        counted = by_rule(rows, since, step)
    counts: dict[str, dict[int, int]] = defaultdict(dict)
    for rule, at, count in counted:
        counts[rule][at] = count
    totals = sorted(((sum(buckets.values()), rule) for rule, buckets in counts.items()), reverse=True)
    begin = first - first % step
    x = list(range(begin, now - now % step + 1, step))
    lines = [Line(rule, [counts[rule].get(at, 0) for at in x]) for _, rule in totals[:LINES]]
    others = [rule for _, rule in totals[LINES:]]
    if others:
        lines.append(Line("all others", [sum(counts[rule].get(at, 0) for rule in others) for at in x]))
    title = f"Live decisions {'a day' if step == DAY else 'an hour'}, by rule"
    return {"chart": Chart(title, x, lines) if counted else None, "totals": totals[:30]}


PAGES = [overview, now, lately]
