"""What the converters share: where the data are, how a table is read, who knows whom, and the command.

An event here is a plain dictionary, as outside programs would write it, so that the engine's own reader judges it.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.csv

Row = dict[str, str | int | bool]
"""One line to write: an event in contract form, its time in milliseconds since 1970 in UTC; or a label."""

DAY = 24 * 60 * 60 * 1_000
"""Milliseconds of a day."""

_ROOT = Path(__file__).parents[2]


class Acquaintances:
    """Who has exchanged a message with whom so far, in either direction.

    >>> met = Acquaintances()
    >>> met.meet("ada", "ben"), met.meet("ben", "ada"), met.meet("ada", "cleo")
    (False, True, False)
    """

    def __init__(self) -> None:
        self._pairs: set[frozenset[str]] = set()

    def meet(self, one: str, other: str) -> bool:
        """Note an exchange; say whether there had been one before."""
        pair = frozenset((one, other))
        met = pair in self._pairs
        self._pairs.add(pair)
        return met


def data(name: str) -> Path:
    """Find a file of the data folder: `CARTELLINO_DATA`, or `../shared/data` beside the repository."""
    return Path(os.environ.get("CARTELLINO_DATA", _ROOT / "../shared/data")) / name


def table(name: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Read some columns of a compressed CSV file as rows; a missing text is the empty string, any other None."""
    with pa.input_stream(data(name), compression="zstd") as stream:
        read = pyarrow.csv.read_csv(
            stream,
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(include_columns=columns),
        )
    rows: list[dict[str, Any]] = read.to_pylist()
    return rows


def milliseconds(moment: datetime) -> int:
    """Give an instant in milliseconds since 1970; a time without a zone is taken as UTC.

    >>> milliseconds(datetime(1970, 1, 2))
    86400000
    """
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * 1_000


def write(rows: Iterable[Row], path: Path) -> None:
    """Write rows as NDJSON."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        file.writelines(encode(row) + b"\n" for row in rows)


def parser(what: str | None) -> ArgumentParser:
    """Begin the command of a converter: `what` is its module's docstring, `--out` every converter has."""
    made = ArgumentParser(description=(what or "").partition("\n")[0])
    made.add_argument("--out", type=Path, required=True, help="the NDJSON file of events to write")
    return made


def tell(sentence: str) -> None:
    """Say something beside the output."""
    sys.stderr.write(sentence + "\n")
