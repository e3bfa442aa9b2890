"""Refusals in the platform's own error shape, so that a client that knows its errors knows ours.

`error.error_data.cartellino` marks a refusal as ours, with the rule, its evidence and when the message may be sent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cartellino.senders.errors import rule_of
from cartellino.senders.judging import Objection
from cartellino.senders.rules import UNREADABLE
from cartellino.vocabulary.times import show_instant

WOULD_REFUSE = "X-Cartellino-Would-Refuse"
"""The header that says by which rules a message would have been refused."""

_TRACE = "cartellino"


def refusal(objection: Objection, also: Sequence[Objection] = ()) -> tuple[int, dict[str, Any]]:
    """Return status and body for an objection, with the names of other rules that object."""
    described = rule_of(objection.code)
    title = f"Not sent: the gateway's rule `{objection.rule}`"
    status = described.http if described is not None else 400
    return status, error(objection.code, title, objection.said, cartellino=_mark(objection, also))


def _mark(objection: Objection, also: Sequence[Objection] = ()) -> dict[str, Any]:
    """Return what says that a refusal is ours, and why."""
    return {
        "rule": objection.rule,
        "evidence": dict(objection.evidence),
        "next_allowed_at": None if objection.next_allowed_at is None else show_instant(objection.next_allowed_at),
        "also": [other.rule for other in also if other.rule != objection.rule],
    }


def unreadable(code: int, title: str, details: str) -> dict[str, Any]:
    """Return the body for a call that the gateway cannot take, marked as ours like every refusal."""
    return error(code, title, details, cartellino=_mark(_not_read(details)))


def passed_unread(why: str) -> dict[str, str]:
    """Return the header for a call that passes although it cannot be read, because nothing is refused."""
    return {WOULD_REFUSE: observed([_not_read(why)])}


def _not_read(why: str) -> Objection:
    return Objection(rule=UNREADABLE, code=100, said=why, evidence={"why": why})


def error(code: int, title: str, details: str, **more: object) -> dict[str, Any]:
    """Return the body of an error as the platform writes it."""
    return {
        "error": {
            "message": f"(#{code}) {title}",
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": details, **more},
            "fbtrace_id": _TRACE,
        }
    }


def observed(objections: Sequence[Objection]) -> str:
    """Return the value of the header for messages that are only observed: in JSON what `error_data.cartellino` would
    have been."""
    return json.dumps(_mark(objections[0], objections[1:]))  # ASCII, as a header has to be
