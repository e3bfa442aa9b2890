"""All routes of the public status."""

from __future__ import annotations

from cartellino.status import feeds, pages, statuspage, subscribing

PAGES = [*pages.PAGES, *statuspage.ROUTES, *feeds.ROUTES, *subscribing.PAGES]
