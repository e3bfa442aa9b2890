"""An account's allowance of new chats, for its standing and for its holder's page."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cartellino.commands.allowance import allowance_of
from cartellino.queries.allowance import rules_of, while_limited
from cartellino.vocabulary.refusals import Refusal
from cartellino.web.requests import Asked, service_of
from cartellino.web.work import do

ALLOWANCES = 30
"""Allowances that the service works out in a minute: each takes the writer up to a quarter of a second, in which it
takes no events. Standings asked for beyond that have none."""

WRITER_WITHIN = 1.0
"""Seconds within which the writer has to have worked one out; a standing does not wait for it any longer."""


async def allowance(request: Asked, service_name: str, account: str) -> dict[str, Any] | None:
    """Return how many new chats an account has left; `None` where nothing limits them, or nobody has time to say."""
    service, limits = service_of(request), request.app.state.limits
    if not rules_of(service.live.policies):
        return None
    limited = while_limited(service.live, service_name, account, service.clock.now())
    if limited is not None or limits.wait("allowances", ALLOWANCES):
        return limited
    with suppress(Refusal):  # the writer is busy, or away; the standing is known all the same
        return await do(request, lambda unit: allowance_of(unit.route, service_name, account, unit.now), WRITER_WITHIN)
    return None
