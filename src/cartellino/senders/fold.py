"""Adds a fact to the state. The same facts in the same order always give the same state."""

from __future__ import annotations

from hashlib import blake2b

from cartellino.senders import fold_accounts, fold_people, fold_sending
from cartellino.senders.facts import (
    AccountChanged,
    Disabled,
    Fact,
    HandedOver,
    Preferred,
    Restricted,
    TemplateChanged,
    TemplateFiled,
    TemplateRated,
    TierSet,
    Violated,
    written,
)
from cartellino.senders.state import Handlers, Senders

_HANDLERS: Handlers = {
    **fold_sending.HANDLERS,
    **fold_people.HANDLERS,
    **fold_accounts.HANDLERS,
}


_ONCE = (Violated, Restricted, Disabled, AccountChanged, TemplateChanged, TemplateRated, TemplateFiled, TierSet,
         Preferred, HandedOver)  # fmt: skip
"""What the platform tells, and may tell again: word for word with the same instant it is the same."""


def apply(state: Senders, fact: Fact) -> None:
    """Change the state by one fact; what the platform tells twice changes it once."""
    if isinstance(fact, _ONCE) and not state.is_new(blake2b(written(fact), digest_size=12).hexdigest(), fact.at):
        return
    _HANDLERS[type(fact)](state, fact)
