"""Loads policy files to a policy set, or refuses them with all faults of all files.

>>> load([Text("p.yaml", "policy: p\\nladders: {soft: [warning]}")]).ladders["soft"].rungs
(Rung(kind='warning', scope=(), lasts=None),)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cartellino.events.kinds import KINDS
from cartellino.expressions import nodes
from cartellino.expressions.nodes import STANDING, Node
from cartellino.expressions.types import Type, type_of
from cartellino.policies.check import (
    Known,
    Places,
    check_expression,
    check_ladder,
    check_rule,
    consequence_must_exist,
    in_order,
)
from cartellino.policies.ladder import Ladder
from cartellino.policies.lists import TermList
from cartellino.policies.policyset import PolicySet
from cartellino.policies.read import Draft, RuleDraft, read
from cartellino.policies.resolve import resolve
from cartellino.policies.rule import Rule, kinds, longest_window
from cartellino.signals.derived import column_types
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Span, Text, did_you_mean
from cartellino.vocabulary.ids import RuleId
from cartellino.vocabulary.languages import chosen
from cartellino.vocabulary.refusals import BadPolicy
from cartellino.vocabulary.times import HOUR

__all__ = ["Text", "load"]


def load(
    texts: Sequence[Text], parameters: Mapping[str, float] | None = None, *, languages: Sequence[str] = ()
) -> PolicySet:
    """Read, resolve and check policy files together; `parameters` take precedence over those in the files.

    Files that declare no languages need their texts in `languages`. It is empty for policies that are in force already,
    which must stay loadable when the product learns another language.

    Raises `BadPolicy` with all faults, in the order of the text.
    """
    faults = Faults()
    drafts = [draft for text in texts if (draft := read(text, faults, languages)) is not None]
    chosen = _parameters(drafts, faults) | dict(parameters or {})
    known = Known(_columns(drafts), _lists(drafts, faults), _ladders(drafts, faults), faults)
    rules = [
        rule
        for draft in drafts
        for rule_draft in draft.rules
        if (rule := _rule(rule_draft, draft, chosen, known)) is not None
    ]
    _names_must_be_unique(drafts, faults)
    for draft in drafts:
        _unused_signals(draft, chosen, known)
    for ladder, place in (pair for draft in drafts for pair in draft.ladders.values()):
        check_ladder(ladder, place, known)
    observes = _observes(drafts, faults)
    if faults:
        raise BadPolicy(in_order(faults))
    expressions = [node for rule in rules for node in (rule.when, rule.given) if node is not None]
    used = {
        part.name: part.default for node in expressions for part in nodes.walk(node) if isinstance(part, nodes.Param)
    }
    _parameters_must_be_used(parameters or {}, used)
    is_complete = any(draft.history == "complete" for draft in drafts)
    return PolicySet(tuple(rules), known.ladders, known.lists, observes, known.columns, used, is_complete)


def _rule(draft: RuleDraft, file: Draft, parameters: Mapping[str, float], known: Known) -> Rule | None:
    """Resolve and check a rule; return `None` if its condition could not be parsed."""
    spans = {name: branch.span for name, branch in draft.fields.branches.items()}
    if draft.when is None and not spans:
        return None
    if draft.when is None:
        consequence_must_exist(draft.ladder or None, draft.action, draft.rung, Places(spans, draft.place), known)
        return None
    when = _expression(draft.when, "when", file, parameters, known)
    given = _expression(draft.given, "given", file, parameters, known) if draft.given else None
    if draft.unless is not None:
        unless = _expression(draft.unless, "unless", file, parameters, known)
        when = nodes.And((when, nodes.Not(unless, span=unless.span)), span=when.span)
    rule = _assembled(draft, file, when, given)
    check_rule(rule, Places(spans, draft.place), known)
    return rule


def _unused_signals(file: Draft, parameters: Mapping[str, float], known: Known) -> None:
    """Check the signals that no rule of the file uses, so that their faults do not appear only when one does."""
    written = [
        expression
        for rule in file.rules
        for expression in (rule.when, rule.unless, rule.given)
        if expression is not None
    ]
    used: set[str] = set()
    while written:
        names = {node.name for node in nodes.walk(written.pop()) if isinstance(node, nodes.Name)} - used
        used |= names
        written += [means for name in names if (means := file.signals.get(name, (None,))[0]) is not None]
    for name, (means, _) in file.signals.items():
        if name not in used and means is not None:
            resolved = resolve(means, file.signals, parameters, known.faults)
            in_given = any(isinstance(node, STANDING) for node in nodes.walk(resolved))
            check_expression(resolved, "given" if in_given else "when", known)


def _expression(node: Node, field: str, file: Draft, parameters: Mapping[str, float], known: Known) -> Node:
    before = len(known.faults)
    resolved = resolve(node, file.signals, parameters, known.faults)
    check_expression(resolved, field, known)
    broken = [fault.span for fault in known.faults[before:] if fault.code in _BROKEN]
    broken += [part.span for part in nodes.walk(resolved) if _is_broken(part, file) and part.span is not None]
    faults = Faults()
    actual = type_of(resolved, known.columns, faults)
    if actual != "truth" and node.span is not None:
        problem = f"`{field}` must be true or false, and this is a {actual}"
        faults.add("type", problem, node.span, "compare it with something, such as `> 10`")
    known.faults.extend(fault for fault in faults if not any(_follows(fault, span, node) for span in broken))
    return resolved


_BROKEN = ("cycle", "expression-too-large", "unknown-column", "unknown-name")
"""Faults after which the type of a node is meaningless, since a placeholder took the place of an unknown part."""


def _follows(fault: Diagnostic, broken: Span, node: Node) -> bool:
    """Return whether a type error may be just a consequence of a broken part, which lies within it or in a signal."""
    inside = fault.span.start <= broken.start and broken.end <= fault.span.end
    of_a_signal = node.span is not None and not node.span.start <= broken.start < node.span.end
    return inside or of_a_signal


def _is_broken(node: Node, file: Draft) -> bool:
    """Return whether a node is a signal that could not be parsed."""
    return isinstance(node, nodes.Named) and file.signals[node.name][0] is None


def _assembled(draft: RuleDraft, file: Draft, when: Node, given: Node | None) -> Rule:
    resting = draft.cooldown if draft.cooldown is not None and draft.cooldown >= 0 else longest_window(when) or HOUR
    return Rule(
        id=RuleId(f"{file.policy}/{draft.name}"),
        policy=file.policy,
        name=draft.name,
        when=when,
        given=given,
        code=draft.code,
        on=draft.on or kinds(when),
        reason=draft.reason,
        clause=draft.clause or file.clause,
        title=draft.title or draft.name.replace("-", " "),
        ladder=draft.ladder or None,
        rung=draft.rung,
        action=draft.action or None,
        grave=draft.grave,
        mode=draft.mode,
        cooldown=resting,
        starts=draft.starts,
        ends=draft.ends,
        regions=draft.regions,
        except_regions=draft.except_regions,
        discloses=draft.discloses,
        false_friends=draft.false_friends,
        examples=draft.examples,
    )


def _columns(drafts: Sequence[Draft]) -> dict[str, Type]:
    columns = column_types()
    for draft in drafts:
        columns |= draft.columns
    return columns


def _parameters(drafts: Sequence[Draft], faults: Faults) -> dict[str, float]:
    return _merged([draft.parameters for draft in drafts], "parameter", faults)


def _lists(drafts: Sequence[Draft], faults: Faults) -> dict[str, TermList]:
    return _merged([draft.lists for draft in drafts], "list", faults)


def _ladders(drafts: Sequence[Draft], faults: Faults) -> dict[str, Ladder]:
    ladders: dict[str, Ladder] = _merged([draft.ladders for draft in drafts], "ladder", faults)
    clauses = {name: chosen(draft.clause, "en") for draft in drafts for name in draft.ladders}
    return {name: replace(ladder, clause=clauses[name]) for name, ladder in ladders.items()}


def _merged(parts: Sequence[Mapping[str, tuple[Any, Any]]], what: str, faults: Faults) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in parts:
        for name, (value, span) in part.items():
            if name in merged:
                faults.add("duplicate-key", f"the {what} `{name}` is defined twice", span)
            merged[name] = value
    return merged


def _names_must_be_unique(drafts: Sequence[Draft], faults: Faults) -> None:
    seen: set[str] = set()
    for draft in drafts:
        for rule in draft.rules:
            name = f"{draft.policy}/{rule.name}"
            if name in seen:
                faults.add("duplicate-key", f"the rule `{name}` is defined twice", rule.place)
            seen.add(name)


def _observes(drafts: Sequence[Draft], faults: Faults) -> frozenset[str]:
    declared = {kind: span for draft in drafts for kind, span in draft.observes.items()}
    for kind, span in declared.items():
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS)
            faults.add("unknown-kind", f"`{kind}` is not a kind of event", span, hint)
    return frozenset(declared)


def _parameters_must_be_used(given: Mapping[str, float], used: Mapping[str, float]) -> None:
    text = Text("--set", "\n".join(f"{name}={value:g}" for name, value in given.items()))
    faults = [
        Diagnostic(
            "unknown-parameter", f"no rule has a parameter `{name}`", _place(text, name), did_you_mean(name, used)
        )
        for name in given
        if name not in used
    ]
    if faults:
        raise BadPolicy(faults)


def _place(text: Text, name: str) -> Span:
    start = text.content.find(f"{name}=")
    return Span(text, start, start + len(name))
