"""`cartellino operators`: people who may sign in, and keys for programs."""

from __future__ import annotations

import argparse
import getpass
import sys

from cartellino.cli.installation import add_arguments, database_of, settings_of
from cartellino.cli.terminal import say
from cartellino.cli.verbs import PLAIN, Verbs

ROLES = ("analyst", "reviewer", "policy-admin", "auditor", "admin")

_ABOUT = """\
Operators are people. A personal token (--token) is for their automation; it is shown once, and can do what they can.
With --password it is asked for, or read from standard input.

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
    key = parts.add_parser("key", help="make an API key and print it")
    key.add_argument("holder", metavar="NAME", help="what the key is for")
    key.add_argument("--scopes", required=True, metavar="A,B,...", help="what it may do")
    key.add_argument("--source", default="", help="the source of the events that it sends (default NAME)")
    add_arguments(key)
    key.set_defaults(run=_key)
    end = parts.add_parser("end", help="let an operator in no more")
    end.add_argument("name", metavar="NAME")
    add_arguments(end)
    end.set_defaults(run=_end)


def _create(chosen: argparse.Namespace) -> int:
    from cartellino.service import credentials
    from cartellino.service.clock import machine

    database = database_of(settings_of(chosen), make=True)
    password = _password() if chosen.password else None
    with database.begin_writing() as rows:
        credentials.make_operator(rows, chosen.name, chosen.role, machine(), password)
        token = credentials.make_token(rows, chosen.name, machine()) if chosen.token else None
    if token is not None:
        say(token)
    return 0


def _key(chosen: argparse.Namespace) -> int:
    from cartellino.service import credentials
    from cartellino.service.clock import machine

    scopes = [one.strip() for one in chosen.scopes.split(",") if one.strip()]
    with database_of(settings_of(chosen), make=True).begin_writing() as rows:
        say(credentials.make_key(rows, chosen.holder, scopes, chosen.source, machine()))
    return 0


def _end(chosen: argparse.Namespace) -> int:
    from cartellino.service import credentials
    from cartellino.service.clock import machine

    with database_of(settings_of(chosen)).begin_writing() as rows:
        credentials.end_operator(rows, chosen.name, machine())
    return 0


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("password: ")
    return sys.stdin.readline().rstrip("\n")
