"""Adds a fact to the state. The same facts in the same order always give the same state."""

from __future__ import annotations

from cartellino.senders import fold_accounts, fold_people, fold_sending
from cartellino.senders.facts import Fact
from cartellino.senders.state import Handlers, Senders

_HANDLERS: Handlers = {
    **fold_sending.HANDLERS,
    **fold_people.HANDLERS,
    **fold_accounts.HANDLERS,
}


def apply(state: Senders, fact: Fact) -> None:
    """Change the state by one fact."""
    _HANDLERS[type(fact)](state, fact)
