"""Incidents as the interface and the pages show them."""

from __future__ import annotations

from typing import Any

from cartellino.availability.incident import Entry, Incident, severity
from cartellino.vocabulary import actors
from cartellino.vocabulary.times import show_instant


def shown(incident: Incident, *, whole: bool) -> dict[str, Any]:
    """Return an incident; the `whole` is for operators and programs, everybody else sees public lines without names."""
    scope, until = incident.scope.record(), incident.until
    return {
        "incident": incident.id,
        "service": incident.service,
        "state": incident.state,
        **{("cause" if name == "kind" else name): value for name, value in scope.items()},
        "until": None if until is None else show_instant(until),
        "severity": round(severity(incident), 4),
        "timeline": [_line(entry, whole=whole) for entry in incident.timeline if entry.public or whole],
    }


def _line(entry: Entry, *, whole: bool) -> dict[str, Any]:
    line = {"at": show_instant(entry.at), "state": entry.state, "note": entry.note}
    return {**line, "by": actors.shown(actors.Actor(entry.who)), "public": entry.public} if whole else line
