"""What the platform says of accounts, numbers and templates changes, and what the operator sets."""

from __future__ import annotations

import msgspec

from cartellino.senders.accounts import Account, Portfolio, Stop, Template
from cartellino.senders.facts import (
    AccountChanged,
    AiAnswered,
    AiReviewed,
    BypassSet,
    Cleared,
    Declared,
    Disabled,
    ModeSet,
    NumberSeen,
    Placed,
    Restricted,
    SignupSeen,
    Subscribed,
    TemplateChanged,
    TemplateFiled,
    TemplateRated,
    TemplateRead,
    TierSet,
    Unfamiliar,
    Violated,
)
from cartellino.senders.platform import platform
from cartellino.senders.state import MAIN, Handlers, Report, Senders
from cartellino.vocabulary.times import SECOND, Instant

MOST_TOLD, MOST_UNFAMILIAR, MOST_SIGNUPS = 100, 1_000, 1_000


def restricted(state: Senders, fact: Restricted) -> None:
    """Stop what a restriction stops; a kind that is not known stops what the business begins, and is reported."""
    stops = state.number(fact.number).stops if fact.number is not None else state.account(fact.account).stops
    account = state.account(fact.account)
    for restriction in fact.restrictions:
        entry = (fact.at, restriction.kind, restriction.until, fact.number or "")
        account.restricted = [*account.restricted[-MOST_TOLD + 1 :], entry]
        known = platform().restrictions.get(restriction.kind)
        if known is None:
            _report(state, f"restriction_type/{restriction.kind}", fact.at)
        for what in known or ("business_initiated",):
            stops[what] = Stop(fact.at, restriction.until, "platform", remediation=restriction.remediation)


def violated(state: Senders, fact: Violated) -> None:
    """Remember a violation."""
    account = state.account(fact.account)
    account.violations = [*account.violations[-99:], (fact.at, fact.violation)]


def disabled(state: Senders, fact: Disabled) -> None:
    """Stop everything, or nothing any more."""
    account = state.account(fact.account)
    account.disabled, account.disabled_date = fact.state, fact.date
    if fact.state == "DISABLE":
        account.stops["everything"] = Stop(fact.at, None, "platform")
    elif fact.state == "REINSTATE":
        account.stops.clear()
        for number in state.numbers.values():
            if number.account in (fact.account, None):
                number.stops = {what: stop for what, stop in number.stops.items() if stop.code not in (368, 131031)}


def account_changed(state: Senders, fact: AccountChanged) -> None:
    """Remember what an account was told."""
    account = state.account(fact.account)
    account.told = [*account.told[-MOST_TOLD + 1 :], (fact.at, fact.event, fact.severity, fact.said)]
    if fact.event == "ACCOUNT_DELETED":
        account.stops["everything"] = Stop(fact.at, None, "platform")
    elif fact.event == "ACCOUNT_RECONNECTED":
        account.stops.pop("everything", None)


_USABLE = frozenset({"APPROVED", "REINSTATED", "FLAGGED", "LOCKED"})


def template_changed(state: Senders, fact: TemplateChanged) -> None:
    """Follow the state of a template; a pause lasts as long as the platform pauses the first or second time."""
    template = _template(state.account(fact.account), fact.template, fact.language)
    if fact.at < template.told_at - SECOND:  # whole seconds are told
        return  # webhooks come in any order, and a look at the platform may have been newer
    template.told_at = fact.at
    template.status = "APPROVED" if fact.status in _USABLE or fact.pause == "UNPAUSE" else fact.status
    template.category = fact.category or template.category
    template.reason, template.template_id = fact.reason, fact.template_id or template.template_id
    template.paused_until = None
    if template.status == "PAUSED":
        pauses = platform().templates.pauses
        template.pauses = {"FIRST_PAUSE": 1, "SECOND_PAUSE": 2}.get(fact.pause, min(template.pauses + 1, len(pauses)))
        template.paused_until = fact.at + pauses[min(template.pauses, len(pauses)) - 1]


def template_rated(state: Senders, fact: TemplateRated) -> None:
    """Note the quality of a template."""
    _template(state.account(fact.account), fact.template, fact.language).quality = fact.quality


def template_read(state: Senders, fact: TemplateRead) -> None:
    """Note what the words of a template may be faulted for."""
    _template(state.account(fact.account), fact.template, fact.language).faults = fact.faults


def signup_seen(state: Senders, fact: SignupSeen) -> None:
    """Note the words of a signup, also beside the agreements that were given there before they were known."""
    known = state.account(fact.account).signups
    if fact.signup in known or len(known) >= MOST_SIGNUPS:
        return
    known[fact.signup] = fact.wording
    for person in state.people.people.values():
        given = person.agreed.get("marketing")
        if given is not None and given.proof == fact.signup and not given.wording:
            person.agreed["marketing"] = msgspec.structs.replace(given, wording=fact.wording)


def template_filed(state: Senders, fact: TemplateFiled) -> None:
    """File a template under another category, at once or later."""
    template = _template(state.account(fact.account), fact.template, fact.language)
    if fact.filed_at is None or fact.filed_at <= fact.at:
        template.category, template.filed_next, template.filed_at = fact.category, None, None
    else:
        template.filed_next, template.filed_at = fact.category, fact.filed_at


def _template(account: Account, name: str, language: str) -> Template:
    return account.templates.setdefault(f"{name}/{language}", Template(name, language))


def number_seen(state: Senders, fact: NumberSeen) -> None:
    """Learn about a number."""
    number = state.number(fact.number)
    number.account, number.display = fact.account or number.account, fact.display or number.display
    number.quality, number.status = fact.quality or number.quality, fact.status or number.status
    number.speed, number.since = fact.throughput or number.speed, fact.since or number.since
    if fact.tier is not None:
        _set_tier(state, fact.tier, number.portfolio or MAIN, fact.at)


def subscribed(state: Senders, fact: Subscribed) -> None:
    """Note which webhooks the app is told."""
    state.account(fact.account).subscribed = fact.fields


def tier_set(state: Senders, fact: TierSet) -> None:
    """Set the tier of the portfolios of an account's numbers."""
    names = {number.portfolio or MAIN for number in state.numbers.values() if number.account in (fact.account, None)}
    for name in names or {MAIN}:
        _set_tier(state, fact.tier, name, fact.at)


def _set_tier(state: Senders, tier: str, portfolio: str, at: Instant) -> None:
    if tier not in platform().tiers.levels:
        _report(state, f"tier/{tier}", at)
        return
    known = state.portfolios.setdefault(portfolio, Portfolio(portfolio))
    known.tier, known.tier_known = tier, True


def unfamiliar(state: Senders, fact: Unfamiliar) -> None:
    """Count something that this version does not know."""
    _report(state, f"{fact.field}/{fact.what}", fact.at)


def _report(state: Senders, name: str, at: Instant) -> None:
    report = state.unfamiliar.get(name[:200])
    if report is not None:
        report.count, report.at = report.count + 1, at
    elif len(state.unfamiliar) < MOST_UNFAMILIAR:
        state.unfamiliar[name[:200]] = Report(1, at)


# Of the operator


def mode_set(state: Senders, fact: ModeSet) -> None:
    """Set the mode of a rule."""
    state.modes[fact.rule] = fact.mode


def bypass_set(state: Senders, fact: BypassSet) -> None:
    """Pass over all rules, or not any more."""
    state.bypass = fact.on


def declared(state: Senders, fact: Declared) -> None:
    """Note what a number uses AI for."""
    state.number(fact.number).declared = fact


def ai_reviewed(state: Senders, fact: AiReviewed) -> None:
    """Note what a person decided on a number's use of AI."""
    state.number(fact.number).ai_reviewed = fact


def ai_answered(state: Senders, fact: AiAnswered) -> None:
    """Note what the sender answered."""
    state.number(fact.number).ai_answered = fact


def placed(state: Senders, fact: Placed) -> None:
    """Place a number in a portfolio."""
    state.number(fact.number).portfolio = fact.portfolio


def cleared(state: Senders, fact: Cleared) -> None:
    """End a stop that only a person can end."""
    state.number(fact.number).stops.pop(fact.stop, None)
    account = state.account_of(fact.number)
    if account is not None and (stop := account.stops.get(fact.stop)) is not None and stop.said_by == "error":
        del account.stops[fact.stop]


HANDLERS: Handlers = {
    Restricted: restricted, Violated: violated, Disabled: disabled, AccountChanged: account_changed,
    TemplateChanged: template_changed, TemplateRated: template_rated,
    TemplateRead: template_read, TemplateFiled: template_filed,
    NumberSeen: number_seen, TierSet: tier_set,
    SignupSeen: signup_seen, Subscribed: subscribed, Unfamiliar: unfamiliar, ModeSet: mode_set, BypassSet: bypass_set,
    Declared: declared, AiReviewed: ai_reviewed, AiAnswered: ai_answered, Placed: placed, Cleared: cleared,
}  # fmt: skip
