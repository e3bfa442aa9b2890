"""What sending changes: budgets are spent when a message goes out, and given back when it reaches nobody."""

from __future__ import annotations

from cartellino.senders.accounts import Number, Stop
from cartellino.senders.days import count
from cartellino.senders.errors import ErrorRule, rule_of
from cartellino.senders.facts import Accepted, Asked, Category, Echoed, Lost, Message, Names, Refused, Rejected, Status
from cartellino.senders.people import Person, Sent, Thread, is_user_id
from cartellino.senders.platform import platform
from cartellino.senders.state import Handlers, Senders
from cartellino.vocabulary.times import HOUR, SECOND, Instant, show_instant

MOST_SENT = 500
"""Most messages to one person that are remembered; the oldest go first."""

MOST_EARLY = 1_000
"""Most messages of which statuses are kept that come before the answer."""

NOT_REACHED, TRY_LATER = 2, 131016
"""Under which codes a message stands that the gateway itself did not send, after all."""

ORDER = ("asked", "accepted", "held", "sent", "failed", "delivered", "read", "played")
"""How far a message came; webhooks may come in any order, and then the furthest holds: what has arrived has not failed,
and what failed is not on its way any more."""


def asked(state: Senders, fact: Asked) -> None:
    """Spend what a message spends: the window's budget, the pair's, the number's."""
    message, number = fact.message, state.number(fact.message.number)
    person = state.person(message.person, number.id)
    thread = person.thread(number.id)
    began = fact.at >= thread.window_until
    person.country, person.zone = message.country or person.country, message.zone or person.zone
    day = number.days.on(fact.at)
    _count(day_of=day.sent, message=message)
    day.began += began
    day.first += began and not person.sent and thread.wrote_at is None
    day.links += message.links > 0
    day.automated += message.automated is True
    if message.category == "service":
        day.automated_free += message.automated is True
        day.by_person += message.automated is False
    if began:
        agrees = person.agrees(message.category or "marketing")
        day.consented, day.unknown_consent = day.consented + (agrees is True), day.unknown_consent + (agrees is None)
        state.portfolio_of(number.id).take(person.key, fact.at)
    if message.content is not None:
        count(day.contents, message.content)
    if message.campaign is not None:
        count(day.campaigns, message.campaign)
    _answer(number, thread, fact.at)
    number.take(fact.at)
    thread.burst.take(fact.at, platform().pair)
    _remember(state, person, fact, began)


def _answer(number: Number, thread: Thread, at: Instant) -> None:
    """Note that a person who waited has an answer, and after how long."""
    if thread.waiting_since is None:
        return
    minutes = number.days.on(at).answer_minutes
    if len(minutes) < 1_000:
        minutes.append(max(0, at - thread.waiting_since) // 60_000)
    thread.waiting_since = None


def echoed(state: Senders, fact: Echoed) -> None:
    """Count what somebody of the business wrote by hand: who waited has an answer."""
    if not state.is_new(fact.message_id, fact.at):
        return
    number = state.number(fact.number)
    number.days.on(fact.at).by_person += 1
    _answer(number, state.person(fact.person, number.id).thread(number.id), fact.at)


def _count(day_of: dict[str, int], message: Message) -> None:
    count(day_of, message.category or "unknown")


def _remember(state: Senders, person: Person, fact: Asked, began: bool) -> None:
    message = fact.message
    category: Category = message.category or "marketing"
    person.forget(fact.at)
    if len(person.sent) >= MOST_SENT:
        state.messages.pop(person.sent.pop(0).message_id, None)
    sent = Sent(fact.at, message.number, category, began, message.template, message.campaign, message.content)
    sent.attempt = fact.attempt
    person.sent.append(sent)
    state.pending[fact.attempt] = person.key


def refused(state: Senders, fact: Refused) -> None:
    """Count what we refused."""
    count(state.number(fact.message.number).days.on(fact.at).refused, fact.rule)


def accepted(state: Senders, fact: Accepted) -> None:
    """Learn the platform's name of a message, and perhaps another name of the person."""
    traced = state.sent(attempt=fact.attempt)
    state.pending.pop(fact.attempt, None)
    if traced is None:
        return
    person, sent = traced
    sent.message_id, sent.status = fact.message_id, "held" if fact.held else "accepted"
    state.messages[fact.message_id] = _reached(state, person, sent, fact.person).key
    for early in state.early.pop(fact.message_id, ()):
        if early.status == "sent":  # it was taken for one that another program sent
            state.number(early.number).days.on(early.at).others -= 1
        status(state, early)


def _reached(state: Senders, person: Person, sent: Sent, names: Names) -> Person:
    """Return who got a message, as the platform names them: who we took them for, or the new owner of their number."""
    if not names:
        return person
    is_whole = any(is_user_id(name) for name in names)
    ours = [name for name in sorted(person.names, reverse=True) if not (is_whole and is_user_id(name))]
    named = state.person((*names, *ours), sent.number)
    if all(other is not sent for other in named.sent):
        person.sent = [other for other in person.sent if other is not sent]
        named.sent.append(sent)
    return named


def rejected(state: Senders, fact: Rejected) -> None:
    """Give back what the message spent, and do what follows on the error."""
    traced = state.sent(attempt=fact.attempt)
    state.pending.pop(fact.attempt, None)
    if traced is None:
        return
    person, sent = traced
    _failed(state, person, sent, "rejected", fact.code)
    if _was_no_message(fact):
        state.number(sent.number).give_back(sent.at)
        person.thread(sent.number).burst.give_back(sent.at)
    follow(state, fact.at, sent, person, fact.code, fact.details)


def lost(state: Senders, fact: Lost) -> None:
    """Keep what the message spent: it may have been sent."""
    if (traced := state.sent(attempt=fact.attempt)) is not None:
        traced[1].status = "lost"
    state.pending.pop(fact.attempt, None)


def status(state: Senders, fact: Status) -> None:
    """Follow a message; statuses may come twice and in any order."""
    if fact.pricing == "general_purpose_ai" and fact.status == "delivered":
        state.number(fact.number).days.on(fact.at).general_ai += 1
    traced = state.sent(message_id=fact.message_id) or _lost(state, fact)
    if traced is None:
        _keep(state, fact)
        if fact.status == "sent":
            state.number(fact.number).days.on(fact.at).others += 1
        return
    person, sent = traced
    if fact.status == "failed":
        if sent.status not in ORDER or ORDER.index(sent.status) < ORDER.index("failed"):
            _failed(state, person, sent, "failed", fact.code)
            follow(state, fact.at, sent, person, fact.code or 0, fact.details)
        return
    _came_further(state, person, sent, fact)


def _keep(state: Senders, fact: Status) -> None:
    """Keep a status that may be of a message under way, whose answer is not here yet."""
    if not state.pending:
        state.early.clear()
        return
    known = state.early.setdefault(fact.message_id, [])
    if all(early.status != fact.status for early in known):
        known.append(fact)
    if len(state.early) > MOST_EARLY:  # the oldest is of another program, which sends from the same number
        del state.early[next(iter(state.early))]


def _lost(state: Senders, fact: Status) -> tuple[Person, Sent] | None:
    """Return the message that a status is about if its answer was lost: the platform did take it."""
    person = state.people.find(fact.person)
    for sent in person.sent if person is not None else ():
        is_near = -SECOND <= fact.at - sent.at < HOUR  # the platform tells whole seconds
        if person is not None and sent.status == "lost" and sent.number == fact.number and is_near:
            sent.message_id, sent.status = fact.message_id, "accepted"
            state.messages[fact.message_id] = person.key
            return person, sent
    return None


def _was_no_message(fact: Rejected) -> bool:
    """Say whether the platform refused the call or whoever called, or never saw it: nothing of the number was spent.

    Otherwise whoever has a token of some other business could spend what a number may send.
    """
    rule = rule_of(fact.code, fact.details)
    return fact.code in (NOT_REACHED, TRY_LATER) or (rule is not None and rule.action == "fix_message")


def _came_further(state: Senders, person: Person, sent: Sent, fact: Status) -> None:
    if fact.status not in ORDER or (sent.status in ORDER and ORDER.index(fact.status) <= ORDER.index(sent.status)):
        return
    day, before = state.number(sent.number).days.on(sent.at), sent.status
    sent.status = fact.status
    if before == "failed" and sent.began:
        state.portfolio_of(sent.number).take_again(person.key, sent.at)
    arrived = before in ORDER and ORDER.index(before) >= ORDER.index("delivered")
    if not arrived and fact.status in ("delivered", "read", "played"):
        day.delivered += 1
        if sent.category == "service":
            _count_service(state, sent.number, fact.at)
    if fact.status in ("read", "played") and before not in ("read", "played"):
        day.read += 1


def _count_service(state: Senders, number: str, at: Instant) -> None:
    sender, month = state.number(number), show_instant(at)[:7]
    sender.service_month = (month, sender.service_month[1] + 1 if sender.service_month[0] == month else 1)


def _failed(state: Senders, person: Person, sent: Sent, how: str, code: int | None) -> None:
    number = state.number(sent.number)
    sent.status, sent.code = how, code
    count(number.days.on(sent.at).failed, str(code or 0))
    still = any(other.began and other.reached and other is not sent for other in person.sent)
    if sent.began and not still:
        state.portfolio_of(sent.number).give_back(person.key)


# What follows on an error


def follow(state: Senders, at: Instant, sent: Sent, person: Person, code: int, details: str) -> None:
    """Stop what an error says should be stopped."""
    rule = rule_of(code, details)
    if rule is None or not _is_due(state, person, rule, at):
        return
    number, until = state.number(sent.number), None if (pause := rule.pause(0)) is None else at + pause
    match rule.action:
        case "stop_person" | "stop_person_marketing":
            person.stops["all" if rule.action == "stop_person" else "marketing"] = until
        case "slow_pair":
            burst = person.thread(sent.number).burst
            burst.slow(at + (rule.pause(burst.errors) or 0))
        case "slow_number":
            errors = number.slowed.errors if number.slowed is not None and number.slowed.holds(at) else 0
            number.slowed = Stop(at, at + (rule.pause(errors) or 0), "error", code, errors=errors + 1)
        case "only_templates":
            person.thread(sent.number).window_until = min(person.thread(sent.number).window_until, at)
        case "stop_template" | "retire_template":
            _stop_template(state, sent, rule, until)
        case "stop_country":
            number.stops[f"country:{person.country or 'ZZ'}"] = Stop(at, until, "error", code)
        case "fix_message" | "try_later":
            pass
        case _:
            number.stops[STOPS[rule.action]] = Stop(at, until, "error", code)


STOPS = {
    "stop_number": "everything", "stop_business_initiated": "business_initiated", "stop_marketing": "marketing",
    "stop_utility": "utility", "stop_direct_utility": "direct_utility",
}  # fmt: skip
"""What an action stops, as a restriction of the platform would say it."""


def _is_due(state: Senders, person: Person, rule: ErrorRule, at: Instant) -> bool:
    if rule.times == 1:
        return True
    within = rule.within
    person.undeliverable = [when for when in person.undeliverable if within is None or when > at - within] + [at]
    person.undeliverable = person.undeliverable[-rule.times :]
    return len(person.undeliverable) >= rule.times


def _stop_template(state: Senders, sent: Sent, rule: ErrorRule, until: Instant | None) -> None:
    account = state.account_of(sent.number)
    if account is None or sent.template is None:
        return
    for template in account.templates.values():
        if template.name == sent.template:
            template.status = "DISABLED" if rule.action == "retire_template" else "PAUSED"
            template.paused_until = until


HANDLERS: Handlers = {
    Asked: asked, Echoed: echoed, Refused: refused, Accepted: accepted, Rejected: rejected, Lost: lost, Status: status,
}  # fmt: skip
