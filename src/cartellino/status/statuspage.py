"""The status as JSON in the shape of Atlassian's Statuspage, version 2, which aggregators read; and all levels.

A component is a feature. Where too little is known its status is `unknown`, which that shape does not have: who does
not know the word cannot take it for `operational`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, get

from cartellino.availability.features import FEATURES
from cartellino.notices.diagnosis import tell
from cartellino.notices.diagnosis_texts import FEATURE_NAME
from cartellino.service.shown_levels import RAISED
from cartellino.status.charts import roughly
from cartellino.status.door import base_of, kept, machine
from cartellino.status.incidents import Told
from cartellino.status.pages import ServiceName, seen
from cartellino.status.snapshot import MAIN, Snapshot
from cartellino.vocabulary.times import Instant, show_instant
from cartellino.web.requests import Asked, service_of

_STATUS: Mapping[str, str] = {
    "danger": "partial_outage", "warning": "degraded_performance", "none": "operational", "unknown": "unknown",
}  # fmt: skip
_INDICATOR: Mapping[str, tuple[str, str]] = {
    "danger": ("major", "Partial System Outage"),
    "warning": ("minor", "Possible Problems"),
    "none": ("none", "All Systems Operational"),
    "unknown": ("unknown", "Too Little Known"),
}
_STATE: Mapping[str, str] = {
    "opened": "investigating", "identified": "identified", "monitoring": "monitoring", "resolved": "resolved",
    "post_mortem": "postmortem",
}  # fmt: skip

NAME = "Cartellino"


@get("/api/v2/summary.json", **machine())
async def summary(request: Asked, name: ServiceName = MAIN) -> Response[bytes]:
    """Return page, status, components, the incidents that last, and maintenance."""
    snap = await seen(request, name)
    lasting = [_incident(request, snap, incident) for incident in snap.lasting]
    return _answered(request, snap, status=_status(snap), components=_components(snap), incidents=lasting,
                     scheduled_maintenances=_works(snap))  # fmt: skip


@get("/api/v2/status.json", **machine())
async def status(request: Asked, name: ServiceName = MAIN) -> Response[bytes]:
    """Return the status of the whole."""
    snap = await seen(request, name)
    return _answered(request, snap, status=_status(snap))


@get("/api/v2/components.json", **machine())
async def components(request: Asked, name: ServiceName = MAIN) -> Response[bytes]:
    """Return the features with their status."""
    snap = await seen(request, name)
    return _answered(request, snap, components=_components(snap))


@get(["/api/v2/incidents.json", "/api/v2/incidents/unresolved.json"], **machine())
async def incidents(request: Asked, name: ServiceName = MAIN) -> Response[bytes]:
    """Return incidents, or those that last."""
    snap = await seen(request, name)
    lasting_only = request.url.path.endswith("unresolved.json")
    listed = snap.lasting if lasting_only else snap.incidents
    return _answered(request, snap, incidents=[_incident(request, snap, incident) for incident in listed])


@get("/api/v2/scheduled-maintenances.json", **machine())
async def maintenance(request: Asked, name: ServiceName = MAIN) -> Response[bytes]:
    """Return the maintenance that is planned or going on."""
    snap = await seen(request, name)
    return _answered(request, snap, scheduled_maintenances=_works(snap))


@get("/status/levels.json", **machine())
async def levels(request: Asked, name: ServiceName = MAIN) -> Response[bytes]:
    """Return the level of every country and feature of which anything is known, with counts by fives."""
    snap = await seen(request, name)
    cells = [
        {"country": country, "feature": feature, "service": snap.service, "level": cell.level,
         "reports": roughly(cell.reports), "expected": round(cell.expected, 1), "sources": list(cell.sources)}
        for (country, feature), cell in sorted(snap.cells.items())
    ]  # fmt: skip
    body = {"as_of": _at(snap.as_of), "countries": snap.countries, "cells": cells}
    return kept(request, msgspec.json.encode(body), "application/json")


def _answered(request: Asked, snap: Snapshot, **parts: Any) -> Response[bytes]:
    base = base_of(request)
    page = {"id": snap.service, "name": NAME, "url": f"{base}/status", "time_zone": "Etc/UTC",
            "updated_at": _at(snap.as_of)}  # fmt: skip
    return kept(request, msgspec.json.encode({"page": page, **parts}), "application/json")


def _status(snap: Snapshot) -> dict[str, str]:
    everywhere = any(not incident.countries for incident in snap.lasting)
    if everywhere and snap.worst == "danger":
        return {"indicator": "critical", "description": "Major System Outage"}
    indicator, description = _INDICATOR[snap.worst]
    return {"indicator": indicator, "description": description}


def _components(snap: Snapshot) -> list[dict[str, Any]]:
    return [
        {"id": feature, "name": FEATURE_NAME[feature], "status": _of_feature(snap, feature), "position": number,
         "description": _described(snap, feature), "updated_at": _at(snap.as_of), "page_id": snap.service,
         "group": False, "group_id": None, "showcase": True, "only_show_if_degraded": False}
        for number, feature in enumerate(FEATURES, start=1)
    ]  # fmt: skip


def _of_feature(snap: Snapshot, feature: str) -> str:
    everywhere = any(not incident.countries and feature in incident.features for incident in snap.lasting)
    worst = snap.worst_of(feature)
    return "major_outage" if everywhere and worst == "danger" else _STATUS[worst]


def _described(snap: Snapshot, feature: str) -> str | None:
    failing = [country for country, level in snap.of_feature(feature).items() if level in RAISED]
    return f"In {', '.join(failing)}" if failing else None


def _incident(request: Asked, snap: Snapshot, incident: Told) -> dict[str, Any]:
    said = tell(incident.cause, service_of(request).words, "en", is_over=incident.works_again)
    link = f"{base_of(request)}/status/incidents/{incident.id}"
    return {
        "id": incident.id,
        "name": said.sentence,
        "status": _STATE[incident.state],
        "impact": "critical" if not incident.countries else "major" if _surely(snap, incident) else "minor",
        "created_at": show_instant(incident.since),
        "started_at": show_instant(incident.since),
        "updated_at": show_instant(incident.timeline[-1].at),
        "resolved_at": _at(incident.until or 0),
        "shortlink": link,
        "page_id": snap.service,
        "components": [{"id": name, "name": FEATURE_NAME[name]} for name in incident.features],
        "incident_updates": [
            {"id": f"{incident.id}-{number}", "status": _STATE[line.state], "body": line.note or said.sentence,
             "created_at": show_instant(line.at), "display_at": show_instant(line.at), "incident_id": incident.id}
            for number, line in reversed(list(enumerate(incident.timeline)))
        ],
    }  # fmt: skip


def _surely(snap: Snapshot, incident: Told) -> bool:
    return any(snap.level(country, name) == "danger" for country in incident.countries for name in incident.features)


def _works(snap: Snapshot) -> list[dict[str, Any]]:
    return [
        {"id": work.id, "name": work.summary or "Maintenance", "impact": "maintenance",
         "status": "in_progress" if work.begins <= snap.at else "scheduled", "scheduled_for": show_instant(work.begins),
         "scheduled_until": _at(work.until or 0), "page_id": snap.service, "incident_updates": []}
        for work in snap.works
    ]  # fmt: skip


def _at(instant: Instant) -> str | None:
    return show_instant(instant) if instant else None


ROUTES = [summary, status, components, incidents, maintenance, levels]
