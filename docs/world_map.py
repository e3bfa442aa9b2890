"""Draws `src/cartellino/status/data/world.json`: the outline of every country, and its place in the grid of tiles.

    npm pack world-atlas@2.0.2 && tar -xzf world-atlas-2.0.2.tgz package/countries-50m.json
    python docs/world_map.py package/countries-50m.json

The outlines are those of Natural Earth at 1:50 million (public domain), as world-atlas packs them (TopoJSON, ISC). They
show who holds which ground; another file of the same form, with `id` the number of ISO 3166-1, can be drawn instead.
The projection is Equal Earth (Šavrič, Patterson and Jenny, 2018); Antarctica is left out. The file has:

    size     width and height of the drawing
    land     by country: an SVG path in whole units, each line relative to the last point
    small    by country: where the mark of one lies that is too small to be seen
    grid     columns and rows of the grid
    tiles    by country: column and row; near where the country lies, no two in one place
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from babel.core import get_global
from scipy.optimize import linear_sum_assignment

from cartellino.availability.places import COUNTRIES

TARGET = Path(__file__).parents[1] / "src" / "cartellino" / "status" / "data" / "world.json"
WIDTH = 1_600
"""Units across the world; what is finer than one is not drawn."""

SOUTH, NORTH = -56.5, 84.0
SEEN = 14.0
"""Square units of ground below which a country gets a mark."""

ISLAND = 1.6
"""Square units below which an island is left out, but for the largest of a country."""

COLUMNS, ROWS = 27, 19
UNNUMBERED = {"Kosovo": "XK", "Somaliland": "SO", "N. Cyprus": "CY"}
APART = {
    "BQ": (-68.3, 12.2), "BV": (3.4, -54.4), "CC": (96.8, -12.2), "CX": (105.6, -10.5), "EH": (-13.2, 24.2),
    "GF": (-53.1, 3.9), "GI": (-5.3, 36.1), "GP": (-61.6, 16.2), "MQ": (-61.0, 14.6), "RE": (55.5, -21.1),
    "SJ": (16.0, 78.0), "TK": (-171.8, -9.2), "TV": (179.2, -8.5), "UM": (-169.5, 16.7), "YT": (45.2, -12.8),
    "FJ": (178.0, -17.8), "AQ": (0.0, -56.0),
}  # fmt: skip
"""Where countries lie that the atlas draws with another, or not at all."""

Point = tuple[float, float]


def main() -> None:
    """Draw the file."""
    atlas = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    arcs = _arcs(atlas)
    rings: dict[str, list[list[Point]]] = {}
    for shape in atlas["objects"]["countries"]["geometries"]:
        code = _code(shape)
        for ring in _rings(shape, arcs):
            rings.setdefault(code, []).extend(_cut(ring))
    rings.pop("AQ", None)
    land, middle, area = {}, {}, {}
    for code, found in sorted(rings.items()):
        drawn = sorted((_rounded(ring) for ring in found), key=_size, reverse=True)
        kept = [ring for ring in drawn if _size(ring) >= ISLAND] or drawn[:1]
        land[code] = "".join(_path(ring) for ring in kept if len(ring) > 2)
        area[code] = sum(map(_size, drawn))
        middle[code] = tuple(np.mean(drawn[0], axis=0)) if drawn and drawn[0] else (0.0, 0.0)
    middle |= {code: _projected(*place) for code, place in APART.items()}
    small = {code: [round(x), round(y)] for code, (x, y) in sorted(middle.items())
             if code in COUNTRIES and code != "AQ" and area.get(code, 0.0) < SEEN}  # fmt: skip
    height = round(_projected(0.0, SOUTH)[1])
    found = {"size": [WIDTH, height], "land": {code: path for code, path in land.items() if path}, "small": small,
             "grid": [COLUMNS, ROWS], "tiles": _tiles(middle, height)}  # fmt: skip
    missing = set(COUNTRIES) - set(found["tiles"])
    if missing:
        raise SystemExit(f"no place for {sorted(missing)}")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(found, separators=(",", ":")) + "\n", "utf-8")
    sys.stdout.write(f"{TARGET}: {TARGET.stat().st_size:,} bytes, {len(land)} outlines, {len(small)} marks\n")


def _code(shape: dict[str, Any]) -> str:
    """Return the code of a country; empty for ground that belongs to none of the list."""
    number = shape.get("id")
    known = UNNUMBERED.get(shape["properties"]["name"], "")
    named = get_global("territory_aliases").get(number, [""])[0] if number else known
    return named if named in COUNTRIES else ""


def _arcs(atlas: dict[str, Any]) -> list[list[Point]]:
    (kx, ky), (dx, dy) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    return [[(x * kx + dx, y * ky + dy) for x, y in np.cumsum(np.array(arc), axis=0).tolist()] for arc in atlas["arcs"]]


def _rings(shape: dict[str, Any], arcs: list[list[Point]]) -> Iterator[list[Point]]:
    polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape.get("arcs", [])
    for polygon in polygons:
        for ring in polygon:
            points: list[Point] = []
            for arc in ring:
                piece = arcs[arc] if arc >= 0 else arcs[~arc][::-1]
                points += piece[1:] if points else piece
            yield points


def _cut(ring: list[Point]) -> list[list[Point]]:
    """Cut a ring that crosses the antimeridian into what lies west and east of it."""
    unwound, turn = ring[:1], 0.0
    for (before, _), (longitude, latitude) in pairwise(ring):
        turn += 360.0 * (longitude - before < -180) - 360.0 * (longitude - before > 180)
        unwound.append((longitude + turn, latitude))
    low, high = min(x for x, _ in unwound), max(x for x, _ in unwound)
    if low >= -180.0 and high <= 180.0:
        return [ring]
    seam = 180.0 if high > 180.0 else -180.0
    inside = _half(unwound, seam, 1 if seam > 0 else -1)
    beyond = [(x - 2 * seam, y) for x, y in _half(unwound, seam, -1 if seam > 0 else 1)]
    return [inside, beyond]


def _half(ring: list[Point], seam: float, side: int) -> list[Point]:
    """Return the part of a ring on one side of a meridian (Sutherland and Hodgman)."""
    found: list[Point] = []
    for (x, y), (u, v) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (seam - x) * side >= 0:
            found.append((x, y))
        if (seam - x) * (seam - u) < 0:
            found.append((seam, y + (v - y) * (seam - x) / (u - x)))
    return found


def _projected(longitude: float, latitude: float) -> Point:
    """Equal Earth: return units from the left and from the top."""
    x, y = _equal_earth(longitude, min(max(latitude, -90.0), 90.0))
    right, top = _equal_earth(180.0, 0.0)[0], _equal_earth(0.0, NORTH)[1]
    unit = WIDTH / (2 * right)
    return (x + right) * unit, (top - y) * unit


def _equal_earth(longitude: float, latitude: float) -> Point:
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = asin(sqrt(3) / 2 * sin(radians(latitude)))
    x = 2 * sqrt(3) * radians(longitude) * cos(t) / (3 * (9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1))
    return x, t * (a4 * t**8 + a3 * t**6 + a2 * t**2 + a1)


def _rounded(ring: list[Point]) -> list[tuple[int, int]]:
    """Return a ring in whole units, without points that lie on the one before or on a line between two others."""
    points: list[tuple[int, int]] = []
    for longitude, latitude in ring:
        x, y = (round(one) for one in _projected(longitude, latitude))
        if points and points[-1] == (x, y):
            continue
        while len(points) > 1 and _straight(points[-2], points[-1], (x, y)):
            points.pop()
        points.append((x, y))
    return points[:-1] if len(points) > 1 and points[0] == points[-1] else points


def _straight(one: tuple[int, int], two: tuple[int, int], three: tuple[int, int]) -> bool:
    return (two[0] - one[0]) * (three[1] - one[1]) == (two[1] - one[1]) * (three[0] - one[0])


def _size(ring: list[tuple[int, int]]) -> float:
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def _path(ring: list[tuple[int, int]]) -> str:
    (x, y), text = ring[0], f"M{ring[0][0]} {ring[0][1]}l"
    for number, (u, v) in enumerate(ring[1:]):
        text += f"{' ' if number and u - x >= 0 else ''}{u - x}{'' if v < y else ' '}{v - y}"
        x, y = u, v
    return text + "z"


def _tiles(middle: dict[str, Point], height: int) -> dict[str, list[int]]:
    """Give every country the tile that is nearest to it, all together."""
    codes = sorted(code for code in middle if code in COUNTRIES)
    cells = [(column, row) for row in range(ROWS) for column in range(COLUMNS)]
    at = np.array([[x / WIDTH * COLUMNS, y / height * ROWS] for x, y in (middle[code] for code in codes)])
    middles = np.array(cells, float) + 0.5
    cost = ((at[:, None, :] - middles[None, :, :]) ** 2).sum(axis=2)
    chosen = linear_sum_assignment(cost)[1]
    return {code: list(cells[cell]) for code, cell in zip(codes, chosen, strict=True)}


if __name__ == "__main__":
    main()
