"""*From a finding to a decision*: the six questions that each finding passes."""

from __future__ import annotations

from tests.enforcement.oracle import given
from tests.enforcement.oracle.brake import is_held
from tests.enforcement.oracle.change import ask, carry_out, hold, what_works
from tests.enforcement.oracle.words import (
    Account,
    Decided,
    Incident,
    Place,
    Strike,
    Wish,
    World,
    counts,
    holds,
    sanctions_of,
    stands,
    strikes_of,
)

from cartellino.kernel.finding import Finding
from cartellino.policies.ladder import Ladder
from cartellino.policies.rule import Rule, longest_window
from cartellino.vocabulary.ids import decision_id, fraction

WORST_FIRST = ("ban", "suspension", "restriction", "challenge", "warning", "review", "diagnosis")


def judge(world: World, findings: list[Finding]) -> list[Decided]:
    """Findings of one event are decided worst first."""
    worst_first = sorted(findings, key=lambda one: _mildness(world, world.rules[one.rule]))
    return [decided for one in worst_first if (decided := _judge_one(world, one)) is not None]


def _mildness(world: World, rule: Rule) -> tuple[int, int, str]:
    if rule.action is not None:
        return WORST_FIRST.index(rule.action), 0, rule.id
    ladder = world.ladders[rule.ladder or ""]
    return WORST_FIRST.index(ladder.rungs[own_rung(world, rule) - 1].kind), -own_rung(world, rule), rule.id


def _judge_one(world: World, finding: Finding) -> Decided | None:
    rule, account, t = world.rules[finding.rule], (finding.service, finding.account), finding.at
    if not is_given(world, rule, finding, t):
        return None
    wish = verdict(world, rule, account, t)
    waits = any((one.rule, one.account) == (rule.id, account) for one, _ in world.held)
    if wish is None or waits:
        world.joined += 1
        return None
    mode = "live"
    if is_excused(world, rule, finding, t) or not is_reached(world, rule, account):
        mode = "shadow"
    elif wish.kind not in ("review", "diagnosis") and (leans(world, rule, finding, t) or is_held(world, finding)):
        mode = "held"
    return decide(world, finding, wish, mode, t, finding.sequence, finding.decision or _name(world, finding))


def _name(world: World, finding: Finding) -> str:
    """A decision's name is a hash of what caused it."""
    cause = (finding.service, finding.account, finding.rule, world.version, finding.event, finding.sequence)
    return decision_id(*cause)


def decide(world: World, finding: Finding, wish: Wish, mode: str, t: int, place: int, name: str) -> Decided:
    """Do what a wish and its mode lead to, and return the decision."""
    rule, account = world.rules[finding.rule], (finding.service, finding.account)
    limit = t + 60 * 60 * 1000 if mode == "held" and wish.kind != "warning" else None
    if mode == "held":
        hold(world, name, account, rule.id, t, limit)
    elif mode == "live" and wish.kind in ("review", "diagnosis"):
        ask(world, name, account, wish.kind, finding.context)
    elif mode == "live":
        carry_out(world, name, finding, wish, t, place)
    decided = Decided(
        name, account, t, finding.sequence, finding.event, world.version, rule.id, wish.kind, wish.scope, wish.end,
        wish.number, wish.rung, _next_step(world, rule, wish.rung), mode, limit, what_works(world, account, t),
    )  # fmt: skip
    if mode == "held":
        world.held.append((decided, finding))
    return decided


# 1


def is_given(world: World, rule: Rule, finding: Finding, t: int) -> bool:
    """Whether the rule's `given` surely holds."""
    account = (finding.service, finding.account)
    return rule.given is None or given.surely(world, rule.given, account, finding.context, t)


# 2


def verdict(world: World, rule: Rule, account: Account, t: int) -> Wish | None:
    """What a finding leads to; `None` when it joins."""
    if any(one.kind in ("ban", "challenge") and holds(world, one, t) for one in sanctions_of(world, account)):
        return None
    if rule.action is not None:
        return Wish(rule.action)
    ladder = world.ladders[rule.ladder or ""]
    standing = [one for one in strikes_of(world, account, ladder.name) if stands(world, one)]
    counting = [one for one in standing if counts(world, one, t)]
    own = own_rung(world, rule)
    latest = standing[-1] if standing else None
    if latest is not None and is_open(world, latest, ladder, t):
        if own <= latest.rung:
            return None
        number = 1 + len([one for one in counting if one is not latest])
        return _on_rung(world, ladder.name, own, t, number, latest.decision)
    rung = min(max([own, *(one.rung + 1 for one in counting)]), len(ladder.rungs))
    return _on_rung(world, ladder.name, rung, t, 1 + len(counting))


def is_open(world: World, strike: Strike, ladder: Ladder, t: int) -> bool:
    """Whether the burst of a strike goes on, or its sanction holds."""
    its = [one for one in world.sanctions if (one.decision, one.ladder) == (strike.decision, ladder.name)]
    return t - strike.instant < ladder.burst or any(holds(world, one, t) for one in its)


def own_rung(world: World, rule: Rule) -> int:
    """A rule's own rung is at most the top of its ladder."""
    return min(rule.rung, len(world.ladders[rule.ladder or ""].rungs))


def _on_rung(world: World, ladder: str, rung: int, t: int, number: int, upgrades: str | None = None) -> Wish:
    step = world.ladders[ladder].rungs[rung - 1]
    end = None if step.lasts is None else t + step.lasts
    return Wish(step.kind, step.scope, end, rung, number, upgrades)


def _next_step(world: World, rule: Rule, rung: int) -> tuple[str, int | None] | None:
    above = world.ladders[rule.ladder].rungs[rung:] if rule.ladder is not None else ()
    return (above[0].kind, above[0].lasts) if above else None


# 4


def is_excused(world: World, rule: Rule, finding: Finding, t: int) -> bool:
    """Whether an incident excuses what the rule found at an instant."""
    counted = {one.kind for one in rule.aggregates()}
    return any(
        rule.on <= one.kinds or (counted and counted <= one.kinds) for one in _reached_into(world, rule, finding, t)
    )


def leans(world: World, rule: Rule, finding: Finding, t: int) -> bool:
    """Whether what the rule found leans on an incident that is opened to hold (6)."""
    counted = {one.kind for one in rule.aggregates()}
    return any(one.holds and not counted.isdisjoint(one.kinds) for one in _reached_into(world, rule, finding, t))


def _reached_into(world: World, rule: Rule, finding: Finding, t: int) -> list[Incident]:
    """The incidents that a rule's window reaches into, where they hold."""
    within = []
    for one in world.incidents.values():
        in_time = one.starts <= t and one.starts < one.ends and t - longest_window(rule.when) < one.ends
        if in_time and _is_there(one.place, finding):
            within.append(one)
    return within


def _is_there(place: Place, finding: Finding) -> bool:
    """By what was last known of the account; what is unknown excuses."""
    region, address = finding.context.region, finding.context.address
    if place.service and finding.service != place.service:
        return False
    if place.countries and region is not None and region not in place.countries:
        return False
    return not place.network or address is None or address.split("/")[0] == place.network


# 5


def is_reached(world: World, rule: Rule, account: Account) -> bool:
    """Whether a rule reaches an account."""
    drawn = fraction(world.salt, rule.id, *account)
    in_canary = rule.mode.kind != "canary" or drawn < rule.mode.share
    return rule.mode.kind != "shadow" and in_canary and not drawn >= 1 - rule.mode.hold_out
