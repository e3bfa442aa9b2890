"""How often one network may ask for one-time codes, and guess them; why that is enough: see `commands.one_time_codes`.

A messenger that asks for its people brings a key with the scope `holders`, and is not counted: it knows whom it serves.
"""

from __future__ import annotations

from cartellino.service.access import Principal
from cartellino.service.service import Service
from cartellino.web.identity import Connection, address_of
from cartellino.web.limits import Limits
from cartellino.web.problems import Problem

ASKED = 60
"""Requests for codes an hour from one network, for whatever accounts."""

SENT = 5
"""Codes an hour that one network can have sent to one account while others are still good."""

GUESSED = 60
"""Codes in ten minutes that one network may give back."""


def may_ask(connection: Connection, account_service: str, account: str) -> bool:
    """Say whether a code of its own is sent, or the one that was sent last is taken (`proofs.ask`).

    Raises `Problem` where the network asks too often.
    """
    service: Service = connection.app.state.service
    limits: Limits = connection.app.state.limits
    network = address_of(connection, service)
    if _is_trusted(connection):
        return True
    _take(limits, f"codes asked from {network}", ASKED, 60)
    return limits.wait(f"codes for {account_service} {account} from {network}", SENT, 60) == 0


def may_guess(connection: Connection) -> None:
    """Raises `Problem` where the network gives too many codes back."""
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
