"""Make the world map that the package ships: `python data/map.py FOLDER`, where FOLDER is world-atlas 2.0.2 unpacked.

world-atlas (npm; ISC licence) is Natural Earth (public domain) as TopoJSON. Countries and territories that its map at
1:110m leaves out, being too small, become points at the middle of their largest island on the map at 1:10m, so that a
partner as small as Singapore is seen. Countries get the codes of the codebook; land that has none is drawn without.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from communique.codebook import COUNTRIES

WITHOUT_NUMBER = {"Kosovo": "XKX"}
LEFT_OUT = {"ATA"}  # takes a quarter of the height, and is nobody's partner

Position = tuple[float, float]


def codes() -> dict[str, str]:
    """The codebook's code of each ISO 3166-1 number."""
    from babel.core import get_global

    aliases = get_global("territory_aliases")
    alpha3 = {aliases[code][0]: code for code in COUNTRIES if code in aliases}
    return {number: alpha3[alpha2[0]] for number, alpha2 in aliases.items() if number.isdigit() and alpha2[0] in alpha3}


def decoded(topology: dict[str, Any]) -> list[list[Position]]:
    """The arcs of a quantised topology as longitudes and latitudes."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append((x * kx + dx, y * ky + dy))
        arcs.append(points)
    return arcs


def middle(geometry: dict[str, Any], arcs: list[list[Position]]) -> list[float]:
    """The middle of the bounding box of a country's largest polygon."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    boxes = []
    for outer, *_ in polygons:
        x, y = zip(*(point for k in outer for point in arcs[k if k >= 0 else ~k]))
        boxes.append((min(x), max(x), min(y), max(y)))
    left, right, bottom, top = max(boxes, key=lambda box: (box[1] - box[0]) * (box[3] - box[2]))
    return [round((left + right) / 2, 2), round((bottom + top) / 2, 2)]


def world(folder: Path) -> dict[str, Any]:
    """The map at 1:110m with the codebook's codes as ids, and a point for each country that is not on it."""
    large, fine = (json.loads((folder / f"countries-{scale}.json").read_text("utf-8")) for scale in ("110m", "10m"))
    numbers = codes()

    def code(geometry: dict[str, Any]) -> str | None:
        return numbers.get(geometry.get("id", "")) or WITHOUT_NUMBER.get(geometry["properties"]["name"])

    shapes = []
    for geometry in large["objects"]["countries"]["geometries"]:
        if code(geometry) not in LEFT_OUT:
            shapes.append({"type": geometry["type"], "arcs": geometry["arcs"], "id": code(geometry)})
    drawn = {shape["id"] for shape in shapes} | LEFT_OUT
    arcs = decoded(fine)
    for geometry in fine["objects"]["countries"]["geometries"]:
        id = code(geometry)
        if id and id not in drawn:
            drawn.add(id)
            shapes.append({"type": "Point", "coordinates": middle(geometry, arcs), "id": id})
    return with_used_arcs(large, shapes)


def with_used_arcs(topology: dict[str, Any], shapes: list[dict[str, Any]]) -> dict[str, Any]:
    """A topology of `shapes`, with the arcs that they use and no others."""
    places: dict[int, int] = {}

    def renumbered(arcs: Any) -> Any:
        if isinstance(arcs, list):
            return [renumbered(arc) for arc in arcs]
        place = places.setdefault(arcs if arcs >= 0 else ~arcs, len(places))
        return place if arcs >= 0 else ~place

    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    geometries = []
    for shape in shapes:
        if shape["type"] == "Point":
            x, y = shape["coordinates"]
            shape = {**shape, "coordinates": [round((x - dx) / kx), round((y - dy) / ky)]}
        else:
            shape = {**shape, "arcs": renumbered(shape["arcs"])}
        geometries.append({key: value for key, value in shape.items() if value is not None})
    return {
        "type": "Topology",
        "transform": topology["transform"],
        "objects": {"countries": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": [topology["arcs"][k] for k in places],
    }


if __name__ == "__main__":
    made = world(Path(sys.argv[1]))
    target = Path(__file__).parents[1] / "model" / "communique" / "report" / "world.json"
    target.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
