"""An event: a typed value for each column, `None` where it is unknown.

>>> event = Event(id="e1", time=1_795_341_600_000, kind="message_sent", account="a1", peer="b7", known=False)
>>> event.service, event.known, event.device
('main', False, None)
>>> value(event, "x_shop") is None, value(event, "peer")
(True, 'b7')
"""

from __future__ import annotations

import msgspec

Scalar = str | int | float | bool
"""The types of values in columns."""


class Event(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, gc=False):
    """What happened, when, and to whose account; the fields are the columns of `events.columns`.

    `time` and `account_since` are milliseconds since 1970 in UTC. `own` holds the operator's `x_` columns.
    """

    id: str
    time: int
    kind: str
    account: str
    service: str = "main"
    number: str | None = None
    account_since: int | None = None
    peer: str | None = None
    group: str | None = None
    device: str | None = None
    address: str | None = None
    client: str | None = None
    region: str | None = None
    attestation: str | None = None
    known: bool | None = None
    had_contact: bool | None = None
    recipients: int | None = None
    unknown_recipients: int | None = None
    content: str | None = None
    content_by: str | None = None
    forwards: int | None = None
    media: str | None = None
    zone: str | None = None
    text: str | None = None
    image_hash: str | None = None
    reason: str | None = None
    verified: bool | None = None
    credit: int | None = None
    automated: bool | None = None
    template: str | None = None
    category: str | None = None
    campaign: str | None = None
    portfolio: str | None = None
    own: dict[str, Scalar] = {}


def value(event: Event, column: str) -> Scalar | None:
    """Return the value of a column, the operator's own included; `None` when it is unknown."""
    if column.startswith("x_"):
        return event.own.get(column)
    scalar: Scalar | None = getattr(event, column)
    return scalar


def row(event: Event) -> dict[str, Scalar]:
    """Return an event as a flat dictionary without unknown columns, as the contract writes it."""
    flat: dict[str, Scalar] = {
        name: scalar
        for name in event.__struct_fields__
        if name != "own" and (scalar := getattr(event, name)) is not None
    }
    return flat | event.own
