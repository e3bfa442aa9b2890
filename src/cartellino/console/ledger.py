"""The page of the ledger: every change of state, with pseudonyms and seals."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from cartellino.console.door import ROWS, Answer, guarded, shown
from cartellino.queries.ledger import latest_rows
from cartellino.web.requests import Asked, number, service_of
from cartellino.web.work import fetched

Subject = Annotated[str, QueryParameter(name="subject", max_length=128)]
Person = Annotated[str, QueryParameter(name="account", max_length=128)]
ServiceName = Annotated[str, QueryParameter(name="service", max_length=128)]
Before = Annotated[str, QueryParameter(name="before", max_length=32)]


@get("/console/ledger", **guarded("read-ledger"))
async def ledger(
    request: Asked, subject: Subject = "", account: Person = "", service_name: ServiceName = "main", before: Before = ""
) -> Answer:
    """List the rows of the ledger, the latest first; those of one account by its pseudonym."""
    if account.strip():
        subject = service_of(request).live.pseudonym(service_name, account.strip())
    start = number(before, "before") if before else None
    page = await fetched(request, lambda rows: latest_rows(rows, subject, start, ROWS))
    following = page[-1].number if len(page) == ROWS else 0
    return shown(
        request, "ledger", "Ledger", rows=page, subject=subject, account=account, following=following
    )  # fmt: skip


PAGES = [ledger]
