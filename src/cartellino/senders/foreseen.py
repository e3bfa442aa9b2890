"""What the platform's side would decide about a campaign: the shipped policies for business senders, asked in advance.

The same kernel and the same `decide` judge what the number did in the last week, the campaign as planned, and the
reactions that are to be expected of it: once those in the middle of their intervals, once the worst within them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from cartellino.enforcement.sequencer import Sequencer
from cartellino.events.event import Event
from cartellino.events.kinds import KINDS
from cartellino.kernel.reference import Kernel
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.policies.policyset import PolicySet
from cartellino.senders.campaign import Campaign
from cartellino.senders.events import events_of
from cartellino.senders.expectation import Expectation
from cartellino.senders.schedule import Planned
from cartellino.senders.state import Senders
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.times import DAY, HOUR, MINUTE

PACK = "business"
MOST = 2_000
"""Most messages of a campaign that are judged one by one; of a larger one, as many are drawn evenly, with reactions in
proportion: the rules of the pack look at shares."""

_WEEK = 7 * DAY


class Reaction(NamedTuple):
    """How many answer, ask for no more, and block."""

    answers: int
    stops: int
    blocks: int


@cache
def policies() -> PolicySet:
    """Return the shipped policies for business senders, as a platform would run them that sees every kind of event."""
    return replace(load(pack(PACK)), observes=frozenset(KINDS), complete_history=True)


def foreseen(state: Senders, campaign: Campaign, planned: Sequence[Planned], expected: Expectation) -> dict[str, Any]:
    """Return what the platform's policies would do after the campaign, in the middle case and in the worst."""
    step = max(1, -(-len(planned) // MOST))
    drawn = planned[::step]
    middle = Reaction(*(sum(pair) // 2 // step for pair in (expected.answers, expected.stops, expected.blocks)))
    worst = Reaction(expected.answers[0] // step, -(-expected.stops[1] // step), -(-expected.blocks[1] // step))
    past = events_of(state, campaign.number, campaign.starts_at, _WEEK)[-10 * MOST :]
    return {
        "policies": PACK,
        "version": policies().version,
        "one_in": step,
        "expected": _decided(campaign, past, drawn, middle),
        "at_worst": _decided(campaign, past, drawn, worst),
    }


def _decided(
    campaign: Campaign, past: list[Event], drawn: Sequence[Planned], reaction: Reaction
) -> list[dict[str, Any]]:
    rules = policies()
    kernel, sequencer = Kernel(rules), Sequencer(rules)
    kernel.judge(Event(id="before", time=campaign.starts_at - 61 * DAY, kind="connected", account="nobody"), 0)
    titles = {str(rule.id): rule.title for rule in rules.rules}
    reasons = {str(rule.id): rule.reason for rule in rules.rules}
    found: dict[str, dict[str, Any]] = {}
    for sequence, event in enumerate([*past, *_campaign(campaign, drawn), *_reactions(campaign, drawn, reaction)], 1):
        for decision in sequencer.decide(kernel.judge(event, sequence)):
            name = str(decision.rule)
            found.setdefault(name, {"rule": name, "title": titles[name], "action": decision.action.kind,
                                    "why": chosen(reasons[name], "en")})  # fmt: skip
    return list(found.values())


def _campaign(campaign: Campaign, drawn: Sequence[Planned]) -> Iterator[Event]:
    for place, one in enumerate(drawn):
        yield Event(id=f"c{place}", time=one.at, kind="template_sent", account=campaign.number, peer=_peer(one),
                    template=campaign.template, category=campaign.category)  # fmt: skip


def _reactions(campaign: Campaign, drawn: Sequence[Planned], reaction: Reaction) -> Iterator[Event]:
    """Yield reactions after the last message: the first people answer, those after them stop, the last block."""
    people = [_peer(one) for one in drawn]
    at = (drawn[-1].at if drawn else campaign.starts_at) + MINUTE
    for place, peer in enumerate(people[: reaction.answers]):
        yield Event(id=f"r{place}", time=at, kind="reply_received", account=campaign.number, peer=peer)
    for place, peer in enumerate(people[reaction.answers : reaction.answers + reaction.stops]):
        yield Event(id=f"o{place}", time=at + HOUR, kind="opted_out", account=campaign.number, peer=peer,
                    category="marketing")  # fmt: skip
    for place, peer in enumerate(reversed(people[len(people) - reaction.blocks :] if reaction.blocks else [])):
        yield Event(id=f"b{place}", time=at + 2 * HOUR, kind="blocked", account=campaign.number, peer=peer,
                    had_contact=True)  # fmt: skip


def _peer(one: Planned) -> str:
    return one.recipient.names[-1]
