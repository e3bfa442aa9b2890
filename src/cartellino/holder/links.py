"""Links of the messenger's own service, which let into the pages once.

Opening the address changes nothing and shows a button: mail scanners and previews open what they find, and would use
the link up before its reader comes. The button sends the token, which is spent then.
"""

from __future__ import annotations

import anyio.to_thread

from cartellino.appeals.proof import Holder
from cartellino.web.identity import visit_of
from cartellino.web.requests import Asked, service_of


def holder_in(request: Asked, token: str) -> Holder | None:
    """Return whom a link would let in; `None` when it is not genuine, too old, or was used."""
    service = service_of(request)
    holder = service.holder_of(token, "", "link")
    return holder if holder is not None and not service.spent.has(token) else None


def is_in_already(request: Asked, token: str) -> bool:
    """Say whether whoever opens a link again has entered by it, or otherwise, and not left."""
    service = service_of(request)
    visit, whose = visit_of(request, service), service.holder_of(token, "", "link")
    if visit is None or whose is None:
        return False
    return (visit.service, visit.account) == (whose.service, whose.account)


async def use(request: Asked, token: str) -> Holder | None:
    """Spend a link, and return whom it lets in; `None` when it lets nobody in."""
    holder = holder_in(request, token)
    if holder is None:
        return None
    spent = service_of(request).spent.spend
    return holder if await anyio.to_thread.run_sync(spent, token, holder.ends_at) else None
