"""What a restriction means, what still works, until when, why it probably came, what to stop, and what comes next.

Everything is said as codes and figures; `recovery_texts` has the sentences, in every language.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from cartellino.senders.accounts import Account, Number, Stop
from cartellino.senders.causes import Cause, causes_of
from cartellino.senders.platform import Span, Step, platform
from cartellino.senders.state import Senders
from cartellino.vocabulary.times import DAY, Instant, duration

State = Literal["clear", "warned", "restricted", "locked", "disabled"]

WORKS: dict[str, tuple[str, ...]] = {
    "business_initiated": ("replies", "receiving", "calls"),
    "replies": ("receiving",),
    "everything": ("receiving", "review"),
    "new_numbers": ("replies", "templates", "receiving"),
    "new_utility_templates": ("replies", "templates", "receiving"),
    "direct_utility": ("replies", "templates", "receiving"),
    "utility": ("replies", "marketing", "codes", "receiving"),
    "marketing": ("replies", "orders", "codes", "receiving"),
    "calls_out": ("replies", "templates", "receiving"),
    "calls_in": ("replies", "templates", "receiving"),
    "country": ("other_countries", "receiving"),
}
"""What still works while something is stopped; where several are, what works in all of them."""

_MISUSE = frozenset({"new_utility_templates", "utility", "direct_utility"})
"""What is stopped for templates in the wrong category, which has a ladder of its own."""

_GRAVE = (368, 131031)
"""Errors by which the platform says that an account is blocked or locked."""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the platform stopped, or warned of."""

    what: str
    since: Instant
    until: Instant | None = None
    of: Literal["account", "number"] = "number"
    code: int | None = None
    country: str = ""
    remediation: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with a number, for the person who has to mend it."""

    number: str
    at: Instant
    state: State
    troubles: tuple[Trouble, ...]
    still_works: tuple[str, ...]
    offence: int
    """Of how many occasions within the account's history this is the last; 0 without any."""
    earlier: tuple[Instant, ...]
    next_steps: tuple[Step, ...]
    causes: tuple[Cause, ...]
    since: Instant | None = None

    @property
    def main_cause(self) -> Cause | None:
        """The cause that is named first."""
        return self.causes[0] if self.causes else None


def report(state: Senders, number: Number, now: Instant) -> Report:
    """Say how it stands with a number."""
    account = _account(state, number)
    troubles = _troubles(number, account, now)
    occasions = _occasions(number, account)
    since = max((trouble.since for trouble in troubles), default=None)
    return Report(
        number=number.id, at=now, state=_state(troubles, account), troubles=troubles,
        still_works=_still_works(troubles), offence=len(occasions), earlier=tuple(occasions[:-1]),
        next_steps=_next(troubles, account), since=since,
        causes=() if since is None else causes_of(number, account, since),
    )  # fmt: skip


def _account(state: Senders, number: Number) -> Account | None:
    if number.account is not None:
        return state.accounts.get(number.account)
    return next(iter(state.accounts.values())) if len(state.accounts) == 1 else None


def _troubles(number: Number, account: Account | None, now: Instant) -> tuple[Trouble, ...]:
    troubles = [_trouble(what, stop, "number") for what, stop in number.stops.items() if stop.holds(now)]
    if account is not None:
        troubles += [_trouble(what, stop, "account") for what, stop in account.stops.items() if stop.holds(now)]
        if account.disabled == "SCHEDULE_FOR_DISABLE":
            at = max((at for at, *_ in account.restricted), default=now)
            troubles.append(Trouble(what="scheduled", since=at, of="account", remediation=account.disabled_date))
        recent = [(at, kind) for at, kind in account.violations if now - at < 30 * DAY]
        if recent and not troubles:
            troubles.append(Trouble(what="violation", since=recent[-1][0], of="account", remediation=recent[-1][1]))
    return tuple(sorted(troubles, key=lambda trouble: (trouble.what != "everything", trouble.since)))


def _trouble(what: str, stop: Stop, of: Literal["account", "number"]) -> Trouble:
    kind, _, country = what.partition(":")
    return Trouble(what=kind, since=stop.since, until=stop.until, of=of, code=stop.code, country=country,
                   remediation=stop.remediation)  # fmt: skip


def _still_works(troubles: tuple[Trouble, ...]) -> tuple[str, ...]:
    works = [WORKS[trouble.what] for trouble in troubles if trouble.what in WORKS]
    if not works:
        return ("everything",)
    return tuple(work for work in works[0] if all(work in other for other in works[1:])) or ("receiving",)


def _state(troubles: tuple[Trouble, ...], account: Account | None) -> State:
    if account is not None and account.disabled == "DISABLE":
        return "disabled"
    everything = [trouble for trouble in troubles if trouble.what == "everything"]
    if any(trouble.until is None for trouble in everything):
        return "locked"
    stopping = [trouble for trouble in troubles if trouble.what not in ("violation", "scheduled")]
    return "restricted" if stopping else "warned" if troubles else "clear"


def _occasions(number: Number, account: Account | None) -> list[Instant]:
    """Return when the platform stepped in; what came within a day of each other is one occasion."""
    told: list[Instant] = []
    if account is not None:
        told += [at for at, _ in account.violations]
        told += [at for at, _, _, which in account.restricted if which in ("", number.id)]
    told += [stop.since for stop in number.stops.values() if stop.code in _GRAVE]
    occasions: list[Instant] = []
    for at in sorted(told):
        if not occasions or at - occasions[-1] > DAY:
            occasions.append(at)
    return occasions


def _next(troubles: tuple[Trouble, ...], account: Account | None) -> tuple[Step, ...]:
    """Return the rungs of the platform's ladder above the one that was reached."""
    if troubles and all(trouble.what in _MISUSE for trouble in troubles):
        return _next_of_misuse(troubles)
    ladder, reached = platform().violations.ladder, -1
    if account is not None and account.violations:
        reached = 0
    for trouble in troubles:
        for place, step in enumerate(ladder):
            lasts = bool(step.lasting) == (trouble.until is not None) or trouble.what == "business_initiated"
            if trouble.what == step.stops and lasts:
                reached = max(reached, place)
                break
    if account is not None and account.disabled == "DISABLE":
        reached = len(ladder) - 1
    return ladder[reached + 1 :]


def _next_of_misuse(troubles: tuple[Trouble, ...]) -> tuple[Step, ...]:
    """Return the longer pauses that follow on templates filed as utility that are none."""
    lasted = max((trouble.until - trouble.since for trouble in troubles if trouble.until is not None), default=0)
    spans = [Span(duration(rung)) for rung in platform().violations.misuse if rung != "warning"]
    return tuple(Step(step="misuse", stops="new_utility_templates", lasting=(span,)) for span in spans if span > lasted)
