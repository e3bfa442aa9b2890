"""What only the routes for machines share: whose account it is, and pages that do not part what belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cartellino.pipeline.live_view import LiveView
from cartellino.vocabulary.accounts import AccountRef
from cartellino.web.problems import Problem
from cartellino.web.requests import Asked, principal_of

Row = TypeVar("Row")


def must_own(request: Asked, service: str, account: str) -> None:
    """Refuse an account holder who asks about somebody else's account, as if there were no such thing."""
    if not principal_of(request).owns(service, account):
        raise Problem("not-found", "there is no such thing, or it is not yours")


def must_bear(request: Asked, live: LiveView, sanction: str | None, owner: AccountRef) -> None:
    """Refuse an account holder whom a sanction does not weigh on: it is neither theirs nor of a linked account."""
    asks = principal_of(request)
    if not live.bears(asks.service, asks.account, sanction):
        must_own(request, *owner)


def together(rows: Sequence[Row], limit: int, by: str) -> Sequence[Row]:
    """Return a page without its last, perhaps incomplete, group of equal values: the next page begins with it."""
    if len(rows) < limit:
        return rows
    whole = [row for row in rows if getattr(row, by) != getattr(rows[-1], by)]
    return whole or rows
