"""Policies written down for their digest: in the same letters for ever, whatever classes are called in the program.

Versions of policies and rules are digests of this. They are kept with decisions, so a class that is renamed or moved
must not change them; what each is called here is listed, and stays.

>>> canonical(nodes.Compare(">", nodes.Count("message_sent"), nodes.Number(3)))
"Compare(operator='>', left=Count(kind='message_sent', column=None, where=None, over=None, by='account'),
 right=Number(value=3))"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType

from cartellino.expressions import nodes
from cartellino.policies.ladder import Ladder, Rung
from cartellino.policies.lists import TermList
from cartellino.policies.rule import Mode

NAMES: Mapping[type, str] = MappingProxyType({
    nodes.Number: "Number", nodes.Text: "Text", nodes.Flag: "Flag", nodes.Param: "Param", nodes.Name: "Name",
    nodes.Column: "Column", nodes.Named: "Named", nodes.Not: "Not", nodes.And: "And", nodes.Or: "Or",
    nodes.Compare: "Compare", nodes.OneOf: "OneOf", nodes.Arithmetic: "Arithmetic", nodes.Minus: "Minus",
    nodes.Count: "Count", nodes.Sum: "Sum", nodes.Distinct: "Distinct", nodes.Repeat: "Repeat",
    nodes.Unanswered: "Unanswered", nodes.Share: "Share", nodes.Age: "Age", nodes.Since: "Since",
    nodes.First: "First", nodes.Last: "Last", nodes.Has: "Has", nodes.InList: "InList", nodes.Near: "Near",
    nodes.Strikes: "Strikes", nodes.Sanctions: "Sanctions", nodes.Linked: "Linked",
    Rung: "Rung", Ladder: "Ladder", TermList: "TermList", Mode: "Mode",
})  # fmt: skip
"""What everything is called of which policies are made."""


def canonical(value: object) -> str:
    """Write a part of a policy, or several."""
    if type(value) in NAMES:
        parts = ((attribute.name, getattr(value, attribute.name)) for attribute in fields(value) if attribute.repr)  # type: ignore[arg-type]
        return f"{NAMES[type(value)]}({', '.join(f'{name}={canonical(part)}' for name, part in parts)})"
    if isinstance(value, list):
        return f"[{', '.join(map(canonical, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(canonical, value))}{',' if len(value) == 1 else ''})"
    return repr(value)
