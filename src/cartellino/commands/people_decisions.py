"""What people decide without a rule: because somebody complained, because it was ordered, or at the end of a service.

Such a decision has its row, its texts and its notice like any other, so that the account can ask for a review of it and
everything can be taken back. It is not a strike.
"""

from __future__ import annotations

from collections.abc import Mapping

from cartellino.appeals.deadlines import deadline
from cartellino.commands import projection
from cartellino.commands.notices import notify_bearers, send_sanction_event
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.action import Action, still_works
from cartellino.enforcement.acts import Impose
from cartellino.enforcement.decision import BY_PEOPLE, Decision
from cartellino.enforcement.wording import Wording
from cartellino.notices.facts import OF_ACTION, Facts
from cartellino.storage import tables
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId, digest, sanction_id


def identity_of(*parts: str) -> DecisionId:
    """Return the id of a decision that follows from these, such as a case and an account."""
    return DecisionId(f"d_{digest('people', *parts)[7:31]}")


def impose(
    unit: UnitOfWork, person: AccountRef, identity: DecisionId, about: RuleId, action: Action, wording: Wording,
    why: str,
) -> SanctionId:  # fmt: skip
    """Impose a sanction on an account, write the decision, and tell the holder; return the id of the sanction.

    `about` is what stands in place of a rule, such as `complaints/scam`; `why` is for the ledger.
    """
    decision = Decision(
        id=identity, sanction=sanction_id(identity), account=person.account, service=person.service, at=unit.now,
        sequence=unit.route.sequence, event="", policy=about.partition("/")[0], version=unit.live.policies.version,
        rule=about, code=wording.code, action=action, still_works=still_works([action]), evidence=(), strike=0, rung=0,
        next_step=None, mode="live", wording=wording,
    )  # fmt: skip
    unit.put(tables.decisions, projection.of_decision(decision, BY_PEOPLE, identity))
    given = {"decision": identity, "rule": about, "action": action, "wording": wording}
    unit.act(Impose, why, service=person.service, account=person.account, **given)
    facts = Facts(
        shape=OF_ACTION[action.kind], at=unit.now, code=wording.code, reason=wording.told, clause=dict(wording.clause),
        cause="", scope=action.scope, starts_at=unit.now, ends_at=action.ends_at, automatic=False,
        still_works=still_works([action]), window=deadline("window", None, unit.now).limit,
        review=deadline("appeal", None, unit.now).limit,
    )  # fmt: skip
    notify_bearers(unit, person, decision.sanction, lambda _: facts, identity)
    data = {"sanction_id": decision.sanction, "decision_id": identity, **decision.record()["action"]}
    send_sanction_event(unit, "sanction.imposed", person, decision.sanction, data)
    return decision.sanction


def said_in(reasons: Mapping[str, str]) -> dict[str, str]:
    """Return a reason by language, so that whoever reads another language gets it as it was written first.

    >>> said_in({"id": "Penipuan."}), said_in({"it": "Truffa.", "en": "Fraud."})
    ({'en': 'Penipuan.', 'id': 'Penipuan.'}, {'en': 'Fraud.', 'it': 'Truffa.'})
    """
    written = {language: text.strip() for language, text in reasons.items() if text.strip()}
    return {"en": next(iter(written.values())), **written} if written else {}
