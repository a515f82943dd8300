"""The browser's libraries are exactly what their manifest says, and hold every icon the pages name."""

import json
import re

import pytest
from django.conf import settings
from tools import vendor_assets

TEMPLATES = settings.PACKAGE / "web/templates"


def test_every_vendored_file_is_as_its_manifest_says():
    assert vendor_assets.differences() == []


def test_an_altered_missing_or_unlisted_file_is_noticed(tmp_path, monkeypatch):
    for name, text in {"a.js": "changed", "c.js": "unlisted"}.items():
        (tmp_path / name).write_text(text)
    entries = [{"file": "a.js", "sha256": "0" * 64}, {"file": "b.js", "sha256": "0" * 64}]
    (tmp_path / "MANIFEST.json").write_text(json.dumps({"files": entries}))
    monkeypatch.setattr(vendor_assets, "VENDOR", tmp_path)
    monkeypatch.setattr(vendor_assets, "MANIFEST", tmp_path / "MANIFEST.json")
    assert vendor_assets.differences() == [
        "c.js is not in the manifest",
        "a.js was altered",
        "b.js is missing",
    ]


def test_every_vendored_library_names_its_version_and_licence():
    entries = json.loads(vendor_assets.MANIFEST.read_text())["files"]
    assert {entry["licence"] for entry in entries} <= {"MIT", "0BSD", "Apache-2.0", "ISC"}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", entry["version"]) for entry in entries)


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_every_icon_a_template_names_is_in_the_sprite(template):
    named = re.findall(r"""\bicon(?:\(|=)\s*["']([a-z0-9-]+)["']""", template.read_text())
    assert set(named) <= set(vendor_assets.ICON_NAMES)


def classes_of_styles():
    sheets = (path.read_text() for path in (settings.PACKAGE / "web/static").rglob("*.css"))
    return {name for sheet in sheets for name in re.findall(r"\.(-?[A-Za-z_][\w-]*)", sheet)}


def test_every_class_a_template_names_is_in_a_stylesheet():
    known = classes_of_styles()
    unknown = {}
    for path in TEMPLATES.rglob("*.html"):
        plain = re.sub(r"\{[{%#].*?[}%#]\}", "\x00", path.read_text(), flags=re.S)
        named = {word for value in re.findall(r'(?<![:\w-])class="([^"]*)"', plain) for word in value.split()}
        missing = {word for word in named if "\x00" not in word and word not in known}
        if missing:
            unknown[path.name] = missing
    assert unknown == {}
