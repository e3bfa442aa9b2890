"""What a person could do as well is slowed and told, not punished: the shipped pack, rule by rule (law 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from cartellino.enforcement.brakes import Released
from cartellino.enforcement.examples import BEGINS, events
from cartellino.events.event import Event
from cartellino.events.kinds import KINDS
from cartellino.expressions import nodes
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.policies.rule import Example, Rule, kinds
from cartellino.vocabulary.times import DAY

PACK = load(pack("messenger"))
LIMITS = {"warning", "restriction"}
REACTIONS = {"blocked", "reported", "invite_declined", "member_left"}
"""What people who had contact do about it. That they do nothing is no reaction."""

PROOF = {
    "automation/unofficial-client", "automation/like-clockwork",
    "groups/dozens-of-groups",
    "scraping/many-profiles", "scraping/many-profiles-per-device", "scraping/enumeration",
    "scraping/enumeration-day-after-day",
    "scraping/enumeration-per-device", "spam/newborn-burst",
    "zones/pornography", "zones/weapons", "zones/gambling", "zones/known-photo", "zones/impersonation",
}  # fmt: skip
"""Rules on what programs do, on named apps, and on texts and photos that everybody can see."""


def climbed(rule: Rule) -> set[str]:
    """What a rule can lead to in the end."""
    return {rung.kind for rung in PACK.ladders[rule.ladder].rungs} if rule.ladder is not None else set()


def beyond_limits(rule: Rule) -> bool:
    return not climbed(rule) <= LIMITS


VOLUME = [one for one in PACK.rules if one.ladder and one.id not in PROOF and not kinds(one.when) & REACTIONS]
EXAMPLES = [
    pytest.param(rule, one, id=f"{rule.id}: {one.name}") for rule in VOLUME for one in rule.examples if one.fires
]


def test_the_rules_on_volume_are_all_here() -> None:
    names = {rule.id.partition("/")[2] for rule in VOLUME}
    assert names >= {
        "quota-used-up", "quota-long-beyond", "steady-to-strangers", "rush-to-strangers", "campaign",
        "filled-with-strangers", "device-farm", "probation", "evasion-of-a-grave-ban", "to-strangers",
        "app-that-nobody-proves",
    }  # fmt: skip


@pytest.mark.parametrize("rule", VOLUME, ids=lambda one: one.id)
def test_volume_silence_and_shared_devices_never_lead_beyond_limits(rule: Rule) -> None:
    assert not beyond_limits(rule)


@pytest.mark.parametrize("rule", [one for one in PACK.rules if one.given is not None and beyond_limits(one)],
                         ids=lambda one: one.id)  # fmt: skip
def test_no_rule_makes_a_suspension_of_what_volume_led_to(rule: Rule) -> None:
    assert rule.given is not None
    harmless = {one.ladder for one in VOLUME}
    for node in nodes.walk(rule.given):
        if isinstance(node, nodes.Strikes):
            assert node.ladder is not None
            assert node.ladder not in harmless
        elif isinstance(node, nodes.Sanctions | nodes.Linked):
            assert node.kind in ("suspension", "ban")


def lived(rule: Rule, example: Example, times: int) -> Iterator[Event]:
    """An example's events again and again, each time after everything that it led to is over."""
    yield Event(id="before", time=BEGINS - 61 * DAY, kind="connected", account="nobody")
    once = list(events(example))
    if not any(one.kind == "registered" or one.account_since for one in once):
        since = BEGINS - 900 * DAY
        yield Event(id="old", time=BEGINS - 1, kind="connected", account=example.account, account_since=since)
    longest = max((rung.lasts or 0) for rung in PACK.ladders[str(rule.ladder)].rungs)
    apart = once[-1].time - once[0].time + longest + DAY
    for turn in range(times):
        for number, one in enumerate(once):
            peer = f"{one.peer}/{turn}" if one.peer else one.peer
            yield changed(one, id=f"{turn}/{number}", time=one.time + turn * apart, peer=peer)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_whoever_goes_on_and_on_is_told_or_limited_by_the_whole_pack(rule: Rule, example: Example) -> None:
    policies = replace(PACK, observes=frozenset(KINDS), complete_history=True)
    route = Stepwise(policies, brakes=Released())
    decided = [one for event in lived(rule, example, times=5) for one in route.judge(event)]
    felt = [one.action.kind for one in decided if one.action.kind not in ("review", "diagnosis")]

    assert set(felt) <= LIMITS
    is_new = any(one.kind == "registered" for one in events(example))
    if not is_new and not example.sanctioned and rule.policy != "automation" and rule.ladder != "pace":
        assert felt[0] == "warning", "older accounts are told first; haste is slowed for an hour"
