"""What is going on as feeds: Atom (RFC 4287) and JSON Feed 1.1, of all or of one country and feature."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter

from cartellino.notices.diagnosis import tell
from cartellino.status.door import base_of, kept, machine
from cartellino.status.pages import ServiceName, must_be_country, must_be_feature, seen
from cartellino.status.snapshot import MAIN, Snapshot
from cartellino.status.texts import STATE, TITLE
from cartellino.vocabulary.times import show_instant
from cartellino.web.reader import language_of, say
from cartellino.web.requests import Asked, service_of

_Filter = Annotated[str, QueryParameter(max_length=64)]


class Item(NamedTuple):
    """An incident as a feed tells it."""

    id: str
    link: str
    title: str
    text: str
    since: str
    updated: str


@get("/status/feed.atom", **machine())
async def atom(
    request: Asked, country: _Filter = "", feature: _Filter = "", name: ServiceName = MAIN
) -> Response[bytes]:
    """Return the incidents as Atom."""
    snap, items = await _items(request, country, feature, name)
    base, title = base_of(request), escape(say(request, TITLE))
    updated = max([*(item.updated for item in items), show_instant(snap.as_of)])
    entries = "".join(
        f"<entry><id>{escape(item.id)}</id><title>{escape(item.title)}</title>"
        f'<link rel="alternate" href="{escape(item.link)}"/><published>{item.since}</published>'
        f"<updated>{item.updated}</updated><summary>{escape(item.text)}</summary></entry>"
        for item in items
    )
    own = escape(f"{base}/status/feed.atom{_query(country, feature, name)}")
    body = (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="'
        f'{language_of(request)}"><id>{own}</id><title>{title}</title><updated>{updated}</updated>'
        f'<author><name>{title}</name></author><link rel="self" href="{own}"/>'
        f'<link rel="alternate" href="{base}/status"/>{entries}</feed>'
    )
    return _in_language(kept(request, body.encode(), "application/atom+xml"))


@get("/status/feed.json", **machine())
async def json_feed(
    request: Asked, country: _Filter = "", feature: _Filter = "", name: ServiceName = MAIN
) -> Response[bytes]:
    """Return the incidents as a JSON Feed."""
    _, items = await _items(request, country, feature, name)
    base = base_of(request)
    body: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": say(request, TITLE),
        "language": language_of(request),
        "home_page_url": f"{base}/status",
        "feed_url": f"{base}/status/feed.json{_query(country, feature, name)}",
        "items": [
            {"id": item.id, "url": item.link, "title": item.title, "content_text": item.text,
             "date_published": item.since, "date_modified": item.updated}
            for item in items
        ],
    }  # fmt: skip
    return _in_language(kept(request, msgspec.json.encode(body), "application/feed+json"))


async def _items(request: Asked, country: str, feature: str, name: str) -> tuple[Snapshot, list[Item]]:
    if country:
        must_be_country(country)
    if feature:
        must_be_feature(feature)
    snap = await seen(request, name)
    incidents = [
        incident for incident in snap.incidents
        if (not country or incident.concerns(country)) and (not feature or feature in incident.features)
    ]  # fmt: skip
    words, language, base = service_of(request).words, language_of(request), base_of(request)
    items = []
    for incident in incidents:
        said, last = tell(incident.cause, words, language, is_over=incident.works_again), incident.timeline[-1]
        link = f"{base}/status/incidents/{incident.id}{_query('', '', name)}"
        text = f"{say(request, STATE[incident.state])}. {last.note or said.next_step}".rstrip()
        items.append(Item(link, link, said.sentence, text, show_instant(incident.since), show_instant(last.at)))
    return snap, sorted(items, key=lambda item: item.updated, reverse=True)


def _query(country: str, feature: str, name: str) -> str:
    given = {"country": country, "feature": feature, "service": "" if name == MAIN else name}
    text = urlencode({key: value for key, value in given.items() if value})
    return f"?{text}" if text else ""


def _in_language(answer: Response[bytes]) -> Response[bytes]:
    answer.headers["Vary"] = "Accept-Language, Accept-Encoding, Cookie"
    return answer


ROUTES = [atom, json_feed]
