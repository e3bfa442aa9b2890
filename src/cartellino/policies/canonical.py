"""The canonical text of policies, from which their digests are computed; it must never change.

The versions of policies and rules are digests of this text, and are stored with decisions. So renaming a class must not
change them: the name of each class in the text is listed here, and stays.

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
"""The name in the canonical text of every class that policies are made of."""


def canonical(value: object) -> str:
    """Return the canonical text of a part of a policy, or of a list or tuple of parts."""
    if type(value) in NAMES:
        parts = ((attribute.name, getattr(value, attribute.name)) for attribute in fields(value) if attribute.repr)  # type: ignore[arg-type]
        return f"{NAMES[type(value)]}({', '.join(f'{name}={canonical(part)}' for name, part in parts)})"
    if isinstance(value, list):
        return f"[{', '.join(map(canonical, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(canonical, value))}{',' if len(value) == 1 else ''})"
    return repr(value)
