"""`cartellino doctor`: finds what is wrong with an installation, and says what to do about it."""

from __future__ import annotations

import argparse

from cartellino.cli.installation import add_arguments, settings_of
from cartellino.cli.terminal import console, escape
from cartellino.cli.verbs import PLAIN, Verbs

_ABOUT = """\
Check an installation without changing anything, even while the service runs: the data folder, who owns it and who
may read it, room on the disk, the secrets, whether folder, log and database belong together, every checksum of the log,
of what was found and of the snapshots, every page and index of the database, the chain of the ledger, webhooks that do
not answer, cases beyond their deadline. Exit code 1 if something is wrong; notes do not count.

It reads everything, so it takes a while on a large installation. Give it the settings of the service
(CARTELLINO_SALT, CARTELLINO_SECRET), and run it as the service's user.
"""

_SHOWN = {"well": "[green]well [/]", "note": "[yellow]note [/]", "wrong": "[red]WRONG[/]"}


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "doctor", help="what is wrong with an installation", description=_ABOUT, formatter_class=PLAIN
    )
    add_arguments(verb)
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Run all checks; return 0 if nothing is wrong, else 1."""
    from cartellino.service.examine import FOLDER, guarded
    from cartellino.service.examine_tables import checks

    settings = settings_of(chosen)
    states = []
    for check in (*FOLDER, *checks(settings)):
        for result in guarded(check, settings):
            states.append(result.state)
            console().print(f"{_SHOWN[result.state]}  {escape(result.what)}", highlight=False, soft_wrap=True)
            if result.state != "well" and result.advice:
                console().print(f"       {escape(result.advice)}", highlight=False, soft_wrap=True)
    return 1 if "wrong" in states else 0
