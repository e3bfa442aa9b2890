"""Decides on findings and applies acts, in the order of the log. Nothing else changes standings, marks and brakes.

    finding → reach (mode, canary, hold-out) → given → incident → decide → brake → standing

>>> from cartellino.policies.load import Text, load
>>> sequencer = Sequencer(load([Text("p.yaml", "policy: p\\nladders: {soft: [warning]}")]))
>>> sequencer.standing("main", "a1").name(now=0)
'clear'
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from cartellino.enforcement.acts import (
    Act,
    Adopt,
    CloseIncident,
    Discard,
    Erase,
    Expire,
    Impose,
    Lift,
    Link,
    OpenIncident,
    Overturn,
    Record,
    Redact,
    Release,
    ReleaseNumber,
    SetBack,
    Shorten,
)
from cartellino.enforcement.brakes import Brakes
from cartellino.enforcement.decide import Measure, decide
from cartellino.enforcement.decision import Decision, ModeOfDecision
from cartellino.enforcement.draw_up import draw_up
from cartellino.enforcement.earlier_state import EarlierState, Marked
from cartellino.enforcement.given import Circumstances
from cartellino.enforcement.held import Held
from cartellino.enforcement.incidents import Incidents
from cartellino.enforcement.ledger import REDACTED, Ledger
from cartellino.enforcement.marks import Mark, Marks, Waiting
from cartellino.enforcement.reach import out_of_reach
from cartellino.enforcement.register import Register
from cartellino.enforcement.remedy import recomputed
from cartellino.enforcement.rulebook import Rulebook
from cartellino.enforcement.standing import Sanction, Standing, Strike
from cartellino.enforcement.wording import Wording
from cartellino.kernel.finding import Context, Finding
from cartellino.policies.ladder import Ladder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import IMPORT, shown
from cartellino.vocabulary.actors import rule as by_rule
from cartellino.vocabulary.ids import DecisionId, SanctionId, sanction_id, short_limit_id
from cartellino.vocabulary.times import DAY, rough_duration


class Sequencer:
    """Turns findings into decisions and acts into changes. Its state is a function of these, in their order."""

    def __init__(self, policies: PolicySet, salt: str = "", brakes: Brakes | None = None) -> None:
        """`salt` keys canaries, hold-outs and pseudonyms; `brakes` defaults to those of law 7."""
        self.brakes = brakes if brakes is not None else Brakes()
        self.held = Held()
        self.joined = 0
        self._salt = salt
        self._register = Register(salt)
        self._marks = Marks()
        self._incidents = Incidents()
        self._rulebook = Rulebook(policies)
        self._asked: dict[DecisionId, Wording] = {}

    def go_on_from(self, earlier: EarlierState) -> None:
        """Take over the state of an earlier edition of the meaning; this sequencer must be new."""
        for pair in earlier.linked:
            self._register.link(*pair)
        self._register.go_on_from(earlier.standings)
        for entry in earlier.marked:
            match entry:
                case ReleaseNumber(service=service, number=number, account=account):
                    self._marks.release(service, number, account)
                case Waiting():
                    self._marks.wait(entry)
                case Marked(service, context, mark):
                    self._marks.put(service, context, mark)
        for act in earlier.incidents:
            self._incidents.note(act)
        for wish in earlier.wished:
            self.brakes.recall(wish.brake, wish.at)
        for brake in earlier.tripped:
            self.brakes.trip(brake)
        self.held.hold(earlier.held)
        self.ledger.go_on_from(*earlier.sealed)

    def adopt(self, policies: PolicySet) -> None:
        """Decide by other policies from now on. Held decisions of a removed rule are still decided by that rule."""
        self._rulebook.adopt(policies)

    @property
    def policies(self) -> PolicySet:
        """The current policies."""
        return self._rulebook.policies

    @property
    def ledger(self) -> Ledger:
        """The ledger of all changes."""
        return self._register.ledger

    def rule(self, identity: str) -> Rule | None:
        """Return a rule by its id, in its last version if it was removed; `None` if there was none."""
        return self._rulebook.rule(identity)

    @property
    def ladders(self) -> Mapping[str, Ladder]:
        """All ladders by name; removed ones in their last version."""
        return self._rulebook.ladders

    @property
    def register(self) -> Register:
        """The register of all standings."""
        return self._register

    def standing(self, service: str, account: str) -> Standing:
        """Return the standing of an account."""
        return self._register.standing(AccountRef(service, account))

    def whole(self, service: str, account: str) -> Standing:
        """Return what counts for an account: its standing, joined with that of linked accounts on shared ladders."""
        return self._register.whole(AccountRef(service, account), self._rulebook.shared)

    def decide(self, findings: list[Finding]) -> list[Decision]:
        """Decide on the findings of one event, the most severe first."""
        ordered = self._rulebook.worst_first(findings)
        return [decision for finding in ordered if (decision := self._decide(finding)) is not None]

    def impose(self, service: str, account: str, sanction: Sanction, context: Context, grave: bool) -> None:
        """Add a sanction from elsewhere: an import, or one that an example presupposes."""
        person = AccountRef(service, account)
        strike = Strike(sanction.ladder or "", sanction.starts_at, 1, 1, sanction.decision)
        standing = self.standing(*person)
        standing = standing.struck(strike, sanction) if sanction.ladder else standing.sanctioned(sanction)
        self._register.impose(person, standing, sanction, IMPORT, "imposed")
        self._marks.put(service, context, Mark(account, sanction.action.kind, grave, sanction.id))

    def act(self, act: Act) -> list[Decision]:
        """Apply an act, and return the held decisions that it releases.

        Raises `NotFound` if the act names a sanction that does not exist.
        """
        match act:
            case Lift(sanction=sanction):
                self._register.end(act, sanction, act.at, "lifted")
            case Shorten(sanction=sanction, ends_at=ends_at):
                self._register.shorten(act, sanction, ends_at)
            case Overturn(decision=decision):
                self._overturn(act, decision)
            case Expire(sanction=sanction):
                self._register.expire(act, sanction)
            case Impose():
                self._impose(act)
            case Link():
                self._link(act)
            case Record(what=what, subject=subject):
                self.ledger.append(act.at, act.by, what, subject, "", act.reason)
            case Erase(alias=alias):
                self.ledger.append(act.at, act.by, "erased", alias, "", act.reason)
            case Redact(of=of, left=left, alias=alias):
                self.ledger.append(act.at, act.by, REDACTED, of, left, alias)
            case Adopt(version=version):
                self.ledger.append(act.at, act.by, "adopted", version, "", act.reason)
            case SetBack(span=span):
                self.ledger.append(act.at, act.by, "clock set back", f"by {rough_duration(span)}", "", act.reason)
                self._register.set_back(act)
            case Release(rule=rule):
                return self._release(act, rule)
            case Discard(rule=rule):
                self._discard(act, rule)
            case OpenIncident() | CloseIncident():
                self._incidents.note(act)
                what = "OpenIncident" if isinstance(act, OpenIncident) else "CloseIncident"
                self.ledger.append(act.at, act.by, what, act.incident, "", act.reason)
            case ReleaseNumber():
                self._release_number(act)
        return []

    # From a finding to a decision

    def _decide(self, finding: Finding) -> Decision | None:
        rule = self._rulebook.rule_of(finding)
        standing = self.whole(finding.service, finding.account)
        if not self._is_given(finding, rule, standing):
            return None
        ladder = self._rulebook.ladder_of(rule)
        measure = decide(finding, rule, ladder, standing)
        if measure is None or self.held.has(finding):
            self.joined += 1
            return None
        mode, note = self._mode(finding, rule, measure)
        decision = draw_up(finding, rule, measure, mode, note, self._rulebook, standing.covering(finding.at))
        if mode == "live":
            self._carry_out(decision, finding, rule, measure, finding.sequence)
        elif mode == "held":
            self._hold(decision, finding)
        return decision

    def _is_given(self, finding: Finding, rule: Rule, standing: Standing) -> bool:
        means = self._rulebook.given_of(rule)
        if means is None:
            return True

        def in_force(identity: SanctionId) -> str | None:
            sanction = self._register.sanction(identity)
            return sanction.action.kind if sanction.covers(finding.at) else None

        return means(Circumstances(finding, standing, self._marks, self._rulebook.ladders, in_force)) is True

    def _mode(self, finding: Finding, rule: Rule, measure: Measure) -> tuple[ModeOfDecision, str]:
        case = rule, finding.at, finding.service, finding.context
        if self._incidents.excuse(*case):
            return "shadow", "excused by an incident"
        why_not = out_of_reach(rule, self._salt, finding.service, finding.account)
        if why_not:
            return "shadow", why_not
        if measure.action.kind in ("review", "diagnosis"):
            return "live", ""
        if self._incidents.hold(*case):
            return "held", "it counts what an incident causes, among other things"
        young = finding.context.made is not None and finding.at - finding.context.made < DAY
        if self.brakes.hold(finding.service, rule.id, young=young, active=finding.active, now=finding.at):
            return "held", "the rule's brake is on"
        return "live", ""

    def _carry_out(self, decision: Decision, finding: Finding, rule: Rule, measure: Measure, place: int) -> None:
        person = decision.about
        if decision.action.kind in ("review", "diagnosis"):
            self._asked[decision.id] = decision.wording
            self._marks.wait(Waiting(decision.id, *person, finding.context))
            request = f"asked for {decision.action.kind}"
            self._register.row(decision.at, by_rule(decision.rule), request, person, "", decision.id)
            return
        sanction = Sanction(
            decision.sanction, decision.id, rule.id, rule.ladder, decision.action, decision.at, decision.strike,
            wording=decision.wording,
        )  # fmt: skip
        if measure.upgrades is not None:
            self._replace(measure.upgrades, decision)
        standing = self.standing(*person)
        if rule.ladder is not None:
            strike = Strike(rule.ladder, decision.at, measure.rung, rule.rung, decision.id, sequence=place)
            standing = standing.struck(strike, sanction)
        else:
            standing = standing.sanctioned(sanction)
        self._register.impose(person, standing, sanction, by_rule(decision.rule), "decided")
        self._mark(person, sanction, finding.context, grave=rule.grave)

    def _mark(self, person: AccountRef, sanction: Sanction, context: Context, *, grave: bool) -> None:
        """Mark what the account is known to use, so that an account that evades the sanction can be recognised."""
        if sanction.action.kind in ("restriction", "suspension", "ban"):
            service, account = person
            self._marks.put(service, context, Mark(account, sanction.action.kind, grave, sanction.id))

    def _replace(self, upgraded: Sanction, decision: Decision) -> None:
        """Replace a sanction and its strike by those of a more severe decision: one burst is one strike (law 6)."""
        owner = self._register.owner(upgraded.id)
        before = self._register.standing(owner)
        strikes = tuple(
            replace(strike, replaced_by=decision.id) if strike.decision == upgraded.decision else strike
            for strike in before.strikes
        )
        replaced = replace(upgraded, replaced_by=decision.id, replaced_at=decision.at)
        self._register.replace(owner, replace(before, strikes=strikes).changed(replaced), [])
        kinds = (upgraded.action.kind, decision.action.kind)
        self._register.row(decision.at, by_rule(decision.rule), "replaced", owner, *kinds)

    def _hold(self, decision: Decision, finding: Finding) -> None:
        self.held.hold([(decision, finding)])
        person = decision.about
        self._marks.wait(Waiting(decision.id, *person, finding.context))
        if decision.meanwhile is None:
            self._register.row(decision.at, by_rule(decision.rule), "held", person, "", decision.id)
        else:
            limit = Sanction(
                short_limit_id(decision.id), decision.id, decision.rule, None, decision.meanwhile, decision.at, 0,
                wording=decision.wording,
            )  # fmt: skip
            self._register.impose(
                person, self.standing(*person).sanctioned(limit), limit, by_rule(decision.rule), "held"
            )

    # From an act to changes

    def _impose(self, act: Impose) -> None:
        person = AccountRef(act.service, act.account)
        sanction = Sanction(
            sanction_id(act.decision), act.decision, act.rule, None, act.action, act.at, 0,
            wording=self._asked.get(act.decision, act.wording),
        )  # fmt: skip
        self._register.impose(person, self.standing(*person).sanctioned(sanction), sanction, act.by, "imposed")
        rule = self.rule(act.rule)
        context = self._marks.stop_waiting(act.decision)
        self._mark(person, sanction, context, grave=rule is not None and rule.grave)

    def _release_number(self, act: ReleaseNumber) -> None:
        self._marks.release(act.service, act.number, act.account)
        what = "number released"
        self._register.row(act.at, act.by, what, AccountRef(act.service, act.number or act.account), "", act.reason)

    def _link(self, act: Link) -> None:
        account, linked = AccountRef(act.service, act.account), AccountRef(act.other_service, act.other_account)
        self._register.link(account, linked)
        self._register.row(act.at, act.by, "linked", account, self.ledger.pseudonym(*linked), act.reason)

    def _overturn(self, act: Overturn, decision: DecisionId) -> None:
        if decision in self.held:
            self._drop(act, self._pop_held(decision)[0], "overturned")
            return
        person = self._register.owner(sanction_id(decision))
        ladder = self._rulebook.ladders.get(self._register.sanction(sanction_id(decision)).ladder or "")
        climbing = self._register.together(person, shared=ladder is not None and ladder.shared)
        before = self._register.together(person, shared=True)
        repair = recomputed(before, decision, act.at, self._rulebook.ladders, climbing)
        for account, standing in repair.standings.items():
            changed = [sanction for sanction in standing.sanctions if sanction not in before[account].sanctions]
            self._register.replace(account, standing, changed)
        self._register.row(act.at, act.by, "overturned", person, decision, act.reason)
        repaired = {"restored": repair.restored, "replaced": repair.replaced, "corrected": repair.corrected}
        for what, sanctions in repaired.items():
            for sanction in sanctions:
                owner = self._register.owner(sanction.id)
                self._register.row(act.at, act.by, what, owner, sanction.id, sanction.action.kind)

    def _release(self, act: Act, rule_id: str) -> list[Decision]:
        self.brakes.reset(rule_id)
        released = [self._released(act, decision, finding) for decision, finding in self._parked(rule_id)]
        return [decision for decision in released if decision is not None]

    def _released(self, act: Act, decision: Decision, finding: Finding) -> Decision | None:
        """Decide again at the time of the release, as the standing may have changed while the decision was held."""
        rule, standing = self._rulebook.rule_of(finding), self.whole(decision.service, decision.account)
        later = replace(finding, at=act.at, decision=decision.id)
        ladder = self._rulebook.ladder_of(rule)
        measure = decide(later, rule, ladder, standing)
        why_not = (
            "excused" if self._incidents.excuse(rule, finding.at, finding.service, finding.context)
            else "no longer given" if not self._is_given(later, rule, standing)
            else "joined"
        )  # fmt: skip
        if why_not != "joined" or measure is None:
            self.joined += why_not == "joined"
            self._drop(act, decision, why_not)
            return None
        holding = standing.covering(later.at)
        released = draw_up(later, rule, measure, "live", f"released by {shown(act.by)}", self._rulebook, holding)
        if decision.wording.reason:  # as shown while it was held; old editions stored none
            released = replace(released, code=decision.code, wording=decision.wording)
        self._carry_out(released, later, rule, measure, act.after)
        self._drop(act, decision, "released")
        return released

    def _discard(self, act: Act, rule_id: str) -> None:
        self.brakes.reset(rule_id)
        for decision, _ in self._parked(rule_id):
            self._drop(act, decision, "discarded")

    def _drop(self, act: Act, decision: Decision, what: str) -> None:
        """Record that a decision is no longer held, and end its short limit, if it has one."""
        if decision.meanwhile is not None:
            self._register.end(act, short_limit_id(decision.id), act.at, what)
        else:
            self._register.row(act.at, act.by, what, decision.about, decision.id, act.reason)

    def _parked(self, rule_id: str) -> list[tuple[Decision, Finding]]:
        of_rule = [decision.id for decision, _ in self.held.values() if decision.rule == rule_id]
        return [self._pop_held(decision) for decision in of_rule]

    def _pop_held(self, decision: DecisionId) -> tuple[Decision, Finding]:
        """Remove and return a held decision and its finding, with what the account used and still has."""
        waited, finding = self.held.take(decision)
        return waited, replace(finding, context=self._marks.stop_waiting(decision))
