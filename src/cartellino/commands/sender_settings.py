"""What operators set for business senders: the fact is for the gateway, its row for whoever asks the ledger later."""

from __future__ import annotations

from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.enforcement.acts import Record
from cartellino.senders.facts import (
    AiAnswered,
    AiReviewed,
    BypassSet,
    Cleared,
    Consented,
    Declared,
    Fact,
    Forgotten,
    ModeSet,
    Placed,
    Withdrew,
)


def enter(unit: UnitOfWork, facts: tuple[Fact, ...], why: str = "") -> None:
    """Write rows of the ledger about facts that an operator or a program entered; people are in none of them."""
    consents = sum(isinstance(fact, Consented | Withdrew) for fact in facts)
    if consents:
        unit.act(Record, why, what="consents entered", subject=f"{consents}")
    for fact in facts:
        said = _said(fact)
        if said is not None:
            unit.act(Record, why, what=said[0], subject=said[1])


def _said(fact: Fact) -> tuple[str, str] | None:
    match fact:
        case ModeSet():
            return f"sender rule is {fact.mode}", fact.rule
        case BypassSet():
            return "sender rules bypassed" if fact.on else "sender rules in force", "all"
        case Declared():
            return f"AI declared {fact.ai}", fact.number
        case AiReviewed():
            return f"use of AI {fact.outcome.replace('_', ' ')}", fact.number
        case AiAnswered():
            return "sender answered on AI", fact.number
        case Forgotten():
            return "person erased", "1"
        case Placed():
            return "sender placed", f"{fact.number} in {fact.portfolio}"
        case Cleared():
            return "sender cleared", f"{fact.number}: {fact.stop}"
        case _:
            return None
