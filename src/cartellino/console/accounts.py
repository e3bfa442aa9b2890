"""The page of an account: its card, signals over time, sanctions and strikes, linked accounts, and notices."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.params import QueryParameter
from litestar.response import Redirect

from cartellino.analysis.signal_history import lately
from cartellino.commands.sanctions import SOONER, sooner
from cartellino.commands.sanctions import lift as lifted
from cartellino.commands.sanctions import shorten as shortened
from cartellino.console.decisions import drawn
from cartellino.console.door import Answer, Name, guarded, part, reason_of, shown
from cartellino.enforcement.standing import Sanction
from cartellino.notices import cards
from cartellino.queries import cases, decisions, views
from cartellino.queries.appealable import reviews
from cartellino.queries.standing import standing_of
from cartellino.service.service import Service
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.times import Instant, duration
from cartellino.web.charts import Chart
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, Form, principal_of
from cartellino.web.work import do, looked, read, worked

Account = Annotated[str, QueryParameter(name="account", min_length=1, max_length=128)]
"""The name of an account, as a query parameter, since it may contain anything, even slashes."""

ServiceName = Annotated[str, QueryParameter(name="service", max_length=128)]
MOST_LINKED = 24
"""At most so many accounts are shown in the graph around one."""


@get("/console/account", **guarded("read-standing"))
async def account(request: Asked, account: Account, service_name: ServiceName = "main") -> Answer:
    """Show an account."""
    who = principal_of(request)
    values = await looked(request, lambda service: _account(service, service_name, account))
    return shown(
        request, "account", account, service=service_name, account=account, may=who.may("change-sanctions"), **values
    )  # fmt: skip


def _account(service: Service, name: str, account: str) -> dict[str, Any]:
    now, live = service.clock.now(), service.live
    standing = standing_of(live, name, account, "en", now)
    received = live.standing(name, account)
    return {
        "standing": standing,
        "card": cards.of_standing(standing["standing"]),
        "sanctions": [_sanction(sanction, now) for sanction in reversed(received.sanctions)],
        "strikes": list(reversed(received.strikes)),
        "graph": _graph(service, AccountRef(name, account)),
        **read(service, lambda rows: _told(service, rows, name, account, now)),
    }


def _sanction(sanction: Sanction, now: Instant) -> dict[str, Any]:
    state = "in force" if sanction.in_force(now) else "lifted" if sanction.lifted_at is not None else "over"
    return {
        "id": sanction.id, "kind": sanction.action.kind, "scope": sanction.action.scope, "rule": sanction.rule,
        "starts": sanction.starts_at, "ends": sanction.action.ends_at, "sooner": sooner(sanction.action.ends_at, now),
        "state": state, "decision_id": sanction.decision,
    }  # fmt: skip


def _told(service: Service, rows: Rows, name: str, account: str, now: Instant) -> dict[str, Any]:
    recent = 20
    notices = views.notices_of(rows, name, account, now)[:recent]
    may = reviews(rows, service.live.standings, [notice.sanction_id for notice in notices], now)
    return {
        "notices": [
            views.notice_shown(notice, service.words, "en", now, may[notice.sanction_id]) for notice in notices
        ],
        "cases": cases.of_account(rows, name, account, recent),
        "decisions": decisions.of_account(rows, name, account, recent),
    }


def _graph(service: Service, person: AccountRef) -> list[dict[str, Any]]:
    """Return linked accounts and those of the same campaigns, with their positions on a circle."""
    live, now = service.live, service.clock.now()
    same = dict.fromkeys(live.standings.linked(person), "one person")
    campaign = read(service, lambda rows: decisions.campaign_of(rows, *person, MOST_LINKED))
    shared = dict.fromkeys(campaign, "one device or address")
    around = list({**shared, **same}.items())[:MOST_LINKED]
    turn = 2 * pi / max(1, len(around))
    return [
        {
            "service": other[0],
            "account": other[1],
            "by": by,
            "card": cards.of_standing(live.standing(*other).name(now)),
            "x": round(320 + 210 * cos(turn * number - pi / 2)),
            "y": round(160 + 115 * sin(turn * number - pi / 2)),
        }
        for number, (other, by) in enumerate(around)
    ]


@get("/console/account/signals", **guarded("read-decisions"))
async def signals(request: Asked, account: Account, service_name: ServiceName = "main") -> Answer:
    """Draw the signals that came nearest to a threshold in the last two weeks."""
    charts = await worked(request, lambda service: _signals(service, service_name, account))
    return part(request, "charts", "Signals over time", charts=charts)


def _signals(service: Service, name: str, account: str) -> list[Chart]:
    writer = service.writer
    decided_at = read(service, lambda rows: decisions.latest_live_at(rows, name, account))
    history = lately(writer.live.policies, writer.state, name, account, service.clock.now())
    return drawn(history, decided_at)


@post("/console/account/sanctions/{sanction:str}", **guarded("change-sanctions", "form"))
async def change(
    request: Asked, account: Account, sanction: Name, data: Form, service_name: ServiceName = "main"
) -> Answer:
    """Lift a sanction, or let it end earlier."""
    reason, span = reason_of(data), data.get("sooner", "")
    if data.get("what") == "lift":
        await do(request, lambda unit: lifted(unit, sanction, reason))
    elif span in SOONER:
        await do(request, lambda unit: shortened(unit, sanction, unit.now + duration(span), reason))
    else:
        raise Problem("bad-argument", "say whether to lift it, or after which time it shall end")
    query = urlencode({"account": account, "service": service_name})
    return Redirect(f"/console/account?{query}", status_code=303)


PAGES = [account, signals, change]
