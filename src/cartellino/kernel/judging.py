"""Evaluates rules on event columns, applies cool-downs, and returns findings."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa

from cartellino.events.kinds import KINDS
from cartellino.kernel.arrays import Array
from cartellino.kernel.codes import Coder
from cartellino.kernel.event_columns import ACTIVE, CLOCK, HELD, MADE, PERSON, EventColumns
from cartellino.kernel.evidence import Witnesses
from cartellino.kernel.finding import Context, Evidence, Finding
from cartellino.kernel.lowering import LEADING, registers
from cartellino.kernel.machine import Machine
from cartellino.kernel.native.types import Program, Registers
from cartellino.kernel.plan import Function, Plan
from cartellino.kernel.shards import Workers
from cartellino.kernel.state import FIGURES, State
from cartellino.kernel.witness import EventLeaves, Places
from cartellino.policies.rule import Rule, lookback
from cartellino.vocabulary.ids import RuleId

Given = tuple[Program, Registers]
"""A program with its arguments, and registers for it."""


_NONE: Array = np.zeros(0, np.int64)


class Judge:
    """Evaluates all rules of a plan."""

    def __init__(self, plan: Plan, machine: Machine, coder: Coder) -> None:
        """Derive everything that is the same for all batches."""
        self._plan = plan
        self.machine = machine
        self._coder = coder
        self._handed: dict[int, Program] = {}
        self._on = {rule.on: np.array([kind in rule.on for kind in KINDS]) for rule in plan.rules}
        self._rests = np.array([rule.cooldown for rule in plan.rules] or [0], np.int64)
        self.rule_names = np.array([coder.text(rule.id) for rule in plan.rules] or [0], np.int64)
        self._counts_by = self._keys()
        self._witnesses = Witnesses(EventLeaves(plan, coder, self.execute))

    def given(self, function: Function, rule: Rule | None = None) -> Given:
        """Return the arguments of a function: thresholds; and the times of its rule (`LEADING`) with codes of texts."""
        program = self._handed.get(id(function))
        if program is None:
            leading = (rule.starts, rule.ends, lookback(rule.when)) if rule is not None else (0,) * LEADING
            codes = np.array([*leading, *map(self._coder.text, function.texts)], np.int64)
            steps, params = np.array(function.steps, np.int64), np.array(function.params, np.float64)
            program = self._handed[id(function)] = Program(steps, params, codes)
        return program, registers(function.registers)

    def execute(
        self, rows: Array, seen: EventColumns, program: Program, registers: Registers, row: int, stats: Array = _NONE,
        hits: Array = _NONE,
    ) -> int:  # fmt: skip
        """Execute a program for some events; see `native.programs.judge`."""
        return self.machine.judge(rows, seen.arrays, program, registers, row, stats, hits)

    def true_for(self, seen: EventColumns, at: int, name: str, value: float) -> Array:
        """Return the events on which the rule number `at` would be true if the parameter `name` had another value."""
        rule, function = self._plan.rules[at], self._plan.functions[at]
        program, space = self.given(function, rule)
        changed = np.array(
            [value if param == name else default for param, default in zip(function.names, program.params, strict=True)]
        )
        rows = np.flatnonzero(self._on[rule.on][seen.kinds])
        out, stats = np.empty(len(rows), np.int64), np.zeros(FIGURES, np.int64)
        count = self.execute(rows, seen, program._replace(params=changed), space, -1, stats, out)
        return out[:count]

    def findings(
        self, seen: EventColumns, batch: pa.RecordBatch, first: int, state: State, workers: Workers
    ) -> list[Finding]:
        """Return the findings, in the order of the log and of the rules; `first` is the number of the first event."""
        rows, rules = self._hits(seen, state, workers)
        if not len(rows):
            return []
        fired = self._cool_down(seen, rows, rules, state)
        return self._found(seen, batch, rows[fired], rules[fired], first, state)

    def _hits(self, seen: EventColumns, state: State, workers: Workers) -> tuple[Array, Array]:
        """Return the events and the rules that are true on them, in the order of the log and of the rules."""
        parts = workers.parts(seen.size)
        results: list[tuple[Array, Array, Array]] = [(np.zeros(0),) * 3] * len(parts)
        workers.do([partial(self._judge_part, seen, part, number, results) for number, part in enumerate(parts)])
        for _, _, stats in results:
            state.stats += stats
        rows = np.concatenate([part[0] for part in results])
        rules = np.concatenate([part[1] for part in results])
        order = np.argsort(rows, kind="stable")  # stable: within an event, rules stay in their order
        return rows[order], rules[order]

    def _judge_part(
        self, seen: EventColumns, part: tuple[int, int], number: int, results: list[tuple[Array, Array, Array]]
    ) -> None:
        begin, end = part
        rows_on = {on: begin + np.flatnonzero(mask[seen.kinds[begin:end]]) for on, mask in self._on.items()}
        stats = np.zeros((max(len(self._plan.rules), 1), FIGURES), np.int64)
        hits: list[Array] = []
        with np.errstate(over="ignore", invalid="ignore"):
            for at, rule in enumerate(self._plan.rules):
                rows = rows_on[rule.on]
                out = np.empty(len(rows), np.int64)
                given = self.given(self._plan.functions[at], rule)
                count = self.execute(rows, seen, *given, -1, stats[at], out)
                hits.append(out[:count])
        rules = np.repeat(np.arange(len(hits), dtype=np.int32), [len(part) for part in hits])
        results[number] = np.concatenate(hits or [np.zeros(0, np.int64)]), rules, stats

    def _cool_down(self, seen: EventColumns, rows: Array, rules: Array, state: State) -> Array:
        """Return for each of these whether the rule fires: it does not if it fired within its cool-down."""
        state.make_room_for_firings(len(rows))
        earliest, latest = self._clocks(seen, rows, rules)
        out = np.zeros(len(rows), np.int8)
        with np.errstate(over="ignore"):
            self.machine.core.cool_down(
                seen.longs[PERSON][rows], rules, earliest, latest, self.rule_names, self._rests, state.cells,
                state.counts, state.fired[:, 0], out,
            )  # fmt: skip
        return np.asarray(out != 0)

    def _clocks(self, seen: EventColumns, rows: Array, rules: Array) -> tuple[Array, Array]:
        """Return the earliest and the latest clock that each rule reads, of the account and of its other keys."""
        earliest, latest = seen.longs[CLOCK][rows], seen.longs[CLOCK][rows]
        for by, keys in self._counts_by.items():
            row_key, row_clock = (self._plan.rows.long(f"{what} {by}") for what in ("key", "clock"))
            reads = np.flatnonzero(keys[rules])
            reads = reads[seen.longs[row_key][rows[reads]] != 0]
            clocks = seen.longs[row_clock][rows[reads]]
            earliest[reads], latest[reads] = np.minimum(earliest[reads], clocks), np.maximum(latest[reads], clocks)
        return earliest, latest

    def _keys(self) -> dict[str, Array]:
        """Return for each kind of key except the account which rules count by it."""
        used = [{aggregate.by for aggregate in rule.aggregates()} for rule in self._plan.rules]
        others = [by for by in self._plan.tables if by != "account"]
        return {by: np.array([by in keys for keys in used]) for by in others}

    def _found(
        self, seen: EventColumns, batch: pa.RecordBatch, rows: Array, rules: Array, first: int, state: State
    ) -> list[Finding]:
        """Return the findings of these rules on these events; every column is read once for all."""
        names = (batch.column(name).take(pa.array(rows)).to_pylist() for name in ("id", "service", "account"))
        known = (state.names.texts(seen.longs[HELD + field][rows]) for field in range(4))
        times = (seen.longs[row][rows].tolist() for row in (CLOCK, ACTIVE, MADE))
        each = zip(
            rows.tolist(), rules.tolist(), *names, self._evidence(seen, rows, rules), *known, *times, strict=True
        )
        return [
            Finding(
                sequence=first + row,
                at=at,
                event=event,
                service=service,
                account=account,
                rule=RuleId(self._plan.rules[rule].id),
                evidence=evidence,
                context=Context(number, device, address, region, made if made >= 0 else None),
                active=active,
            )
            for row, rule, event, service, account, evidence, number, device, address, region, at, active, made in each
        ]

    def _evidence(self, seen: EventColumns, rows: Array, rules: Array) -> list[tuple[Evidence, ...]]:
        """Return the evidence of each finding, computed rule by rule."""
        evidence: list[tuple[Evidence, ...]] = [()] * len(rows)
        for rule in np.unique(rules):
            own = np.flatnonzero(rules == rule)
            of_rule = self._witnesses.of(self._plan.rules[rule], Places(seen, rows[own]), len(own))
            for at, each in zip(own.tolist(), of_rule, strict=True):
                evidence[at] = each
        return evidence
