"""The map of the world and the grid of tiles as SVG: levels by colour, by pattern, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files

import msgspec
from markupsafe import Markup

SIGNS: Mapping[str, str] = {"danger": "✕", "warning": "!", "none": "✓", "unknown": "?"}
"""The sign of each level, beside its colour."""

TILE = 40
_GAP = 3


class World(msgspec.Struct, frozen=True):
    """The outlines, as `docs/world_map.py` draws them."""

    size: tuple[int, int]
    land: dict[str, str]
    small: dict[str, tuple[int, int]]
    grid: tuple[int, int]
    tiles: dict[str, tuple[int, int]]


@cache
def world() -> World:
    """Return the outlines."""
    return msgspec.json.decode((files("cartellino.status") / "data" / "world.json").read_bytes(), type=World)


def patterns() -> Markup:
    """Return what areas are filled with: each level has its own lines, so that nobody needs the colours."""
    drawn = {
        "none": "",
        "warning": '<path d="M-2 6 6 -2M0 12 12 0M6 14 14 6"/>',
        "danger": '<path d="M0 0 12 12M12 0 0 12M-2 10 2 14M10 -2 14 2"/>',
        "unknown": '<circle cx="3" cy="3" r="0.9"/><circle cx="9" cy="9" r="0.9"/>',
    }
    made = "".join(
        f'<pattern id="p-{level}" class="pattern {level}" width="12" height="12" patternUnits="userSpaceOnUse">'
        f'<rect width="12" height="12"/>{lines}</pattern>'
        for level, lines in drawn.items()
    )
    return Markup(f"<defs>{made}</defs>")


def map_of(levels: Mapping[str, str], said: Mapping[str, str], query: str = "") -> Markup:
    """Draw the map. `said` is what is said of each country; `query` is kept in the links."""
    drawn = world()
    groups: dict[str, list[str]] = {level: [] for level in SIGNS}
    for code, path in drawn.land.items():
        if not code:
            groups["unknown"].append(f'<path d="{path}"/>')
            continue
        groups[levels[code]].append(_linked(code, said[code], query, f'<path d="{path}"/>'))
    for code, (x, y) in drawn.small.items():
        groups[levels[code]].append(_linked(code, said[code], query, f'<circle cx="{x}" cy="{y}" r="5"/>'))
    inside = "".join(
        f'<g class="{level}" fill="url(#p-{level})">{"".join(shapes)}</g>' for level, shapes in reversed(groups.items())
    )
    width, height = drawn.size
    return Markup(
        f'<svg class="world" viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false">'
        f"{patterns()}{inside}</svg>"
    )


def _linked(code: str, said: str, query: str, shape: str) -> str:
    return f'<a href="/status/countries/{code}{query}" tabindex="-1"><title>{escape(said)}</title>{shape}</a>'


def tiles_of(levels: Mapping[str, str], said: Mapping[str, str], label: str, query: str = "") -> Markup:
    """Draw the grid in which every country has a tile of the same size, with its code and a sign."""
    columns, rows = world().grid
    placed = sorted(world().tiles.items(), key=lambda item: (item[1][1], item[1][0]))
    inside = "".join(_tile(code, place, levels[code], said[code], query) for code, place in placed)
    return Markup(
        f'<svg class="tiles-of-world" viewBox="0 0 {columns * TILE} {rows * TILE}" role="group" '
        f'aria-label="{escape(label)}">{inside}</svg>'
    )


def _tile(code: str, place: tuple[int, int], level: str, said: str, query: str) -> str:
    x, y, side = place[0] * TILE, place[1] * TILE, TILE - _GAP
    return (
        f'<a class="{level}" href="/status/countries/{code}{query}" aria-label="{escape(said)}">'
        f'<rect x="{x + 1}" y="{y + 1}" width="{side}" height="{side}" rx="4"/>'
        f'<text x="{x + side / 2:g}" y="{y + 18}">{code}</text>'
        f'<text x="{x + side / 2:g}" y="{y + 33}">{SIGNS[level]}</text></a>'
    )
