"""`cartellino decide`: decides on events, with evidence for each decision."""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from cartellino.cli.compiling import compiled_beside
from cartellino.cli.inputs import Outcome, Sources, complete_history, now, parameters, policy_texts
from cartellino.cli.loaded import keep_what_was_loaded
from cartellino.cli.summary import show
from cartellino.cli.terminal import Advance, complain, console, progress
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.enforcement.brakes import Brakes, Released
from cartellino.events.rejection import Rejection
from cartellino.kernel.geometry import Geometry
from cartellino.pipeline.history_import import MEMORY, Past
from cartellino.pipeline.route import Route, Step
from cartellino.pipeline.run_statistics import RunStatistics
from cartellino.pipeline.state_folder import StateFolder
from cartellino.policies.load import load
from cartellino.service.modes import keep_to_owner
from cartellino.vocabulary.refusals import BadArgument

_ABOUT = """\
Run events through the policies. Files may be NDJSON, Arrow IPC or Parquet (recognised by content; NDJSON and Arrow
streams also inside gzip or zstd); `-` is standard input. A folder stands for all its files but the hidden ones; files
in another format and broken links are skipped, and named on standard error.

The name of a file is its source. Its rows may be up to a minute out of order. With --history they may be in any order:
all are read, sorted by time, and then decided on. What comes twice counts once: a row that is sent again, a file under
two names, and an event that another file had already. With --state a later run continues where the last one ended, and
skips events that the state has already. The folder of --out then has what this run decided; STATE/decisions.ndjson
always has everything, even if a run was killed.

Exit code 2: an input could not be read (another format, cut off, or without any event; in a folder, one file with an
event is enough), or all rows of all inputs were rejected. What could be read before was decided.

The functions that judge are compiled once on each machine, whatever the policies are, and kept in the folder that
CARTELLINO_CACHE names, else ~/.cache/cartellino. Where they are not, other processes compile them beside this one, and
Python itself runs them meanwhile: the same decisions, more slowly.

Written to the --out folder:
  decisions.ndjson   one decision a line, with evidence
  diagnoses.ndjson   hints for holders that are no decision: an old version, a rooted device
  rejected.ndjson    rows that could not be taken: file, line, column, what was expected, and the row itself
  quarantine.ndjson  rows of an unknown kind as they came, to be decided after an upgrade that knows it
  summary.json       figures

  cartellino decide events.parquet --out out
  cat events.ndjson | cartellino decide - --policies my-policies/ --out out --state state
"""


MOST_LINES = 1 << 30
"""Maximum number of lines in the tables for one kind of key."""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "decide",
        help="run events through the policies",
        description=_ABOUT,
        formatter_class=PLAIN,
    )
    verb.add_argument("events", nargs="+", metavar="EVENTS", help="file, folder or - for standard input")
    verb.add_argument(
        "--policies", default="messenger", metavar="PACK_OR_DIR", help="default: the shipped pack messenger"
    )
    verb.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set a parameter of the policies"
    )
    verb.add_argument("--out", type=Path, metavar="DIR", help="where to write the results")
    verb.add_argument("--state", type=Path, metavar="DIR", help="keep the log, to go on later and to explain decisions")
    verb.add_argument(
        "--salt",
        default=os.environ.get("CARTELLINO_SALT", ""),
        help="keys canaries, hold-outs and pseudonyms; secret: better set CARTELLINO_SALT, which no process list shows",
    )
    verb.add_argument(
        "--memory",
        type=int,
        default=Geometry().shards * Geometry().lines,
        metavar="LINES",
        help="lines of 64 bytes for the pairs of each kind of key (default %(default)s); part of what decides",
    )
    verb.add_argument(
        "--workers", type=int, default=min(os.cpu_count() or 1, 2), metavar="N", help="threads (default %(default)s)"
    )
    verb.add_argument(
        "--no-brakes",
        action="store_true",
        help="never hold a rule that acts on too many: for past events, not for a live service",
    )
    verb.add_argument(
        "--complete-history",
        action="store_true",
        help="the events hold every account's whole past, as `history: complete` in a policy or a label of a file says",
    )
    verb.add_argument(
        "--history",
        action="store_true",
        help="rows may be in any order: everything is read, sorted by time, and decided then",
    )
    verb.add_argument(
        "--history-memory",
        type=int,
        default=MEMORY >> 20,
        metavar="MB",
        help="megabytes of columns that --history may hold (default %(default)s)",
    )
    verb.add_argument("--strict", action="store_true", help="exit with 3 when a row was rejected")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Decide on all rows of all sources."""
    if chosen.state is not None:
        keep_to_owner()
    geometry = _geometry(chosen)
    sources = Sources(chosen.events)
    declared = chosen.complete_history or sources.have_complete_history
    texts, values = [*policy_texts(chosen.policies), *complete_history(declared)], parameters(chosen.set)
    policies = load(texts, values)
    state = StateFolder(chosen.state) if chosen.state is not None else None
    if state is not None:
        state.adopt(texts, values, policies, geometry, chosen.salt)
    brakes = Released() if chosen.no_brakes else Brakes()
    route = Route(
        policies, chosen.salt, now=now(), geometry=geometry, workers=chosen.workers, brakes=brakes, store=state,
        knows=sources.are_several,
    )  # fmt: skip
    began, outcome = time.monotonic(), Outcome(sources)
    with ExitStack() as opened:
        opened.enter_context(compiled_beside())
        outputs = Outputs(chosen.out, opened)
        advance = opened.enter_context(progress("deciding", sources.size))
        if state is not None:
            opened.callback(state.close)
            _resume(state, route, advance)
        keep_what_was_loaded()
        opened.callback(gc.unfreeze)  # who calls this as a function goes on
        for source, step, behind in _steps(chosen, route, sources):
            outcome.note(source, step.rejections, step.taken + step.in_log)
            outputs.write(step)
            if state is not None:
                state.record(step.decisions, route)
            advance(behind, f"{route.statistics.read:,} rows")
        summary = route.statistics.summary(route.kernel, time.monotonic() - began)
        outputs.finish(summary)
    console().print(show(summary, route))
    return _code(chosen, route, outputs, outcome.fault)


def _steps(chosen: argparse.Namespace, route: Route, sources: Sources) -> Iterator[tuple[str, Step, int]]:
    """Yield the result of each chunk of rows, with its source and how many bytes were read."""
    if not chosen.history:
        yield from ((source, route.take(chunk, source), behind) for source, chunk, behind in sources.chunks())
        return
    past, behind = Past(route.admits(), chosen.history_memory << 20), 0
    for source, chunk, behind in sources.chunks():
        step = past.take(chunk, source)
        route.statistics.refuse(step.rejections, step.in_log)
        yield source, step, behind
    for part in past.sorted():
        yield "", Step(decisions=route.append(*part)), behind


def _geometry(chosen: argparse.Namespace) -> Geometry:
    if chosen.memory < 1:
        raise BadArgument("`--memory` is a number of lines, at least 1")
    if chosen.memory > MOST_LINES:
        raise BadArgument(f"`--memory` is at most {MOST_LINES:,} lines, which are {MOST_LINES >> 24} GB a kind of key")
    if chosen.history_memory < 1:
        raise BadArgument("`--history-memory` is a number of megabytes, at least 1")
    if chosen.workers < 1:
        raise BadArgument("`--workers` is a number of threads, at least 1")
    return replace(Geometry(), lines=max(1, chosen.memory // Geometry().shards))


def _resume(state: StateFolder, route: Route, advance: Advance) -> None:
    """Continue where an earlier run ended, even if it was killed; its decisions are not counted again."""
    for done in state.resume_alone(route):
        advance(0, f"{done:,} events of the log judged again")
    route.statistics = RunStatistics()


def _code(chosen: argparse.Namespace, route: Route, outputs: Outputs, fault: str) -> int:
    rejected = sum(route.statistics.rejected.values())
    if rejected:
        where = f"; see {chosen.out / 'rejected.ndjson'}" if chosen.out else "; add --out to keep them"
        complain(f"{rejected:,} of {route.statistics.read:,} rows were rejected{where}. The first:")
        for line in outputs.first_rejections:
            complain(f"  {line}")
    if fault:
        complain(
            f"error[unreadable]: {fault}; rows are NDJSON, Arrow IPC or Parquet, with the columns of "
            "docs/reference/events.md, and the operator's own columns begin with x_"
        )
        return 2
    return 3 if rejected and chosen.strict else 0


class Outputs:
    """The files of the --out folder; without one, nothing is written."""

    def __init__(self, folder: Path | None, opened: ExitStack) -> None:
        """Create the folder and open its files."""
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}
        self.first_rejections: list[str] = []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("decisions", "diagnoses", "rejected", "quarantine"):
                self._files[name] = opened.enter_context((folder / f"{name}.ndjson").open("wb"))

    def write(self, step: Step) -> None:
        """Write the decisions and rejections of a chunk; retries are left out."""
        for rejection in step.rejections:
            if rejection.code != "duplicate":
                self._reject(rejection)
        for decision in step.decisions:
            self._line("diagnoses" if decision.action.kind == "diagnosis" else "decisions", decision.record())

    def _reject(self, rejection: Rejection) -> None:
        self._line("rejected", rejection.record())
        if rejection.code == "unknown-kind":
            self._line("quarantine", rejection.row)
        if len(self.first_rejections) < 3:
            self.first_rejections.append(rejection.show())

    def finish(self, summary: dict[str, Any]) -> None:
        """Write the summary."""
        if self._folder is not None:
            (self._folder / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(summary)) + b"\n")

    def _line(self, name: str, record: dict[str, Any]) -> None:
        if name in self._files:
            self._files[name].write(msgspec.json.encode(record) + b"\n")
