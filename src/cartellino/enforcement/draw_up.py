"""Makes the record of a decision: adds evidence, texts, and what still works for the account."""

from __future__ import annotations

from collections.abc import Sequence

from cartellino.enforcement.action import Action, short_limit, still_works
from cartellino.enforcement.decide import Measure
from cartellino.enforcement.decision import Decision, ModeOfDecision
from cartellino.enforcement.rulebook import Rulebook
from cartellino.enforcement.standing import Sanction
from cartellino.kernel.finding import Finding
from cartellino.policies.ladder import SEVERITY
from cartellino.policies.rule import Rule
from cartellino.vocabulary.ids import DecisionId, decision_id, sanction_id
from cartellino.vocabulary.times import Instant


def draw_up(
    finding: Finding,
    rule: Rule,
    measure: Measure,
    mode: ModeOfDecision,
    note: str,
    rulebook: Rulebook,
    holding: Sequence[Sanction],
) -> Decision:
    """Return the decision on a finding; `holding` are the sanctions in force at the finding."""
    version = rulebook.policies.version
    derived = decision_id(finding.service, finding.account, rule.id, version, finding.event, finding.sequence)
    identity = DecisionId(finding.decision) if finding.decision else derived
    ladder = rulebook.ladder_of(rule)
    meanwhile = _meanwhile(measure.action, finding.at) if mode == "held" else None
    return Decision(
        id=identity,
        sanction=sanction_id(identity),
        account=finding.account,
        service=finding.service,
        at=finding.at,
        sequence=finding.sequence,
        event=finding.event,
        policy=rule.policy,
        version=version,
        rule=rule.id,
        code=rule.code,
        action=measure.action,
        still_works=still_works(_limits(holding, measure, identity, mode, meanwhile)),
        evidence=finding.evidence,
        strike=measure.strike,
        rung=measure.rung,
        next_step=ladder.after(measure.rung) if ladder is not None else None,
        mode=mode,
        note=note,
        meanwhile=meanwhile,
        context=finding.context,
        wording=rulebook.wordings[rule.id],
    )


def _limits(
    holding: Sequence[Sanction], measure: Measure, identity: DecisionId, mode: ModeOfDecision, meanwhile: Action | None
) -> list[Action]:
    """Return the actions that limit the account after the decision."""
    if mode != "live":
        return [*(sanction.action for sanction in holding), *([meanwhile] if meanwhile is not None else [])]
    # The sanction that it upgrades, and the short limit of a held decision, end when it begins.
    stay = (sanction for sanction in holding if sanction != measure.upgrades and sanction.decision != identity)
    return [*(sanction.action for sanction in stay), measure.action]


def _meanwhile(wish: Action, now: Instant) -> Action | None:
    """Return the short limit for a held decision; `None` for an action that does not limit the account."""
    return short_limit(now) if wish.severity >= SEVERITY["challenge"] else None
