"""`cartellino operators`: manages people who may sign in, and keys for programs."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from cartellino.cli.installation import add_arguments, database_of, settings_of
from cartellino.cli.terminal import say
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.actors import COMMAND_LINE, key, operator

if TYPE_CHECKING:
    from cartellino.storage.database import Rows

ROLES = ("analyst", "reviewer", "policy-admin", "auditor", "admin")

_ABOUT = """\
Operators are people. A personal token (--token) is for their automation; it is shown once, and can do what they can.
--password asks for a password, or reads one from standard input.

  cartellino operators create rita --role reviewer --token
  cartellino operators key synapse --scopes events,standing,appeals
"""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("operators", help="people and keys", description=_ABOUT, formatter_class=PLAIN)
    parts = verb.add_subparsers(metavar="WHAT", required=True)
    create = parts.add_parser("create", help="make an operator, or change the role or password of one")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--role", required=True, choices=ROLES)
    create.add_argument("--token", action="store_true", help="make a personal token and print it")
    create.add_argument("--password", action="store_true", help="set a password")
    add_arguments(create)
    create.set_defaults(run=_create)
    program = parts.add_parser("key", help="make an API key and print it")
    program.add_argument("holder", metavar="NAME", help="what the key is for")
    program.add_argument("--scopes", required=True, metavar="A,B,...", help="what it may do")
    program.add_argument("--source", default="", help="the source of the events that it sends (default NAME)")
    add_arguments(program)
    program.set_defaults(run=_key)
    end = parts.add_parser("end", help="end the access of an operator")
    end.add_argument("name", metavar="NAME")
    add_arguments(end)
    end.set_defaults(run=_end)


def _create(chosen: argparse.Namespace) -> int:
    from cartellino.queries.operator_changes import SET
    from cartellino.service import credentials
    from cartellino.service.clock import machine

    database = database_of(settings_of(chosen), make=True)
    password, now = _password() if chosen.password else None, machine()
    with database.begin_writing() as rows:
        credentials.make_operator(rows, chosen.name, chosen.role, now, password)
        done = f"{SET}{chosen.role}{', password set' if password else ''}"
        _leave(rows, done, operator(chosen.name))
        token = credentials.make_token(rows, chosen.name, now) if chosen.token else None
        if token is not None:
            _leave(rows, "token made", key(credentials.identity_of(rows, token)))
    if token is not None:
        say(token)
    return 0


def _key(chosen: argparse.Namespace) -> int:
    from cartellino.service import credentials
    from cartellino.service.clock import machine

    scopes = [scope.strip() for scope in chosen.scopes.split(",") if scope.strip()]
    with database_of(settings_of(chosen), make=True).begin_writing() as rows:
        made = credentials.make_key(rows, chosen.holder, scopes, chosen.source, machine())
        _leave(rows, f"key made: {', '.join(sorted(scopes))}", key(credentials.identity_of(rows, made)))
    say(made)
    return 0


def _end(chosen: argparse.Namespace) -> int:
    from cartellino.service import credentials
    from cartellino.service.clock import machine

    database = database_of(settings_of(chosen))
    database.migrate()
    with database.begin_writing() as rows:
        credentials.end_operator(rows, chosen.name, machine())
        _leave(rows, "operator ended", operator(chosen.name))
    return 0


def _leave(rows: Rows, what: str, subject: str) -> None:
    """Queue a row of the ledger, which the service writes at once if it runs, else when it starts."""
    from cartellino.commands.pending_acts import leave_record
    from cartellino.service.clock import machine

    leave_record(rows, machine(), COMMAND_LINE, what, subject)


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("password: ")
    return sys.stdin.readline().rstrip("\n")
