"""The checks of expressions and rules, one function each. All faults are reported at once.

`EXPRESSION_LAWS` check one node of `when`, `unless` or `given`; `RULE_LAWS` check a whole rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cartellino.events.columns import COLUMNS, is_region
from cartellino.events.kinds import KINDS
from cartellino.expressions import nodes
from cartellino.expressions.nodes import STANDING, Aggregate, Node
from cartellino.expressions.types import Type
from cartellino.policies.ladder import RUNG_KINDS, SEVERITY, Ladder
from cartellino.policies.lists import TermList
from cartellino.policies.rule import Rule, kinds, longest_window
from cartellino.signals.derived import DERIVED, known_column
from cartellino.signals.keys import KEYS, LINKS
from cartellino.signals.window import window
from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Span, did_you_mean
from cartellino.vocabulary.times import show_duration

SIGNALS = (Aggregate, nodes.Share, nodes.Age, nodes.Since, nodes.First, nodes.Last)
"""The nodes that aggregate events."""


@dataclass(frozen=True)
class Known:
    """What names may refer to, and the faults found so far."""

    columns: Mapping[str, Type]
    lists: Mapping[str, TermList]
    ladders: Mapping[str, Ladder]
    faults: Faults

    def fault(self, code: str, problem: str, span: Span | None, hint: str = "", *, word: str = "") -> None:
        """Add a fault; with a `word`, at the first place of that word inside the span."""
        if span is not None:
            self.faults.add(code, problem, _at(span, word), hint)


def _at(span: Span, word: str) -> Span:
    match = (
        re.compile(rf"(?<!\w){re.escape(word)}(?!\w)").search(span.text.content, span.start, span.end) if word else None
    )
    return Span(span.text, match.start(), match.end()) if match else span


def check_expression(node: Node, field: str, known: Known) -> None:
    """Check every node of an expression; `field` is `when`, `given` or `unless`."""
    for part in nodes.walk(node):
        for law in EXPRESSION_LAWS:
            law(part, known)
        if field == "given":
            _events_in_given(part, known)
        elif isinstance(part, STANDING):
            hint = "move it to `given:`, which is judged on the finding"
            known.fault(
                "standing-in-when", "standing cannot be asked for here: nothing we did may feed back", part.span, hint
            )


@dataclass(frozen=True)
class Places:
    """The places of the fields of a rule; faults of missing fields have the place of the rule."""

    fields: Mapping[str, Span]
    rule: Span

    def __call__(self, field: str) -> Span:
        """Return the place of a field."""
        return self.fields.get(field, self.rule)


def check_rule(rule: Rule, at: Places, known: Known) -> None:
    """Check a whole rule."""
    for law in RULE_LAWS:
        law(rule, at, known)


# Laws of a node


def kinds_must_be_known(node: Node, known: Known) -> None:
    """A kind of event must be one of the contract's."""
    kind = getattr(node, "kind", "")
    if isinstance(node, Aggregate | nodes.Since | nodes.First | nodes.Last) and kind and kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        known.fault("unknown-kind", f"`{kind}` is not a kind of event", node.span, hint, word=kind)
    for column, kind, span in _compared(node):
        if column == "kind" and kind not in KINDS:
            hint = did_you_mean(kind, KINDS)
            known.fault("unknown-kind", f"`{kind}` is not a kind of event", span, hint, word=kind)


def columns_must_be_known(node: Node, known: Known) -> None:
    """A column must be one of the contract's, a derived one, or an own one that the file declares."""
    column = getattr(node, "column", None) or (node.name if isinstance(node, nodes.Column) else "")
    if not column:
        return
    if not known_column(column) and not isinstance(
        node, nodes.Column
    ):  # an unknown bare word has been reported when it was resolved
        hint = did_you_mean(column, [*COLUMNS, *DERIVED])
        known.fault("unknown-column", f"`{column}` is not a column of an event", node.span, hint, word=column)
    elif column.startswith("x_") and column not in known.columns:
        hint = f"add `columns: {{{column}: number}}` to the file, or `text`, or `truth`"
        known.fault("unknown-column", f"the own column `{column}` is not declared", node.span, hint, word=column)


def values_must_be_known(node: Node, known: Known) -> None:
    """A text compared with a closed column must be one of its values."""
    for column, value, span in _compared(node):
        values = COLUMNS[column].values if column in COLUMNS else ()
        if values and value not in values:
            hint = did_you_mean(value, values)
            known.fault("unknown-value", f"`{column}` is never `{value}`", span, hint, word=value)


def _compared(node: Node) -> list[tuple[str, str, Span | None]]:
    """Return the texts that a node compares with columns, as triples of column, text and place."""
    match node:
        case nodes.Compare(_, nodes.Column(column), nodes.Text(value) as text):
            return [(column, value, text.span)]
        case nodes.Compare(_, nodes.Text(value) as text, nodes.Column(column)):
            return [(column, value, text.span)]
        case nodes.OneOf(nodes.Column(column), values):
            return [(column, value, node.span) for value in values]
    return []


def keys_must_be_known(node: Node, known: Known) -> None:
    """A signal is counted by one of the known keys, and accounts are linked by one of the known links."""
    if isinstance(node, Aggregate) and node.by not in KEYS:
        hint = did_you_mean(node.by, KEYS)
        known.fault("unknown-key", f"nothing can be counted by `{node.by}`", node.span, hint, word=f"by={node.by}")
    if isinstance(node, nodes.Linked) and node.by not in LINKS:
        hint = did_you_mean(node.by, LINKS)
        known.fault("unknown-key", f"accounts cannot be linked by `{node.by}`", node.span, hint, word=node.by)


def windows_must_fit_panes(node: Node, known: Known) -> None:
    """Every aggregate has a window that can be divided into panes."""
    if not isinstance(node, Aggregate):
        return
    name = type(node).__name__.lower()
    if node.over is None:
        known.fault("no-window", f"`{name}` needs a window", node.span, 'add `over="24h"`')
        return
    try:
        window(node.over)
    except ValueError as error:
        known.fault("wrong-window", str(error), node.span)


def where_must_be_about_the_event(node: Node, known: Known) -> None:
    """A filter (`where`) uses only the event that is counted."""
    if not isinstance(node, Aggregate) or node.where is None:
        return
    for below in nodes.walk(node.where):
        if isinstance(below, SIGNALS + STANDING):
            known.fault("signal-in-where", "a filter can only look at columns of the event that is counted", below.span)


def sums_must_be_of_numbers(node: Node, known: Known) -> None:
    """The column of a sum is a number."""
    if isinstance(node, nodes.Sum) and known.columns.get(node.column or "", "number") != "number":
        known.fault("type", f"`{node.column}` is not a number and has no total", node.span, "use `count` or `distinct`")


def shares_must_be_of_signals(node: Node, known: Known) -> None:
    """Both sides of a share are aggregates, and its `at_least` is at least 1."""
    if isinstance(node, nodes.Share):
        for side in (node.part, node.whole):
            if not isinstance(_meant(side), Aggregate):
                hint = "use `count`, `sum`, `distinct`, `repeat` or `unanswered`"
                known.fault("type", "a share is of two signals that add events up", side.span or node.span, hint)
        if node.at_least < 1:
            known.fault("share-without-at-least", "`at_least` must be at least 1", node.span)


def lists_must_exist(node: Node, known: Known) -> None:
    """A list is defined in the policy set, and matches in the way in which the expression uses it."""
    if not isinstance(node, nodes.InList | nodes.Near):
        return
    terms = known.lists.get(node.list)
    if terms is None:
        hint = did_you_mean(node.list, known.lists)
        known.fault("unknown-list", f"there is no list `{node.list}`", node.span, hint, word=node.list)
    elif (terms.matching == "pdq") is not isinstance(node, nodes.Near):
        right = "near" if terms.matching == "pdq" else "in_list"
        known.fault(
            "wrong-list", f"the list `{node.list}` matches by `{terms.matching}`", node.span, f"ask it with `{right}`"
        )
    if isinstance(node, nodes.InList) and known.columns.get(node.column, "text") != "text":
        known.fault("wrong-list", f"`{node.column}` is no text and can match no entry", node.span, "compare it instead")
    if isinstance(node, nodes.Near) and node.column != "image_hash":
        known.fault("wrong-list", "only `image_hash` can be near a fingerprint", node.span)


def standing_must_be_known(node: Node, known: Known) -> None:
    """Ladders and kinds of sanction that `given` refers to exist."""
    match node:
        case nodes.Strikes(ladder) if ladder is not None and ladder not in known.ladders:
            hint = did_you_mean(ladder, known.ladders)
            known.fault("unknown-ladder", f"there is no ladder `{ladder}`", node.span, hint, word=ladder)
        case nodes.Sanctions(str(kind)) | nodes.Linked(kind=kind) if kind not in RUNG_KINDS:
            hint = did_you_mean(kind, RUNG_KINDS)
            known.fault("unknown-sanction", f"`{kind}` is not a sanction", node.span, hint, word=kind)


EXPRESSION_LAWS: tuple[Callable[[Node, Known], None], ...] = (
    kinds_must_be_known,
    columns_must_be_known,
    values_must_be_known,
    keys_must_be_known,
    windows_must_fit_panes,
    where_must_be_about_the_event,
    sums_must_be_of_numbers,
    shares_must_be_of_signals,
    lists_must_exist,
    standing_must_be_known,
)


def _events_in_given(node: Node, known: Known) -> None:
    if isinstance(node, (*SIGNALS, nodes.Column, nodes.Has, nodes.InList, nodes.Near)):
        hint = "`given` asks `strikes`, `sanctions` and `linked`; move the rest to `when`"
        known.fault("events-in-given", "`given` looks at standing, not at events", node.span, hint)


def _meant(node: Node) -> Node:
    return _meant(node.means) if isinstance(node, nodes.Named) else node


# Laws of a rule


def rule_must_know_its_kinds(rule: Rule, at: Places, known: Known) -> None:
    """A rule is judged on some kinds of event, and all of them exist."""
    if not rule.on:
        hint = "add `on: [message_sent]`, or compare `kind`"
        known.fault("no-kind", "the rule does not say on which kinds of event it is judged", at("when"), hint)
    for kind in sorted(rule.on - set(KINDS) - kinds(rule.when)):
        known.fault("unknown-kind", f"`{kind}` is not a kind of event", at("on"), did_you_mean(kind, KINDS))


def rule_must_lead_somewhere(rule: Rule, at: Places, known: Known) -> None:
    """A rule has either a ladder that exists or an action without a strike."""
    consequence_must_exist(rule.ladder, rule.action, rule.rung, at, known)


def consequence_must_exist(name: str | None, action: str | None, rung: int, at: Places, known: Known) -> None:
    """Either a ladder that exists and has the rung, or an action."""
    ladder = known.ladders.get(name or "")
    if (name is None) == (action is None):
        hint = "a ladder makes strikes; the actions `challenge`, `review` and `diagnosis` do not"
        has = "has neither a `ladder` nor" if name is None else "cannot have both a `ladder` and"
        known.fault("no-consequence", f"the rule {has} an `action`", at("ladder"), hint)
    elif name is not None and ladder is None:
        known.fault("unknown-ladder", f"there is no ladder `{name}`", at("ladder"), did_you_mean(name, known.ladders))
    elif ladder is not None and not 1 <= rung <= len(ladder.rungs):
        rungs = len(ladder.rungs)
        problem = f"the ladder `{name}` has {rungs} rung{'s' * (rungs != 1)}, and none is number {rung}"
        known.fault("wrong-rung", problem, at("rung"))


def cooldown_must_cover_windows(rule: Rule, at: Places, known: Known) -> None:
    """A rule rests after firing for at least its longest window: no event counts towards two firings (law 6)."""
    longest = longest_window(rule.when)
    if rule.cooldown < longest:
        problem = f"the cool-down is shorter than the longest window, {show_duration(longest)}"
        known.fault(
            "short-cooldown", problem, at("cooldown"), f"use at least {show_duration(longest)}, or leave it out"
        )


def regions_must_be_codes(rule: Rule, at: Places, known: Known) -> None:
    """Regions have the form of ISO 3166-1 alpha-2; others would never match."""
    for field, regions in (("regions", rule.regions), ("except_regions", rule.except_regions)):
        for region in sorted(regions):
            if not is_region(region):
                problem = f"`{region}` is not a region code"
                known.fault("wrong-regions", problem, at(field), "write two capital letters of ISO 3166-1, such as IT")


def dates_must_be_in_order(rule: Rule, at: Places, known: Known) -> None:
    """A rule ends after it begins, and is not both in and out of a region."""
    if rule.starts >= rule.ends:
        known.fault("wrong-dates", "the rule ends before it begins", at("until"))
    both = sorted(rule.regions & rule.except_regions)
    if both:
        known.fault("wrong-regions", f"the rule holds and does not hold in {', '.join(both)}", at("except_regions"))


RULE_LAWS: tuple[Callable[[Rule, Places, Known], None], ...] = (
    rule_must_know_its_kinds,
    rule_must_lead_somewhere,
    cooldown_must_cover_windows,
    regions_must_be_codes,
    dates_must_be_in_order,
)


def check_ladder(ladder: Ladder, place: Span, known: Known) -> None:
    """Check that each rung of a ladder is severer than the one below, and that its memory is longer than its burst."""
    if any(SEVERITY[later.kind] < SEVERITY[before.kind] for before, later in pairwise(ladder.rungs)):
        hint = "order the rungs from the mildest to the worst"
        known.fault("wrong-ladder", f"the ladder `{ladder.name}` becomes milder on the way up", place, hint)
    if ladder.memory < ladder.burst:
        problem = f"the ladder `{ladder.name}` forgets a strike before its burst is over"
        known.fault("wrong-ladder", problem, place, "make `memory` longer than `burst`")


def in_order(faults: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return faults in the order of the text, without duplicates."""
    unique = dict.fromkeys(faults)
    return sorted(unique, key=lambda fault: (fault.span.text.name, fault.span.start, fault.code))
