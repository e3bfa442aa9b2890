"""Cases: filing and deciding appeals, reviews and the siblings of reversed decisions.

Each function runs in a unit of work, so that it takes effect as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cartellino.appeals.deadlines import deadline
from cartellino.appeals.hearing import (
    LARGEST_ATTACHMENT,
    MEDIA_TYPES,
    MOST_ATTACHMENTS,
    NotNow,
    NotReadable,
    Outcome,
    TooMuch,
    file_name,
    lacks,
    may_decide,
    may_file,
)
from cartellino.commands import case_log
from cartellino.commands.names import random_id
from cartellino.commands.notices import notify_bearers, remaining, send_sanction_event
from cartellino.commands.report_outcomes import learn_outcome
from cartellino.commands.reversal import alike, overturn, rows_of, stands
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.action import Action
from cartellino.enforcement.acts import Impose, Shorten
from cartellino.enforcement.decision import BY_PEOPLE
from cartellino.enforcement.standing import Sanction
from cartellino.enforcement.wording import wording_in
from cartellino.notices.facts import OF_ACTION, Facts, Shape
from cartellino.queries.appealable import MOST_APPEALS, filed, is_undone
from cartellino.queries.cases import took_part
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId
from cartellino.vocabulary.refusals import NotFound, Refusal
from cartellino.vocabulary.times import Instant

MOST_SIBLINGS = 100
"""At most so many other sanctions of a reversed decision's rule version are opened for review at once."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with an appeal."""

    name: str
    media_type: str
    content: bytes


def decision_of(unit: UnitOfWork, decision: str) -> sa.Row[Any]:
    """Return the row of a decision.

    Raises `NotFound` when there is none.
    """
    rows = unit.read(sa.select(tables.decisions).where(tables.decisions.c.decision_id == decision))
    if not rows:
        raise NotFound(f"there is no decision `{decision}`")
    return rows[0]


def case_of(unit: UnitOfWork, case: str) -> sa.Row[Any]:
    """Return the row of a case.

    Raises `NotFound` when there is none.
    """
    rows = unit.read(sa.select(tables.cases).where(tables.cases.c.case_id == case))
    if not rows:
        raise NotFound(f"there is no case `{case}`")
    return rows[0]


def file_appeal(
    unit: UnitOfWork,
    sanction: str,
    text: str,
    door: str,
    *,
    region: str | None = None,
    files: tuple[Attachment, ...] = (),
) -> str:
    """File an appeal against a sanction, and return the id of the case.

    Raises `NotNow` when it is too late or filed already, `TooMuch` for text or files beyond the limits, `NotReadable`
    for files of other types.
    """
    register = unit.route.sequencer.register
    person, imposed = register.owner(SanctionId(sanction)), register.sanction(SanctionId(sanction))
    is_open, heard = unit.ask(lambda rows: filed(rows, sanction))
    if heard >= MOST_APPEALS:
        raise NotNow(f"{MOST_APPEALS} appeals against this were heard; a court or a dispute body is the way from here")
    undone = is_undone(register, person, imposed)
    _refuse(may_file(text, imposed.starts_at, region, unit.now, is_open=is_open, undone=undone))
    _refuse(_files_fit(files))
    decision = decision_of(unit, imposed.decision)
    case = _open(unit, "appeal", decision, door, text.strip(), region=region, sanction=sanction)
    for file in files:
        record = {"attachment_id": random_id("f"), "case_id": case, "at": unit.now}
        content = {"name": file_name(file.name), "media_type": file.media_type, "content": file.content}
        unit.put(tables.attachments, record | content)
    received = Facts(shape="appeal_received", at=unit.now, code=decision.code)
    notify_bearers(unit, person, sanction, lambda _: received, imposed.decision)
    return case


def _files_fit(files: tuple[Attachment, ...]) -> Refusal | None:
    if len(files) > MOST_ATTACHMENTS:
        return TooMuch(f"an appeal has at most {MOST_ATTACHMENTS} files")
    for file in files:
        if len(file.content) > LARGEST_ATTACHMENT:
            return TooMuch(f"`{file.name}` is larger than {LARGEST_ATTACHMENT:,} bytes")
        if file.media_type not in MEDIA_TYPES:
            return NotReadable(f"`{file.name}` is {file.media_type}; files may be {', '.join(sorted(MEDIA_TYPES))}")
    return None


def decide_appeal(
    unit: UnitOfWork, case: str, role: str, outcome: Outcome, reason: str, ends_at: Instant | None = None,
    also: Collection[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Decide an appeal: uphold, reverse or shorten. Return what was done, and the siblings that were opened for review.

    `also` are other decisions about the person, among those that `alike` returns; they are reversed as well.

    Raises `NotYours` when this operator may not decide it, `NotNow` when nobody can any more, `BadArgument` for an
    `also` that `alike` does not return.
    """
    row = case_of(unit, case)
    if row.kind not in ("appeal", "sibling"):
        raise NotNow(f"`{case}` is a {row.kind}, not an appeal")
    decision = decision_of(unit, row.decision_id)
    sanction = unit.route.sequencer.register.sanction(SanctionId(row.sanction_id))
    own = _took_part(unit, decision, row.sanction_id)
    _refuse(may_decide(unit.by, role, took_part=own, closed=row.closed_at is not None))
    _refuse(lacks(outcome, reason, ends_at, unit.now, sanction.action.ends_at))
    if also and outcome != "reversed":
        raise NotNow("`also` goes only with the outcome `reversed`")
    siblings, also = list[str](), list(dict.fromkeys(also))
    if outcome == "reversed":
        siblings = _reverse(unit, row, decision, role, reason, also)
    elif outcome == "shortened" and ends_at is not None:
        if not sanction.limits(unit.now):
            raise NotNow("it is over, and cannot end earlier; say whether it was right")
        unit.act(Shorten, reason, sanction=sanction.id, ends_at=ends_at)
        _tell(unit, "shortened", decision, sanction, reason, ends_at)
        told = {"sanction_id": sanction.id, "ends_at": ends_at}
        send_sanction_event(unit, "sanction.shortened", AccountRef(row.service, row.account), sanction.id, told)
    else:
        _tell(unit, "decision_upheld", decision, sanction, reason)
        learn_outcome(unit, decision.service, decision.account, right=True, until=decision.at)
    if outcome != "reversed":  # a reversal has closed every open case about the decision
        close(unit, row, outcome, reason)
    return {"case_id": case, "outcome": outcome, "also": also, "siblings": siblings}


def take_back(unit: UnitOfWork, decision: str, role: str, reason: str, also: Collection[str] = ()) -> dict[str, Any]:
    """Reverse a decision that an operator found wrong, without an appeal. `also` as in `decide_appeal`.

    Raises `NotFound` when there is no such decision, `NotYours` when this operator may not, `NotNow` if nobody can.
    """
    row, also = decision_of(unit, decision), list(dict.fromkeys(also))
    _may_take_back(unit, row, role)
    _refuse(lacks("reversed", reason, None, unit.now, None))
    _overturn_with(unit, row, role, reason, also)
    return {"decision_id": decision, "also": also}


def _may_take_back(unit: UnitOfWork, decision: sa.Row[Any], role: str) -> None:
    own = _took_part(unit, decision, decision.sanction_id)
    _refuse(may_decide(unit.by, role, took_part=own, closed=False))
    if not stands(unit.live, decision.decision_id):
        raise NotNow(f"`{decision.decision_id}` has no effect any more that could be taken back")


def _overturn_with(unit: UnitOfWork, decision: sa.Row[Any], role: str, reason: str, also: Collection[str]) -> None:
    """Overturn a decision and the chosen others; the operator may have had a part in none of them."""
    others = rows_of(unit, also, alike(unit.route.sequencer.register, decision.decision_id, unit.now))
    for other in others:
        _may_take_back(unit, other, role)
    overturn(unit, [decision, *others], reason)


def _reverse(
    unit: UnitOfWork, row: sa.Row[Any], decision: sa.Row[Any], role: str, reason: str, also: Collection[str]
) -> list[str]:
    """Reverse a decision with all that followed from it (law 10); return the sanctions opened for review like it."""
    _overturn_with(unit, decision, role, reason, also)
    siblings = _siblings(unit, decision) if row.kind == "appeal" else []
    for other in siblings:
        _open(unit, "sibling", other, "reversal", f"like {decision.decision_id}", sanction=other.sanction_id)
    return [sibling.sanction_id for sibling in siblings]


def decide_review(unit: UnitOfWork, case: str, role: str, action: Action | None, reason: str) -> dict[str, Any]:
    """Decide a review that a rule asked for: sanction the account, or dismiss it (`action` is `None`)."""
    row = case_of(unit, case)
    if row.kind != "review":
        raise NotNow(f"`{case}` is a {row.kind}, not a review")
    _refuse(may_decide(unit.by, role, took_part=False, closed=row.closed_at is not None))
    _refuse(lacks("upheld", reason, None, unit.now, None))
    decision = decision_of(unit, row.decision_id)
    person = AccountRef(decision.service, decision.account)
    if action is not None:
        given = {"decision": DecisionId(decision.decision_id), "rule": RuleId(decision.rule), "action": action}
        unit.act(Impose, reason, service=person[0], account=person[1], **given)
        wording = wording_in(decision.record)
        facts = Facts(
            shape=OF_ACTION[action.kind], at=unit.now, code=decision.code, reason=wording.told, automatic=False,
            clause=dict(wording.clause), scope=action.scope, starts_at=unit.now,
            ends_at=action.ends_at, cause="reports", window=deadline("window", None, unit.now).limit,
            review=deadline("appeal", None, unit.now).limit,
        )  # fmt: skip
        notify_bearers(unit, person, decision.sanction_id, lambda _: facts, decision.decision_id)
        data = {"sanction_id": decision.sanction_id, "kind": action.kind}
        send_sanction_event(unit, "sanction.imposed", person, decision.sanction_id, data)
    learn_outcome(unit, *person, right=action is not None, until=decision.at)
    outcome = "sanctioned" if action is not None else "dismissed"
    close(unit, row, outcome, reason)
    return {"case_id": case, "outcome": outcome}


def close(unit: UnitOfWork, row: sa.Row[Any], outcome: str, reason: str) -> None:
    """Close a case."""
    case_log.close(unit, row.case_id, row.kind, AccountRef(row.service, row.account), outcome, reason)


def undo_rule_version(unit: UnitOfWork, rule_version: str, reason: str) -> list[str]:
    """Reverse all effective decisions of a rule version, held ones as well; return the ids of their sanctions."""
    of_version = tables.decisions.c.rule_version == rule_version, tables.decisions.c.mode.in_(("live", "held"))
    asked = sa.select(tables.decisions).where(*of_version)
    undone: list[str] = []
    register = unit.route.sequencer.register
    for decision in unit.read(asked.order_by(tables.decisions.c.sequence)):
        standing = register.standing(AccountRef(decision.service, decision.account))
        struck = any(strike.decision == decision.decision_id and not strike.revoked for strike in standing.strikes)
        holds = any(one.decision == decision.decision_id and one.limits(unit.now) for one in standing.sanctions)
        if struck or holds or decision.decision_id in unit.route.sequencer.held:
            overturn(unit, [decision], reason)
            undone.append(decision.sanction_id)
    unit.record("undone", rule_version, reason)
    return undone


def _siblings(unit: UnitOfWork, decision: sa.Row[Any]) -> list[sa.Row[Any]]:
    """Return other decisions of the same rule version whose sanction is in force and that have no case yet.

    What people decided without a rule has no siblings: that one was wrong says nothing of the others.
    """
    if decision.rule_version == BY_PEOPLE:
        return []
    decisions = tables.decisions.c
    asked = sa.select(tables.decisions).where(
        decisions.rule_version == decision.rule_version,
        decisions.mode == "live",
        decisions.decision_id != decision.decision_id,
        decisions.decision_id.not_in(
            sa.select(tables.cases.c.decision_id).where(tables.cases.c.decision_id.is_not(None))
        ),
    )
    register = unit.route.sequencer.register
    siblings = []
    for other in unit.read(asked.order_by(decisions.at.desc()).limit(10 * MOST_SIBLINGS)):
        standing = register.standing(AccountRef(other.service, other.account))
        if any(one.decision == other.decision_id and one.limits(unit.now) for one in standing.sanctions):
            siblings.append(other)
    return siblings[:MOST_SIBLINGS]


def _open(
    unit: UnitOfWork,
    kind: str,
    decision: sa.Row[Any],
    door: str,
    text: str,
    *,
    sanction: str,
    region: str | None = None,
) -> str:
    due = deadline("appeal" if kind == "appeal" else "review", region, unit.now)
    person, topic = AccountRef(decision.service, decision.account), decision.rule.partition("/")[0]
    return case_log.enter(
        unit, random_id("c"), kind, person, due, door, topic=topic, text=text, sanction=sanction, region=region,
        decision=decision.decision_id, rule_version=decision.rule_version,
    )  # fmt: skip


def _took_part(unit: UnitOfWork, decision: sa.Row[Any], sanction: str) -> bool:
    return unit.ask(lambda rows: took_part(rows, unit.by, decision, sanction))


def _tell(
    unit: UnitOfWork,
    shape: Shape,
    decision: sa.Row[Any],
    sanction: Sanction,
    reason: str,
    ends_at: Instant | None = None,
) -> None:
    def said(bearer: AccountRef) -> Facts:
        remains = remaining(unit, bearer, sanction.id) if shape == "shortened" else ()
        return Facts(
            shape=shape, at=unit.now, code=decision.code, said=reason, topic=sanction.action.kind, ends_at=ends_at,
            holds=sanction.action.kind if sanction.is_left(unit.now) else "", remains=remains,
        )  # fmt: skip

    notify_bearers(unit, AccountRef(decision.service, decision.account), sanction.id, said, decision.decision_id)


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal
