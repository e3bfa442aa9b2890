"""Parses a YAML file to a tree with the place of every value, allowing only a simple subset of YAML.

Mappings, lists and plain values are allowed. Anchors, aliases, tags and further documents are not, so that a small file
cannot expand to a large one ("YAML bomb"). A duplicate key is a fault, and does not silently replace the first.

>>> tree = parse(Text("p.yaml", "policy: spam"), faults := Faults())
>>> tree.value["policy"].value, faults
('spam', [])
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from cartellino.vocabulary.diagnostics import Diagnostic, Faults, Span, Text

LARGEST = 1 << 20
"""Most characters in a policy file."""

DEEPEST = 24
"""Most levels of nesting in a policy file."""


@dataclass(frozen=True)
class Branch:
    """A value and its place; `key` is the place of its key, if it has one."""

    value: dict[str, Branch] | list[Branch] | str | int | float | bool | None
    span: Span
    key: Span | None = None
    written: str = ""
    """A plain value as it was written, before it was read as a number or Boolean."""

    def plain(self) -> object:
        """Return the value as plain data, without places."""
        if isinstance(self.value, dict):
            return {name: branch.plain() for name, branch in self.value.items()}
        if isinstance(self.value, list):
            return [branch.plain() for branch in self.value]
        return self.value


class _Refused(Exception):  # noqa: N818 - ends the walk, and carries the fault
    def __init__(self, fault: Diagnostic) -> None:
        self.fault = fault


def parse(text: Text, faults: Faults) -> Branch | None:
    """Parse a file. Faults are added to `faults`; `None` is returned if the file cannot be parsed."""
    if len(text.content) > LARGEST:
        faults.add("file-too-large", f"a policy file has at most {LARGEST} characters", Span(text, 0, 1))
        return None
    try:
        return _Walk(text, faults).document()
    except yaml.YAMLError as error:
        faults.append(_unreadable(text, error))
    except _Refused as refused:
        faults.append(refused.fault)
    return None


def _unreadable(text: Text, error: yaml.YAMLError) -> Diagnostic:
    mark = getattr(error, "problem_mark", None)
    offset = mark.index if mark is not None else getattr(error, "position", 0)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    shown = re.sub(r"'([^']+)'|(<[^<>]+>)", lambda quoted: f"`{quoted[1] or quoted[2]}`", problem)
    hint = next((hint for sign, hint in _YAML_HINTS if sign in shown), "")
    return Diagnostic("yaml", f"this is not YAML: {shown}", Span(text, offset, offset + 1), hint)


_YAML_HINTS = (
    ("mapping values are not allowed", "is the line above complete? a text that holds `: ` must be quoted as a whole"),
    ("that cannot start any token", "indent with spaces, and quote a text that begins with a sign"),
    ("expected `<block end>`", "check the indentation; a text that begins with a quote must be quoted as a whole"),
    ("could not find expected `:`", "check the indentation, and that `:` and a space follow each name"),
    ("expected `,` or", "a bracket or brace is not closed, or a comma is missing"),
    ("unexpected end of stream", "a quote is not closed"),
    ("special characters", "remove the control character"),
)


class _Walk:
    """Builds the tree from the events of the YAML parser, which never keeps more than one token in memory."""

    def __init__(self, text: Text, faults: Faults) -> None:
        self._text = text
        self._faults = faults
        self._events: Iterator[yaml.Event] = yaml.parse(text.content, Loader=yaml.SafeLoader)

    def document(self) -> Branch | None:
        documents: list[Branch] = []
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents.append(self._branch(next(self._events), None, 0))
                if len(documents) > 1:
                    raise self._refused(
                        event, "yaml-feature", "a policy file holds one document; remove the second `---`"
                    )
        return documents[0] if documents else None

    def _branch(self, event: yaml.Event, key: Span | None, depth: int) -> Branch:
        if depth > DEEPEST:
            raise self._refused(event, "yaml-too-deep", f"values are nested more than {DEEPEST} levels deep")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refused(
                event, "yaml-feature", "anchors and aliases are not allowed in policies", "write it out"
            )
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            raise self._refused(event, "yaml-feature", f"the tag `{tag}` is not allowed in policies", "remove it")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, key, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, key, depth)
        return self._scalar(event, key)

    def _mapping(self, start: yaml.Event, key: Span | None, depth: int) -> Branch:
        branches: dict[str, Branch] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._branch(event, None, depth + 1)
            branch = self._branch(next(self._events), name.span, depth + 1)
            if isinstance(name.value, dict | list):
                self._faults.add("yaml-feature", "a key must be a plain word", name.span)
            elif name.written in branches:
                self._faults.add("duplicate-key", f"`{name.written}` stands here twice", name.span)
            else:
                branches[name.written] = branch
        return Branch(branches, self._span(start, event), key)

    def _sequence(self, start: yaml.Event, key: Span | None, depth: int) -> Branch:
        items: list[Branch] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._branch(event, None, depth + 1))
        return Branch(items, self._span(start, event), key)

    def _scalar(self, event: yaml.Event, key: Span | None) -> Branch:
        assert isinstance(event, yaml.ScalarEvent)
        span = self._span(event, event)
        if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in event.value):
            raise self._refused(event, "yaml-feature", "the text holds a character that no text can hold", "remove it")
        if event.style is not None:
            return Branch(event.value, span, key, event.value)
        return Branch(self._resolved(event), span, key, event.value)

    def _resolved(self, event: yaml.ScalarEvent) -> str | int | float | bool | None:
        """Read a plain scalar as a number, Boolean or null by the core schema of YAML 1.2; dates stay texts."""
        written = event.value
        if written in ("true", "false"):
            return bool(written == "true")
        if written in ("", "null", "~"):
            return None
        for kind in (int, float):
            try:
                return kind(written) if written[-1:].isdigit() and "_" not in written else written
            except ValueError:
                continue
        return str(written)

    def _span(self, start: yaml.Event, end: yaml.Event) -> Span:
        assert start.start_mark is not None
        assert end.end_mark is not None
        first = start.start_mark.index
        return Span(self._text, first, max(end.end_mark.index, first + 1))

    def _refused(self, event: yaml.Event, code: str, problem: str, hint: str = "") -> _Refused:
        return _Refused(Diagnostic(code, problem, self._span(event, event), hint))
