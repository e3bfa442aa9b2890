"""Rebuilds the sequencer's state from written decisions, for a state folder without a database after an upgrade.

Such a folder has no acts, so that the standings follow from its decisions alone. A line does not contain the rung of a
strike; it is derived from the ladder and from the next step that the line contains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from cartellino.enforcement.acts import ReleaseNumber
from cartellino.enforcement.brakes import Brake
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.earlier_state import EarlierState, Marked, Wished
from cartellino.enforcement.marks import Mark
from cartellino.enforcement.standing import Sanction, Standing, Strike
from cartellino.kernel.finding import Context, Finding
from cartellino.pipeline.decision_records import decision_of_line
from cartellino.pipeline.findings_journal import Noted
from cartellino.policies.ladder import Ladder, Rung
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import DecisionId
from cartellino.vocabulary.times import DAY


def state_after(lines: Iterable[Mapping[str, Any]], notes: Iterable[Noted], policies: PolicySet) -> EarlierState:
    """Return the sequencer's state after these decisions; `notes` are the journal's findings up to there."""
    kept = list(notes)
    findings = {(finding.sequence, str(finding.rule)): finding for note in kept for finding in note.findings}
    decisions = [decision_of_line(line) for line in lines]
    standings: dict[AccountRef, Standing] = {}
    marked: list[tuple[int, int, Marked | ReleaseNumber]] = []
    for decision in decisions:
        rule = policies.rule(decision.rule)
        if rule is None or decision.mode != "live" or decision.action.kind in ("review", "diagnosis"):
            continue
        account = decision.about
        standings[account] = _with(standings.get(account, Standing()), decision, rule, policies.ladders)
        context = _context(findings, decision)
        if decision.action.kind in ("restriction", "suspension", "ban"):
            mark = Mark(decision.account, decision.action.kind, rule.grave, decision.sanction)
            marked.append((decision.sequence, 1, Marked(decision.service, context, mark)))
    marked += [(act.after, 0, act) for note in kept for act in note.released]
    wished = [
        decision
        for decision in decisions
        if decision.mode in ("live", "held") and decision.action.kind not in ("review", "diagnosis")
    ]
    return EarlierState(
        standings=standings,
        marked=[entry for _, _, entry in sorted(marked, key=lambda entry: entry[:2])],
        wished=[Wished(_brake(findings, decision), decision.at) for decision in wished],
        tripped={_brake(findings, decision) for decision in wished if decision.mode == "held"},
        held=[(decision, findings[decision.sequence, str(decision.rule)]) for decision in decisions
              if decision.mode == "held" and (decision.sequence, str(decision.rule)) in findings],
    )  # fmt: skip


def _with(standing: Standing, decision: Decision, rule: Rule, ladders: Mapping[str, Ladder]) -> Standing:
    sanction = Sanction(
        decision.sanction, decision.id, decision.rule, rule.ladder, decision.action, decision.at, decision.strike,
        wording=decision.wording,
    )  # fmt: skip
    if rule.ladder is None:
        return standing.sanctioned(sanction)
    ladder = ladders[rule.ladder]
    open_strike = _open(standing, ladder, decision)
    if open_strike is not None:  # a decision while a strike is open is an upgrade: it replaces the earlier one
        standing = _replaced(standing, open_strike.decision, decision)
    rung = _rung(ladder, decision)
    strike = Strike(ladder.name, decision.at, rung, rule.rung, decision.id, sequence=decision.sequence)
    return standing.struck(strike, sanction)


def _open(standing: Standing, ladder: Ladder, decision: Decision) -> Strike | None:
    strikes = [strike for strike in standing.strikes if strike.ladder == ladder.name and strike.counts]
    if not strikes:
        return None
    holding = {sanction.decision for sanction in standing.covering(decision.at) if sanction.ladder == ladder.name}
    latest = strikes[-1]
    return latest if decision.at - latest.at < ladder.burst or latest.decision in holding else None


def _replaced(standing: Standing, replaced: DecisionId, by: Decision) -> Standing:
    return Standing(
        tuple(
            replace(strike, replaced_by=by.id) if strike.decision == replaced else strike for strike in standing.strikes
        ),
        tuple(
            replace(sanction, replaced_by=by.id, replaced_at=by.at) if sanction.decision == replaced else sanction
            for sanction in standing.sanctions
        ),
    )


def _rung(ladder: Ladder, decision: Decision) -> int:
    """Return the highest rung with the action and the next step of a decision."""
    fits = [
        number
        for number, rung in enumerate(ladder.rungs, start=1)
        if (rung.kind, rung.scope) == (decision.action.kind, decision.action.scope)
        and _step(ladder.after(number)) == _step(decision.next_step)
    ]
    return max(fits, default=min(max(decision.strike, 1), len(ladder.rungs)))


def _step(rung: Rung | None) -> tuple[object, ...] | None:
    return None if rung is None else (rung.kind, rung.lasts)


def _context(findings: Mapping[tuple[int, str], Finding], decision: Decision) -> Context:
    finding = findings.get((decision.sequence, str(decision.rule)))
    return finding.context if finding is not None else Context()


def _brake(findings: Mapping[tuple[int, str], Finding], decision: Decision) -> Brake:
    made = _context(findings, decision).made
    return decision.service, decision.rule, made is not None and decision.at - made < DAY
