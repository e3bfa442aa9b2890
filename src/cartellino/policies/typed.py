"""Checks the tree of a YAML file against the types that it is read into: every fault at once, each with its place.

>>> from cartellino.policies.document import parse
>>> from cartellino.vocabulary.diagnostics import Text
>>> tree = parse(Text("p.yaml", "many"), faults := Faults())
>>> Check(faults).value(tree, inspect.type_info(int), "count")
>>> [fault.problem for fault in faults]
['a whole number is needed here']
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from msgspec import inspect

from cartellino.policies.document import Branch
from cartellino.vocabulary.diagnostics import Faults, Span, did_you_mean
from cartellino.vocabulary.times import duration


class Check:
    """Walks a tree beside the type that it should have."""

    def __init__(self, faults: Faults, times: tuple[type, ...] = ()) -> None:
        """`times` are types of their own that are written as durations."""
        self._faults = faults
        self._times = times

    def value(self, branch: Branch, kind: inspect.Type, where: str) -> None:
        """Check one value."""
        if isinstance(kind, inspect.UnionType):
            self._union(branch, kind, where)
        elif isinstance(kind, inspect.StructType):
            self._struct(branch, kind, where)
        elif isinstance(kind, inspect.DictType):
            self._mapping(branch, kind, where)
        elif isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType):
            self._list(branch, kind.item_type, where)
        else:
            self._plain(branch, kind)

    def _union(self, branch: Branch, kind: inspect.UnionType, where: str) -> None:
        """Take what any of the kinds takes; else say what the last of them asks for."""
        tried = []
        for member in kind.types:
            faults = Faults()
            Check(faults, self._times).value(branch, member, where)
            if not faults:
                return
            tried.append(faults)
        self._faults.extend(max(tried, key=lambda faults: max(fault.span.start for fault in faults)))

    def _struct(self, branch: Branch, kind: inspect.StructType, where: str) -> None:
        if not isinstance(branch.value, dict):
            self._faults.add("type", f"`{where}` needs names with values, such as `{kind.fields[0].encode_name}: ...`",
                             branch.span)  # fmt: skip
            return
        fields = {field.encode_name: field for field in kind.fields}
        for name, inside in branch.value.items():
            if name in fields:
                self.value(inside, fields[name].type, name)
            else:
                self._faults.add("unknown-name", f"`{where}` has no `{name}`", inside.key, did_you_mean(name, fields))
        missing = [f"`{name}`" for name, field in fields.items() if field.required and name not in branch.value]
        if missing:
            self._faults.add("missing-field", f"`{where}` lacks {', '.join(missing)}", _first_line(branch))

    def _mapping(self, branch: Branch, kind: inspect.DictType, where: str) -> None:
        if not isinstance(branch.value, dict):
            self._faults.add("type", f"`{where}` needs names with values", branch.span)
            return
        for name, inside in branch.value.items():
            if inside.key is not None:
                self._plain(Branch(name, inside.key, None, name), kind.key_type)
            self.value(inside, kind.value_type, name)

    def _list(self, branch: Branch, kind: inspect.Type, where: str) -> None:
        if not isinstance(branch.value, list):
            self._faults.add("type", f"`{where}` needs a list", branch.span, "write it as [one, another]")
            return
        for inside in branch.value:
            self.value(inside, kind, where)

    def _plain(self, branch: Branch, kind: inspect.Type) -> None:
        wrong = _wrong(branch.value, kind, self._times)
        if wrong is not None:
            hint = (
                did_you_mean(str(branch.value), map(str, kind.values)) if isinstance(kind, inspect.LiteralType) else ""
            )
            self._faults.add("type", wrong, branch.span, hint)


def _wrong(value: object, kind: inspect.Type, times: tuple[type, ...]) -> str | None:
    """Say what is wrong about a plain value; `None` if nothing is."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case inspect.IntType():
            return None if is_number and isinstance(value, int) else "a whole number is needed here"
        case inspect.FloatType():
            return None if is_number else "a number is needed here"
        case inspect.BoolType():
            return None if isinstance(value, bool) else "`true` or `false` is needed here"
        case inspect.NoneType():
            return None if value is None else "nothing (`null`) is allowed here"
        case inspect.LiteralType():
            return None if value in kind.values else f"`{value}` is not known here"
        case inspect.DateType():
            return None if reads(date.fromisoformat, value) else "a day is needed here, such as 2026-11-28"
        case inspect.CustomType(cls=cls) if cls in times:
            return None if reads(duration, value) else "a time is needed here, such as 6s, 3h or 24h"
        case inspect.StrType():
            return None if isinstance(value, str) else "a text is needed here; put it in quotes"
    return None


def reads(reader: Callable[[str], object], value: object) -> bool:
    """Say whether a value is a text that a reader takes."""
    try:
        reader(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def _first_line(branch: Branch) -> Span:
    """Return the place of a mapping's name, or of its beginning."""
    return branch.key or Span(branch.span.text, branch.span.start, branch.span.start + 1)
