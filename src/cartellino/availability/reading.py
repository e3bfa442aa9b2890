"""A line of health becomes rows, or is refused with everything that is wrong with it.

What a row holds beyond its columns is passed over, as CloudEvents asks for it. Rows that are surely a measurement of
OONI or a CloudEvent need not say what they are.

>>> line = {"row": "problem", "id": "p1", "time": "2019-07-03T13:00:00Z", "country": "ID", "feature": "media_up"}
>>> read_rows(line)
(Problem(id='p1', time=1562158800000, country='ID', feature='media_up', ...),)
>>> read_rows({**line, "country": "XX"}).faults[0].got
'XX'
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite

import msgspec

from cartellino.availability.changes import flattened
from cartellino.availability.features import FEATURES
from cartellino.availability.ooni import is_measurement, read_measurement
from cartellino.availability.rows import KINDS, Announcement, Change, Probe, Problem, Refused, Row, country_of
from cartellino.events.columns import Column
from cartellino.events.event import Event
from cartellino.events.validation import Fault, is_missing, missing, read_value, shown, validate
from cartellino.vocabulary.diagnostics import did_you_mean
from cartellino.vocabulary.times import instant, show_instant


def _name(name: str, *, required: bool = False, most: int = 128) -> Column:
    return Column(name, "text", "", most=most, required=required)


_FEATURE = Column("feature", "text", "", values=FEATURES, required=True)
_ANY = _name("text")
"""What is read like a text: the region of a change is any part of the world, that of an event a country."""

_LATEST = instant("9999-12-31T00:00:00Z")
"""Times from here on leave no room for the quarters of an hour after them."""

_COMMON = (_name("id", required=True, most=512), Column("time", "instant", "", required=True))
_COUNTRY = _name("country", required=True)
_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "problem": (*_COMMON, _COUNTRY, _FEATURE, _name("service"), _name("network"), _name("client"), _name("reporter"),
                Column("sanctioned", "bool", "")),
    "probe": (*_COMMON, _COUNTRY, _FEATURE, _name("target", required=True, most=512),
              Column("ok", "bool", "", required=True), _name("service"), _name("network"),
              _name("failure", most=512), Column("latency_ms", "float", "")),
    "change": (*_COMMON, _name("source", required=True, most=512), _name("type", required=True, most=256),
               _name("component", required=True, most=256), _name("service"), _name("region"),
               _name("summary", most=4_096), Column("from", "instant", ""), Column("until", "instant", "")),
    "announcement": (*_COMMON, _COUNTRY, _name("authority", required=True, most=256),
                     _name("legal_basis", most=1_024), _name("source", required=True, most=1_024),
                     Column("from", "instant", ""), Column("to", "instant", ""), _name("withdraws", most=512)),
}  # fmt: skip
_TYPES: Mapping[str, type[Problem | Probe | Change]] = {"problem": Problem, "probe": Probe, "change": Change}


def read_rows(raw: object) -> tuple[Row, ...] | Refused:
    """Read what a line holds: one row, or the several of a measurement of OONI."""
    found = _read(raw)
    if isinstance(found, Refused) or all(row.time < _LATEST for row in found):
        return found
    wanted = f"an instant before {show_instant(_LATEST)}"
    return Refused((Fault("wrong-type", "time", wanted, show_instant(found[0].time)),))


def _read(raw: object) -> tuple[Row, ...] | Refused:
    if not isinstance(raw, Mapping):
        return Refused((Fault("wrong-type", "", "one JSON object on the line", shown(raw)),))
    kind = raw.get("row", _implied(raw))
    if kind not in KINDS:
        expected = f"one of {', '.join(f'`{one}`' for one in KINDS)}"
        if isinstance(kind, str):
            expected += f"; {did_you_mean(kind[:64].lower(), KINDS)}"
        got = "nothing" if kind is None else shown(kind)
        return Refused((Fault("missing" if kind is None else "unknown-row", "row", expected, got),))
    held = {name: value for name, value in raw.items() if name != "row"}
    if kind == "event":
        judged = validate(held)
        return (judged,) if isinstance(judged, Event) else Refused(judged)
    if kind == "probe" and is_measurement(held):
        return read_measurement(held)
    if kind == "change":
        if not isinstance(held.get("data", {}), Mapping):
            return Refused((Fault("wrong-type", "data", "an object with the `component`", shown(held["data"])),))
        held = flattened(held)
    return _of_kind(str(kind), held)


def _implied(raw: Mapping[str, object]) -> str | None:
    """Return what a row is that does not say it, where its shape leaves no doubt."""
    if is_measurement(raw):
        return "probe"
    return "change" if "specversion" in raw or ("context" in raw and "subject" in raw) else None


def _of_kind(kind: str, held: Mapping[str, object]) -> tuple[Row, ...] | Refused:
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for column in _COLUMNS[kind]:
        read = _value(column, held.get(column.name))
        if isinstance(read, Fault):
            faults.append(read)
        elif read is not None:
            values[column.name] = read
    if kind == "announcement":
        features = _features(held.get("features", held.get("feature")))
        faults += [features] if isinstance(features, Fault) else []
        values["features"] = features
        faults += _order({"from": values.get("time"), **values}, "from", "to")
    if kind == "change":
        faults += _order({"from": values.get("time"), **values}, "from", "until")
    if faults:
        return Refused(tuple(faults))
    return (_announcement(values) if kind == "announcement" else _renamed(kind, values),)


def _renamed(kind: str, values: dict[str, object]) -> Problem | Probe | Change:
    """Return a row; `from`, which is a word of the language, is called `starts` in it."""
    begins = {"starts": values.pop("from")} if "from" in values else {}
    return msgspec.convert({**values, **begins}, _TYPES[kind])


def _value(column: Column, held: object) -> object:
    """Read a value: nothing where it is missing and may be."""
    if isinstance(held, float) and not isfinite(held):
        expected = "a finite number" if column.type == "float" else column.expected
        return Fault("wrong-type", column.name, expected, json.dumps(held))
    if is_missing(held) or (held == "" and not column.required):
        return missing(column) if column.required else None
    if column.name == "country":
        return country_of(held)
    read = read_value(column if column.name != "region" else _ANY, held)
    if isinstance(read, Fault):
        read = msgspec.structs.replace(read, column=column.name)
    if isinstance(read, Fault) and column.values and isinstance(held, str):
        return msgspec.structs.replace(read, expected=f"{column.expected}; {did_you_mean(held[:64], column.values)}")
    if column.name == "latency_ms" and isinstance(read, int | float) and read < 0:
        return Fault("wrong-type", column.name, "a number that is not negative", shown(held))
    return read


def _features(held: object) -> tuple[str, ...] | Fault:
    named = [held] if isinstance(held, str) else held
    if isinstance(named, list | tuple) and named and all(one in FEATURES for one in named):
        return tuple(dict.fromkeys(named))
    return Fault("missing" if named is None else "wrong-type", "features",
                 f"a list of {', '.join(f'`{one}`' for one in FEATURES)}", shown(held))  # fmt: skip


def _order(values: Mapping[str, object], first: str, last: str) -> list[Fault]:
    """List the fault of an end that is not after its beginning."""
    begins, ends = values.get(first), values.get(last)
    if isinstance(begins, int) and isinstance(ends, int) and ends <= begins:
        return [Fault("out-of-order", last, f"an instant after `{first}`", show_instant(ends))]
    return []


def _announcement(values: dict[str, object]) -> Announcement:
    begins, ends = values.pop("from", values["time"]), values.pop("to", None)
    return msgspec.convert({**values, "starts": begins, "ends": ends}, Announcement)
