"""The doors of a demonstration lead to what they promise, however long it runs and whoever came before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.world import Time, World, begun, client_of, settings_for

from cartellino.cli.inputs import town_texts
from cartellino.cli.live import LASTING, _doors, _heard, _yellow
from cartellino.cli.story import MARCO, SARI, takeover
from cartellino.pipeline.one_by_one import Stepwise
from cartellino.policies.load import load
from cartellino.vocabulary.times import DAY, HOUR


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    time = Time()
    service = begun(settings_for(tmp_path / "data"), time)
    try:
        with client_of(service) as client:
            yield World(service, client, time)
    finally:
        service.stop()


def test_the_yellow_card_is_the_one_that_lasts_longest_and_never_one_that_is_about_to_end(world: World) -> None:
    world.breaks("first")
    world.later(2 * HOUR)
    world.breaks("second")
    assert _yellow(world.service) == "second"
    world.later(DAY - LASTING)
    assert _yellow(world.service) == MARCO
    world.later(DAY)
    assert _yellow(world.service) == MARCO


def test_who_is_banned_has_no_yellow_card(world: World) -> None:
    for number in range(3):
        world.breaks("a", first=100 * number)
        world.later(3 * DAY)
    assert world.standing("a")["standing"] == "banned"
    assert _yellow(world.service) == MARCO


def test_the_card_of_marco_stays() -> None:
    route = Stepwise(load(town_texts()))
    decided = [one for event in takeover(1_795_000_000_000, 14) for one in route.judge(event)]
    sanctions = [one for one in decided if one.action.kind not in ("diagnosis", "review")]
    assert [(one.account, one.action.kind, one.action.ends_at) for one in sanctions] == [(MARCO, "challenge", None)]


def test_the_tour_points_at_a_case_that_is_open_and_says_whether_it_is_the_story(world: World) -> None:
    for account in (SARI, "other"):
        world.breaks(account)
    cases = {}
    for account in (SARI, "other"):
        (sanction,) = world.standing(account)["sanctions"]
        filed = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()
        cases[account] = filed["appeal_id"]
    heard = _heard(world.service)
    assert (heard.case, heard.is_of_story, heard.is_open) == (cases[SARI], True, True)
    body = {"outcome": "upheld", "reason": "So it is."}
    world.people["reviewer"]("POST", f"/v1/appeals/{cases[SARI]}/outcome", body)
    heard = _heard(world.service)
    assert (heard.case, heard.is_of_story, heard.is_open) == (cases["other"], False, True)
    world.people["reviewer"]("POST", f"/v1/appeals/{cases['other']}/outcome", body)
    heard = _heard(world.service)
    assert (heard.case, heard.is_of_story, heard.is_open) == (cases[SARI], True, False)


def test_a_door_says_how_things_stand(world: World) -> None:
    for number in range(3):
        world.breaks(SARI, first=100 * number)
        world.later(3 * DAY)
    assert "banned by mistake and appealed" in _doors(world.service)[0].about
    (sanction,) = [one for one in world.standing(SARI)["sanctions"] if one["kind"] == "ban"]
    filed = world.key("POST", f"/v1/sanctions/{sanction['sanction_id']}/appeals", {"text": "Please."}).json()
    body = {"outcome": "reversed", "reason": "A school."}
    world.people["reviewer"]("POST", f"/v1/appeals/{filed['appeal_id']}/outcome", body)
    assert "has her account back" in _doors(world.service)[0].about
