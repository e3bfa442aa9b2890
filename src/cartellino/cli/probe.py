"""`cartellino probe`: measures from here whether the features of a service work, and prints or sends the results."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cartellino.cli.inputs import Sources, now
from cartellino.cli.terminal import complain
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.vocabulary.refusals import BadArgument
from cartellino.vocabulary.times import duration, show_instant

if TYPE_CHECKING:
    from cartellino.cli.targets import Targets
    from cartellino.events.validation import Fault

_ABOUT = """\
Measures whether text, media, calls, registration and the web work from here, against the targets of a file (TOML):

  country = "ID"
  network = "AS7713"

  [[target]]
  feature = "sending"                  # tcp, tls: connects
  url = "tls://chat.example:5222"

  [[target]]
  feature = "media_down"               # http, https: fetches at most so many bytes within so many seconds
  url = "https://media.example/probe"
  bytes = 262144
  seconds = 10
  slowest = 20000                      # bytes a second; slower counts as throttled

  [[target]]
  feature = "media_up"                 # media_up and voice: uploads so many bytes
  url = "https://media.example/upload"

  [[target]]
  feature = "calls"                    # stun: asks a server, as calls do
  url = "stun://calls.example:3478"

Prints a row of POST /v1/probes for each target, or sends them with --to. With --ooni the rows come from files of
measurements of OONI's WhatsApp test instead, a JSON object a line; a line that is none is refused and named.

Exit code 1: a target failed or a line was refused; 2: nothing could be measured, read or sent.

  cartellino probe targets.toml
  cartellino probe targets.toml --to https://safety.example --key-file probe.key --every 5m
  cartellino probe --ooni measurements.jsonl --to https://safety.example --key-file probe.key
"""

_AT_ONCE = 5_000
"""Maximum number of rows in a request."""

_PATIENCE = 30.0
"""Seconds within which the service must answer."""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("probe", help="measure whether features work from here", description=_ABOUT,
                            formatter_class=PLAIN)  # fmt: skip
    verb.add_argument("targets", nargs="?", type=Path, metavar="TARGETS", help="file of targets")
    verb.add_argument("--ooni", nargs="+", metavar="FILE", help="files of measurements of OONI; - is standard input")
    verb.add_argument("--country", metavar="CC", help="the country of the probe, instead of that in the file")
    verb.add_argument("--network", metavar="NAME", help="its network, such as AS7713, instead of what the file says")
    verb.add_argument("--to", metavar="URL", help="the service to tell")
    verb.add_argument("--key-file", type=Path, metavar="FILE", help="file with a key of scope health")
    verb.add_argument("--every", metavar="SPAN", help="go on, such as every 5m")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Measure once, or at intervals."""
    if (chosen.targets is None) == (chosen.ooni is None):
        raise BadArgument("name a file of targets, or measurements with --ooni")
    if (chosen.to is None) != (chosen.key_file is None):
        raise BadArgument("--to needs --key-file, and the other way round")
    if chosen.ooni is not None:
        return _pass_on(chosen)
    targets, every = _targets(chosen), _span(chosen.every)
    while True:
        begun = time.monotonic()
        rows = measured(targets)
        _tell(chosen, rows)
        if not every:
            return 0 if all(row["ok"] for row in rows) else 1
        time.sleep(max(0.0, begun + every - time.monotonic()))


def _span(text: str | None) -> float:
    if text is None:
        return 0.0
    try:
        seconds = duration(text) / 1_000
    except ValueError as error:
        raise BadArgument(f"`--every {text}`: {error}") from None
    if seconds < 10:
        raise BadArgument(f"`--every {text}` is too often; at least 10s")
    return seconds


def _targets(chosen: argparse.Namespace) -> Targets:
    from cartellino.cli.targets import read_targets

    try:
        text = chosen.targets.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument(f"`{chosen.targets}` cannot be read: {error}") from None
    return read_targets(text, chosen.country, chosen.network)


def measured(targets: Targets) -> list[dict[str, Any]]:
    """Measure all targets; return their rows."""
    from cartellino.cli.measuring import measure_all

    at, round_of = show_instant(now()), uuid.uuid4().hex
    return [
        {"row": "probe", "id": f"{round_of}/{number}", "time": at, "country": targets.country,
         "network": targets.network, "service": targets.service, "feature": result.target.feature,
         "target": result.target.name, "ok": not result.failure, "latency_ms": result.latency_ms,
         **({"failure": result.failure} if result.failure else {})}
        for number, result in enumerate(asyncio.run(measure_all(targets.targets)))
    ]  # fmt: skip


def _pass_on(chosen: argparse.Namespace) -> int:
    """Read OONI measurements, and send or print them as rows."""
    sources, refused = Sources(chosen.ooni), 0
    rows: list[dict[str, Any]] = []
    for source, number, found in _measurements(sources):
        if isinstance(found, str):
            refused += 1
            complain(f"{source}:{number}: {found}")
        else:
            rows += found
    if not rows:
        raise BadArgument("there is not one measurement of OONI's WhatsApp test in the input")
    _tell(chosen, rows)
    return 1 if refused else 0


def _measurements(sources: Sources) -> Iterator[tuple[str, int, list[dict[str, Any]] | str]]:
    """Yield the source and number of every line, with its rows or the reason why it was refused."""
    from cartellino.availability.ooni import read_measurement
    from cartellino.availability.rows import Refused
    from cartellino.cli.lines import texts
    from cartellino.events import ndjson
    from cartellino.events.rejection import Rejection

    for source, stream, _ in sources.streams():
        for number, text in texts(stream, source):
            held = text if isinstance(text, Rejection) else ndjson.read_object(text, source, number)
            if isinstance(held, Rejection):
                yield source, number, _why(held.faults)
                continue
            found = read_measurement(held)
            if isinstance(found, Refused):
                yield source, number, _why(found.faults)
            else:
                yield (
                    source,
                    number,
                    [{"row": "probe", **msgspec.to_builtins(one), "time": show_instant(one.time)} for one in found],
                )


def _why(faults: Iterable[Fault]) -> str:
    return "; ".join(f"{fault.column or 'row'}: expected {fault.expected}, got {fault.got}" for fault in faults)


def _tell(chosen: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    lines = [msgspec.json.encode(row) + b"\n" for row in rows]
    if chosen.to is None:
        sys.stdout.buffer.write(b"".join(lines))
        sys.stdout.buffer.flush()
        return
    key = _key(chosen.key_file)
    for first in range(0, len(lines), _AT_ONCE):
        _send(chosen.to, key, lines[first : first + _AT_ONCE], again=bool(chosen.every))


def _key(file: Path) -> str:
    try:
        key = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadArgument(f"`{file}` cannot be read: {error}") from None
    if not key or not key.isascii() or len(key.split()) != 1:
        raise BadArgument(f"`{file}` does not hold a key, one word of ASCII")
    return key


def _send(url: str, key: str, lines: Iterable[bytes], *, again: bool) -> None:
    """Send rows, and report those that the service refuses.

    Raises `BadArgument` when the service does not answer; if measuring goes on (`again`), that is only reported.
    """
    import httpx

    headers = {"authorization": f"Bearer {key}", "content-type": "application/x-ndjson"}
    try:
        answer = httpx.post(
            f"{url.rstrip('/')}/v1/probes", content=b"".join(lines), headers=headers, timeout=_PATIENCE, trust_env=False
        )
        why = "" if answer.is_success else f"it answered {answer.status_code}: {answer.text[:500]}"
        told = answer.json() if not why else {}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        told, why = {}, str(error) or type(error).__name__
    if why and not again:
        raise BadArgument(f"`{url}` did not take the rows: {why}")
    if why:
        complain(f"`{url}` did not take the rows: {why}")
        return
    complain(f"sent: {told['accepted']} rows, {told['duplicates']} known before, {told['rejected_count']} refused")
    for fault in told["rejected"][:5]:
        complain(f"  row {fault['row']}, {fault['column']}: expected {fault['expected']}, got {fault['got']}")
