"""The pattern page: all components of the pages, in each of their states."""

from __future__ import annotations

from litestar import get

from cartellino.console.door import Answer, guarded, shown
from cartellino.web.charts import Chart, Line
from cartellino.web.requests import Asked

_CHART = Chart(
    "Strangers written to", [0, 60_000, 120_000, 180_000],
    [Line("strangers", [1, None, 14, 60], limit=40), Line("answered", [1, 1, 2, 3])], mark=(180_000.0, "decided"),
)  # fmt: skip


@get("/console/patterns", **guarded("read-cases"))
async def patterns(request: Asked) -> Answer:
    """Show every component."""
    return shown(request, "patterns", "Patterns", chart=_CHART)


PAGES = [patterns]
