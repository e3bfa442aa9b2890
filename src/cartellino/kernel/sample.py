"""Sample policies, and events of every kind, with all columns, on which every function is called and so compiled.

>>> batch = sample()
>>> batch.num_rows > len(KINDS), batch.column("peer").null_count
(True, 0)
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from cartellino.events.event import Event
from cartellino.events.kinds import KINDS
from cartellino.events.logged import to_logged
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.policies.policyset import PolicySet

STRANGERS = 400
"""Number of messages to strangers: enough to reach the branches of counters, sightings and firings."""


def sample_policies() -> PolicySet:
    """Return policies that use everything of the kernel: the shipped ones."""
    return load(pack("messenger"))


def sample() -> pa.RecordBatch:
    """Return the events (schema `LOGGED`)."""
    return to_logged(list(_events()))


def _events() -> Iterator[Event]:
    number = 0
    for account, peer in (("a", "b"), ("b", "a")):
        for kind in KINDS:
            number += 1
            yield Event(
                id=f"e{number}", time=1_000 * number, kind=kind, account=account, peer=peer, number="n",
                account_since=1, group="g", device="d", address="192.0.2.1", client="c/1", attestation="passed",
                known=False, had_contact=True, recipients=3, unknown_recipients=2, content="c", content_by="server",
                forwards=0, media="text", zone="name", text="t", reason="spam", verified=False, credit=50,
                automated=False, region="ID",
            )  # fmt: skip
    for stranger in range(STRANGERS):
        number += 1
        yield Event(
            id=f"e{number}", time=1_000 * number, kind="message_sent", account="a", peer=f"p{stranger}", known=False,
            device="d", content="c", content_by="server",
        )  # fmt: skip
