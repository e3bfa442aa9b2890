"""`cartellino senders`: asks before a campaign is sent, and checks files of rules."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cartellino.cli.inputs import now
from cartellino.cli.terminal import complain, console, say, say_json, table
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import instant

if TYPE_CHECKING:
    from cartellino.senders.campaign import Campaign, Recipient
    from cartellino.service.pseudonyms import Pseudonyms

_ABOUT = """\
Check a campaign before it is sent: who may be written to, who only later, who never and why; what to expect; and a plan
that stays within every limit. CAMPAIGN is a JSON file:

  {"phone_number_id": "100200300", "template": "spring_sale", "language": "en", "category": "marketing",
   "starts_at": "2026-12-01T09:00:00Z"}

The audience is CSV with a header row, or NDJSON: `to`, and optionally `language` and `zone` (such as Europe/Rome).
Nothing is sent, and nothing is changed; the gateway may run meanwhile.

  cartellino senders preflight campaign.json --audience people.csv --data gateway --json
"""

_CHECK = """\
Check files of rules for senders: errors.yaml (what to do about an error of the platform), platform.yaml (its limits),
practice.yaml (what a careful business keeps to), ai_policy.yaml, words.yaml (words that stop), causes.yaml,
contents.yaml (what a template's words may be faulted for). Every fault at once, with file, line, caret and hint. A
folder with changed files is named by CARTELLINO_SENDER_RULES.

  cartellino senders rules check my-rules/errors.yaml
"""

MOST_LINES = 1_000_000
_MOST_SHOWN = 10
_CATEGORIES = ("marketing", "utility", "authentication")


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("senders", help="ask before a campaign is sent", formatter_class=PLAIN)
    parts = verb.add_subparsers(metavar="WHAT", required=True)
    asked = parts.add_parser("preflight", help="who may be written to, and when", description=_ABOUT,
                             formatter_class=PLAIN)  # fmt: skip
    asked.add_argument("campaign", metavar="CAMPAIGN", help="file of JSON; `-` is standard input")
    asked.add_argument("--audience", metavar="FILE", required=True, help="CSV or NDJSON")
    asked.add_argument("--data", metavar="DIR", help="the gateway's data folder (default cartellino-data)")
    asked.add_argument("--database", metavar="URL", help="where the gateway has another database than in its folder")
    asked.add_argument("--json", action="store_true", help="print JSON")
    asked.set_defaults(run=_preflight)
    rules = parts.add_parser("rules", help="check files of rules", description=_CHECK, formatter_class=PLAIN)
    kinds = rules.add_subparsers(metavar="WHAT", required=True)
    check = kinds.add_parser("check", help="check files of rules", description=_CHECK, formatter_class=PLAIN)
    check.add_argument("files", nargs="*", metavar="FILE", help="files or folders (default: the files as shipped)")
    check.set_defaults(run=_check)


def _check(chosen: argparse.Namespace) -> int:
    from cartellino.senders import shipped
    from cartellino.senders.rule_files import check
    from cartellino.vocabulary.diagnostics import Text

    texts = [Text(str(file), _bytes(str(file)).decode("utf-8", "replace")) for file in _rule_files(chosen.files)]
    texts = texts or [Text(f"{name}.yaml", shipped.text_of(name)) for name in shipped.NAMES]
    faults = [fault for text in texts for fault in check(text)]
    for fault in faults:
        complain(fault.show() + "\n")
    many = f"{len(texts)} file" + "s" * (len(texts) != 1)
    if faults:
        complain(f"{len(faults)} fault{'s' * (len(faults) != 1)} in {many}.")
        return 1
    say(f"{many}: no fault.")
    return 0


def _rule_files(named: list[str]) -> Iterator[Path]:
    """Yield the files that are named; a folder stands for its files.

    Raises `BadArgument` for a folder without any.
    """
    for path in map(Path, named):
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        if not files:
            raise BadArgument(f"the folder `{path}` holds no .yaml files")
        yield from files


def _preflight(chosen: argparse.Namespace) -> int:
    from cartellino.cli.installation import database_of, settings_of
    from cartellino.senders.phone import read_phone
    from cartellino.senders.preflight import preflight
    from cartellino.service.keys import read
    from cartellino.service.pseudonyms import Pseudonyms
    from cartellino.service.rule_files import use_rule_files
    from cartellino.service.senders import read_state

    settings = settings_of(chosen)
    use_rule_files(settings.sender_rules)
    campaign, database = _campaign(chosen.campaign), database_of(settings)
    salt = settings.salt or read(settings.folder / "salt")
    state = read_state(database)
    held = state.numbers.get(campaign.number)
    home = read_phone(f"+{held.display.lstrip('+')}").country if held is not None and held.display else None
    audience = list(_audience(chosen.audience, Pseudonyms(salt.encode()), home))
    if not audience:
        raise BadArgument(f"{chosen.audience} has no line with `to`")
    found = preflight(state, campaign, audience)
    if chosen.json:
        say_json(found)
    else:
        _show(campaign, found)
    return 0


# Files


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    phone_number_id: str
    template: str
    category: str
    language: str = "en"
    starts_at: str | None = None
    name: str = ""


def _campaign(named: str) -> Campaign:
    from cartellino.senders.campaign import Campaign

    text = sys.stdin.buffer.read() if named == "-" else _bytes(named)
    try:
        written = msgspec.json.decode(text, type=_Written)
        starts = now() if written.starts_at is None else instant(written.starts_at)
    except (msgspec.DecodeError, ValueError, UnicodeDecodeError) as wrong:
        raise BadArgument(f"{named}: {wrong}. A campaign is JSON with `phone_number_id`, `template`, `language`, "
                          "`category` and `starts_at`") from None  # fmt: skip
    if written.category.casefold() not in _CATEGORIES:
        raise BadArgument(f"{named}: `category` is one of {', '.join(_CATEGORIES)}, not `{written.category}`")
    return Campaign(written.phone_number_id, written.template, written.language, written.category.casefold(), starts)  # type: ignore[arg-type]


def _bytes(named: str) -> bytes:
    try:
        return Path(named).read_bytes()
    except OSError as fault:
        raise BadArgument(f"{named} cannot be read: {fault.strerror}") from None


def _audience(named: str, people: Pseudonyms, home: str | None) -> Iterator[Recipient]:
    from cartellino.senders.audience import recipients

    text = _bytes(named).decode("utf-8-sig", "replace")
    lines = recipients(text, people.of, home, lambda said: complain(f"{named}, {said}"))
    try:
        for line, recipient in enumerate(lines, 1):
            if line > MOST_LINES:
                raise BadArgument(f"{named} has more than {MOST_LINES:,} lines")
            yield recipient
    except BadArgument as wrong:
        raise BadArgument(f"{named}: {wrong}") from None


# On a terminal


def _show(campaign: Campaign, found: Mapping[str, Any]) -> None:
    may, later, never, expected = found["may"], found["later"], found["never"], found["expected"]
    say(f"{campaign.template} ({campaign.category}) from {campaign.number}: {len(may):,} may be written to at once, "
        f"{len(later):,} later, {len(never):,} not")  # fmt: skip
    reasons: dict[str, int] = {}
    for one in [*later, *never]:
        reasons[one["why"]] = reasons.get(one["why"], 0) + 1
    ranked = sorted(reasons.items(), key=lambda pair: -pair[1])[:_MOST_SHOWN]
    if ranked:
        console().print(
            table("why not at once", ("reason", "people"), [(why, f"{count:,}") for why, count in ranked], (1,))
        )
    counts = [(name, f"{expected[name]['least']:,} to {expected[name]['most']:,}")
              for name in ("answers", "readings", "failures", "stops", "blocks")]  # fmt: skip
    console().print(table(f"expected of {expected['messages']:,} messages (95 %)", ("what", "how many"), counts, (1,)))
    waves = [(wave["from"][:16].replace("T", " "), wave["to"][:16].replace("T", " "), f"{wave['count']:,}")
             for wave in found["schedule"]]  # fmt: skip
    console().print(table("plan (UTC)", ("from", "to", "people"), waves, (2,)))
    for limit in expected["limits"]:
        say(f"sent all at once, message {limit['at_message']:,} would hit `{limit['limit']}`: {limit['about']}")
    for broken in expected["policy"]:
        say(
            f"the platform's policy would {'likely' if broken['sureness'] == 'likely' else 'possibly'} answer with a"
            f" {broken['action']}: {broken['title'].lower()} ({broken['rule']}), at message {broken['at_message']:,}"
        )
    if expected["track_record"]:
        right, of = expected["track_record"]["right"], expected["track_record"]["of"]
        say(f"of {of:,} intervals foretold for past campaigns, {right:,} held what came")
    for note in expected["notes"]:
        say(note)
    if expected["rests_on"]["prior_only"]:
        say("This number has hardly sent anything yet: what is expected rests on assumptions.")
