"""A person's decision on a number's use of AI, for every face: recorded, with its row of the ledger and its notice."""

from __future__ import annotations

from cartellino.commands import sender_notices, sender_settings
from cartellino.commands.unit_of_work import UnitOfWork
from cartellino.senders.facts import AiReviewed
from cartellino.service.sender_letters import decision_letter
from cartellino.web.requests import Asked, service_of
from cartellino.web.work import do, written


async def record_decision(request: Asked, decision: AiReviewed) -> bool:
    """Record a decision and queue the notice to the sender; say whether there is an address to which it goes."""
    service = service_of(request)
    with service.senders.lock:
        letter = decision_letter(service.senders.state.number(decision.number), decision, service.words)
    await written(service.senders.record(decision))

    def enter(unit: UnitOfWork) -> bool:
        sender_settings.enter(unit, (decision,), decision.reason)
        return sender_notices.post(unit, letter)

    return await do(request, enter)
