"""Writes the reference pages from the code, so that they cannot say anything else.

python docs/generate.py            writes docs/reference/
python docs/generate.py --check    fails where a page is not what it would write
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from cartellino.api.app import ROUTES
from cartellino.cli.main import make_parser
from cartellino.commands.webhooks import KINDS as WEBHOOKS
from cartellino.console.pages import PAGES as CONSOLE
from cartellino.events.columns import COLUMNS
from cartellino.events.kinds import KINDS, TAKES_BACK
from cartellino.events.reasons import REASONS
from cartellino.expressions.functions import FUNCTIONS
from cartellino.holder.pages import PAGES as HOLDER
from cartellino.policies.codes import CODES
from cartellino.policies.ladder import SCOPES
from cartellino.policies.load import load
from cartellino.policies.packs import pack
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import DISCLOSURES, Rule
from cartellino.policies.words import in_words
from cartellino.service.access import PERMISSIONS
from cartellino.service.settings import Settings
from cartellino.signals.catalogue import CATALOGUE
from cartellino.signals.derived import DERIVED
from cartellino.signals.keys import KEYS, LINKS
from cartellino.vocabulary.languages import chosen
from cartellino.web.bodies import PLACES_EACH
from cartellino.web.bounds import LISTED, SLOWEST, Bound, bounds
from cartellino.web.problems import CODES as PROBLEMS

REFERENCE = Path(__file__).parent / "reference"
GOLDEN = Path(__file__).parent.parent / "tests" / "policies" / "golden"
_NOTE = "<!-- Written by docs/generate.py; change the code, not this page. -->\n"


_LANGUAGE = """\
Python's syntax for comparison (`> >= < <= == !=`, `in ("a", "b")`), arithmetic (`+ - * /`), `and`,
`or`, `not`, and these functions. Nothing is ever run as Python. Unknown stays unknown: a comparison with something
that is not fully known is true only if it holds for every value that is possible.
"""


_MISSING_KEYS = """\
An event that lacks the key may belong to any: it is possible for every one, and certain for none. So rules with `<` or
`==` on a device stay silent where events come without devices ([what is unknown](../decisions/what-is-unknown.md)).
"""

_TAKES_BACK = """\
From then on the earlier events of the same account and peer count no more, in any signal; what was decided stays.
Signals by another key than the account need that key on the event that takes back: where it lacks, nothing by that key
is certain until the window has passed it. Events without `peer` are not certain either once anybody has taken something
back
([meaning 3](../decisions/meaning-3.md)).

Earlier is by the order of the log, but to the whole second: of each pair of account and peer the kernel keeps the
second in which something was last taken back, not the millisecond. So what comes after it within the same second, from
the same peer about the same account (a report, a block, an `opted_out`), is possible and not certain, and alone makes
no rule fire, also where nothing was there to be taken back. From the next second on it counts. This errs to the safe
side: what is unknown never punishes.
"""


def main() -> int:
    """Write or check every page."""
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("--check", action="store_true")
    check = command.parse_args().check
    os.environ["COLUMNS"] = "100"
    stale = [name for name, text in pages().items() if not _settle(REFERENCE / name, text, check)]
    for name in stale:
        sys.stderr.write(f"docs/reference/{name} is stale: run `python docs/generate.py`\n")
    return 1 if stale else 0


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {
        "commands.md": _NOTE + "\n".join(_commands()),
        "events.md": _NOTE + "\n".join(_events()),
        "language.md": _NOTE + "\n".join(_language()),
        "policies.md": _NOTE + "\n".join(_policies("messenger")),
        "business-policies.md": _NOTE + "\n".join(_policies("business")),
        "diagnostics.md": _NOTE + "\n".join(_diagnostics()),
        "settings.md": _NOTE + "\n".join(_settings()),
        "http.md": _NOTE + "\n".join(_http()),
    }


def _settle(file: Path, text: str, check: bool) -> bool:
    text = text.rstrip("\n") + "\n"
    if check:
        return file.exists() and file.read_text("utf-8") == text
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return True


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "Exit codes: 0 done; 1 a check failed or an id is unknown; 2 bad arguments or policy;"
    yield "3 rows were rejected and `--strict` was given.\n"
    for parser in _parsers(make_parser()):
        yield f"## `{parser.prog}`\n\n```text\n{parser.format_help().rstrip()}\n```\n"


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its verbs; argparse keeps them where only its own names reach."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _parsers(below)


_HTTP = """\
The full description is at `/openapi.json` of a running service. Keys, personal tokens and holders' tokens go in
`Authorization: Bearer ...`; a session is a cookie, and what changes something needs the header `x-csrf-token` beside
it. Refusals are `application/problem+json` with `code`, `title`, `detail` and `pointer`. Names in a
path are percent-encoded, slashes too (`%2F`). Wherever a path names an account, the segment may be left out and the
name given as `?account=`: `/v1/accounts/standing?account=@ann:server/a`.

A standing has `allowance: {"new_chats", "more_at"}` where the policies give one: to how many strangers the account may
write now (100 stands for 100 or more), and when there will be more; `more_at` is null where no more is needed, or none
comes within a month. It is left out where nobody had the time to work it out
([how it is counted](../explanation/fairness.md#the-allowance-of-new-chats)).
"""


def _settings() -> Iterator[str]:
    yield "# Settings of the service\n"
    yield "An argument of `cartellino serve` where there is one, else the variable, else the default.\n"
    yield "| setting | variable | default | meaning |\n| --- | --- | --- | --- |"
    fields = dict(zip(Settings.__struct_fields__, Settings.__struct_defaults__, strict=True))
    for name, meaning in _said_in(Settings).items():
        shown = f"`{fields[name]}`" if fields[name] != "" else "empty"
        yield f"| `{name}` | `CARTELLINO_{name.upper()}` | {shown} | {meaning} |"
    yield "\n`CARTELLINO_CACHE` names the folder of the compiled functions, for every command."


def _said_in(kind: type) -> dict[str, str]:
    """Return the texts below the fields of a class; Python keeps them only in the source."""
    (found,) = [one for one in ast.walk(ast.parse(inspect.getsource(kind))) if isinstance(one, ast.ClassDef)]
    said = {}
    for field, text in pairwise(found.body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            said[str(getattr(field.target, "id", ""))] = " ".join(str(text.value.value).split())
    return said


def _http() -> Iterator[str]:
    yield "# The interface over HTTP\n"
    yield _HTTP
    yield "## Routes\n\n| route | does | who may | body |\n| --- | --- | --- | --- |"
    for route in ROUTES:
        yield from _routes(route)
    yield "\n## Pages\n\nFor browsers. Whoever has to sign in first is sent to do so; pages ask the same permissions.\n"
    yield "| route | shows or does | who may | body |\n| --- | --- | --- | --- |"
    for page in [*HOLDER, *CONSOLE]:
        yield from _routes(page)
    yield "\n## Bodies\n"
    yield from _BODIES.splitlines()
    yield "\n| body | what | most bytes | also |\n| --- | --- | --- | --- |"
    yield from (f"| `{name}` | {one.what} | {one.bytes:,} | {_also(one)} |" for name, one in bounds().items())
    yield "\n## Codes of refusals\n\n| code | status | meaning |\n| --- | --- | --- |"
    yield from (f"| `{code}` | {status} | {title} |" for code, (status, title) in PROBLEMS.items())
    yield "\n## What webhooks and the stream tell\n"
    yield "Signed as the [Standard Webhooks](https://www.standardwebhooks.com/) specification says. The kinds:"
    yield ", ".join(f"`{kind}`" for kind in sorted(WEBHOOKS)) + ".\n"
    yield "A webhook without `kinds` gets all of them but `code`; the stream never has `code`."
    yield "[What follows from what a receiver answers](../how-to/receive-webhooks.md)."
    yield "\n## Roles\n\n| permission | roles | scope of a key | the holder |\n| --- | --- | --- | --- |"
    for name, needed in PERMISSIONS.items():
        roles = "everybody" if needed.public else ", ".join(sorted(needed.roles)) or "none"
        scope = f"`{needed.scope}`" if needed.scope else "none"
        yield f"| `{name}` | {roles} | {scope} | {'their own' if needed.holder else 'no'} |"


_BODIES = f"""\
A body is counted as it arrives. It has to be there within {bounds()["json"].seconds:.0f} seconds, and a second more for
every {SLOWEST // 1024} KB that have come (408); one that is larger than its route takes is refused (413). From one
caller {PLACES_EACH} bodies may be arriving at a time (429). `POST /v1/events` counts all refused rows in
`rejected_count` and lists the first {LISTED:,}.
"""


def _routes(route: HTTPRouteHandler) -> Iterator[str]:
    methods = " ".join(sorted(route.http_methods - {"OPTIONS", "HEAD"}))
    does = (inspect.getdoc(route.fn) or "").splitlines()[0]
    for path in sorted(route.paths):
        shown = path.replace(":str", "").replace(":int", "")
        yield f"| `{methods} {shown}` | {does} | {_who(route.opt['may'])} | {_body(route.opt['bound'])} |"


def _body(bound: str) -> str:
    return "" if bound == "none" else f"`{bound}`"


def _also(one: Bound) -> str:
    said = [f"{one.fields} fields"] if one.fields else []
    said += [f"{one.values:,} values (commas, colons and brackets)"] if one.values else []
    said += [f"{one.decoded:,} bytes unpacked, {one.rows:,} rows"] if one.rows else []
    return ", ".join(said)


def _who(permission: str) -> str:
    return "everybody" if PERMISSIONS[permission].public else f"`{permission}`"


_READING = """
## How files and bodies are read

NDJSON (UTF-8, with or without a byte order mark), Arrow IPC (file or stream) and Parquet, told apart by their first
bytes; NDJSON and Arrow streams also inside gzip (any number of members, padded or not) or zstd (any number of frames).
What is something else, such as CSV, a JSON array, UTF-16, xz or a zip archive, is refused as a whole, with what to do.

- An instant is an RFC 3339 text, an Arrow timestamp, or a number of milliseconds. **Without an offset or a zone it is
  in UTC**, as a text and as a timestamp. `23:59:60` is the last millisecond before; digits beyond the millisecond are
  cut off. Offsets may be as databases write them: `+00`, `+0000`, ` UTC`. A number below 10^11 is refused, since it is
  in seconds.
- A null, a missing column and NaN (also the word in NDJSON, as Python writes it) are the same: unknown.
- A whole number may be written as `5`, `5.0` or a decimal without a fraction.
- Texts may be of any of Arrow's text types, dictionaries and UUIDs. Data frames of pandas and Polars are read as they
  write them; the column `__index_level_0__`, in which pandas writes an index, is passed over."""


def _events() -> Iterator[str]:
    yield "# Events\n"
    yield "One event says that something happened, seen by the server at `time`."
    yield "A missing value is unknown, never false or zero.\n"
    yield "## Columns\n\n| column | must be | meaning |\n| --- | --- | --- |"
    for column in COLUMNS.values():
        needed = " (required)" if column.required else ""
        yield f"| `{column.name}`{needed} | {column.expected} | {column.meaning} |"
    own = "the operator's own; declare them under `columns:` to use them"
    yield f"| `x_...` | a string, a whole number, a finite number, true or false | {own} |"
    yield _READING
    yield "\n## Kinds\n\n| kind | what happened |\n| --- | --- |"
    yield from (f"| `{kind}` | {meaning} |" for kind, meaning in KINDS.items())
    yield "\n## Why a row is refused\n\n| code | meaning |\n| --- | --- |"
    yield from (f"| `{code}` | {meaning} |" for code, meaning in REASONS.items())


def _language() -> Iterator[str]:
    yield "# The language of policies\n"
    yield _LANGUAGE
    yield "## Functions\n\n| function | written | gives |\n| --- | --- | --- |"
    yield from (f"| `{one.name}` | `{one.usage}` | {one.gives} |" for one in FUNCTIONS.values())
    yield "\n## Signals, and what they can be mistaken about\n"
    yield "| signal | what it tells | false friends |\n| --- | --- | --- |"
    yield from (f"| `{one.name}` | {one.tells} | {one.false_friends} |" for one in CATALOGUE.values())
    yield "\n## Derived columns\n\n| column | meaning |\n| --- | --- |"
    yield from (f"| `{one.name}` | {one.meaning} |" for one in DERIVED.values())
    yield "\n## Keys (`by=`)\n\n| key | counts |\n| --- | --- |"
    yield from (f"| `{key}` | {meaning} |" for key, meaning in KEYS.items())
    yield "\n" + _MISSING_KEYS
    yield "## What takes back\n\n" + _TAKES_BACK
    yield "| event | takes back |\n| --- | --- |"
    yield from (f"| `{undoes}` | `{kind}` |" for undoes, kind in TAKES_BACK.items())
    yield "\n## Links (`linked(...)`)\n\n| by | meaning |\n| --- | --- |"
    yield from (f"| `{key}` | {meaning} |" for key, meaning in LINKS.items())
    yield "\n## What a restriction can take away\n\n| ability | meaning |\n| --- | --- |"
    yield from (f"| `{key}` | {meaning} |" for key, meaning in SCOPES.items())
    yield "\n## What a rule discloses\n\n| word | meaning |\n| --- | --- |"
    yield from (f"| `{key}` | {meaning} |" for key, meaning in DISCLOSURES.items())


def _policies(name_of_pack: str) -> Iterator[str]:
    policies = load(pack(name_of_pack))
    yield f"# The shipped pack `{name_of_pack}`\n"
    yield "Holders see the code and the reason within the disclosure; operators see everything below.\n"
    for name in dict.fromkeys(rule.policy for rule in policies.rules):
        rules = [rule for rule in policies.rules if rule.policy == name]
        yield f"## {name}\n\n{chosen(rules[0].clause, 'en')}\n"
        for rule in rules:
            yield from _rule(rule, policies)
    yield "## Ladders\n\n| ladder | rungs | a strike counts for |\n| --- | --- | --- |"
    for ladder in policies.ladders.values():
        rungs = " → ".join(rung.show() for rung in ladder.rungs)
        yield f"| `{ladder.name}` | {rungs} | {ladder.memory // 86_400_000} days |"


def _rule(rule: Rule, policies: PolicySet) -> Iterator[str]:
    said = in_words(rule)
    leads = f"ladder `{rule.ladder}` from rung {rule.rung}" if rule.ladder else f"`{rule.action}`, without a strike"
    yield f"### `{rule.id}` ({rule.code})\n\n{rule.title}. Leads to {leads}; discloses `{rule.discloses}`.\n"
    yield f"- when: {said.when}"
    yield from (f"  - `{name}`: {meaning}" for name, meaning in said.signals)
    if said.given:
        yield f"- given: {said.given}"
    yield f"- says: {rule.reason['en']}"
    yield from (f"- false friend: {friend}" for friend in rule.false_friends)
    yield ""


def _diagnostics() -> Iterator[str]:
    yield "# What the checker says\n"
    yield "Every fault has a stable code, the place with a caret, and a hint where there is one."
    yield "All faults are told at once.\n"
    for code, meaning in CODES.items():
        yield f"## `{code}`\n\n{meaning}\n"
        example = _example(code)
        if example:
            yield f"```text\n{example}\n```\n"


def _example(code: str) -> str:
    for file in sorted(GOLDEN.glob("*.txt")):
        shown = next((one for one in file.read_text("utf-8").split("\n\n") if one.startswith(f"error[{code}]")), None)
        if shown is not None:
            return shown.rstrip()
    return ""


if __name__ == "__main__":
    sys.exit(main())
