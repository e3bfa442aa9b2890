"""What programs read: Statuspage version 2, levels, Atom and JSON Feed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.api.test_availability import outage
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.availability.features import FEATURES
from cartellino.status.app import PAGES

ATOM = "{http://www.w3.org/2005/Atom}"
STATUSPAGE = {"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"}


def read(world: World, path: str) -> Any:  # noqa: ANN401
    answer = world.client.get(path)
    assert answer.status_code == 200, answer.text
    assert "public" in answer.headers["cache-control"]
    return answer.json()


def test_what_is_unknown_is_never_operational(world: World) -> None:
    summary = read(world, "/api/v2/summary.json")
    assert {one["status"] for one in summary["components"]} == {"unknown"}
    assert "unknown" not in STATUSPAGE
    assert summary["status"]["indicator"] == "unknown"


def test_aggregators_read_what_fails(world: World) -> None:
    outage(world)
    summary = read(world, "/api/v2/summary.json")
    assert summary.keys() >= {"page", "status", "components", "incidents", "scheduled_maintenances"}
    assert [one["id"] for one in summary["components"]] == list(FEATURES)
    assert summary["status"] == {"indicator": "major", "description": "Partial System Outage"}
    sending = next(one for one in summary["components"] if one["id"] == "sending")
    assert (sending["status"], sending["description"]) == ("partial_outage", "In ID")
    (incident,) = summary["incidents"]
    assert incident["status"] == "investigating"
    assert incident["impact"] == "major"
    assert incident["components"] == [{"id": "sending", "name": "Sending messages"}]
    assert re.match(r"http://.*/status/incidents/i_", incident["shortlink"])
    assert incident["incident_updates"][0]["incident_id"] == incident["id"]
    for path, part in (("status", "status"), ("components", "components"), ("incidents", "incidents"),
                       ("incidents/unresolved", "incidents")):  # fmt: skip
        assert read(world, f"/api/v2/{path}.json")[part] == summary[part]


def test_levels_hide_small_counts(world: World) -> None:
    outage(world)
    levels = read(world, "/status/levels.json")
    assert levels["countries"]["ID"] == "danger"
    assert levels["countries"]["FR"] == "unknown"
    assert {cell["reports"] for cell in levels["cells"]} == {0}


@pytest.mark.parametrize(("query", "many"), [("", 1), ("?country=ID", 1), ("?country=FR", 0), ("?feature=calls", 0),
                                             ("?country=ID&feature=sending", 1)])  # fmt: skip
def test_a_feed_is_of_a_country_and_a_feature(world: World, query: str, many: int) -> None:
    outage(world)
    atom = world.client.get(f"/status/feed.atom{query}", headers={"accept-language": "id"})
    assert atom.headers["content-type"].startswith("application/atom+xml")
    tree = ElementTree.fromstring(atom.content)
    entries = tree.findall(f"{ATOM}entry")
    assert len(entries) == many
    for name in ("id", "title", "updated", "author"):
        assert tree.find(f"{ATOM}{name}") is not None
    for entry in entries:
        assert {one.tag.removeprefix(ATOM) for one in entry} >= {"id", "title", "updated", "link", "summary"}
        assert "mengirim pesan" in str(entry.findtext(f"{ATOM}title"))
    found = read(world, f"/status/feed.json{query}")
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert len(found["items"]) == many
    assert {item["id"] for item in found["items"]} == {entry.findtext(f"{ATOM}id") for entry in entries}


def test_links_of_aggregators_lead_to_the_public_address(tmp_path: Path) -> None:
    service = begun(settings_for(tmp_path / "data", public_url="https://status.example.org"), time := Time())
    try:
        with client_of(service, *PAGES) as client:
            world = World(service, client, time)
            outage(world)
            (incident,) = read(world, "/api/v2/incidents.json")["incidents"]
    finally:
        service.stop()
    assert incident["shortlink"] == f"https://status.example.org/status/incidents/{incident['id']}"
