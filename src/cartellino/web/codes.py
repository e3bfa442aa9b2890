"""Limits on how often one network may request one-time codes and try them; `commands.one_time_codes` says why they do.

A messenger that requests codes for its users has a key with the scope `holders`, and is not limited.
"""

from __future__ import annotations

from cartellino.service.access import Principal
from cartellino.service.service import Service
from cartellino.web.identity import Connection, address_of
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem

ASKED = 60
"""Most requests for codes an hour from one network, for any accounts."""

SENT = 5
"""Most codes an hour that one network can have sent to one account while earlier ones are still valid."""

GUESSED = 60
"""Most codes in ten minutes that one network may try."""


def may_ask(connection: Connection, account_service: str, account: str) -> bool:
    """Say whether a new code may be sent; otherwise the last one stays valid (`one_time_codes.ask`).

    Raises `Problem` when the network makes too many requests.
    """
    service: Service = connection.app.state.service
    limits: Limits = connection.app.state.limits
    network = address_of(connection, service)
    if _is_trusted(connection):
        return True
    _take(limits, f"codes asked from {network}", ASKED, 60)
    return limits.wait(f"codes for {account_service} {account} from {network}", SENT, 60) == 0


def may_guess(connection: Connection) -> None:
    """Raises `Problem` when the network has tried too many codes."""
    service: Service = connection.app.state.service
    if not _is_trusted(connection):
        _take(connection.app.state.limits, f"codes given from {address_of(connection, service)}", GUESSED, 10)


def _is_trusted(connection: Connection) -> bool:
    principal: Principal = connection.state.principal
    return principal.may("make-holders")


def _take(limits: Limits, what: str, often: int, minutes: int) -> None:
    wait = limits.wait(what, often, minutes)
    if wait:
        raise Problem("too-often", "too many codes from your network; wait a little", retry=wait)
