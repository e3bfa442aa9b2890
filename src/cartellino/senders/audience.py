"""Reads the audience of a campaign: CSV with a head, or NDJSON, with `to` and optionally `language`, `zone`, `user_id`.

>>> [row["to"] for row in rows_of("to;zone\\n+39 333 1;Europe/Rome\\n")]
['+39 333 1']
>>> [row["to"] for row in rows_of("+39 333 123 4567\\n12\\n")]
['+39 333 123 4567', '12']
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from cartellino.senders.campaign import Recipient
from cartellino.senders.facts import Names
from cartellino.senders.phone import read_phone
from cartellino.senders.quiet import is_zone
from cartellino.vocabulary.refusals import BadArgument

_COLUMNS = ("to", "phone", "number", "wa_id")


def rows_of(text: str) -> Iterator[Mapping[str, Any] | str]:
    """Yield the lines; a text says what is wrong with one. Where the first is a number there is no head.

    Raises `BadArgument` for a head without a column of numbers.
    """
    if text.lstrip()[:1] in ("{", "["):
        for line in text.splitlines():
            if line.strip():
                yield _object(line)
        return
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and read_phone(lines[0]).is_number:
        yield from ({"to": line} for line in lines)
        return
    try:
        dialect: type[csv.Dialect] | str = csv.Sniffer().sniff(text[:4_096], delimiters=",;\t|")
    except csv.Error:
        dialect = "excel"
    reader = csv.DictReader(io.StringIO(text), dialect=dialect)
    names = {name.strip().casefold(): name for name in reader.fieldnames or [] if name}
    to = next((names[name] for name in _COLUMNS if name in names), None)
    if to is None and "user_id" not in names:
        raise BadArgument(f"there is no column `to`; the head is {', '.join(reader.fieldnames or []) or 'empty'}")
    for row in reader:
        yield {"to": row.get(to or ""), **{name: row.get(names[name]) for name in ("language", "zone", "user_id")
                                           if name in names}}  # fmt: skip


def _object(line: str) -> Mapping[str, Any] | str:
    try:
        row = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as wrong:
        return f"not JSON: {wrong}"
    return row if isinstance(row, dict) else "not a JSON object"


def recipients(
    text: str, names_of: Callable[..., Names], home: str | None, warn: Callable[[str], None]
) -> Iterator[Recipient]:
    """Yield the people of an audience; `names_of` gives their pseudonyms, `home` is the country of short numbers.

    `warn` hears of zones that are none; that of the number is taken then.
    """
    for line, row in enumerate(rows_of(text), 1):
        if isinstance(row, str):
            yield Recipient(f"line {line}", why=row)
            continue
        to, user_id = str(row.get("to") or "").strip()[:64], str(row.get("user_id") or "").strip()[:256]
        phone, zone = read_phone(to, home), str(row.get("zone") or "").strip() or None
        if not phone.is_number and not user_id:
            yield Recipient(to or f"line {line}", why=f"`to` is {phone.why}" if to else "no `to`")
            continue
        if zone is not None and not is_zone(zone):
            warn(f"line {line}: `{zone[:40]}` is no time zone, such as Europe/Rome; the number's is taken")
            zone = None
        names = names_of(digits=phone.digits or None, user_id=user_id or None)
        yield Recipient(to or user_id, names, phone.country, zone or phone.zone, str(row.get("language") or "") or None)
