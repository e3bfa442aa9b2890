"""Rebuilds the sequencer's state at the beginning of an edition of the meaning, for a service after an upgrade.

When an edition begins, standings and held decisions are copied to tables of their own in one transaction, and every
later start reads them from there. What the tables lack (such as the device an account used when a rule fired) is read
from the journal of findings; if that is gone, it is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from cartellino.commands.projection import act_of
from cartellino.enforcement.action import Action
from cartellino.enforcement.acts import (
    Act,
    CloseIncident,
    Discard,
    Impose,
    Link,
    OpenIncident,
    Release,
    ReleaseNumber,
)
from cartellino.enforcement.brakes import Brake
from cartellino.enforcement.decision import BY_PEOPLE, Decision
from cartellino.enforcement.earlier_state import EarlierState, Marked, Wished
from cartellino.enforcement.marks import Mark, Waiting
from cartellino.enforcement.standing import Sanction, Standing, Strike
from cartellino.enforcement.wording import UNKNOWN, Wording, wording_in
from cartellino.kernel.finding import Context, Finding
from cartellino.pipeline.decision_records import decision_of_line
from cartellino.pipeline.findings_journal import Noted
from cartellino.policies.rule import Rule
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import sanction_id, short_limit_id
from cartellino.vocabulary.times import DAY, Instant

RuleOf = Callable[[str, str], Rule | None]
"""Finds a rule by policy version and name."""

_COPIES = ((tables.sanctions, tables.told_sanctions), (tables.strikes, tables.told_strikes))


class EditionStart(NamedTuple):
    """The beginning of an edition: the last event, act and row of the ledger (with its seal) before it."""

    edition: int
    sequence: int
    act: int
    ledger: int
    seal: str


def latest(rows: Rows) -> EditionStart | None:
    """Return where the latest edition began; `None` if the whole log is of one edition."""
    editions = tables.editions.c
    query = sa.select(editions.edition, editions.sequence, editions.act, editions.ledger, editions.seal).order_by(
        editions.edition.desc()
    )
    row = rows.execute(query.limit(1)).one_or_none()
    return EditionStart(*row) if row is not None else None


def begin(rows: Rows, edition: int, now: Instant) -> None:
    """Begin an edition here. It may be repeated as long as nothing else was written."""
    for table, copy in _COPIES:
        rows.execute(sa.delete(copy))
        rows.execute(sa.insert(copy).from_select([column.name for column in copy.c], sa.select(*table.c)))
    rows.execute(sa.delete(tables.told_held))
    waiting = [{"decision_id": decision} for decision in _waiting(rows)]
    if waiting:
        rows.execute(sa.insert(tables.told_held), waiting)
    sequence = rows.scalar(sa.select(tables.progress.c.value).where(tables.progress.c.name == "sequence")) or 0
    act = rows.scalar(sa.select(sa.func.max(tables.acts.c.number))) or 0
    last = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number.desc()).limit(1)).one_or_none()
    number, seal = (last.number, last.seal) if last is not None else (0, "")
    rows.execute(sa.delete(tables.editions).where(tables.editions.c.edition == edition))
    began = {"edition": edition, "sequence": sequence, "act": act, "ledger": number, "seal": seal, "at": now}
    rows.execute(sa.insert(tables.editions).values(**began))


def _waiting(rows: Rows) -> list[str]:
    """Return the ids of held decisions that were not released, discarded or overturned."""
    acts, decisions = tables.acts.c, tables.decisions.c
    looks = sa.select(tables.acts).where(acts.kind.in_(("Release", "Discard"))).order_by(acts.number)
    looked = _looked(act_of(row) for row in rows.execute(looks))
    overturned = {row.data["decision"] for row in rows.execute(sa.select(tables.acts).where(acts.kind == "Overturn"))}
    candidates = rows.execute(
        sa.select(decisions.decision_id, decisions.rule, decisions.sequence).where(decisions.mode == "held")
    )
    return [
        row.decision_id
        for row in candidates
        if row.decision_id not in overturned and row.sequence > looked.get(row.rule, -1)
    ]


def _looked(acts: Iterable[Act]) -> dict[str, int]:
    """Return by rule the last event before a person last released or discarded its held decisions."""
    return {act.rule: act.after for act in acts if isinstance(act, Release | Discard)}


def state_at(rows: Rows, start: EditionStart, journal: Iterable[Noted], rule_of: RuleOf) -> EarlierState:
    """Return the sequencer's state at the beginning of an edition."""
    before = tables.acts.c.number <= start.act
    acts = [act_of(row) for row in rows.execute(sa.select(tables.acts).where(before).order_by(tables.acts.c.number))]
    until = tables.decisions.c.sequence <= start.sequence
    decided = rows.execute(sa.select(tables.decisions).where(until).order_by(tables.decisions.c.sequence)).all()
    wanted = {(row.sequence, row.rule) for row in decided}
    notes = [note for note in journal if note.through <= start.sequence]
    findings = {
        (finding.sequence, str(finding.rule)): finding
        for note in notes
        for finding in note.findings
        if (finding.sequence, str(finding.rule)) in wanted
    }
    waiting = set(rows.scalars(sa.select(tables.told_held.c.decision_id)))
    looked = _looked(acts)
    wished = [row for row in decided if _is_wish(row) and row.sequence > looked.get(row.rule, -1)]
    limits = {row.sanction_id: _action(row) for row in rows.execute(sa.select(tables.told_sanctions))}
    held = [(_held(row, limits), findings.get((row.sequence, row.rule)) or _finding_of(row)) for row in decided
            if row.decision_id in waiting]  # fmt: skip
    return EarlierState(
        standings=_standings(rows),
        linked=[(AccountRef(act.service, act.account), AccountRef(act.other_service, act.other_account)) for act in acts
                if isinstance(act, Link)],
        marked=_marked(decided, findings, notes, acts, rule_of, waiting),
        incidents=[act for act in acts if isinstance(act, OpenIncident | CloseIncident)],
        wished=[Wished(_brake(row, findings), _at(row, findings)) for row in wished],
        tripped={_brake(row, findings) for row in wished if row.mode == "held" or row.decision_id in waiting},
        held=held,
        asked={row.decision_id: wording_in(row.record) for row in decided if row.kind == "review"},
        sealed=(start.ledger, start.seal),
    )  # fmt: skip


def _standings(rows: Rows) -> dict[AccountRef, Standing]:
    query = sa.select(tables.decisions.c.decision_id, tables.decisions.c.sequence, tables.decisions.c.record)
    decided = {row.decision_id: row for row in rows.execute(query)}
    sequences = {identity: row.sequence for identity, row in decided.items()}
    wordings = {identity: wording_in(row.record) for identity, row in decided.items()}
    sanctions, strikes = defaultdict[AccountRef, list[Sanction]](list), defaultdict[AccountRef, list[Strike]](list)
    for row in rows.execute(sa.select(tables.told_sanctions)):
        sanctions[AccountRef(row.service, row.account)].append(_sanction(row, wordings.get(row.decision_id, UNKNOWN)))
    for row in rows.execute(sa.select(tables.told_strikes)):
        strikes[AccountRef(row.service, row.account)].append(
            Strike(row.ladder, row.at, row.rung, row.least, row.decision_id, row.revoked, row.replaced_by, row.sequence)
        )
    return {
        account: Standing(
            tuple(sorted(strikes[account], key=lambda strike: (strike.sequence, strike.at))),
            tuple(
                sorted(
                    sanctions[account], key=lambda sanction: (sequences.get(sanction.decision, 0), sanction.starts_at)
                )
            ),
        )
        for account in {*sanctions, *strikes}
    }


def _sanction(row: sa.Row[Any], wording: Wording) -> Sanction:
    return Sanction(
        row.sanction_id, row.decision_id, row.rule, row.ladder, _action(row), row.starts_at, row.strike, row.lifted_at,
        row.expired_at, row.replaced_by, row.replaced_at, wording,
    )  # fmt: skip


def _action(row: sa.Row[Any]) -> Action:
    return Action(row.kind, tuple(row.scope), row.ends_at)


def _marked(
    decided: Sequence[sa.Row[Any]], findings: dict[tuple[int, str], Finding], notes: Sequence[Noted],
    acts: Sequence[Act], rule_of: RuleOf, waiting: Collection[str],
) -> list[Marked | Waiting | ReleaseNumber]:  # fmt: skip
    """Return the marks that accounts left or may leave, and the released numbers, in the order of the log.

    A mark is placed at the event of its decision, even if a person confirmed the decision later.
    """
    imposed = {act.decision: act.action.kind for act in acts if isinstance(act, Impose)}
    placed: list[tuple[int, int, Marked | Waiting | ReleaseNumber]] = []
    for row in decided:
        finding = findings.get((row.sequence, row.rule))
        if finding is None:
            continue
        kind = imposed.get(row.decision_id, row.kind)
        is_asked = row.kind == "review" and row.mode == "live" and row.decision_id not in imposed
        if row.decision_id in waiting or is_asked:
            placed.append((row.sequence, 1, Waiting(row.decision_id, row.service, row.account, finding.context)))
        elif row.mode == "live" and kind in ("restriction", "suspension", "ban"):
            rule = rule_of(row.policy_version, row.rule)
            mark = Mark(row.account, kind, rule is not None and rule.grave, row.sanction_id)
            placed.append((row.sequence, 1, Marked(row.service, finding.context, mark)))
    placed += [(act.after, 0, act) for note in notes for act in note.released]
    placed += [(act.after, 2, act) for act in acts if isinstance(act, ReleaseNumber)]
    return [entry for _, _, entry in sorted(placed, key=lambda entry: entry[:2])]


def _is_wish(row: sa.Row[Any]) -> bool:
    """Say whether a decision counted for a brake."""
    is_by_rule = row.rule_version != BY_PEOPLE
    return is_by_rule and row.mode in ("live", "held") and row.kind not in ("review", "diagnosis")


def _at(row: sa.Row[Any], findings: dict[tuple[int, str], Finding]) -> Instant:
    """Return the time of a decision's finding; the row itself has the time of a later release."""
    finding = findings.get((row.sequence, row.rule))
    return finding.at if finding is not None else int(row.at)


def _brake(row: sa.Row[Any], findings: dict[tuple[int, str], Finding]) -> Brake:
    finding = findings.get((row.sequence, row.rule))
    made = finding.context.made if finding is not None else None
    return row.service, row.rule, made is not None and _at(row, findings) - made < DAY


def _held(row: sa.Row[Any], limits: Mapping[str, Action]) -> Decision:
    """Return a decision as it was held; its row may have changed by a release or an erasure since."""
    identity = row.decision_id
    named = sanction_id(identity)
    decision = replace(decision_of_line(row.record), id=identity, sanction=named, account=row.account)
    return replace(decision, mode="held", meanwhile=limits.get(short_limit_id(identity)))


def _finding_of(row: sa.Row[Any]) -> Finding:
    """Return a finding restored from a decision's row, without its context, if the journal is gone."""
    event = row.record["event"]
    return Finding(row.sequence, row.at, event, row.service, row.account, row.rule, (), Context(), 0, row.decision_id)
