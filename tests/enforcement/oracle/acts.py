"""*Acts*: what comes from outside."""

from __future__ import annotations

from msgspec.structs import replace
from tests.enforcement.oracle import taking_back
from tests.enforcement.oracle.brake import begin_anew
from tests.enforcement.oracle.change import impose, limit_of
from tests.enforcement.oracle.judging import decide, is_excused, is_given, verdict
from tests.enforcement.oracle.words import Account, Decided, Incident, Place, Sanction, World, replaced

from cartellino.enforcement import acts
from cartellino.enforcement.acts import Act
from cartellino.kernel.finding import Context, Finding
from cartellino.vocabulary.ids import DecisionId, sanction_id


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """An act names what is not there."""


def carry_out(world: World, act: Act) -> list[Decided]:
    """Carry out an act, and return the decisions that are released by it."""
    match act:
        case acts.Lift(sanction=name):
            sanction = _named(world, name)
            _lift(sanction, act.at)
            world.row("lifted", sanction.account)
        case acts.Shorten(sanction=name, ends_at=end):
            sanction = _named(world, name)
            sanction.end = end if sanction.end is None else min(end, sanction.end)
            world.row("shortened", sanction.account)
        case acts.Expire(sanction=name):
            sanction = _named(world, name)
            sanction.declared = act.at
            world.row("expired", sanction.account)
        case acts.Impose():
            _impose(world, act)
        case acts.Link():
            pair = (act.service, act.account), (act.other_service, act.other_account)
            world.links.append(pair)
            world.row("linked", pair[0])
        case acts.ReleaseNumber():
            _release_number(world, act)
            world.row("number released", (act.service, act.number or act.account))
        case acts.OpenIncident():
            place = Place(act.service, act.countries, act.network)
            world.incidents[act.incident] = Incident(act.kinds, act.starts_at, float("inf"), place, act.holds)
            world.row("OpenIncident", act.incident)
        case acts.CloseIncident():
            if act.incident in world.incidents:
                world.incidents[act.incident].ends = act.ends_at
            world.row("CloseIncident", act.incident)
        case acts.Release(rule=rule):
            return _release(world, act, rule)
        case acts.Discard(rule=rule):
            for decided, _ in _taken_out(world, rule):
                drop(world, decided, act.at, "discarded")
        case acts.SetBack():
            _set_back(world, act)
        case acts.Overturn(decision=decision):
            _overturn(world, decision, act.at)
        case acts.Adopt(version=version):
            world.row("adopted", version)
        case _:
            raise NotImplementedError(act)
    return []


def due(world: World, now: int) -> list[str]:
    """What is past its end, was neither lifted nor replaced before it, and was not declared to have ended."""
    past = [
        (one.end, one.name)
        for one in world.sanctions
        if one.end is not None and one.end <= now and one.declared is None
        and not any(taken is not None and taken < one.end for taken in (one.lifted, replaced(world, one)))
    ]  # fmt: skip
    return [name for _, name in sorted(past)]


def drop(world: World, decided: Decided, t: int, why: str) -> None:
    """Drop what was held, and end its short limit."""
    if decided.limit is not None:
        _lift(_named(world, limit_of(decided.name)), t)
    world.row(why, decided.account)


def _named(world: World, name: str) -> Sanction:
    for one in world.sanctions:
        if one.name == name:
            return one
    raise Refused(name)


def _lift(sanction: Sanction, t: int) -> None:
    """It ends now, or when it would have ended, or when it was lifted before, whichever is first."""
    sanction.lifted = min(one for one in (t, sanction.end, sanction.lifted) if one is not None)


def _impose(world: World, act: acts.Impose) -> None:
    _, context = world.asked.pop(act.decision)
    account, action = (act.service, act.account), act.action
    sanction = Sanction(
        sanction_id(act.decision), act.decision, account, act.rule, None, action.kind, action.scope, act.at,
        action.ends_at, 0,
    )  # fmt: skip
    impose(world, sanction, context, grave=world.rules[act.rule].grave)
    world.row("imposed", account)


def _release_number(world: World, act: acts.ReleaseNumber) -> None:
    """Forget the marks on a number, and let nothing that waits have it."""
    account = (act.service, act.account)
    marked = {one.thing for one in world.marks if one.by == "number" and one.account == account}
    waiting = {context.number for one, context in world.asked.values() if one == account}
    held = {finding.context.number for decided, finding in world.held if decided.account == account}
    gone = {act.number} if act.number else marked | waiting | held

    def without(one: Account, context: Context) -> Context:
        return replace(context, number=None) if one[0] == act.service and context.number in gone else context

    world.marks = [
        one for one in world.marks if not (one.by == "number" and one.account[0] == act.service and one.thing in gone)
    ]
    world.asked = {name: (one, without(one, context)) for name, (one, context) in world.asked.items()}
    world.held = [
        (decided, replace(finding, context=without(decided.account, finding.context)))
        for decided, finding in world.held
    ]


def _taken_out(world: World, rule: str) -> list[tuple[Decided, Finding]]:
    """Take out what is held of a rule: a person has looked, and its brakes begin anew."""
    begin_anew(world, rule)
    chosen = [one for one in world.held if one[0].rule == rule]
    world.held = [one for one in world.held if one[0].rule != rule]
    return chosen


def _release(world: World, act: acts.Release, rule_id: str) -> list[Decided]:
    released = []
    for waited, finding in _taken_out(world, rule_id):
        rule, t = world.rules[rule_id], act.at
        if is_excused(world, rule, finding, finding.at):
            drop(world, waited, t, "excused")
        elif not is_given(world, rule, finding, t):
            drop(world, waited, t, "no longer given")
        elif (wish := verdict(world, rule, waited.account, t)) is None:
            world.joined += 1
            drop(world, waited, t, "joined")
        else:
            if waited.limit is not None:
                _lift(_named(world, limit_of(waited.name)), t)
            released.append(decide(world, finding, wish, "live", t, act.after, waited.name))
            world.row("released", waited.account)
    return released


def _set_back(world: World, act: acts.SetBack) -> None:
    """Move back what began by the wrong time; what has begun or was lifted after now, has so now."""
    world.row("clock set back", None)
    before = _times(world)
    for strike in world.strikes:
        if strike.instant >= act.since:
            strike.instant -= act.span
    for one in world.sanctions:
        if one.start >= act.since:
            one.start -= act.span
            one.end = None if one.end is None else one.end - act.span
            one.lifted = None if one.lifted is None else one.lifted - act.span
            one.declared = None if one.declared is None else one.declared - act.span
        else:
            one.start = min(one.start, act.at)
            one.lifted = None if one.lifted is None else min(one.lifted, act.at)
    for account in dict.fromkeys(account for account, *_ in before ^ _times(world)):
        world.row("set back", account)


def _times(world: World) -> set[tuple[Account, str, object]]:
    """Everybody's times."""
    strikes = {(one.account, one.decision, one.instant) for one in world.strikes}
    sanctions = {
        (one.account, one.name, (one.start, one.end, one.lifted, replaced(world, one))) for one in world.sanctions
    }
    return strikes | sanctions


def _overturn(world: World, decision: str, t: int) -> None:
    for one in world.held:
        if one[0].name == decision:
            world.held.remove(one)
            drop(world, one[0], t, "overturned")
            return
    if not any(one.name == sanction_id(DecisionId(decision)) for one in world.sanctions):
        raise Refused(decision)
    taking_back.overturn(world, decision, t)
