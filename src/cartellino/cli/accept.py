"""`cartellino accept`: accepts a database that does not agree with its folder, although something is lost."""

from __future__ import annotations

import argparse

from cartellino.cli.installation import add_arguments, settings_of
from cartellino.cli.terminal import say
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.refusals import BadArgument

_ABOUT = """\
A service does not start when its database was removed, emptied or restored to an older state, since sanctions that were
reversed would be in force again, and keys that were revoked would be valid again. If there is no newer copy, this
accepts what is left: the log is decided again, what people did since is lost, and the ledger records who accepted it
and why.

TOKEN is what `serve` or `doctor` printed; it names exactly this database beside exactly this folder, so it accepts
nothing else. The service must be stopped.

  cartellino accept 3f9c01b2a4de --why "the disk died; the copy is of last night" --data cartellino-data
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("accept", help="go on with an older database", description=_ABOUT, formatter_class=PLAIN)
    verb.add_argument("token", metavar="TOKEN", help="the token that the refusal printed")
    verb.add_argument("--why", required=True, metavar="REASON", help="for the ledger")
    add_arguments(verb)
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Accept the database, and print its state."""
    from cartellino.pipeline.state_folder import StateFolder
    from cartellino.service.clock import machine
    from cartellino.service.installation import Installation
    from cartellino.service.modes import keep_to_owner
    from cartellino.storage.database import Database

    settings = settings_of(chosen)
    if not (settings.folder / "state").is_dir():
        raise BadArgument(f"there is no service in {settings.folder}; name its folder with --data")
    if not chosen.why.strip():
        raise BadArgument("`--why` says the reason; the ledger keeps it")
    keep_to_owner()
    database = Database(settings.url)
    installation = Installation(StateFolder(settings.folder / "state"), database)
    try:
        comparison = installation.accept(chosen.token, chosen.why, machine())
    finally:
        installation.close()
        database.close()
    say(
        f"accepted: the database has {comparison.known.acts:,} acts, the log {comparison.last:,} events; start the "
        "service, and end keys, operators and sanctions that should not be in force"
    )
    return 0
