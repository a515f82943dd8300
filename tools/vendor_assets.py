"""Fetch the browser's libraries from npm into web/static/vendor and write down what they are.

    python tools/vendor_assets.py            fetch the pinned versions and write every file and the manifest
    python tools/vendor_assets.py --check    compare what lies there with the manifest; exit 1 on a difference

Needs npm, and only for whoever upgrades a library: users get the files with the checkout.
"""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parent.parent / "src/triallink/web/static/vendor"
MANIFEST = VENDOR / "MANIFEST.json"

Ring = list[list[float]]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Library:
    """One npm package: its pinned version, its licence and the files we take as they are."""

    package: str
    version: str
    licence: str
    files: dict[str, str]


LIBRARIES = [
    Library(
        "@tabler/core",
        "1.6.1",
        "MIT",
        {
            "dist/css/tabler.min.css": "tabler.min.css",
            "dist/css/tabler-vendors.min.css": "tabler-vendors.min.css",
            "dist/js/tabler.min.js": "tabler.min.js",
        },
    ),
    Library("htmx.org", "2.0.11", "0BSD", {"dist/htmx.min.js": "htmx.min.js"}),
    # The build that needs no eval, so that the content security policy can forbid it.
    Library("@alpinejs/csp", "3.17.4", "MIT", {"dist/cdn.min.js": "alpine-csp.min.js"}),
    Library("echarts", "6.1.0", "Apache-2.0", {"dist/echarts.min.js": "echarts.min.js"}),
    Library(
        "tom-select",
        "2.6.2",
        "Apache-2.0",
        {
            "dist/js/tom-select.complete.min.js": "tom-select.min.js",
            "dist/css/tom-select.bootstrap5.min.css": "tom-select.min.css",
        },
    ),
]
ICONS = Library("@tabler/icons", "3.51.0", "MIT", {})
# Made from Natural Earth, which is in the public domain. Only coastlines are taken: a map here says where
# a site is, and draws no border that somebody could dispute.
ATLAS = Library("world-atlas", "2.0.2", "ISC", {})
EAST_ASIA: Box = (70.0, 15.0, 140.0, 56.0)

# One name per line; add the icon you need and run this file again.
ICON_NAMES = (Path(__file__).parent / "vendor_icons.txt").read_text(encoding="utf-8").split()


def main() -> int:
    """Do what the command line asks."""
    if sys.argv[1:] == ["--check"]:
        problems = differences()
        print("\n".join(problems) or "every vendored file is as its manifest says")
        return 1 if problems else 0
    fetch_all()
    return 0


def differences() -> list[str]:
    """Return how the vendor folder differs from its manifest, one sentence each."""
    entries = json.loads(MANIFEST.read_text(encoding="utf-8"))["files"]
    listed = {entry["file"]: entry["sha256"] for entry in entries}
    lying = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    problems = [f"{name} is not in the manifest" for name in sorted(lying - set(listed) - {MANIFEST.name})]
    for name, sha256 in listed.items():
        if name not in lying:
            problems.append(f"{name} is missing")
        elif _sha256(VENDOR / name) != sha256:
            problems.append(f"{name} was altered")
    return problems


def fetch_all() -> None:
    """Fetch every library and write the files, the licences and the manifest."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    written: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for library in [*LIBRARIES, ICONS, ATLAS]:
            source = _unpacked(library, Path(folder))
            names = _copied(library, source)
            if library is ICONS:
                names.append(_write("icons.svg", _sprite(source / "icons")))
            if library is ATLAS:
                names.append(_write("map-world.json", _outline(source / "land-110m.json", None)))
                names.append(_write("map-china.json", _outline(source / "land-50m.json", EAST_ASIA)))
            for name in names:
                about = {key: value for key, value in asdict(library).items() if key != "files"}
                written.append({"file": name, "sha256": _sha256(VENDOR / name), **about})
    MANIFEST.write_text(json.dumps({"files": written}, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {len(written)} files and {MANIFEST.name}")


def _unpacked(library: Library, folder: Path) -> Path:
    named = f"{library.package}@{library.version}"
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), named]
    packed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    target = folder / packed.removesuffix(".tgz")
    with tarfile.open(folder / packed) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def _copied(library: Library, source: Path) -> list[str]:
    names = []
    for inside, name in library.files.items():
        # Source maps are not shipped, so nobody should be sent to look for them.
        text = (source / inside).read_text(encoding="utf-8")
        names.append(_write(name, re.sub(r"\n?/[/*]# sourceMappingURL=\S+( \*/)?", "", text)))
    for inside in ("LICENSE", "NOTICE"):
        if (source / inside).exists():
            plain = library.package.strip("@").replace("/", "-")
            text = (source / inside).read_text(encoding="utf-8")
            names.append(_write(f"licences/{plain}.{inside.lower()}.txt", text))
    return names


def _write(name: str, text: str) -> str:
    path = VENDOR / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return name


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sprite(icons: Path) -> str:
    """Return one SVG that holds every named icon as a symbol."""
    symbols = []
    for name in ICON_NAMES:
        is_filled = name.endswith("-filled")
        path = icons / ("filled" if is_filled else "outline") / f"{name.removesuffix('-filled')}.svg"
        inner = re.sub(
            r"\s+", " ", re.sub(r"^.*?<svg[^>]*>|</svg>", "", path.read_text(), flags=re.S)
        ).strip()
        inner = inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" /> ', "").replace(
            "> <", "><"
        )
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _outline(path: Path, box: Box | None) -> str:
    """Return the coastlines of a TopoJSON file as compact GeoJSON, cut to a box of degrees if one is given."""
    atlas = json.loads(path.read_text())
    arcs = [_degrees(arc, atlas["transform"]) for arc in atlas["arcs"]]
    polygons = []
    for geometry in atlas["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            rings = [_ring(indexes, arcs) for indexes in polygon]
            rings = [_cut(ring, box) for ring in rings] if box else rings
            if rings and _span(rings[0]) > 0.3:
                polygons.append([_rounded(ring) for ring in rings if len(ring) > 3])
    feature = {
        "type": "Feature",
        "properties": {"name": "land"},
        "geometry": {"type": "MultiPolygon", "coordinates": polygons},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, separators=(",", ":")) + "\n"


def _degrees(arc: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append(
            [
                x * transform["scale"][0] + transform["translate"][0],
                y * transform["scale"][1] + transform["translate"][1],
            ]
        )
    return points


def _ring(indexes: list[int], arcs: list[Ring]) -> Ring:
    points: Ring = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points.extend(arc[1:] if points else arc)
    return points


def _cut(ring: Ring, box: Box) -> Ring:
    """Return what of a ring lies in the box (Sutherland and Hodgman, 1974)."""
    for axis, limit, keeps_above in (
        (0, box[0], True),
        (1, box[1], True),
        (0, box[2], False),
        (1, box[3], False),
    ):
        kept: Ring = []
        for before, point in zip([ring[-1], *ring], ring, strict=False) if ring else ():
            is_in = (point[axis] >= limit) == keeps_above or point[axis] == limit
            was_in = (before[axis] >= limit) == keeps_above or before[axis] == limit
            if is_in != was_in:
                share = (limit - before[axis]) / (point[axis] - before[axis])
                kept.append([before[i] + share * (point[i] - before[i]) for i in (0, 1)])
            if is_in:
                kept.append(point)
        ring = kept
    return ring


def _span(ring: Ring) -> float:
    if not ring:
        return 0.0
    return max(max(point[i] for point in ring) - min(point[i] for point in ring) for i in (0, 1))


def _rounded(ring: Ring) -> Ring:
    points = [[round(x, 2), round(y, 2)] for x, y in ring]
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


if __name__ == "__main__":
    sys.exit(main())
