"""The ledger: every change of state, by pseudonym, each row with its seal."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from cartellino.console.door import ROWS, Answer, guarded, shown
from cartellino.queries.ledger import ledger_rows
from cartellino.storage import tables
from cartellino.web.requests import Asked, number, service_of
from cartellino.web.work import looked, rows_of

Subject = Annotated[str, QueryParameter(name="subject", max_length=128)]
Person = Annotated[str, QueryParameter(name="account", max_length=128)]
ServiceName = Annotated[str, QueryParameter(name="service", max_length=128)]
Before = Annotated[str, QueryParameter(name="before", max_length=32)]


@get("/console/ledger", **guarded("read-ledger"))
async def ledger(
    request: Asked, subject: Subject = "", account: Person = "", service_name: ServiceName = "main", before: Before = ""
) -> Answer:
    """List the rows of the ledger, the latest first; those of one account by its pseudonym."""
    held = tables.ledger.c
    if account.strip():
        subject = service_of(request).live.pseudonym(service_name, account.strip())
    asked = ledger_rows().order_by(held.number.desc())
    asked = asked.where(held.subject == subject) if subject else asked
    asked = asked.where(held.number < number(before, "before")) if before else asked
    found = await looked(request, lambda service: rows_of(service, asked, ROWS))
    following = found[-1].number if len(found) == ROWS else 0
    return shown(
        request, "ledger", "Ledger", rows=found, subject=subject, account=account, following=following
    )  # fmt: skip


PAGES = [ledger]
