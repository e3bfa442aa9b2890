"""The outlines and the tiles: every country is there, small ones too, and no two tiles lie on each other."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import pytest

from cartellino.availability.places import COUNTRIES
from cartellino.status.world import SIGNS, map_of, tiles_of, world

SMALL = ("SG", "HK", "MT", "BH", "MV", "MU", "XK", "VA", "MO")


def test_every_country_has_a_tile_of_its_own() -> None:
    tiles = world().tiles
    assert tiles.keys() == COUNTRIES.keys()
    columns, rows = world().grid
    assert all(0 <= x < columns and 0 <= y < rows for x, y in tiles.values())
    assert Counter(tiles.values()).most_common(1)[0][1] == 1


def test_every_country_is_on_the_map_also_those_too_small_to_see() -> None:
    drawn = world().land.keys() | world().small.keys()
    assert COUNTRIES.keys() - drawn == {"AQ"}
    assert drawn - COUNTRIES.keys() <= {""}
    assert all(code in drawn for code in SMALL)
    assert {"SG", "MT", "VA", "MO"} <= world().small.keys()


def test_outlines_stay_inside_the_drawing() -> None:
    width, height = world().size
    for path in world().land.values():
        for x, y in re.findall(r"M(-?\d+) (-?\d+)", path):
            assert -1 <= int(x) <= width + 1
            assert -1 <= int(y) <= height + 1
    assert all(0 <= x <= width and 0 <= y <= height for x, y in world().small.values())


def test_the_file_is_small_enough_to_ship() -> None:
    assert len((files("cartellino.status") / "data" / "world.json").read_bytes()) < 400_000


@pytest.mark.parametrize("level", SIGNS)
def test_a_level_is_colour_pattern_and_words(level: str) -> None:
    levels, said = dict.fromkeys(COUNTRIES, level), {code: f"{code} <&> says" for code in COUNTRIES}
    drawn, tiles = map_of(levels, said), tiles_of(levels, said, "tiles")
    assert f'<g class="{level}" fill="url(#p-{level})">' in drawn
    assert f'id="p-{level}"' in drawn
    assert "<title>SG &lt;&amp;&gt; says</title>" in drawn
    assert 'aria-label="SG &lt;&amp;&gt; says"' in tiles
    assert tiles.count(f">{SIGNS[level]}</text>") == len(COUNTRIES)
