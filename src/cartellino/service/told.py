"""How a service goes on after an upgrade of the meaning: what was decided is read as it was told.

When an edition begins, standings and held wishes are copied to tables of their own in one transaction, and from then on
every start takes them up from there. What the tables do not hold (what an account used when a rule fired) stands in the
journal of findings; where that is gone, it is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from cartellino.enforcement.action import Action
from cartellino.enforcement.acts import (
    Act,
    CloseIncident,
    Link,
    OpenIncident,
    ReleaseNumber,
)
from cartellino.enforcement.decision import Decision
from cartellino.enforcement.marks import Mark
from cartellino.enforcement.standing import Sanction, Standing, Strike
from cartellino.enforcement.told import Marked, Told, Wished
from cartellino.kernel.finding import Context, Finding
from cartellino.policies.rule import Rule
from cartellino.service.notes import Noted
from cartellino.service.projection import act_of
from cartellino.service.records import decision_of_line
from cartellino.storage import tables
from cartellino.storage.database import Rows
from cartellino.vocabulary.ids import sanction_id
from cartellino.vocabulary.times import DAY, Instant

Account = tuple[str, str]
RuleOf = Callable[[str, str], Rule | None]
"""Finds a rule by policy version and name."""

_COPIES = ((tables.sanctions, tables.told_sanctions), (tables.strikes, tables.told_strikes))


class Begun(NamedTuple):
    """An edition began after these: an event of the log, an act, and a row of the ledger with its seal."""

    edition: int
    sequence: int
    act: int
    ledger: int
    seal: str


def latest(rows: Rows) -> Begun | None:
    """Return where the latest edition began; `None` where the whole log is of one edition."""
    held = tables.editions.c
    asked = sa.select(held.edition, held.sequence, held.act, held.ledger, held.seal).order_by(held.edition.desc())
    row = rows.execute(asked.limit(1)).one_or_none()
    return Begun(*row) if row is not None else None


def begin(rows: Rows, edition: int, now: Instant) -> None:
    """Let an edition begin after everything that is kept. It may be done again while nothing has happened since."""
    for table, copy in _COPIES:
        rows.execute(sa.delete(copy))
        rows.execute(sa.insert(copy).from_select([column.name for column in copy.c], sa.select(*table.c)))
    rows.execute(sa.delete(tables.told_held))
    held = [{"decision_id": one} for one in _waiting(rows)]
    if held:
        rows.execute(sa.insert(tables.told_held), held)
    sequence = rows.scalar(sa.select(tables.progress.c.value).where(tables.progress.c.name == "sequence")) or 0
    act = rows.scalar(sa.select(sa.func.max(tables.acts.c.number))) or 0
    last = rows.execute(sa.select(tables.ledger).order_by(tables.ledger.c.number.desc()).limit(1)).one_or_none()
    number, seal = (last.number, last.seal) if last is not None else (0, "")
    rows.execute(sa.delete(tables.editions).where(tables.editions.c.edition == edition))
    began = {"edition": edition, "sequence": sequence, "act": act, "ledger": number, "seal": seal, "at": now}
    rows.execute(sa.insert(tables.editions).values(**began))


def _waiting(rows: Rows) -> list[str]:
    """Return the decisions that are held and that nobody has released, discarded or overturned."""
    acts = tables.acts.c
    settled = list(rows.execute(sa.select(tables.acts).where(acts.kind.in_(("Release", "Discard")))))
    overturned = {row.data["decision"] for row in rows.execute(sa.select(tables.acts).where(acts.kind == "Overturn"))}
    decided = tables.decisions.c
    held = rows.execute(sa.select(decided.decision_id, decided.rule, decided.sequence).where(decided.mode == "held"))
    return [
        row.decision_id
        for row in held
        if row.decision_id not in overturned
        and not any(act.data["rule"] == row.rule and act.after >= row.sequence for act in settled)
    ]


def told(rows: Rows, begun: Begun, journal: Iterable[Noted], rule_of: RuleOf) -> Told:
    """Return what stood when an edition began."""
    before = tables.acts.c.number <= begun.act
    acts = [act_of(row) for row in rows.execute(sa.select(tables.acts).where(before).order_by(tables.acts.c.number))]
    until = tables.decisions.c.sequence <= begun.sequence
    decided = rows.execute(sa.select(tables.decisions).where(until).order_by(tables.decisions.c.sequence)).all()
    wanted = {(row.sequence, row.rule) for row in decided}
    notes = [note for note in journal if note.through <= begun.sequence]
    found = {
        (one.sequence, str(one.rule)): one
        for note in notes
        for one in note.findings
        if (one.sequence, str(one.rule)) in wanted
    }
    waiting = set(rows.scalars(sa.select(tables.told_held.c.decision_id)))
    held = [(_decision_of(row), found.get((row.sequence, row.rule)) or _finding_of(row)) for row in decided
            if row.decision_id in waiting]  # fmt: skip
    return Told(
        standings=_standings(rows),
        linked=[((act.service, act.account), (act.other_service, act.other_account)) for act in acts
                if isinstance(act, Link)],
        marked=_marked(decided, found, notes, acts, rule_of),
        incidents=[act for act in acts if isinstance(act, OpenIncident | CloseIncident)],
        wished=_wished(decided, found),
        held=held,
        asked={row.decision_id: found[row.sequence, row.rule].context for row in decided
               if row.kind == "review" and (row.sequence, row.rule) in found},
        sealed=(begun.ledger, begun.seal),
    )  # fmt: skip


def _standings(rows: Rows) -> dict[Account, Standing]:
    asked = sa.select(tables.decisions.c.decision_id, tables.decisions.c.sequence)
    sequences = {row.decision_id: row.sequence for row in rows.execute(asked)}
    sanctions, strikes = defaultdict[Account, list[Sanction]](list), defaultdict[Account, list[Strike]](list)
    for row in rows.execute(sa.select(tables.told_sanctions)):
        sanctions[row.service, row.account].append(_sanction(row))
    for row in rows.execute(sa.select(tables.told_strikes)):
        strikes[row.service, row.account].append(
            Strike(row.ladder, row.at, row.rung, row.least, row.decision_id, row.revoked, row.replaced_by, row.sequence)
        )
    return {
        account: Standing(
            tuple(sorted(strikes[account], key=lambda one: (one.sequence, one.at))),
            tuple(sorted(sanctions[account], key=lambda one: (sequences.get(one.decision, 0), one.starts_at))),
        )
        for account in {*sanctions, *strikes}
    }


def _sanction(row: sa.Row[Any]) -> Sanction:
    action = Action(row.kind, tuple(row.scope), row.ends_at)
    return Sanction(
        row.sanction_id, row.decision_id, row.rule, row.ladder, action, row.starts_at, row.strike, row.lifted_at,
        row.expired_at, row.replaced_by, row.replaced_at,
    )  # fmt: skip


def _marked(
    decided: Sequence[sa.Row[Any]], found: dict[tuple[int, str], Finding], notes: Sequence[Noted],
    acts: Sequence[Act], rule_of: RuleOf,
) -> list[Marked | ReleaseNumber]:  # fmt: skip
    """Return the marks that accounts left, and the numbers that went back, in the order of the log."""
    placed: list[tuple[int, int, Marked | ReleaseNumber]] = []
    for row in decided:
        finding = found.get((row.sequence, row.rule))
        if row.mode == "live" and row.kind in ("restriction", "suspension", "ban") and finding is not None:
            rule = rule_of(row.policy_version, row.rule)
            mark = Mark(row.account, row.kind, rule is not None and rule.grave, row.sanction_id)
            placed.append((row.sequence, 1, Marked(row.service, finding.context, mark)))
    placed += [(act.after, 0, act) for note in notes for act in note.released]
    placed += [(act.after, 2, act) for act in acts if isinstance(act, ReleaseNumber)]
    return [entry for _, _, entry in sorted(placed, key=lambda one: one[:2])]


def _wished(decided: Sequence[sa.Row[Any]], found: dict[tuple[int, str], Finding]) -> list[Wished]:
    """Return what brakes still count of the last day."""
    end = max((row.at for row in decided), default=0)
    recent = [
        row for row in decided
        if row.at > end - DAY and row.mode in ("live", "held") and row.kind not in ("review", "diagnosis")
    ]  # fmt: skip
    return [
        Wished(row.service, row.rule, _is_young(found.get((row.sequence, row.rule)), row.at), row.at) for row in recent
    ]


def _is_young(finding: Finding | None, at: Instant) -> bool:
    made = finding.context.made if finding is not None else None
    return made is not None and at - made < DAY


def _decision_of(row: sa.Row[Any]) -> Decision:
    """Return a decision as its row tells it: the account may have been erased from the record."""
    identity, account = row.decision_id, row.account
    return replace(decision_of_line(row.record), id=identity, sanction=sanction_id(identity), account=account)


def _finding_of(row: sa.Row[Any]) -> Finding:
    """Return what is left of a finding whose journal is gone."""
    event = row.record["event"]
    return Finding(row.sequence, row.at, event, row.service, row.account, row.rule, (), Context(), 0, row.decision_id)
