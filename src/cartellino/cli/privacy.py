"""`cartellino privacy`: exports or erases an account's data, and manages legal holds."""

from __future__ import annotations

import argparse

from cartellino.cli.installation import add_arguments, settings_of
from cartellino.cli.terminal import complain, say, say_json
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.actors import COMMAND_LINE

_ABOUT = """\
`export` writes everything that is stored about an account as JSON (subject access). `erase` deletes its events,
evidence, texts and files; its sanctions stay under an alias, and a replay gives the same decisions except for those
that are listed. People who appear only in the events of others (a recipient, a reporter) can be exported and erased as
well. `hold` places a legal hold, which refuses erasure until `release`.

The service must be stopped; while it runs, use POST /v1/accounts/ACCOUNT/erase and GET .../export.

  cartellino privacy export alice --data cartellino-data > alice.json
  cartellino privacy erase alice --data cartellino-data --why "asked for it on 3 May"
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("privacy", help="subject access and erasure", description=_ABOUT, formatter_class=PLAIN)
    verb.add_argument("what", choices=["export", "erase", "hold", "release"], metavar="export|erase|hold|release")
    verb.add_argument("account", metavar="ACCOUNT")
    verb.add_argument("--service", default="main", help="the service of the account (default main)")
    verb.add_argument("--why", default="asked for", help="the reason, for the ledger")
    add_arguments(verb)
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Open the service without serving, and do the chosen task."""
    from cartellino.cli.installation import database_of
    from cartellino.queries.policy_versions import Version
    from cartellino.service.service import Service

    settings = settings_of(chosen)
    database_of(settings).close()  # refuses a folder without a service
    service = Service(settings)
    service.open(Version(()))
    try:
        return _do(chosen, service)
    finally:
        service.writer.stop()
        service.database.close()


def _do(chosen: argparse.Namespace, service: object) -> int:
    from cartellino.commands import erasure, personal_data
    from cartellino.service.service import Service

    assert isinstance(service, Service)
    writer, named = service.writer, (chosen.service, chosen.account)
    subject = writer.live.pseudonym(*named)
    if chosen.what == "export":
        with service.database.begin() as rows:
            known = personal_data.known_of(rows, writer.state, *named, subject)
        say_json(known)
    elif chosen.what == "erase":
        if not erasure.is_named(service.database, writer.state, *named, subject):
            complain(f"nothing is kept of an account `{chosen.account}`, and nothing names it")
            return 1
        alias = writer.erase(*named, COMMAND_LINE, chosen.why).result()
        say(f"erased; {alias} stands in its place")
    else:
        now = service.clock.now()
        with service.database.begin_writing() as rows:
            if chosen.what == "hold":
                personal_data.hold(rows, subject, now, COMMAND_LINE, chosen.why)
                say("held: erasure and retention pass over this account until `release`")
            else:
                say("released" if personal_data.end_hold(rows, subject, now, COMMAND_LINE) else "there was no hold")
    service.carry_out_pending()
    return 0
