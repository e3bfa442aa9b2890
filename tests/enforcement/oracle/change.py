"""*What a decision changes*."""

from __future__ import annotations

from tests.enforcement.oracle.words import (
    Account,
    Mark,
    Sanction,
    Strike,
    Wish,
    World,
    forbidden,
    holds,
    sanctions_of,
)

from cartellino.kernel.finding import Context, Finding
from cartellino.policies.ladder import SCOPES
from cartellino.vocabulary.ids import DecisionId, sanction_id


def carry_out(world: World, name: str, finding: Finding, wish: Wish, t: int, place: int) -> None:
    """Impose what was wished, strike where it is on a ladder, and let it replace what it upgrades."""
    rule, account = world.rules[finding.rule], (finding.service, finding.account)
    if wish.upgrades is not None:
        world.upgrades.append((wish.upgrades, name))
        world.row("replaced", next(one.account for one in world.strikes if one.decision == wish.upgrades))
    if rule.ladder is not None:
        own = min(rule.rung, len(world.ladders[rule.ladder].rungs))
        world.strikes.append(Strike(name, account, rule.ladder, t, place, wish.rung, own))
    sanction = Sanction(
        _sanction_of(name), name, account, rule.id, rule.ladder, wish.kind, wish.scope, t, wish.end, wish.number
    )
    impose(world, sanction, finding.context, grave=rule.grave)
    world.row("decided", account)


def impose(world: World, sanction: Sanction, context: Context, *, grave: bool) -> None:
    """Let a sanction begin, and mark what its account was last known to use."""
    world.sanctions.append(sanction)
    if sanction.kind in ("restriction", "suspension", "ban"):
        for by in ("number", "device", "address"):
            if getattr(context, by) is not None:
                world.marks.append(Mark(sanction.account, by, getattr(context, by), grave, sanction.name))


def ask(world: World, name: str, account: Account, kind: str, context: Context) -> None:
    """Ask a person; they may sanction the account later, which marks what it uses now."""
    world.asked[name] = (account, context)
    world.row(f"asked for {kind}", account)


def hold(world: World, name: str, account: Account, rule: str, t: int, limit: int | None) -> None:
    """A held wish sets a short limit, unless it wished a warning."""
    if limit is not None:
        short = Sanction(limit_of(name), name, account, rule, None, "restriction", ("new_chats",), t, limit, 0)
        world.sanctions.append(short)
    world.row("held", account)


def limit_of(name: str) -> str:
    """The name of the short limit under which a decision waits."""
    return _sanction_of(name) + "h"


def _sanction_of(name: str) -> str:
    return sanction_id(DecisionId(name))


def what_works(world: World, account: Account, t: int) -> frozenset[str]:
    """What still works at an instant."""
    holding = [one for one in sanctions_of(world, account) if holds(world, one, t)]
    help_alone = {"appeal", "export"}
    if any(one.kind in ("suspension", "ban", "challenge") for one in holding):
        return frozenset(help_alone)
    return frozenset({"read", "reply", "existing_chats", *SCOPES} - forbidden(holding) | help_alone)
