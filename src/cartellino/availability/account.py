"""Is it the account? The question beside cause and place: banned *and* down can be true at once.

What is known of the account comes as facts, from those who keep it. A decision that stands is certain; a session that
was lost is not a ban; a client that is no official one has its own "temporarily banned".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from cartellino.availability.evidence import GRADES, Cause, Evidence, Grade
from cartellino.availability.places import WORLD

State = Literal[
    "clear", "warned", "limited", "suspended", "banned", "session_lost", "old_client", "unofficial_client",
    "enforcement_fault",
]  # fmt: skip

_STANDS = frozenset({"limited", "suspended", "banned"})


class AccountFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one account: its standing, the decision behind it, its sign-ins and its client."""

    standing: Literal["clear", "warned", "limited", "suspended", "banned"] = "clear"
    decision_id: str | None = None
    is_held_wrong: bool = False
    """Whether the decision leaned on what an incident excuses, or belongs to a wave that is under review."""
    failed_sign_ins: int = 0
    """In the last day, since the last connection that succeeded."""
    client: str | None = None
    is_client_old: bool | None = None
    is_client_official: bool | None = None
    country: str | None = None
    network: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """What is said of one account: its state, how sure, on what evidence, what to do, and the causes that reach it."""

    state: State
    grade: Grade
    evidence: tuple[Evidence, ...]
    next_step: str
    causes: tuple[Cause, ...]


def answer(facts: AccountFacts, causes: Iterable[Cause]) -> Answer:
    """Answer why somebody cannot send: the account first, and whatever else is true beside it."""
    reached = tuple(one for one in causes if reaches(one, facts))
    state, grade, evidence = _state(facts, reached)
    return Answer(state, grade, evidence, _next_step(state, reached), reached)


def reaches(cause: Cause, facts: AccountFacts) -> bool:
    """Say whether a cause can be that of an account, by its country, network and client; unknown ones are told."""
    if facts.client is not None and cause.client not in ("", facts.client):
        return False
    if cause.place == WORLD or facts.country is None:
        return True
    country, _, network = cause.place.partition("/")
    return facts.country in country.split(",") and (not network or facts.network in (None, network))


def _state(facts: AccountFacts, causes: tuple[Cause, ...]) -> tuple[State, Grade, tuple[Evidence, ...]]:
    if facts.standing in _STANDS:
        decided = Evidence("decision", facts.standing, {"id": facts.decision_id})
        if facts.is_held_wrong:
            return "enforcement_fault", "likely", (decided, Evidence("decision", "under_review"))
        return facts.standing, "confirmed", (decided,)
    if facts.is_client_official is False:
        return "unofficial_client", "likely", (Evidence("client", "unofficial", {"client": facts.client}),)
    if facts.is_client_old:
        return "old_client", "likely", (Evidence("client", "old", {"client": facts.client}),)
    if facts.failed_sign_ins:
        shared = any(one.kind == "session" and one.grade != "ruled_out" for one in causes)
        evidence = Evidence("events", "sign_in_failed", {"times": facts.failed_sign_ins})
        return "session_lost", "likely" if shared else "possible", (evidence,)
    return facts.standing, "confirmed", (Evidence("decision", "none"),)


_STEPS = {
    "banned": "appeal", "suspended": "wait_or_appeal", "limited": "wait_or_appeal", "enforcement_fault": "wait",
    "unofficial_client": "use_official_client", "old_client": "update", "session_lost": "sign_in_again",
}  # fmt: skip
_STEPS_OF_CAUSES = {
    "restriction": "use_what_works", "block": "use_what_works", "network": "try_other_network", "client": "update",
}  # fmt: skip


def _next_step(state: State, causes: tuple[Cause, ...]) -> str:
    """Return what to do, as a code: first what only the holder can do."""
    if state in _STEPS:
        return _STEPS[state]
    said = sorted((one for one in causes if one.grade != "ruled_out"), key=lambda one: GRADES.index(one.grade))
    return _STEPS_OF_CAUSES.get(said[0].kind, "wait") if said else "report"
