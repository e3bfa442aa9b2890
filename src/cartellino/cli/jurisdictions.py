"""`cartellino jurisdictions`: checks a file of deadlines and offices, and shows what holds in a country."""

from __future__ import annotations

import argparse
from pathlib import Path

from cartellino.cli.terminal import complain, console, say, table
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.refusals import BadArgument

_ABOUT = """\
Deadlines by country and kind, and offices to which people can turn, stand in one file that a lawyer can edit.

  cartellino jurisdictions show ID > id.txt        what holds in Indonesia, with source and day
  cartellino jurisdictions file > mine.yaml        the file that is shipped, to begin with
  cartellino jurisdictions check mine.yaml         every fault, with its line
  CARTELLINO_JURISDICTIONS=mine.yaml cartellino serve ...
"""


def register(verbs: Verbs) -> None:
    """Register the verb."""
    parser = verbs.add_parser("jurisdictions", help="deadlines and offices by country", description=_ABOUT,
                              formatter_class=PLAIN)  # fmt: skip
    below = parser.add_subparsers(title="what", metavar="WHAT", required=True)
    check = below.add_parser("check", help="check a file, all faults at once")
    check.add_argument("file", help="the file")
    check.set_defaults(run=_check)
    show = below.add_parser("show", help="show what holds in a country")
    show.add_argument("country", help="code of ISO 3166-1 alpha-2, such as ID")
    show.add_argument("--file", default="", help="your own file; else what ships")
    show.set_defaults(run=_show)
    file = below.add_parser("file", help="print the file that is shipped")
    file.set_defaults(run=_file)


def _text(named: str) -> str:
    try:
        return Path(named).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument(f"{named} cannot be read: {error}") from None


def _check(given: argparse.Namespace) -> int:
    from cartellino.appeals.jurisdictions import check, read
    from cartellino.vocabulary.diagnostics import Text

    text = Text(given.file, _text(given.file))
    faults = check(text)
    for fault in faults:
        complain(fault.show() + "\n")
    if faults:
        complain(f"{len(faults)} faults")
        return 1
    made = read(text)
    say(f"{given.file} is in order: version {made.version}, {len(made.deadlines)} deadlines, offices in "
        f"{len(made.offices)} places")  # fmt: skip
    return 0


def _show(given: argparse.Namespace) -> int:
    import time

    from cartellino.appeals import jurisdictions
    from cartellino.availability.places import is_country
    from cartellino.service.rule_files import use_jurisdictions
    from cartellino.service.shown_complaints import country_shown

    if not is_country(given.country):
        raise BadArgument(f"`{given.country}` is no code of ISO 3166-1 alpha-2, such as ID")
    use_jurisdictions(given.file)
    try:
        shown = country_shown(given.country, time.time_ns() // 1_000_000)
    finally:
        jurisdictions.use(None)
    deadlines = [
        (one["trigger"], ", ".join(one["categories"]) or ("urgent" if one["urgent"] else "any"), one["limit"],
         one["legal_basis"], one["source"], one["checked"])
        for one in shown["deadlines"]
    ]  # fmt: skip
    heads = ("for", "about", "limit", "legal basis", "source", "read on")
    console().print(table(f"deadlines in {given.country} (version {shown['version']})", heads, deadlines, ()))
    offices = [(one["name"], one["address"], one["hours"], one["law"]) for one in shown["offices"]]
    console().print(table("where people can turn", ("office", "address", "hours", "law"), offices, ()))
    return 0


def _file(_: argparse.Namespace) -> int:
    from importlib.resources import files

    say((files("cartellino.appeals") / "data" / "jurisdictions.yaml").read_text("utf-8").rstrip())
    return 0
