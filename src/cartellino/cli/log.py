"""`cartellino log`: exports the events of a state folder for other programs, and removes old ones."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from cartellino.cli.inputs import now
from cartellino.cli.terminal import console, escape, table
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.events.kinds import KINDS
from cartellino.pipeline.indexed_log import SCHEMA
from cartellino.pipeline.state_folder import StateFolder
from cartellino.storage.export import export
from cartellino.storage.retention import forget
from cartellino.vocabulary.diagnostics import did_you_mean
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import Duration, duration

_ABOUT = """\
The event log of a state folder: export it as Parquet, which DuckDB, Polars and Spark read, or delete events whose
retention is over. The decisions on them stay, and so does what the kernel has counted, which is saved first. A deleted
event that is sent again counts as a new one, unless it is too late.

  cartellino log export --state state --out parquet/
  cartellino log forget --state state --keep profile_viewed=30d --keep message_sent=90d
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("log", help="export or shorten the event log", description=_ABOUT, formatter_class=PLAIN)
    parts = verb.add_subparsers(title="parts", metavar="PART", required=True)
    exported = parts.add_parser("export", help="write the log as Parquet", description=_ABOUT, formatter_class=PLAIN)
    exported.add_argument("--state", type=Path, required=True, metavar="DIR", help="the folder of `decide --state`")
    exported.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write, a file a segment")
    exported.set_defaults(run=_export)
    forgotten = parts.add_parser("forget", help="retention by kind", description=_ABOUT, formatter_class=PLAIN)
    forgotten.add_argument("--state", type=Path, required=True, metavar="DIR", help="the folder of `decide --state`")
    forgotten.add_argument(
        "--keep", action="append", required=True, metavar="KIND=DURATION", help="how long a kind is kept, such as 90d"
    )
    forgotten.add_argument(
        "--salt", default=os.environ.get("CARTELLINO_SALT", ""), help="that of `decide`; better set CARTELLINO_SALT"
    )
    forgotten.set_defaults(run=_forget)


def _export(chosen: argparse.Namespace) -> int:
    files = export(_opened(chosen.state).log, chosen.out)
    console().print(f"{len(files)} Parquet file{'s' * (len(files) != 1)} in {escape(str(chosen.out))}")
    return 0


def _forget(chosen: argparse.Namespace) -> int:
    kept = _kept(chosen.keep)
    _opened(chosen.state).prepare_to_forget(chosen.salt)
    gone = forget(chosen.state / "log", SCHEMA, kept, now())
    rows = [(kind, f"{gone.get(kind, 0):,}") for kind in kept]
    console().print(table("Events forgotten", ("kind", "events"), rows, right=(1,)))
    return 0


def _opened(folder: Path) -> StateFolder:
    """Open an existing state folder.

    Raises `BadArgument` when it is none.
    """
    state = StateFolder(folder)
    state.decided.policies()
    return state


def _kept(written: Sequence[str]) -> dict[str, Duration]:
    """Parse `kind=duration` pairs.

    Raises `BadArgument` for another form.
    """
    kept: dict[str, Duration] = {}
    for setting in written:
        kind, _, length = setting.partition("=")
        if kind not in KINDS:
            raise BadArgument(f"`{kind}` is not a kind of event; {did_you_mean(kind, KINDS)}")
        try:
            kept[kind] = duration(length)
        except ValueError as error:
            raise BadArgument(f"`--keep {setting}`: {error}") from None
    return kept
