"""Reads a policy file to a draft: all fields are read and expressions parsed, but names are not resolved yet.

>>> draft = read(Text("spam.yaml", "policy: spam\\nrules: {}"), faults := Faults())
>>> draft.policy, faults
('spam', [])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

from cartellino.events.columns import LARGEST, OWN_PREFIX
from cartellino.expressions.nodes import Node
from cartellino.expressions.types import Type
from cartellino.policies.document import Branch, parse
from cartellino.policies.fields import Fields
from cartellino.policies.ladder import RUNG_KINDS, SCOPES, Ladder, Rung, RungKind
from cartellino.policies.lists import MATCHINGS, Matching, TermList
from cartellino.policies.rule import DISCLOSURES, Disclosure, Example, Mode, ModeKind
from cartellino.policies.written import expression
from cartellino.vocabulary.diagnostics import Faults, Span, Text, did_you_mean
from cartellino.vocabulary.languages import Texts, is_language, name_of
from cartellino.vocabulary.times import DAY, HOUR, LATEST, Duration, Instant

Action = Literal["challenge", "review", "diagnosis"]
ACTIONS: tuple[Action, ...] = ("challenge", "review", "diagnosis")
COLUMN_TYPES: tuple[Type, ...] = ("text", "number", "truth")
_HISTORY = "write `history: complete` where the log holds the whole past of every account, else leave it out"
_FILE = (
    "policy",
    "title",
    "languages",
    "clause",
    "observes",
    "history",
    "columns",
    "parameters",
    "signals",
    "rules",
    "ladders",
    "lists",
)
_RULE = (
    *(
        "title",
        "when",
        "given",
        "unless",
        "on",
        "code",
        "ladder",
        "rung",
        "action",
        "grave",
        "mode",
        "cooldown",
        "clause",
    ),
    *("from", "until", "regions", "except_regions", "discloses", "reason", "false_friends", "examples"),
)


@dataclass(frozen=True)
class RuleDraft:
    """A rule with unresolved expressions."""

    name: str
    place: Span
    fields: Fields
    when: Node | None
    unless: Node | None
    given: Node | None
    on: frozenset[str]
    on_span: Span | None
    title: str
    clause: Texts
    code: int
    ladder: str
    rung: int
    action: Action | None
    grave: bool
    mode: Mode
    cooldown: Duration | None
    starts: Instant
    ends: Instant
    regions: frozenset[str]
    except_regions: frozenset[str]
    discloses: Disclosure
    reason: Texts
    false_friends: tuple[str, ...]
    examples: tuple[Example, ...]


@dataclass
class Draft:
    """A policy file with unresolved expressions."""

    text: Text
    policy: str = ""
    clause: Texts = field(default_factory=dict)
    signals: dict[str, tuple[Node | None, Span]] = field(default_factory=dict)
    rules: list[RuleDraft] = field(default_factory=list)
    ladders: dict[str, tuple[Ladder, Span]] = field(default_factory=dict)
    lists: dict[str, tuple[TermList, Span]] = field(default_factory=dict)
    observes: dict[str, Span] = field(default_factory=dict)
    history: str = ""
    columns: dict[str, Type] = field(default_factory=dict)
    parameters: dict[str, tuple[float, Span]] = field(default_factory=dict)


def read(text: Text, faults: Faults, expected: Sequence[str] = ()) -> Draft | None:
    """Read a policy file, adding faults to `faults`; `None` if it cannot be parsed.

    `expected` are the languages of a file that declares none.
    """
    tree = parse(text, faults)
    if tree is None:
        return None
    fields = Fields(tree, "policy file", faults)
    fields.only(_FILE)
    languages = _languages(fields, expected)
    draft = Draft(text, clause=_texts(fields, "clause", languages))
    draft.policy = fields.text("policy", required="rules" in fields.branches)
    draft.observes = {item.written: item.span for item in fields.items("observes")}
    draft.history = fields.one_of("history", ("complete",), hint=_HISTORY)
    draft.signals = {
        name: (expression(branch, faults), branch.key or branch.span) for name, branch in fields.entries("signals")
    }
    draft.ladders = {name: (_ladder(name, branch, faults), branch.span) for name, branch in fields.entries("ladders")}
    draft.lists = {name: (_list(name, branch, faults), branch.span) for name, branch in fields.entries("lists")}
    draft.parameters = {
        name: (_number(name, branch, faults), branch.key or branch.span)
        for name, branch in fields.entries("parameters")
    }
    draft.columns = dict(_own_columns(fields))
    draft.rules = [_rule(name, branch, languages, faults) for name, branch in fields.entries("rules")]
    if "languages" in fields.branches:
        _clauses_must_be_there(draft, faults)
    return draft


_TAGS = "a language is a tag such as `en`, `it` or `pt-BR`"


class _Languages(NamedTuple):
    """The languages in which a file must have every text for account holders, and whether the file declares them."""

    tags: tuple[str, ...]
    declared: bool


def _languages(fields: Fields, expected: Sequence[str]) -> _Languages:
    """Return the languages that a file declares, else the expected ones; English is always among them."""
    for item in fields.items("languages"):
        if not is_language(item.written):
            fields.fault("wrong-field", f"`{item.written}` is no language", item.span, _TAGS)
    declared = "languages" in fields.branches
    named = filter(is_language, fields.texts("languages")) if declared else expected
    return _Languages(tuple(dict.fromkeys(("en", *named))), declared)


def _texts(fields: Fields, name: str, languages: _Languages, *, required: bool = False) -> Texts:
    """Read a text for account holders: a mapping by language, or a single text, which is in English."""
    branch = fields.branch_of(name, required=required)
    if branch is None:
        return {}
    if not isinstance(branch.value, dict):
        texts = {"en": alone} if (alone := fields.text(name)) else {}
    else:
        written = Fields(branch, name, fields.faults)
        for language, text in written.branches.items():
            if not is_language(language):
                written.fault("unknown-field", f"`{language}` is no language", text.key or text.span, _TAGS)
        written.branch_of("en", required=True)
        texts = {language: written.text(language) for language in written.branches}
    lacking = [
        language
        for language in languages.tags
        if not texts.get(language, "").strip() and (language in texts or language != "en")
    ]
    for language in lacking if texts else ():
        problem = f"the {name} is not written in {name_of(language)}"
        hint = f"add `{language}: ...`" if isinstance(branch.value, dict) else f"write `{{en: ..., {language}: ...}}`"
        if languages.declared:
            problem += ", which the file declares"
        else:
            hint += "; where nobody reads it, declare the others: `languages: [en]`"
        fields.fault("missing-language", problem, branch.key or branch.span, hint)
    return texts


def _clauses_must_be_there(draft: Draft, faults: Faults) -> None:
    """Check that every rule has a clause, of its own or its file's, which files that declare languages need."""
    for rule in draft.rules:
        if not draft.clause and not rule.clause:
            problem = f"the rule `{rule.name}` has no `clause`, and its file has none for all of its rules"
            faults.add("missing-field", problem, rule.place)


def _own_columns(fields: Fields) -> list[tuple[str, Type]]:
    branch = fields.branch_of("columns")
    if branch is None:
        return []
    types = Fields(branch, "list of columns", fields.faults)
    for name, column in types.branches.items():
        if not name.startswith(OWN_PREFIX):
            hint = f"the columns of the contract are known; own ones begin with `{OWN_PREFIX}`"
            fields.fault("wrong-field", f"`{name}` is not an own column", column.key or column.span, hint)
    return [
        (name, cast(Type, types.one_of(name, COLUMN_TYPES, "text")))
        for name in types.branches
        if name.startswith(OWN_PREFIX)
    ]


def _rule(name: str, branch: Branch, languages: _Languages, faults: Faults) -> RuleDraft:
    fields = Fields(branch, "rule", faults)
    fields.only(_RULE)
    on = fields.branch_of("on")
    return RuleDraft(
        name=name,
        place=branch.key or branch.span,
        fields=fields,
        when=_expression(fields, "when", required=True),
        unless=_expression(fields, "unless"),
        given=_expression(fields, "given"),
        on=frozenset(fields.texts("on")),
        on_span=on.span if on else None,
        title=fields.text("title"),
        clause=_texts(fields, "clause", languages),
        code=fields.whole("code", required=True),
        ladder=fields.text("ladder"),
        rung=fields.whole("rung", 1),
        action=cast(Action, fields.one_of("action", ACTIONS)) or None,
        grave=fields.flag("grave"),
        mode=_mode(fields),
        cooldown=fields.duration("cooldown", -1),
        starts=fields.instant("from", 0),
        ends=fields.instant("until", LATEST),
        regions=frozenset(fields.texts("regions")),
        except_regions=frozenset(fields.texts("except_regions")),
        discloses=cast(Disclosure, fields.one_of("discloses", DISCLOSURES, "general")),
        reason=_texts(fields, "reason", languages, required=True),
        false_friends=fields.texts("false_friends"),
        examples=_examples(fields),
    )


def _expression(fields: Fields, name: str, *, required: bool = False) -> Node | None:
    branch = fields.branch_of(name, required=required)
    return None if branch is None else expression(branch, fields.faults)


def _mode(fields: Fields) -> Mode:
    branch = fields.branch_of("mode")
    if branch is None:
        return Mode()
    if not isinstance(branch.value, dict):
        hint = "write `off`, `shadow`, `live` or `{canary: 5%}`"
        return Mode(cast(ModeKind, fields.one_of("mode", ("off", "shadow", "live"), "off", hint=hint)))
    mode = Fields(branch, "mode", fields.faults)
    mode.only(("canary", "hold_out"))
    hold_out = _percent(mode, "hold_out", 0.0)
    return (
        Mode("canary", _percent(mode, "canary", 1.0), hold_out)
        if "canary" in mode.branches
        else Mode("live", 1.0, hold_out)
    )


def _percent(fields: Fields, name: str, default: float) -> float:
    branch = fields.branch_of(name)
    if branch is None:
        return default
    try:
        share = float(branch.written.removesuffix("%")) / 100
    except ValueError:
        share = -1
    if not branch.written.endswith("%") or not 0 <= share <= 1:
        fields.fault("wrong-field", f"`{name}` must be a percentage such as 5%", branch.span)
        return default
    return share


def _number(name: str, branch: Branch, faults: Faults) -> float:
    if isinstance(branch.value, bool) or not isinstance(branch.value, int | float):
        faults.add("wrong-field", f"the parameter `{name}` must be a number", branch.span)
        return 0
    if abs(branch.value) > LARGEST:
        faults.add("wrong-field", f"the parameter `{name}` must be below `2**53`", branch.span)
        return 0
    return branch.value


def _list(name: str, branch: Branch, faults: Faults) -> TermList:
    fields = Fields(branch, "list", faults)
    fields.only(("match", "entries", "note"))
    matching = cast(Matching, fields.one_of("match", MATCHINGS, "exact"))
    entries = fields.texts("entries")
    for item in fields.items("entries") if matching == "pdq" else ():
        if len(item.written) != 64 or not all(digit in "0123456789abcdefABCDEF" for digit in item.written):
            fields.fault("wrong-field", "a PDQ fingerprint has 64 hex digits", item.span)
            entries = ()
    return TermList(name, matching, entries)


def _ladder(name: str, branch: Branch, faults: Faults) -> Ladder:
    if isinstance(branch.value, list):
        return Ladder(name, _rungs(branch.value, branch, faults))
    fields = Fields(branch, "ladder", faults)
    fields.only(("rungs", "memory", "burst", "shared"))
    rungs = _rungs(list(fields.items("rungs")), branch, faults)
    memory, burst = fields.duration("memory", 90 * DAY), fields.duration("burst", HOUR)
    return Ladder(name, rungs, memory, burst, shared=fields.flag("shared"))


def _rungs(items: list[Branch], branch: Branch, faults: Faults) -> tuple[Rung, ...]:
    if not items:
        faults.add("missing-field", "a ladder needs at least one rung", branch.span)
        return (Rung("warning"),)
    return tuple(_rung(item, faults) for item in items)


def _rung(branch: Branch, faults: Faults) -> Rung:
    hint = "write `warning`, `{restriction: [new_chats], for: 24h}`, `{suspension: 24h}` or `ban`"
    if branch.value in ("warning", "ban"):
        return Rung(cast(RungKind, branch.value))
    if isinstance(branch.value, dict) and "restriction" in branch.value:
        return _restriction(branch, faults)
    if isinstance(branch.value, dict) and set(branch.value) == {"suspension"}:
        return Rung("suspension", (), _lasts("suspension", Fields(branch, "suspension", faults)))
    known = "a rung is one of " + ", ".join(f"`{kind}`" for kind in RUNG_KINDS)
    faults.add("wrong-rung", known, branch.span, hint)
    return Rung("warning")


def _restriction(branch: Branch, faults: Faults) -> Rung:
    fields = Fields(branch, "restriction", faults)
    fields.only(("restriction", "for"))
    scope = fields.texts("restriction")
    for item in fields.items("restriction"):
        if item.written not in SCOPES:
            problem = f"`{item.written}` is nothing that can be restricted"
            fields.fault("wrong-rung", problem, item.span, did_you_mean(item.written, SCOPES))
    return Rung("restriction", scope, _lasts("for", fields))


def _lasts(name: str, fields: Fields) -> Duration:
    branch = fields.branch_of(name, required=True)
    duration = None if branch is None else fields.lasting(name, branch)
    return DAY if duration is None else duration


def _examples(fields: Fields) -> tuple[Example, ...]:
    branch = fields.branch_of("examples")
    if branch is None:
        return ()
    examples = Fields(branch, "set of examples", fields.faults)
    examples.only(("fires", "stays_silent"))
    return tuple(
        _example(item, name == "fires", fields.faults) for name in examples.branches for item in examples.items(name)
    )


def _example(branch: Branch, fires: bool, faults: Faults) -> Example:
    fields = Fields(branch, "example", faults)
    fields.only(("name", "events", "sanctioned", "account"))
    steps = tuple(_plain(item, fields) for item in fields.items("events"))
    sanctioned = tuple(_plain(item, fields) for item in fields.items("sanctioned"))
    name = fields.text("name", "unnamed")
    return Example(name, fires, steps, sanctioned, fields.text("account", "a"), branch.span)


def _plain(branch: Branch, fields: Fields) -> Mapping[str, Any]:
    plain = branch.plain()
    if not isinstance(plain, dict):
        fields.fault("wrong-field", "a step of an example is a mapping of columns", branch.span)
        return {}
    return plain
