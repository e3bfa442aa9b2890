"""`cartellino backup`: a copy of everything that cannot be worked out again, taken while the service runs.

The database is copied first and the log after it, so the log of a copy is never behind its database; what the log has
more is decided again at the start. A PostgreSQL database is copied with `pg_dump`, by its operators.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from cartellino.cli.installation import add_arguments, settings_of
from cartellino.cli.terminal import say
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.refusals import BadArgument

_ABOUT = """\
`save` copies the data folder of a service, also while it runs: database, event log, what was found, policies, secrets.
`restore` puts a copy back into an empty folder.

  cartellino backup save /backups/monday --data cartellino-data
  cartellino backup restore /backups/monday --data cartellino-data
"""
DATABASE = "cartellino.db"
COPIED = ("state/policies.json", "state/found.journal", "state/forgotten.json", "salt", "secret")


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "backup", help="copy a service's data, and put it back", description=_ABOUT, formatter_class=PLAIN
    )
    verb.add_argument("what", choices=["save", "restore"], metavar="save|restore")
    verb.add_argument("folder", type=Path, metavar="FOLDER", help="where the copy is")
    add_arguments(verb)
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Save or restore."""
    settings = settings_of(chosen)
    if settings.database and not settings.database.startswith("sqlite"):
        say("the tables are in PostgreSQL: copy them with pg_dump BEFORE this copies the log")
    if chosen.what == "save":
        return _save(settings.folder, chosen.folder)
    return _restore(chosen.folder, settings.folder)


def _save(data: Path, to: Path) -> int:
    if not (data / "state").is_dir():
        raise BadArgument(f"there is no service in {data}; name its folder with --data")
    _must_be_empty(to)
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (data / DATABASE).exists():
        with closing(sqlite3.connect(data / DATABASE)) as there, closing(sqlite3.connect(to / DATABASE)) as here:
            there.backup(here)
    for name in COPIED:
        if (data / name).exists():
            (to / name).parent.mkdir(exist_ok=True, mode=0o700)
            shutil.copy2(data / name, to / name)
    if (data / "quarantine").is_dir():
        shutil.copytree(data / "quarantine", to / "quarantine")
    shutil.copytree(data / "state" / "log", to / "state" / "log")
    _copy_snapshots(data / "state" / "snapshots", to / "state" / "snapshots")
    say(f"copied {_size(to) / 1e6:,.1f} MB to {to}")
    return 0


def _copy_snapshots(data: Path, to: Path) -> None:
    """Copy snapshots; one that is let go of meanwhile is no loss, since a newer one takes its place."""
    to.mkdir(mode=0o700)
    for file in sorted(data.glob("*.snapshot")) if data.is_dir() else ():
        try:
            shutil.copy2(file, to / file.name)
        except FileNotFoundError:
            continue


def _restore(copy: Path, data: Path) -> int:
    if not (copy / "state").is_dir():
        raise BadArgument(f"{copy} is no copy of a service")
    _must_be_empty(data)
    shutil.copytree(copy, data, dirs_exist_ok=True)
    say(f"restored to {data}; start it with `cartellino serve --data {data}`")
    return 0


def _must_be_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise BadArgument(f"{folder} is not empty; name another folder, or move it away")


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
