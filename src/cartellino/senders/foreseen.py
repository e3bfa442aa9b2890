"""What the platform's own policies would decide on a campaign: the shipped pack for business senders, asked in advance.

The kernel's specification judges what the number did within the days that the policies look back over, and then the
campaign with what is expected of it: once as well as it may go, once as badly (the ends of the 95 % intervals). A rule
that fires either way is likely, one that fires only if it goes badly is possible. Nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Literal

import msgspec

from cartellino.events.event import Event
from cartellino.events.kinds import KINDS
from cartellino.kernel.reference import Kernel
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.senders import events
from cartellino.senders.accounts import Number
from cartellino.senders.expectation import Expectation
from cartellino.senders.state import MAIN, Senders
from cartellino.vocabulary.times import DAY, SECOND, Instant

MOST_EVENTS = 20_000
"""Most events that are judged; of a larger campaign, the first messages with their share of what is expected."""


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the platform that a campaign would break; `at_message` is the first at which it does, if badly."""

    rule: str
    title: str
    action: str
    sureness: Literal["likely", "possible"]
    at_message: int | None


def foreseen(
    state: Senders, number: Number | None, category: str, starts_at: Instant, expected: Expectation
) -> tuple[Foreseen, ...]:
    """Return the rules that a campaign would break, the likely ones first."""
    before: list[Event] = []
    if number is not None:
        before = sorted(events.history(state, number, starts_at), key=lambda event: event.time)[-MOST_EVENTS // 2 :]
    name, portfolio = ("new", MAIN) if number is None else (number.id, number.portfolio or MAIN)
    already = _fired(before, 0)
    well, badly = (
        _fired([*before, *_campaign(name, portfolio, category, starts_at, expected, end)], len(before))
        for end in (0, 1)
    )
    breaches = [
        Foreseen(rule=rule.id, title=rule.title, action=_action(rule), at_message=badly.get(rule.id, well.get(rule.id)),
                 sureness="likely" if rule.id in well else "possible")
        for rule in policies().rules if (rule.id in well or rule.id in badly) and rule.id not in already
    ]  # fmt: skip
    return tuple(sorted(breaches, key=lambda breach: breach.sureness))


@cache
def policies() -> PolicySet:
    """Return the shipped pack as a platform that sees every kind of event would run it."""
    return replace(load(pack("business")), observes=frozenset(KINDS), complete_history=True)


def _fired(happened: Sequence[Event], skipped: int) -> dict[str, int]:
    """Return which rules fire, and at which message of the campaign."""
    kernel, messages = Kernel(policies()), 0
    fired: dict[str, int] = {}
    if happened:
        first = happened[0].time - 61 * DAY
        kernel.judge(Event(id="before", time=first, kind="connected", account="nobody"), 0)
    for sequence, event in enumerate(happened, start=1):
        messages += sequence > skipped and event.kind == "template_sent"
        for finding in kernel.judge(event, sequence):
            fired.setdefault(str(finding.rule), messages)
    return fired


def _campaign(
    number: str, portfolio: str, category: str, at: Instant, expected: Expectation, end: Literal[0, 1]
) -> Iterable[Event]:
    """Yield a campaign with what is expected of it, spread evenly: fewest answers and most blocks, or the reverse."""
    many = min(expected.messages, MOST_EVENTS // 2)
    share = many / expected.messages if expected.messages else 0.0
    reactions = {
        "reply_received": round(expected.answers[1 - end] * share), "opted_out": round(expected.stops[end] * share),
        "blocked": round(expected.blocks[end] * share),
    }  # fmt: skip
    for place in range(many):
        when, peer = at + place * SECOND // 10, f"campaign {place}"
        yield Event(id=f"c{place}", time=when, kind="template_sent", account=number, peer=peer, category=category,
                    portfolio=portfolio)  # fmt: skip
        for kind, count in reactions.items():
            if (place + 1) * count // many > place * count // many:
                yield Event(id=f"c{place}.{kind}", time=when, kind=kind, account=number, peer=peer, category=category,
                            portfolio=portfolio)  # fmt: skip


def _action(rule: Rule) -> str:
    """Return what the rule asks for the first time."""
    if rule.action is not None:
        return rule.action
    return policies().ladders[rule.ladder or ""].rung(rule.rung).kind
