"""Links signed by the messenger, each of which lets its holder into the pages once.

Opening a link only shows a button. Mail scanners and previews open links, and would otherwise use it up before its
reader does. The button sends the token, which is spent then.
"""

from __future__ import annotations

import anyio.to_thread

from cartellino.appeals.proof import Holder
from cartellino.web.identity import visit_of
from cartellino.web.requests import Asked, service_of


def holder_in(request: Asked, token: str) -> Holder | None:
    """Return the holder of a link; `None` if it is not genuine, too old, or used."""
    service = service_of(request)
    holder = service.holder_of(token, "", "link")
    return holder if holder is not None and not service.spent.has(token) else None


def is_in_already(request: Asked, token: str) -> bool:
    """Say whether the holder of a link that is opened again has entered already, and not left."""
    service = service_of(request)
    visit, whose = visit_of(request, service), service.holder_of(token, "", "link")
    if visit is None or whose is None:
        return False
    return (visit.service, visit.account) == (whose.service, whose.account)


async def use(request: Asked, token: str) -> Holder | None:
    """Spend a link, and return its holder; `None` if it is not valid."""
    holder = holder_in(request, token)
    if holder is None:
        return None
    spent = service_of(request).spent.spend
    return holder if await anyio.to_thread.run_sync(spent, token, holder.ends_at) else None
