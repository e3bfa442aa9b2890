"""What would have prevented a decision: one number that alone would have sufficed, or an honest no."""

from __future__ import annotations

import pytest

from cartellino.analysis.explain import prevention
from cartellino.enforcement.examples import BEGINS
from cartellino.events.event import Event
from cartellino.kernel.reference import Kernel
from cartellino.policies.load import Text, load

COUNT = 'count(message_sent, over="1h")'
PEERS = 'distinct(message_sent.peer, over="1h")'


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (f"{COUNT} > 2", "of at most 2; it was 3."),
        (f"{COUNT} > 2 and {PEERS} > 0", "of at most 2; it was 3."),
        (f"{COUNT} > 2 or {PEERS} > 5", "of at most 2; it was 3."),
        (f"{COUNT} > 2 or {PEERS} > 1", "No single number"),
        (f"({COUNT} > 2 or {PEERS} > 1) and {PEERS} < 4", "of at least 4; it was 3."),
        ('kind == "message_sent" and media == "text"', "No single number"),
    ],
)
def test_prevention_names_a_number_only_where_it_alone_suffices(when: str, said: str) -> None:
    rule = f"policy: p\nrules:\n  r: {{when: '{when}', code: 1, action: review, reason: {{en: x}}}}"
    policies = load([Text("p.yaml", rule)])
    kernel = Kernel(policies)
    stream = [
        Event(
            id=str(n),
            time=BEGINS + n,
            kind="message_sent",
            account="a",
            peer=f"p{n}",
            media="text",
            account_since=BEGINS,
        )
        for n in range(3)
    ]
    for event in stream:
        kernel.judge(event, event.time)

    assert said in prevention(policies.rules[0], kernel.parts(policies.rules[0], stream[-1]))
