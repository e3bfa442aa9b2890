"""Checks the tables of `tables`: every fault at once, with its place, as policies are checked.

>>> from cartellino.vocabulary.diagnostics import Text
>>> rule = "{match: {code: 131056}, threshold: 1, action: slow_pear, duration: 1h, source: s, date: 2026-05-08}"
>>> [fault.hint for fault in check(Text("errors.yaml", f"- {rule}"))]
['did you mean `slow_pair`?']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import msgspec

from cartellino.policies.document import Branch, parse
from cartellino.senders.ai_policy import AiPolicy
from cartellino.senders.causes import CauseBounds
from cartellino.senders.errors import Action, ErrorRule
from cartellino.senders.platform import Platform, span
from cartellino.senders.practice import Practice
from cartellino.senders.tables import NAMES
from cartellino.senders.words import read_words
from cartellino.vocabulary.diagnostics import Faults, Span, Text, did_you_mean

_AT = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


def check(text: Text) -> Faults:
    """Return the faults of a table; which one it is follows from the name of its file."""
    faults = Faults()
    name = text.name.rpartition("/")[2]
    if name not in _CHECKS:
        faults.add(
            "unknown-table", f"`{name}` is no table of business senders", Span(text, 0, 1), did_you_mean(name, NAMES)
        )
        return faults
    tree = parse(text, faults)
    if tree is not None and not faults:
        _CHECKS[name](text, tree, faults)
    return faults


def _sections(kind: type[msgspec.Struct]) -> Callable[[Text, Branch, Faults], None]:
    """Return the check of a table whose sections are the fields of a struct: each is read alone."""

    def checked(text: Text, tree: Branch, faults: Faults) -> None:
        if not isinstance(tree.value, dict):
            faults.add("type", "a mapping of sections is needed here", tree.span)
            return
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        for name, branch in tree.value.items():
            if name not in fields:
                faults.add("unknown-key", f"there is no section `{name}`", branch.key, did_you_mean(name, fields))
            else:
                _convert(branch, fields[name].type, faults)
        for name, field in fields.items():
            if field.required and name not in tree.value:
                faults.add("missing-key", f"the section `{name}` is missing", Span(text, 0, 1))

    return checked


def _errors(text: Text, tree: Branch, faults: Faults) -> None:
    if not isinstance(tree.value, list):
        faults.add("type", "a list of rules is needed here", tree.span)
        return
    for branch in tree.value:
        action = branch.value.get("action") if isinstance(branch.value, dict) else None
        if action is not None and action.value not in get_args(Action):
            hint = did_you_mean(str(action.value), get_args(Action))
            faults.add("unknown-action", f"`{action.value}` is no action", action.span, hint)
        else:
            _convert(branch, ErrorRule, faults)
    _repeats(tree.value, faults)


def _repeats(rules: list[Branch], faults: Faults) -> None:
    """Add a fault for a rule that never holds, because an earlier one takes its code whatever the details."""
    taken: set[int] = set()
    for branch in rules:
        match = branch.value.get("match") if isinstance(branch.value, dict) else None
        if match is None or not isinstance(match.value, dict):
            continue
        code = match.value.get("code")
        if code is not None and isinstance(code.value, int):
            if code.value in taken:
                faults.add("repeated-code", f"an earlier rule takes every error {code.value}", code.span)
            elif "details" not in match.value:
                taken.add(code.value)


def _words(text: Text, tree: Branch, faults: Faults) -> None:
    try:
        read_words(text.content)
    except (ValueError, msgspec.ValidationError) as wrong:
        _add(tree, str(wrong), faults)


_CHECKS: Mapping[str, Callable[[Text, Branch, Faults], None]] = {
    "platform.yaml": _sections(Platform),
    "practice.yaml": _sections(Practice),
    "ai_policy.yaml": _sections(AiPolicy),
    "causes.yaml": _sections(CauseBounds),
    "errors.yaml": _errors,
    "words.yaml": _words,
}


def _convert(branch: Branch, kind: Any, faults: Faults) -> None:  # noqa: ANN401 - any type of a field
    try:
        msgspec.convert(branch.plain(), type=kind, dec_hook=span, strict=True)
    except (msgspec.ValidationError, ValueError) as wrong:
        _add(branch, str(wrong), faults)


def _add(branch: Branch, said: str, faults: Faults) -> None:
    """Add a fault at the place that a message of the reader names."""
    place = _AT.search(said)
    at = branch
    for step in _steps(place[1] if place else ""):
        at = _inside(at, step)
    problem = _AT.sub("", said)
    unknown = _UNKNOWN.search(problem)
    if unknown and isinstance(at.value, dict) and unknown[1] in at.value:
        at = at.value[unknown[1]]
        faults.add("unknown-key", problem[:1].lower() + problem[1:], at.key or at.span, "remove it")
        return
    faults.add("value", problem[:1].lower() + problem[1:], at.span)


def _inside(branch: Branch, step: str | int) -> Branch:
    """Return what stands at a step below a branch; the branch itself where there is nothing."""
    inside = branch.value
    if isinstance(inside, dict) and isinstance(step, str):
        return inside.get(step, branch)
    if isinstance(inside, list) and isinstance(step, int) and step < len(inside):
        return inside[step]
    return branch


def _steps(path: str) -> Iterator[str | int]:
    for match in _STEP.finditer(path):
        if match[1] is not None:
            yield match[1]
        elif match[2] is not None:
            yield int(match[2])
