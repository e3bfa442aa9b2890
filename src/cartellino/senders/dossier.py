"""The dossier for a request for a review: agreements, volumes, rates, templates and measures, from what was learned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from cartellino.senders.accounts import Account, Number
from cartellino.senders.causes import SHARES
from cartellino.senders.days import Day
from cartellino.senders.errors import rule_of
from cartellino.senders.people import Person
from cartellino.senders.recovery import Report, report
from cartellino.senders.rules import RULES
from cartellino.senders.shares import Share
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, Instant, show_instant

DAYS = 30
FEWEST = 5
"""People below this number are not counted by campaign, so that nobody can be told from them."""

MOST_CONSENTS = 5_000
"""Most agreements that are listed one by one, under pseudonyms; all are counted."""


class ConsentSource(msgspec.Struct, frozen=True, kw_only=True):
    """Agreements that were given in one place."""

    source: str
    people: int
    with_wording: int
    proven: int
    first: Instant
    last: Instant


class CampaignFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one campaign; `None` where too few people are concerned to say it."""

    campaign: str
    people: int
    undelivered: int | None
    answered: int | None


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a request for a review can show."""

    number: str
    display: str
    account: str
    made_at: Instant
    report: Report
    until: Instant
    """The days up to this instant are shown: those before the restriction, else before now."""
    shares: Mapping[str, Share]
    sent: int
    began: int
    stopped: int
    refused: int
    days: tuple[tuple[str, Day], ...]
    failures: Mapping[str, int]
    consents: tuple[ConsentSource, ...]
    consent_rows: tuple[Mapping[str, str], ...]
    withdrawn: int
    campaigns: tuple[CampaignFigures, ...]
    templates: tuple[Mapping[str, Any], ...]
    enforced: tuple[str, ...]
    blocks: None = None
    """How many people blocked the number: the platform tells no business."""


def dossier_of(state: Senders, number: Number, now: Instant, mode_of: Callable[[str], str] | None = None) -> Dossier:
    """Gather the dossier of a number; `mode_of` says how a rule is set, where the state alone does not."""
    said = report(state, number, now)
    until = said.since if said.since is not None else now
    days = [(day * DAY, figures) for day, figures in number.days.last(DAYS, until)]
    figures = [day for _, day in days]
    account = state.accounts.get(number.account or "")
    people = [person for person in state.people.people.values() if _met(person, number.id)]
    consents, rows = _consents(people)
    return Dossier(
        number=number.id, display=number.display or number.id, account=number.account or "", made_at=now, report=said,
        until=until, shares={name: SHARES[name](figures) for name in SHOWN},
        sent=sum(sum(day.sent.values()) for day in figures),
        began=sum(day.began for day in figures), stopped=sum(day.stopped for day in figures),
        refused=sum(sum(day.refused.values()) for _, day in number.days.last(DAYS, now)),
        days=tuple((show_instant(at)[:10], day) for at, day in days), failures=_failures(figures),
        consents=consents, consent_rows=rows, withdrawn=sum(bool(person.withdrew) for person in people),
        campaigns=tuple(_campaigns(people, number.id, until)), templates=_templates(account),
        enforced=tuple(rule.name for rule in RULES if (mode_of or state.modes.get)(rule.name) == "enforce"),
    )  # fmt: skip


SHOWN = ("consented", "delivered", "failed", "answered", "stopped", "undelivered", "spam_errors")


def _met(person: Person, number: str) -> bool:
    return number in person.threads or any(sent.number == number for sent in person.sent)


def _failures(days: list[Day]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for day in days:
        for code, many in day.failed.items():
            total[code] += many
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _consents(people: list[Person]) -> tuple[tuple[ConsentSource, ...], tuple[Mapping[str, str], ...]]:
    by_source: dict[str, list[tuple[Instant, bool, bool]]] = defaultdict(list)
    rows: list[Mapping[str, str]] = []
    for person in people:
        for category, given in person.agreed.items():
            at = given.given_at or given.at
            by_source[given.source].append((at, bool(given.wording), bool(given.proof)))
            if len(rows) < MOST_CONSENTS:
                rows.append({"person": min(person.names), "category": category, "source": given.source,
                             "wording": given.wording, "proof": given.proof, "given_at": show_instant(at)})  # fmt: skip
    sources = [
        ConsentSource(source=source, people=len(given), with_wording=sum(consent[1] for consent in given),
                      proven=sum(consent[2] for consent in given), first=min(given)[0], last=max(given)[0])
        for source, given in by_source.items()
    ]  # fmt: skip
    return tuple(sorted(sources, key=lambda source: (-source.people, source.source))), tuple(rows)


def _campaigns(people: list[Person], number: str, until: Instant) -> Iterator[CampaignFigures]:
    reached: dict[str, set[int]] = defaultdict(set)
    undelivered: dict[str, set[int]] = defaultdict(set)
    answered: dict[str, set[int]] = defaultdict(set)
    for person in people:
        for sent in person.sent:
            if sent.campaign is None or sent.number != number or not until - DAYS * DAY < sent.at <= until:
                continue
            reached[sent.campaign].add(person.key)
            if sent.code == 131026:
                undelivered[sent.campaign].add(person.key)
            if sent.answered_at is not None:
                answered[sent.campaign].add(person.key)
    for campaign in sorted(reached, key=lambda name: (-len(reached[name]), name))[:20]:
        if len(reached[campaign]) >= FEWEST:
            failed, came_back = _few(undelivered[campaign]), _few(answered[campaign])
            people_reached = len(reached[campaign])
            yield CampaignFigures(
                campaign=campaign, people=people_reached, undelivered=failed, answered=came_back
            )  # fmt: skip


def _few(people: set[int]) -> int | None:
    return len(people) if not people or len(people) >= FEWEST else None


def _templates(account: Account | None) -> tuple[Mapping[str, Any], ...]:
    if account is None:
        return ()
    return tuple(
        {"name": template.name, "language": template.language, "category": template.category, "status": template.status,
         "quality": template.quality, "pauses": template.pauses, "reason": template.reason or None}
        for template in account.templates.values()
    )  # fmt: skip


def title_of(code: str) -> str:
    """Return what an error is called; empty for one that is not known."""
    rule = rule_of(int(code)) if code.isdigit() else None
    return rule.title if rule is not None else ""


def record(dossier: Dossier) -> dict[str, Any]:
    """Return a dossier as a JSON object, with times as RFC 3339."""
    said = dossier.report
    return {
        "number": dossier.number, "display": dossier.display, "account": dossier.account,
        "made_at": show_instant(dossier.made_at), "state": said.state, "offence": said.offence,
        "earlier": [show_instant(at) for at in said.earlier],
        "restrictions": [
            {"stopped": trouble.what, "country": trouble.country or None, "of": trouble.of, "code": trouble.code,
             "since": show_instant(trouble.since), "until": _shown(trouble.until), "remediation": trouble.remediation}
            for trouble in said.troubles
        ],
        "still_works": list(said.still_works),
        "next": [{"step": step.step, "stops": step.stops, "days": days_of(step.lasting)} for step in said.next_steps],
        "causes": [
            {"cause": cause.name, "grade": cause.grade, "named": cause.named or None, "times": cause.times,
             "share": _share(cause.share), "before": _share(cause.before)}
            for cause in said.causes
        ],
        "figures": {"over_days": DAYS, "until": show_instant(dossier.until), "sent": dossier.sent,
                    "began": dossier.began, "stopped": dossier.stopped, "refused_by_us": dossier.refused,
                    "blocks": dossier.blocks, **{name: _share(share) for name, share in dossier.shares.items()}},
        "days": [{"day": day, **_day(figures)} for day, figures in dossier.days],
        "failures": [{"code": int(code), "title": title_of(code), "count": many}
                     for code, many in dossier.failures.items()],
        "consents": {
            "withdrawn": dossier.withdrawn,
            "sources": [
                {**msgspec.to_builtins(source), "first": show_instant(source.first), "last": show_instant(source.last)}
                for source in dossier.consents
            ],
            "rows": list(dossier.consent_rows),
        },
        "campaigns": [msgspec.to_builtins(campaign) for campaign in dossier.campaigns],
        "templates": list(dossier.templates), "rules_enforced": list(dossier.enforced),
    }  # fmt: skip


def days_of(spans: tuple[int, ...]) -> list[int]:
    """Return durations in days."""
    return [span // DAY for span in spans]


def day_shown(at: Instant) -> str:
    """Return the day of an instant."""
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def _shown(at: Instant | None) -> str | None:
    return None if at is None else show_instant(at)


def _share(share: Share | None) -> dict[str, float | int | None] | None:
    if share is None or not share.of:
        return None
    return {"share": round(share.hits / share.of, 4), "low": round(share.least, 4), "high": round(share.most, 4),
            "hits": share.hits, "of": share.of}  # fmt: skip


def _day(day: Day) -> dict[str, int]:
    return {
        "sent": sum(day.sent.values()), "began": day.began, "first": day.first, "consented": day.consented,
        "delivered": day.delivered, "read": day.read, "answered": day.answered, "failed": sum(day.failed.values()),
        "refused": sum(day.refused.values()), "stopped": day.stopped,
    }  # fmt: skip
