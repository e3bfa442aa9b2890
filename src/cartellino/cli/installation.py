"""Arguments that the verbs around a service share: where its data and its database are."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from cartellino.vocabulary.refusals import BadArgument

if TYPE_CHECKING:
    from cartellino.service.settings import Settings
    from cartellino.storage.database import Database


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """Add `--data` and `--database`, as `serve` has them."""
    verb.add_argument("--data", metavar="DIR", help="data folder (default cartellino-data)")
    verb.add_argument("--database", metavar="URL", help="the same as for `serve`; default: SQLite in the data folder")


def settings_of(chosen: argparse.Namespace) -> Settings:
    """Return the settings of the chosen installation."""
    from cartellino.service.settings import Settings

    return Settings.of(os.environ, data=chosen.data, database=chosen.database)


def database_of(settings: Settings, *, make: bool = False) -> Database:
    """Open the database; with `make`, it is created if it does not exist.

    Raises `BadArgument` when there is no service in the folder, `Disagrees` when the database is not the folder's.
    """
    from cartellino.service.agreement import look
    from cartellino.service.modes import keep_to_owner
    from cartellino.storage.database import Database
    from cartellino.storage.files import DISK
    from cartellino.storage.growing import make_folder

    keep_to_owner()
    if make:
        make_folder(DISK, settings.folder)
    elif not settings.database and not (settings.folder / "cartellino.db").exists():
        raise BadArgument(f"there is no service in {settings.folder}; name its folder with --data")
    database = Database(settings.url)
    look(settings.folder / "state", database).check()
    if make:
        database.migrate()
    return database
