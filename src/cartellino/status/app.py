"""All routes of the public status."""

from __future__ import annotations

from cartellino.status import complaints, feeds, orders, pages, statuspage, subscribing

PAGES = [*pages.PAGES, *statuspage.ROUTES, *feeds.ROUTES, *subscribing.PAGES, *orders.PAGES, *complaints.PAGES]
