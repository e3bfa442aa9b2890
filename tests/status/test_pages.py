"""The public pages: grey is grey, the map turns with what fails, and every language says it without colours."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from tests.api.test_availability import judged, outage, probe, problem, sent
from tests.api.test_incidents import works
from tests.api.test_orders import became, entered
from tests.api.world import World
from tests.marked import marked, said

from cartellino.availability.places import COUNTRIES
from cartellino.notices import status_mail_texts
from cartellino.notices.diagnosis_texts import FEATURE
from cartellino.notices.status_mail_texts import LEVEL
from cartellino.service.service import catalogues
from cartellino.status import texts
from cartellino.status.world import world as atlas
from cartellino.vocabulary.times import HOUR, show_instant

CATALOGUES = catalogues()
WORLD, COUNTRY = "/status", "/status/countries/ID"


def page(world: World, path: str = WORLD, **headers: str) -> str:
    answer = world.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def drawn(text: str, country: str) -> str:
    """Return the level of a country on the map: the group in which it is drawn."""
    groups = re.findall(r'<g class="(\w+)" fill="url\(#p-\w+\)">(.*?)</g>', text)
    (found,) = [level for level, shapes in groups if f'href="/status/countries/{country}"' in shapes]
    return str(found)


def tile(text: str, country: str) -> tuple[str, str]:
    """Return the level of a tile, and the sign that is written on it."""
    found = re.search(rf'<a class="(\w+)" href="/status/countries/{country}"[^>]*>.*?{country}</text>'
                      r"<text[^>]*>(.)</text></a>", text)  # fmt: skip
    assert found is not None
    return found[1], found[2]


@pytest.mark.parametrize("language", sorted(CATALOGUES))
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    catalogue = CATALOGUES[language]
    for text in (*marked(texts, status_mail_texts), *said("cartellino.status")):
        assert catalogue.get(text), f"no {language} for {text!r}"
        assert set(re.findall(r"\{\w+\}", catalogue[text])) == set(re.findall(r"\{\w+\}", text))


def test_what_nobody_knows_is_grey_everywhere_and_never_green(world: World) -> None:
    text = page(world)
    assert {drawn(text, code) for code in atlas().land if code} == {"unknown"}
    assert {tile(text, code) for code in COUNTRIES} == {("unknown", "?")}
    assert "badge green" not in text
    assert "We do not know yet how the service is" in text
    assert "badge green" not in page(world, COUNTRY)


def test_the_map_the_tiles_and_the_table_turn_with_what_fails(world: World) -> None:
    outage(world)
    text = page(world)
    for country, level, sign in (("ID", "danger", "✕"), ("BR", "none", "✓"), ("FR", "unknown", "?")):
        assert drawn(text, country) == level
        assert tile(text, country) == (level, sign)
        assert (
            f"<title>{ {'ID': 'Indonesia', 'BR': 'Brazil', 'FR': 'France'}[country] }: {LEVEL[level]}</title>" in text
        )
    assert "Something fails in one country." in text
    assert re.search(r'countries/ID">Indonesia</a></th><td><span class="badge red">.*?<td>sending messages</td>', text)
    assert 'href="#table"' in text
    assert "Sending messages" in page(world, COUNTRY)


def test_reports_alone_never_turn_the_map_red_and_few_leave_it_grey(world: World) -> None:
    for number in range(3):
        sent(world, "/v1/problems", problem(world, f"few-{number}"))
        judged(world)
    assert tile(page(world), "ID") == ("unknown", "?")
    for number in range(12):
        sent(world, "/v1/problems", *(problem(world, f"many-{number}-{one}") for one in range(200)))
        judged(world)
    assert tile(page(world), "ID")[0] in ("unknown", "warning")
    assert drawn(page(world), "ID") != "danger"


def test_counts_are_told_by_fives_and_small_ones_not_at_all(world: World) -> None:
    sent(world, "/v1/problems", *(problem(world, f"a-{one}") for one in range(3)))
    judged(world)
    sent(world, "/v1/problems", *(problem(world, f"b-{one}") for one in range(9)))
    judged(world)
    rows = re.findall(r'<th scope="row" class="number">[^<]+</th><td class="number">([^<]+)</td>', page(world, COUNTRY))
    assert rows[:2] == ["5", "&lt;5"]


PATHS = [
    "/status", "/status/features/calls", "/status/countries/ID", "/status/countries/SG/sending", "/status/incidents",
    "/status/orders", "/status/subscribe",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["en", *sorted(CATALOGUES)])
def test_every_page_is_well_formed_and_strict(world: World, path: str, language: str) -> None:
    outage(world)
    answer = world.client.get(f"{path}?language={language}")
    assert "unsafe" not in answer.headers["content-security-policy"]
    text = re.sub(r"<(meta|link|input)([^>]*)>", r"<\1\2/>", answer.text.removeprefix("<!doctype html>"))
    tree = ElementTree.fromstring(text.replace("&nbsp;", " ").replace(" open>", ' open="">'))
    assert tree.get("lang") == language
    assert len(tree.findall(".//h1")) == 1
    assert not [one for one in tree.iter() if one.get("style") or any(name.startswith("on") for name in one.attrib)]
    ids = [one.get("id") for one in tree.iter() if one.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "path",
    ["/status/countries/XX", "/status/countries/id", "/status/countries/UK", "/status/countries/ID/teleport",
     "/status/features/teleport", "/status/incidents/i_none", "/status?service=other", "/status/countries/%3Cb%3E",
     "/status/feed.atom?country=XX", "/status/feed.json?feature=teleport", "/api/v2/summary.json?service=x",
     f"/status/countries/{'A' * 65}"],
)  # fmt: skip
def test_what_there_is_not_is_refused(world: World, path: str) -> None:
    answer = world.client.get(path)
    assert answer.status_code in (400, 404)
    assert "<b>" not in answer.text
    assert "public" not in answer.headers.get("cache-control", "no-store")


def test_a_page_may_be_kept_and_is_not_sent_twice(world: World) -> None:
    judged(world)
    first = world.client.get(WORLD)
    assert "stale-if-error=86400" in first.headers["cache-control"]
    assert "set-cookie" not in first.headers
    assert first.headers["content-encoding"] == "gzip"
    again = world.client.get(WORLD, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert world.client.get(f"{WORLD}?language=id").headers["set-cookie"].startswith("cartellino_language=id")


def test_a_secret_of_whoever_asks_changes_no_page(world: World) -> None:
    judged(world)
    plain = page(world)
    assert world.key("GET", WORLD).text == plain
    assert world.people["admin"]("GET", WORLD).text == plain


def test_another_service_has_its_own_map(world: World) -> None:
    outage(world, service="games")
    assert tile(page(world), "ID") == ("unknown", "?")
    other = page(world, "/status?service=games")
    assert "/status/countries/ID?service=games" in other
    assert 'class="badge red"' in page(world, "/status/countries/ID?service=games")


def test_maintenance_is_told_until_it_is_over(world: World) -> None:
    sent(world, "/v1/probes", probe(world, "p"))
    until = show_instant(world.time.now + 2 * HOUR)
    data = {"component": "storage", "region": "ID", "summary": "<Discs> are changed.", "until": until}
    event = {"specversion": "1.0", "id": "m1", "source": "/ops", "type": "maintenance.started",
             "time": show_instant(world.time.now), "data": data}  # fmt: skip
    sent(world, "/v1/changes", event)
    judged(world)
    assert "&lt;Discs&gt; are changed." in page(world)
    assert "are changed" in page(world, COUNTRY)
    assert "are changed" not in page(world, "/status/countries/BR")
    judged(world, 9)
    assert "are changed" not in page(world)


def test_an_incident_has_a_page_with_its_evidence_and_names_no_government(world: World) -> None:
    outage(world, failure="connection_reset")
    (path,) = set(re.findall(r'href="(/status/incidents/i_\w+)"', page(world)))
    text = page(world, path)
    assert "Our test devices see it fail: sending messages (Indonesia)." in text
    assert "We are looking into it" in text
    assert "government" not in text.lower()
    for language, word in (("it", "Lo stiamo esaminando"), ("id", "Sedang kami selidiki")):
        assert word in page(world, f"{path}?language={language}")


@pytest.mark.parametrize(
    ("features", "explains"), [(["sending"], True), (["calls"], False)], ids=["what fails", "something else"]
)
def test_what_an_authority_has_announced_is_told_and_not_held_against_it(
    world: World, features: list[str], explains: bool
) -> None:
    at = show_instant(world.time.now)
    row = {"id": "a1", "time": at, "country": "ID", "features": features, "authority": "Kominfo <b>", "source": "TV"}
    assert world.people["admin"]("POST", "/v1/announcements", [row]).status_code == 200
    outage(world)
    for path in (WORLD, COUNTRY):
        text = page(world, path)
        assert "Kominfo &lt;b&gt; has announced it (TV)." in text
        assert f"</a>: {FEATURE[features[0]]}. " in text
        assert ("Whether it has to do with anything that fails now, we do not know." in text) is not explains
    assert "Kominfo" not in page(world, "/status/countries/BR")


def test_an_incident_that_is_over_stays_to_be_compared_with(world: World) -> None:
    outage(world)
    works(world, "ID", "BR", "MY", "IT")
    works(world, "ID", "BR", "MY", "IT")
    works(world, "ID", "BR", "MY", "IT")
    listed = page(world, "/status/incidents")
    assert "Earlier incidents" in listed
    assert "Did not work (Indonesia): sending messages." in listed
    assert "Not working at the moment" not in listed
    (path,) = set(re.findall(r'href="(/status/incidents/i_\w+)"', listed))
    over = page(world, path)
    assert over.index("It is over") < over.index("It works again, and we are watching") < over.index("We are looking")
    assert "Try again later" not in over
    assert path not in page(world), "the world shows what lasts"
    assert "resolved" in world.client.get("/api/v2/incidents.json").text
    assert world.client.get("/api/v2/incidents/unresolved.json").json()["incidents"] == []


@pytest.mark.parametrize("language", ["en", "it", "id"])
def test_orders_are_listed_once_a_person_has_looked_at_them(world: World, language: str) -> None:
    order = entered(world, authority="Ministry <b>")
    assert "Ministry" not in page(world, f"/status/orders?language={language}")
    became(world, order, "in_force")
    text = page(world, f"/status/orders?language={language}")
    assert "Ministry &lt;b&gt;" in text
    assert "{" not in text.split("<main>")[1]
