"""The one place that acts. It alone holds standing, marks and brakes; findings and acts come in the order of the log.

    finding → reach (mode, canary, hold-out) → given → incident → decide → brake → standing

>>> from cartellino.policies.load import Text, load
>>> sequencer = Sequencer(load([Text("p.yaml", "policy: p\\nladders: {soft: [warning]}")]))
>>> sequencer.standing("main", "a1").name(now=0)
'clear'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cartellino.enforcement import given
from cartellino.enforcement.action import Action, short_limit, still_works
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
from cartellino.enforcement.decide import Verdict, decide
from cartellino.enforcement.decision import Decision, ModeOfDecision
from cartellino.enforcement.given import Circumstances
from cartellino.enforcement.incidents import Incidents
from cartellino.enforcement.ledger import REDACTED, Ledger
from cartellino.enforcement.marks import Mark, Marks, Waiting
from cartellino.enforcement.register import Register
from cartellino.enforcement.remedy import recomputed
from cartellino.enforcement.standing import Sanction, Standing, Strike
from cartellino.enforcement.told import Marked, Told
from cartellino.enforcement.wording import UNKNOWN, Wording, wording_of
from cartellino.kernel.finding import Context, Finding
from cartellino.policies.ladder import SEVERITY, Ladder
from cartellino.policies.policyset import PolicySet
from cartellino.policies.rule import Rule
from cartellino.vocabulary.accounts import AccountRef
from cartellino.vocabulary.actors import IMPORT, shown
from cartellino.vocabulary.actors import rule as by_rule
from cartellino.vocabulary.ids import DecisionId, RuleId, SanctionId, decision_id, fraction, sanction_id, short_limit_id
from cartellino.vocabulary.times import DAY, Instant, rough_duration
from cartellino.vocabulary.truth import Truth


class Sequencer:
    """Turns findings into decisions, and acts into changes. Its state follows from what it was given, in order."""

    def __init__(self, policies: PolicySet, salt: str = "", brakes: Brakes | None = None) -> None:
        """`salt` keys canaries, hold-outs and pseudonyms; `brakes` are those of law 7 unless given."""
        self.policies = policies
        self.brakes = brakes if brakes is not None else Brakes()
        self.held: dict[DecisionId, tuple[Decision, Finding]] = {}
        self.joined = 0
        self._salt = salt
        self._register = Register(salt)
        self._marks = Marks()
        self._incidents = Incidents()
        self._given = _meanings(policies)
        self._retired: dict[RuleId, Rule] = {}
        self._wordings: dict[RuleId, Wording] = {rule.id: wording_of(rule) for rule in policies.rules}
        self._asked: dict[DecisionId, Wording] = {}
        self._ladders = dict(policies.ladders)
        self._shared = policies.shared

    def go_on_from(self, told: Told) -> None:
        """Take over what an earlier edition of the meaning left; this sequencer must be fresh."""
        for pair in told.linked:
            self._register.link(*pair)
        self._register.go_on_from(told.standings)
        for entry in told.marked:
            match entry:
                case ReleaseNumber(service=service, number=number, account=account):
                    self._marks.release(service, number, account)
                case Waiting():
                    self._marks.wait(entry)
                case Marked(service, context, mark):
                    self._marks.put(service, context, mark)
        for act in told.incidents:
            self._incidents.note(act)
        for wish in told.wished:
            self.brakes.recall(wish.brake, wish.at)
        for brake in told.tripped:
            self.brakes.trip(brake)
        self.held |= {decision.id: (decision, finding) for decision, finding in told.held}
        self.ledger.go_on_from(*told.sealed)

    def adopt(self, policies: PolicySet) -> None:
        """Decide by other policies from now on. What waits by a rule that is gone is decided by it all the same."""
        before = self._retired | {rule.id: rule for rule in self.policies.rules}
        self._retired = {name: rule for name, rule in before.items() if policies.rule(name) is None}
        self._ladders |= policies.ladders
        self._wordings |= {rule.id: wording_of(rule) for rule in policies.rules}
        self._shared = frozenset(one.name for one in self._ladders.values() if one.shared)
        self.policies = policies
        self._given = {one: means for one, means in self._given.items() if one in self._retired} | _meanings(policies)

    @property
    def ledger(self) -> Ledger:
        """Every change of state, as rows."""
        return self._register.ledger

    def rule(self, identity: str) -> Rule | None:
        """Return a rule of the policies, or one that is gone as it last was."""
        return self.policies.rule(identity) or self._retired.get(RuleId(identity))

    @property
    def ladders(self) -> Mapping[str, Ladder]:
        """The ladders that strikes stand on: those of the policies, and those that are gone as they last were."""
        return self._ladders

    @property
    def register(self) -> Register:
        """What everybody has received."""
        return self._register

    def standing(self, service: str, account: str) -> Standing:
        """Return what an account has received so far."""
        return self._register.standing(AccountRef(service, account))

    def whole(self, service: str, account: str) -> Standing:
        """Return what counts for an account: its own, and what shared ladders hold against the same person's others."""
        return self._register.whole(AccountRef(service, account), self._shared)

    def take(self, findings: list[Finding]) -> list[Decision]:
        """Decide on the findings of one event, worst first."""
        return [decision for finding in self._worst_first(findings) if (decision := self._take(finding)) is not None]

    def impose(self, service: str, account: str, sanction: Sanction, context: Context, grave: bool) -> None:
        """Take over a sanction from elsewhere: an import, or what stands before an example begins."""
        person = AccountRef(service, account)
        strike = Strike(sanction.ladder or "", sanction.starts_at, 1, 1, sanction.decision)
        standing = self.standing(*person)
        standing = standing.struck(strike, sanction) if sanction.ladder else standing.sanctioned(sanction)
        self._register.impose(person, standing, sanction, IMPORT, "imposed")
        self._marks.put(service, context, Mark(account, sanction.action.kind, grave, sanction.id))

    def act(self, act: Act) -> list[Decision]:
        """Carry out what comes from outside, and return the held decisions that are carried out now.

        Raises `BadArgument` when the act names something that is not there.
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

    def _worst_first(self, findings: list[Finding]) -> list[Finding]:
        return sorted(findings, key=self._mildness) if len(findings) > 1 else findings

    def _mildness(self, finding: Finding) -> tuple[int, int, str]:
        rule = self._rule(finding)
        if rule.action is not None:
            return -SEVERITY[rule.action], 0, rule.id
        rung = self._ladders[rule.ladder or ""].rung(rule.rung)
        return -SEVERITY[rung.kind], -rule.rung, rule.id

    def _take(self, finding: Finding) -> Decision | None:
        rule = self._rule(finding)
        standing = self.whole(finding.service, finding.account)
        if not self._is_given(finding, rule, standing):
            return None
        ladder = self._ladders.get(rule.ladder) if rule.ladder is not None else None
        verdict = decide(finding, rule, ladder, standing)
        if verdict is None or self._waits(finding):
            self.joined += 1
            return None
        mode, note = self._mode(finding, rule, verdict)
        decision = self._decision(finding, rule, verdict, mode, note)
        if mode == "live":
            self._carry_out(decision, finding, rule, verdict, finding.sequence)
        elif mode == "held":
            self._hold(decision, finding)
        return decision

    def _waits(self, finding: Finding) -> bool:
        """Say whether the same wish waits already: it is held once, however often it is repeated."""
        person = (finding.service, finding.account, finding.rule)
        return any((one.service, one.account, one.rule) == person for one, _ in self.held.values())

    def _is_given(self, finding: Finding, rule: Rule, standing: Standing) -> bool:
        if rule.id not in self._given:
            return True

        def in_force(identity: SanctionId) -> str | None:
            sanction = self._register.sanction(identity)
            return sanction.action.kind if sanction.covers(finding.at) else None

        circumstances = Circumstances(finding, standing, self._marks, self._ladders, in_force)
        return self._given[rule.id](circumstances) is True

    def _mode(self, finding: Finding, rule: Rule, verdict: Verdict) -> tuple[ModeOfDecision, str]:
        if self._incidents.excuse(rule, finding.at):
            return "shadow", "excused by an incident"
        reach = self._reach(finding, rule)
        if reach:
            return "shadow", reach
        if verdict.action.kind in ("review", "diagnosis"):
            return "live", ""
        young = finding.context.made is not None and finding.at - finding.context.made < DAY
        if self.brakes.hold(finding.service, rule.id, young=young, active=finding.active, now=finding.at):
            return "held", "the rule's brake is on"
        return "live", ""

    def _reach(self, finding: Finding, rule: Rule) -> str:
        """Say why a rule does not reach an account, by a keyed hash of both; empty when it does."""
        if rule.mode.kind == "shadow":
            return "the rule is in shadow"
        if rule.mode.kind == "live" and not rule.mode.hold_out:
            return ""
        drawn = fraction(self._salt, rule.id, finding.service, finding.account)
        if drawn >= 1 - rule.mode.hold_out:
            return "held out"
        return "" if rule.mode.kind == "live" or drawn < rule.mode.share else "outside the canary"

    def _decision(self, finding: Finding, rule: Rule, verdict: Verdict, mode: ModeOfDecision, note: str) -> Decision:
        version = self.policies.version
        named = decision_id(finding.service, finding.account, rule.id, version, finding.event, finding.sequence)
        identity = DecisionId(finding.decision) if finding.decision else named
        ladder = self._ladders[rule.ladder] if rule.ladder is not None else None
        meanwhile = _meanwhile(verdict.action, finding.at) if mode == "held" else None
        holding = self.whole(finding.service, finding.account).covering(finding.at)
        if mode == "live":  # what it upgrades, and the limit under which it waited, end as it begins
            holding = tuple(one for one in holding if one != verdict.upgrades and one.decision != identity)
        felt = verdict.action if mode == "live" else meanwhile
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
            action=verdict.action,
            still_works=still_works([*(one.action for one in holding), *([felt] if felt is not None else [])]),
            evidence=finding.evidence,
            strike=verdict.strike,
            rung=verdict.rung,
            next_step=ladder.after(verdict.rung) if ladder is not None else None,
            mode=mode,
            note=note,
            meanwhile=meanwhile,
            context=finding.context,
            wording=self._wordings[rule.id],
        )

    def _carry_out(self, decision: Decision, finding: Finding, rule: Rule, verdict: Verdict, place: int) -> None:
        person = decision.about
        if decision.action.kind in ("review", "diagnosis"):
            self._asked[decision.id] = decision.wording
            self._marks.wait(Waiting(decision.id, *person, finding.context))
            asked = f"asked for {decision.action.kind}"
            self._register.row(decision.at, by_rule(decision.rule), asked, person, "", decision.id)
            return
        sanction = Sanction(
            decision.sanction, decision.id, rule.id, rule.ladder, decision.action, decision.at, decision.strike,
            wording=decision.wording,
        )  # fmt: skip
        if verdict.upgrades is not None:
            self._replace(verdict.upgrades, decision)
        standing = self.standing(*person)
        if rule.ladder is not None:
            strike = Strike(rule.ladder, decision.at, verdict.rung, rule.rung, decision.id, sequence=place)
            standing = standing.struck(strike, sanction)
        else:
            standing = standing.sanctioned(sanction)
        self._register.impose(person, standing, sanction, by_rule(decision.rule), "decided")
        self._mark(person, sanction, finding.context, grave=rule.grave)

    def _mark(self, person: AccountRef, sanction: Sanction, context: Context, *, grave: bool) -> None:
        """Mark what the account was last known to use, so that whoever evades the sanction is found."""
        if sanction.action.kind in ("restriction", "suspension", "ban"):
            service, account = person
            self._marks.put(service, context, Mark(account, sanction.action.kind, grave, sanction.id))

    def _replace(self, upgraded: Sanction, decision: Decision) -> None:
        """Let a worse sanction take the place of one, whose strike counts no more: one burst is one strike."""
        owner = self._register.owner(upgraded.id)
        before = self._register.standing(owner)
        strikes = tuple(
            replace(one, replaced_by=decision.id) if one.decision == upgraded.decision else one
            for one in before.strikes
        )
        replaced = replace(upgraded, replaced_by=decision.id, replaced_at=decision.at)
        self._register.settle(owner, replace(before, strikes=strikes).changed(replaced), [])
        kinds = (upgraded.action.kind, decision.action.kind)
        self._register.row(decision.at, by_rule(decision.rule), "replaced", owner, *kinds)

    def _hold(self, decision: Decision, finding: Finding) -> None:
        self.held[decision.id] = (decision, finding)
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
            wording=self._asked.get(act.decision, UNKNOWN),
        )  # fmt: skip
        self._register.impose(person, self.standing(*person).sanctioned(sanction), sanction, act.by, "imposed")
        rule = self.rule(act.rule)
        context = self._marks.taken(act.decision)
        self._mark(person, sanction, context, grave=rule is not None and rule.grave)

    def _release_number(self, act: ReleaseNumber) -> None:
        self._marks.release(act.service, act.number, act.account)
        what = "number released"
        self._register.row(act.at, act.by, what, AccountRef(act.service, act.number or act.account), "", act.reason)

    def _link(self, act: Link) -> None:
        one, other = AccountRef(act.service, act.account), AccountRef(act.other_service, act.other_account)
        self._register.link(one, other)
        self._register.row(act.at, act.by, "linked", one, self.ledger.pseudonym(*other), act.reason)

    def _overturn(self, act: Overturn, decision: DecisionId) -> None:
        if decision in self.held:
            self._drop(act, self._taken_out(decision)[0], "overturned")
            return
        person = self._register.owner(sanction_id(decision))
        ladder = self._ladders.get(self._register.sanction(sanction_id(decision)).ladder or "")
        climbing = self._register.together(person, shared=ladder is not None and ladder.shared)
        before = self._register.together(person, shared=True)
        repair = recomputed(before, decision, act.at, self._ladders, climbing)
        for account, standing in repair.standings.items():
            changed = [one for one in standing.sanctions if one not in before[account].sanctions]
            self._register.settle(account, standing, changed)
        self._register.row(act.at, act.by, "overturned", person, decision, act.reason)
        repaired = {"restored": repair.restored, "replaced": repair.replaced, "corrected": repair.corrected}
        for what, sanctions in repaired.items():
            for one in sanctions:
                self._register.row(act.at, act.by, what, self._register.owner(one.id), one.id, one.action.kind)

    def _release(self, act: Act, rule_id: str) -> list[Decision]:
        self.brakes.reset(rule_id)
        released = [self._released(act, decision, finding) for decision, finding in self._parked(rule_id)]
        return [decision for decision in released if decision is not None]

    def _released(self, act: Act, decision: Decision, finding: Finding) -> Decision | None:
        """Ask everything again at the time of the release: what stands may have changed while the wish waited."""
        rule, standing = self._rule(finding), self.whole(decision.service, decision.account)
        later = replace(finding, at=act.at, decision=decision.id)
        ladder = self._ladders.get(rule.ladder) if rule.ladder is not None else None
        verdict = decide(later, rule, ladder, standing)
        why_not = (
            "excused" if self._incidents.excuse(rule, finding.at)
            else "no longer given" if not self._is_given(later, rule, standing)
            else "joined"
        )  # fmt: skip
        if why_not != "joined" or verdict is None:
            self.joined += why_not == "joined"
            self._drop(act, decision, why_not)
            return None
        released = self._decision(later, rule, verdict, "live", f"released by {shown(act.by)}")
        self._carry_out(released, later, rule, verdict, act.after)
        self._drop(act, decision, "released")
        return released

    def _discard(self, act: Act, rule_id: str) -> None:
        self.brakes.reset(rule_id)
        for decision, _ in self._parked(rule_id):
            self._drop(act, decision, "discarded")

    def _drop(self, act: Act, decision: Decision, what: str) -> None:
        """Let a decision wait no longer, and end the short limit under which it waited, if it set one."""
        if decision.meanwhile is not None:
            self._register.end(act, short_limit_id(decision.id), act.at, what)
        else:
            self._register.row(act.at, act.by, what, decision.about, decision.id, act.reason)

    def _parked(self, rule_id: str) -> list[tuple[Decision, Finding]]:
        return [self._taken_out(one.id) for one, _ in list(self.held.values()) if one.rule == rule_id]

    def _taken_out(self, decision: DecisionId) -> tuple[Decision, Finding]:
        """A person has decided on what is held: return it, with what of the things it used is still the account's."""
        held, finding = self.held.pop(decision)
        return held, replace(finding, context=self._marks.taken(decision))

    def _rule(self, finding: Finding) -> Rule:
        """Return the rule of a finding: as it is, or as it last was, on a rung that its ladder has by now."""
        rule = self.rule(finding.rule)
        assert rule is not None, f"a finding of a rule that is not in the policy set: {finding.rule}"
        ladder = self._ladders.get(rule.ladder or "")
        return rule if ladder is None or rule.rung <= len(ladder.rungs) else replace(rule, rung=len(ladder.rungs))


def _meanings(policies: PolicySet) -> dict[RuleId, Callable[[Circumstances], Truth]]:
    """Return what the `given` of each rule means that has one."""
    return {rule.id: given.meaning(rule.given) for rule in policies.rules if rule.given is not None}


def _meanwhile(wish: Action, now: Instant) -> Action | None:
    """Return the short limit under which a wish waits; a wish that limits nobody sets none."""
    return short_limit(now) if wish.severity >= SEVERITY["challenge"] else None
