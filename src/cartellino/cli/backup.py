"""`cartellino backup`: saves a consistent copy of a service, which may be running, and restores it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from cartellino.cli.installation import add_arguments, database_of, settings_of
from cartellino.cli.terminal import say
from cartellino.cli.verbs import PLAIN, Verbs

_ABOUT = """\
`save` copies a service, also while it runs: database (also one in PostgreSQL), event log, what was found, policies,
secrets, and a manifest with the digest of every file. `restore` puts a copy back into an empty folder; with --database
its tables go into that database, which has to be empty. Both appear whole or not at all, and a copy that is damaged or
incomplete is refused.

A restored folder starts with the database of the same copy only. What happened after the copy is gone: secrets that are
given as settings (CARTELLINO_SALT, CARTELLINO_SECRET) are not in it, so keep them elsewhere.

  cartellino backup save /backups/monday --data cartellino-data
  cartellino backup restore /backups/monday --data cartellino-data
"""


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
    from cartellino.service.modes import keep_to_owner

    keep_to_owner()
    return _save(chosen) if chosen.what == "save" else _restore(chosen)


def _save(chosen: argparse.Namespace) -> int:
    from cartellino.service.backup import save

    settings = settings_of(chosen)
    database = database_of(settings)
    manifest = save(settings.folder.absolute(), database, chosen.folder.absolute())
    database.close()
    size = sum(file.size for file in manifest.files)
    say(
        f"copied {size / 1e6:,.1f} MB to {chosen.folder}: {manifest.events:,} events, {manifest.acts:,} acts; the last "
        f"seal of the ledger is {manifest.seal or 'none'}"
    )
    for name in ("salt", "secret"):
        if not (chosen.folder / name).exists():
            say(f"the {name} is not in the copy: it is given as CARTELLINO_{name.upper()}; keep it elsewhere")
    return 0


def _restore(chosen: argparse.Namespace) -> int:
    from cartellino.service.backup import restore
    from cartellino.storage.database import Database

    settings = settings_of(chosen)
    database = Database(settings.url) if settings.database else None
    manifest = restore(chosen.folder.absolute(), settings.folder.absolute(), database)
    named = " and the same --database" if database is not None else ""
    say(
        f"restored {manifest.events:,} events and {manifest.acts:,} acts to {settings.folder}; start it with "
        f"`cartellino serve --data {settings.folder}`{named}"
    )
    if os.geteuid() == 0:
        say("it belongs to root now: give it to the user that runs the service (chown -R)")
    return 0
