"""*Given*: how many strikes, sanctions and linked accounts there are, and whether a condition on them surely holds."""

from __future__ import annotations

import operator
from math import inf

from tests.enforcement.oracle.words import Account, World, counts, holds, replaced, sanctions_of, strikes_of

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.kernel.finding import Context

_COMPARED = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq}


def surely(world: World, given: Node, account: Account, context: Context, t: int) -> bool:
    """Whether a condition holds whatever is unknown."""
    return _truth(world, given, account, context, t) is True


def _truth(world: World, node: Node, account: Account, context: Context, t: int) -> bool | None:
    match node:
        case nodes.Not(operand):
            truth = _truth(world, operand, account, context, t)
            return None if truth is None else not truth
        case nodes.And(operands):
            truths = [_truth(world, one, account, context, t) for one in operands]
            return False if False in truths else None if None in truths else True
        case nodes.Or(operands):
            truths = [_truth(world, one, account, context, t) for one in operands]
            return True if True in truths else None if None in truths else False
        case nodes.Compare(symbol, left, nodes.Number(threshold)):
            least, most = _how_many(world, left, account, context, t)
            between = max(least, min(most, threshold))
            answers = {bool(_COMPARED[symbol](number, threshold)) for number in (least, between, most)}
            return answers.pop() if len(answers) == 1 else None
        case _:
            raise NotImplementedError(node)


def _how_many(world: World, node: Node, account: Account, context: Context, t: int) -> tuple[float, float]:
    """The least and the most that a number may be."""
    match node:
        case nodes.Strikes(ladder, over):
            found = [
                one
                for name in world.ladders
                if ladder in (None, name)
                for one in strikes_of(world, account, name)
                if counts(world, one, t) and (over is None or t - one.instant < over)
            ]
            return len(found), len(found)
        case nodes.Sanctions(kind, over):
            mine = [one for one in sanctions_of(world, account) if kind in (None, one.kind)]
            if over is None:
                held = [one for one in mine if holds(world, one, t)]
            else:
                kept = [one for one in mine if one.lifted is None and replaced(world, one) is None]
                held = [one for one in kept if 0 <= t - one.start < over]
            return len(held), len(held)
        case nodes.Linked(by, kind, grave):
            thing = getattr(context, by)
            others = {
                mark.account
                for mark in world.marks
                if (mark.by, mark.thing, mark.account[0]) == (by, thing, account[0]) and (mark.grave or not grave)
                for one in world.sanctions
                if one.name == mark.sanction and one.kind == kind and holds(world, one, t)
            }
            return (0, inf) if thing is None else (len(others - {account}),) * 2
        case _:
            raise NotImplementedError(node)
