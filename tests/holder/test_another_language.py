"""Another language is a catalogue and texts in the policies; no code is touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.world import POLICY, Time, World, begun, client_of, settings_for

from cartellino.holder.pages import PAGES
from cartellino.notices import texts
from cartellino.notices.words import Words
from cartellino.service.service import catalogues

GERMAN = {
    # As `locale/de/LC_MESSAGES/notices.po` would have it.
    texts.TITLES["limited"]: "Dein Konto ist vorl\u00e4ufig eingeschr\u00e4nkt",
    texts.TITLES["warned"]: "Eine Verwarnung",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    time = Time()
    # Italian gives way to German, and Indonesian goes, in every text.
    policy = re.sub(r"(?<=[ {])it:( \"?)", r"de:\1Zu viele. ", POLICY.replace("[en, it, id]", "[en, de]"))
    policy = re.sub(r"^ +id: .*\n|, id: \"[^\"]*\"", "", policy, flags=re.M)
    service = begun(settings_for(tmp_path / "data"), time, policy)
    service.words = Words({**catalogues(), "de": GERMAN})
    try:
        with client_of(service, *PAGES) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def test_its_pages_are_offered(world: World) -> None:
    assert 'lang="de"' in world.client.get("/account?language=de").text
    assert 'lang="de"' in world.client.get("/account", headers={"accept-language": "de-CH, it;q=0.5"}).text
    assert "language=de" in world.client.get("/account?language=en").text


def test_a_notice_is_in_it(world: World) -> None:
    world.breaks("a")
    (notice,) = world.key("GET", "/v1/accounts/a/notices?language=de").json()["notices"]
    assert notice["title"] in GERMAN.values()
    assert notice["why"].startswith("Zu viele.")
