"""All routes of the public status."""

from __future__ import annotations

from cartellino.status import feeds, pages, statuspage

PAGES = [*pages.PAGES, *statuspage.ROUTES, *feeds.ROUTES]
