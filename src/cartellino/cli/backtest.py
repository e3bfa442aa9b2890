"""`cartellino backtest`: compares a candidate with the current policies on the same events."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from cartellino.analysis.backtest import Backtest, Change
from cartellino.analysis.threshold_sweep import Sweep
from cartellino.cli.inputs import Outcome, Sources, complete_history, name_of, now, parameters, policy_texts
from cartellino.cli.summary import without_past
from cartellino.cli.terminal import action, console, escape, progress, table
from cartellino.cli.verbs import PLAIN, Verbs
from cartellino.events.ndjson import stripped
from cartellino.kernel.codes import Coder
from cartellino.kernel.machine import core
from cartellino.pipeline.intake import Arrivals
from cartellino.pipeline.run_statistics import before_log
from cartellino.policies.load import load
from cartellino.policies.policyset import PolicySet
from cartellino.vocabulary.refusals import BadArgument

_ABOUT = """\
Who would newly be sanctioned by a candidate, who no longer, by rule, with the evidence; with labels also precision and
recall with 95 % intervals. Both versions see the same events in one pass.

  cartellino backtest my-policies/ --against messenger --events events.parquet --labels labels.ndjson
  cartellino backtest messenger --set strangers=40 --against messenger --events events.parquet

With --sweep, a threshold takes many values in one pass, and for each you see how many accounts its rules find:

  cartellino backtest messenger --against messenger --events events.parquet --sweep strangers=20:115:20

Labels are NDJSON: {"account": "a1", "abusive": true}
"""


MOST_VALUES = 100
"""Maximum number of values in one sweep."""

_WORKERS = min(os.cpu_count() or 1, 2)


def register(verbs: Verbs) -> None:
    """Add the verb."""
    verb = verbs.add_parser("backtest", help="compare two policy versions on the same events", description=_ABOUT,
                            formatter_class=PLAIN)  # fmt: skip
    verb.add_argument("candidate", metavar="CANDIDATE", help="pack, folder or file of the new policies")
    verb.add_argument("--against", required=True, metavar="CURRENT", help="pack, folder or file of the current ones")
    verb.add_argument("--events", nargs="+", required=True, metavar="EVENTS", help="files, folders or -")
    verb.add_argument("--labels", type=Path, metavar="FILE", help='NDJSON {"account": ..., "abusive": true}')
    verb.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set a parameter of the candidate"
    )
    verb.add_argument(
        "--out", type=Path, metavar="FILE", help="write the accounts that change sides, with evidence, as NDJSON"
    )
    verb.add_argument(
        "--sweep", metavar="NAME=FROM:TO:STEPS", help="instead, whom the candidate finds at each value of a parameter"
    )
    verb.add_argument(
        "--complete-history",
        action="store_true",
        help="the events hold every account's whole past, as `history: complete` in a policy or a label of a file says",
    )
    verb.add_argument("--show", type=int, default=20, metavar="N", help="how many of them to show (default 20)")
    verb.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Run both versions and print the differences."""
    sources = Sources(chosen.events)
    past = complete_history(chosen.complete_history or sources.have_complete_history)
    candidate = load([*policy_texts(chosen.candidate), *past], parameters(chosen.set))
    if chosen.sweep is not None:
        return _sweep(candidate, sources, chosen)
    backtest = Backtest(candidate, load([*policy_texts(chosen.against), *past]), _WORKERS)
    labels = _labels(chosen.labels) if chosen.labels is not None else {}
    skipped = _take_all(sources, backtest.take)
    _print(backtest, labels, chosen, skipped)
    return 0


def _take_all(sources: Sources, take: Callable[[pa.RecordBatch], None]) -> int:
    """Pass all accepted events to a computation, and return how many rows were skipped."""
    arrivals = Arrivals(Coder(), now(), core=core(), knows=sources.are_several)
    skipped, outcome = 0, Outcome(sources)
    with progress("backtesting", sources.size) as advance:
        for source, chunk, behind in sources.chunks():
            taken = arrivals.accept(chunk.batch, chunk.numbers, source)
            take(taken.batch)
            skipped += len(chunk.rejections) + len(taken.rejections) + taken.in_log
            outcome.note(source, [*chunk.rejections, *taken.rejections], taken.batch.num_rows + taken.in_log)
            advance(behind)
    if outcome.fault:
        raise BadArgument(f"{outcome.fault}; `cartellino decide` says why, row by row")
    return skipped


def _sweep(candidate: PolicySet, sources: Sources, chosen: argparse.Namespace) -> int:
    """Print how many accounts the candidate finds at each value of a parameter."""
    name, values = _values(chosen.sweep)
    sweep = Sweep(candidate, name, values, _WORKERS)
    labels = _labels(chosen.labels) if chosen.labels is not None else {}
    _take_all(sources, sweep.take)
    points = sweep.points(labels)
    rules = list(points[0].by_rule)
    columns = (name, "accounts", *rules, *(("precision", "recall") if labels else ()))
    rows = [
        (f"{point.value:g}", point.accounts, *point.by_rule.values(),
         *((point.score.precision.show(), point.score.recall.show()) if point.score is not None else ()))
        for point in points
    ]  # fmt: skip
    console().print(table(f"Accounts found at each value of `{name}`", columns, rows, right=range(len(rules) + 2)))
    console().print(
        "Accounts on which a rule is true at least once: before ladders, brakes, and what joins a sanction."
    )
    return 0


def _values(written: str) -> tuple[str, list[float]]:
    """Parse `name=from:to:steps`."""
    name, _, rest = written.partition("=")
    try:
        begin, end, steps = rest.split(":")
        number = int(steps)
        if not name or not 2 <= number <= MOST_VALUES or not isfinite(float(begin) - float(end)):
            raise ValueError
        step = (float(end) - float(begin)) / (number - 1)
        return name, [float(begin) + step * step_at for step_at in range(number)]
    except ValueError:
        hint = f"such as strangers=20:115:20, with 2 to {MOST_VALUES} steps"
        raise BadArgument(f"`--sweep {written}` is not of the form name=from:to:steps, {hint}") from None


def _print(backtest: Backtest, labels: dict[str, bool], chosen: argparse.Namespace, skipped: int) -> None:
    out = console()
    changes = backtest.changes(labels)
    sides = backtest.candidate.route.statistics, backtest.current.route.statistics
    out.print(f"{sides[0].taken:,} events; {skipped:,} rows passed over (`decide` says why).\n")
    out.print(
        table(
            "Accounts sanctioned",
            ("rule", "candidate", "current", "new", "gone"),
            _rules(backtest, changes),
            right=(1, 2, 3, 4),
        )
    )
    if labels:
        columns = ("", "", "precision", "recall")
        out.print(table(f"\nAgainst {len(labels):,} labels, with 95 % intervals", columns, _scores(backtest, labels)))
    if changes:
        shown = [_shown(change) for change in changes[: chosen.show]]
        out.print(table("\nAccounts that change sides", ("", "account", "rule", "action", "label", "evidence"), shown))
        if len(changes) > len(shown):
            out.print(f"... and {len(changes) - len(shown):,} more; --out FILE writes them all")
    else:
        out.print("\nNo account changes sides.")
    silent = before_log(backtest.candidate.route.kernel) | before_log(backtest.current.route.kernel)
    if silent:
        out.print("\n" + without_past(silent))
    if chosen.out is not None:
        chosen.out.write_bytes(b"".join(msgspec.json.encode(_record(change)) + b"\n" for change in changes))


def _rules(backtest: Backtest, changes: list[Change]) -> list[tuple[str, int, int, int, int]]:
    rules = sorted(backtest.candidate.by_rule.keys() | backtest.current.by_rule.keys())
    return [
        (
            rule,
            len(backtest.candidate.by_rule.get(rule, {})),
            len(backtest.current.by_rule.get(rule, {})),
            sum(change.rule == rule and change.is_new for change in changes),
            sum(change.rule == rule and not change.is_new for change in changes),
        )
        for rule in rules
    ]


def _scores(backtest: Backtest, labels: dict[str, bool]) -> Iterator[tuple[str, ...]]:
    for name, (new, old) in backtest.scores(labels).items():
        yield name, "candidate", new.precision.show(), new.recall.show()
        yield "", "current", old.precision.show(), old.recall.show()


def _shown(change: Change) -> tuple[str, ...]:
    label = {True: "abusive", False: "honest", None: ""}[change.abusive]
    evidence = "; ".join(f"{item.signal} {item.least:g}" for item in change.decision.evidence)
    sign = "[red]new[/]" if change.is_new else "[green]gone[/]"
    return sign, escape(change.account), change.rule, action(change.decision.action.kind), label, escape(evidence)


def _record(change: Change) -> dict[str, Any]:
    side = "new" if change.is_new else "gone"
    return {
        "account": change.account,
        "rule": change.rule,
        "side": side,
        "abusive": change.abusive,
        "decision": change.decision.record(),
    }


def _labels(file: Path) -> dict[str, bool]:
    labels: dict[str, bool] = {}
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise BadArgument(f"the labels `{file}` cannot be read: {error.strerror}") from None
    for number, line in enumerate(map(stripped, lines), start=1):
        if not line:
            continue
        try:
            label = msgspec.json.decode(line)
            labels[str(label["account"])] = _truth(label["abusive"])
        except (msgspec.DecodeError, KeyError, TypeError):
            raise BadArgument(
                f'{file}:{number}: a label is {{"account": "a1", "abusive": true}}, not {name_of(line[:80])}'
            ) from None
    return labels


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value
