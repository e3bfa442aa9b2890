"""Helpers of the API's routes: checks of ownership, and pages that do not split groups of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cartellino.pipeline.live_view import LiveView
from cartellino.vocabulary.accounts import AccountRef
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, principal_of

Row = TypeVar("Row")


def must_own(request: Asked, service: str, account: str) -> None:
    """Raises `Problem` (not found) for a holder who requests somebody else's account, so as not to reveal it."""
    if not principal_of(request).owns(service, account):
        raise Problem("not-found", "there is no such thing, or it is not yours")


def must_bear(request: Asked, live: LiveView, sanction: str | None, owner: AccountRef) -> None:
    """Raises `Problem` (not found) for a holder whom a sanction does not apply to, directly or by a linked account."""
    asks = principal_of(request)
    if not live.bears(asks.service, asks.account, sanction):
        must_own(request, *owner)


def together(rows: Sequence[Row], limit: int, by: str) -> Sequence[Row]:
    """Return a full page without its last group of equal values, which may be incomplete and begins the next page."""
    if len(rows) < limit:
        return rows
    whole = [row for row in rows if getattr(row, by) != getattr(rows[-1], by)]
    return whole or rows
