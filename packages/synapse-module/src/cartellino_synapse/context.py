"""The request in which a callback runs, as Synapse's logging context knows it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from synapse.logging.context import current_context

from cartellino_synapse.pseudonyms import Pseudonyms

LONGEST_CLIENT = 128


class Request(NamedTuple):
    """A request of a client."""

    identity: str
    method: str
    path: str
    address: str
    agent: str


def request() -> Request | None:
    """Return the request that is being worked on; `None` outside of one, as in background work and federation."""
    about = getattr(current_context(), "request", None)
    if about is None or not about.url:
        return None
    return Request(about.request_id, about.method, urlsplit(about.url).path, about.ip_address, about.user_agent)


def described(names: Pseudonyms) -> dict[str, str | None]:
    """Return the columns that describe where an account acts from; empty for work of the server itself."""
    now = request()
    if now is None or "/_matrix/federation/" in now.path:
        return {}
    return {"address": names.address(now.address) if now.address else None,
            "client": now.agent[:LONGEST_CLIENT] or None}  # fmt: skip
