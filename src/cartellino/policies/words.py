"""Describes a rule in English, with every signal, window and threshold.

>>> from cartellino.expressions.parse import parse_text
>>> words(parse_text('count(message_sent, where=not known, over="24h") > param("strangers", 60)'))
'the number of message_sent events in 24h where not known is more than 60 (parameter strangers)'
"""

from __future__ import annotations

from dataclasses import dataclass

from cartellino.expressions import nodes
from cartellino.expressions.nodes import Node
from cartellino.expressions.show import show
from cartellino.policies.rule import Rule
from cartellino.vocabulary.times import LATEST, show_duration, show_instant

_COMPARED = {
    ">": "is more than",
    ">=": "is at least",
    "<": "is less than",
    "<=": "is at most",
    "==": "is",
    "!=": "is not",
}


@dataclass(frozen=True)
class Said:
    """A rule in words: its condition, the definitions of the signals in it, and its condition on standing (`given`)."""

    when: str
    signals: tuple[tuple[str, str], ...]
    given: str


def in_words(rule: Rule) -> Said:
    """Describe what a rule detects."""
    when = rule.when.means if isinstance(rule.when, nodes.Named) else rule.when  # a name alone would say nothing
    expressions = [when] if rule.given is None else [when, rule.given]
    named = {
        part.name: words(part.means)
        for node in expressions
        for part in nodes.walk(node)
        if isinstance(part, nodes.Named)
    }
    return Said(words(when), tuple(named.items()), words(rule.given) if rule.given is not None else "")


def words(node: Node) -> str:
    """Return an expression in words."""
    match node:
        case nodes.Named(name):
            return name
        case nodes.And(operands):
            return ", and ".join(_grouped(operand) for operand in operands)
        case nodes.Or(operands):
            return ", or ".join(_grouped(operand) for operand in operands)
        case nodes.Not(operand):
            return f"not {_grouped(operand)}"
        case nodes.Compare(operator, left, right):
            return f"{words(left)} {_COMPARED[operator]} {words(right)}"
        case nodes.Arithmetic(operator, left, right):
            return f"{_term(left)} {operator} {_term(right)}"
        case nodes.Minus(operand):
            return f"-{_term(operand)}"
        case nodes.Param(name, default):
            return f"{default:g} (parameter {name})"
        case nodes.Share(part, whole, least):
            return f"the share of ({words(part)}) in ({words(whole)}), known from {least:g} on"
        case nodes.Aggregate():
            return _aggregate(node)
        case _:
            return _plain(node)


def reach(rule: Rule) -> str:
    """Return when and where a rule applies, in words; empty if it always applies everywhere."""
    said = []
    if rule.starts:
        said.append(f"from {show_instant(rule.starts)[:10]}")
    if rule.ends != LATEST:
        said.append(f"until {show_instant(rule.ends)[:10]}")
    if rule.regions:
        said.append(f"in {', '.join(sorted(rule.regions))}")
    if rule.except_regions:
        said.append(f"not in {', '.join(sorted(rule.except_regions))}")
    return ", ".join(said)


def _grouped(node: Node) -> str:
    said = words(node)
    return f"({said})" if isinstance(node, nodes.And | nodes.Or) else said


def _term(node: Node) -> str:
    return f"({words(node)})" if isinstance(node, nodes.Arithmetic) else words(node)


def _aggregate(node: nodes.Aggregate) -> str:
    of = f"{node.kind}.{node.column}" if node.column else node.kind
    counted = {
        nodes.Count: f"the number of {of} events",
        nodes.Sum: f"the total of {of}",
        nodes.Distinct: f"the number of different {of}",
        nodes.Repeat: f"how often the most frequent {of} came",
        nodes.Unanswered: f"the number of peers of {of} who have not replied",
    }[type(node)]
    by = "" if node.by == "account" else f", of all on the same {node.by}"
    where = f" where {words(node.where)}" if node.where is not None else ""
    return f"{counted} in {show_duration(node.over or 0)}{by}{where}"


def _plain(node: Node) -> str:
    match node:
        case nodes.Age():
            return "the age of the account"
        case nodes.Since(kind):
            return f"the time since the latest {kind}"
        case nodes.First(kind, column):
            return f"the first {kind}.{column}"
        case nodes.Last(kind, column):
            return f"the latest {kind}.{column}"
        case nodes.Has(column):
            return f"{column} is given"
        case nodes.InList(column, entries):
            return f"{column} matches the list {entries}"
        case nodes.Near(column, entries, bits):
            return f"{column} differs in at most {bits} bits from a fingerprint of {entries}"
        case nodes.OneOf(operand, values):
            return f"{words(operand)} is one of {', '.join(values)}"
        case nodes.Strikes(ladder, over):
            within = f" in {show_duration(over)}" if over is not None else ""
            return f"the number of strikes{f' on the ladder {ladder}' if ladder else ''}{within}"
        case nodes.Sanctions(kind, over):
            within = f" begun in {show_duration(over)}" if over is not None else " that run now"
            return f"the number of sanctions{f' of the kind {kind}' if kind else ''}{within}"
        case nodes.Linked(by, kind, grave):
            grave_words = "a grave " if grave else "a "
            return f"the number of other accounts under {grave_words}{kind} on the same {by}"
        case _:
            return show(node)
