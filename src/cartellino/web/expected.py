"""What a body of JSON should have had at a place: the values that are taken there, and the place as a JSON Pointer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec.inspect as types

from cartellino.vocabulary.diagnostics import did_you_mean

_CHOICE = re.compile(r"Invalid enum value '(.*)'", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")


def explained(message: str, pointer: str, body: Any) -> tuple[str, str]:  # noqa: ANN401 -- any type of a body
    """Return the message of a decoder and its pointer, with what would have been right.

    >>> from typing import Literal
    >>> explained("Invalid enum value 'scma'", "/kind", dict[str, Literal["scam", "hate"]])
    ('`scma` is none of the values that are taken here; did you mean `scam`?', '/kind')
    >>> explained("Object missing required field `text`", "/lines/0", list[int])
    ('Object missing required field `text`', '/lines/0/text')
    """
    if missing := _MISSING.fullmatch(message):
        return message, f"{pointer}/{missing[1]}"
    choice = _CHOICE.fullmatch(message)
    known = choices(types.type_info(body), pointer.split("/")[1:]) if choice is not None else []
    if choice is None or not known:
        return message, pointer
    return f"`{choice[1]}` is none of the values that are taken here; {did_you_mean(choice[1], known)}", pointer


def pointer_of(key: str) -> str:
    """Return the JSON Pointer (RFC 6901) of a place as the framework writes it; `data` is the body itself.

    >>> pointer_of("subjects[0].kind"), pointer_of("data"), pointer_of("")
    ('/subjects/0/kind', '', '')
    """
    steps = [step for step in re.split(r"[.\[\]]+", key) if step]
    return "" if steps == ["data"] else "".join(f"/{step}" for step in steps)


def choices(kind: types.Type, steps: list[str]) -> list[str]:
    """Return the values that may stand at a place, which `steps` lead to; none where any may."""
    if isinstance(kind, types.Metadata):
        return choices(kind.type, steps)
    if isinstance(kind, types.UnionType):
        return _of_all((option, steps) for option in kind.types)
    if not steps:
        return [str(value) for value in kind.values] if isinstance(kind, types.LiteralType) else []
    if isinstance(kind, types.StructType):
        return _of_all((field.type, steps[1:]) for field in kind.fields if field.encode_name == steps[0])
    if isinstance(kind, types.ListType | types.VarTupleType):
        return choices(kind.item_type, steps[1:])
    return choices(kind.value_type, steps[1:]) if isinstance(kind, types.DictType) else []


def _of_all(places: Iterable[tuple[types.Type, list[str]]]) -> list[str]:
    return [value for kind, steps in places for value in choices(kind, steps)]
