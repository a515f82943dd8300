"""A study of ODM 1.3: its names stand in GlobalVariables and its units in BasicDefinitions, beside its versions."""

from dataclasses import dataclass, replace

from triallink.engines.odm import shapes_13
from triallink.engines.odm.element import Element
from triallink.engines.odm.model import NOTHING_KEPT, Kept, Study, StudyVersion, Text, Translation, Unit
from triallink.engines.odm.shapes import Many, Shape, Told, Words


@dataclass(frozen=True)
class _Globals:
    name: str = ""
    description: str = ""
    protocol_name: str = ""
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class _Basics:
    units: tuple[Unit, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class _Outer:
    oid: str = ""
    versions: tuple[StudyVersion, ...] = ()
    kept: Kept = NOTHING_KEPT


_GLOBALS = Shape(
    _Globals,
    "GlobalVariables",
    parts={
        "name": Words("StudyName"),
        "description": Words("StudyDescription"),
        "protocol_name": Words("ProtocolName"),
    },
)
_BASICS = Shape(_Basics, "BasicDefinitions", parts={"units": Many((shapes_13.UNIT,))})
_OUTER = Shape(
    _Outer, "Study", texts={"oid": "OID"}, parts={"versions": Many((shapes_13.VERSION,))}, required=("OID",)
)


def read_study(source: Element, told: Told) -> Study:
    """Return the study of a `Study` element of ODM 1.3."""
    outer: _Outer = _OUTER.read(source, told)
    globals_, basics = _Globals(), _Basics()
    kept: list[Element] = []
    for child in outer.kept.elements:
        if child.name == "GlobalVariables" and globals_ == _Globals():
            globals_ = _GLOBALS.read(child, told)
            kept += _rest(child.name, globals_.kept)
        elif child.name == "BasicDefinitions" and basics == _Basics():
            basics = _BASICS.read(child, told)
            # That the element was there is kept even when it is empty, and its units when no version carries them.
            if not outer.versions:
                kept.append(child)
            else:
                kept += _rest(child.name, basics.kept) if basics.units else [Element(child.name)]
        else:
            kept.append(child)
    description = Text((Translation(globals_.description),)) if globals_.description else None
    versions = tuple(replace(version, units=basics.units) for version in outer.versions)
    return Study(
        outer.oid, globals_.name, globals_.protocol_name, description, versions,
        Kept(outer.kept.attributes, tuple(kept)),
    )  # fmt: skip


def _rest(name: str, kept: Kept) -> list[Element]:
    return [Element(name, kept.attributes, kept.elements)] if kept else []


def write_study(study: Study) -> Element:
    """Return the `Study` element of ODM 1.3; the units are those of all its versions."""
    units = {unit.oid: unit for version in reversed(study.versions) for unit in reversed(version.units)}
    globals_kept, basics_kept = _kept(study, "GlobalVariables"), _kept(study, "BasicDefinitions")
    said = _Globals(study.name, str(study.description or ""), study.protocol_name, globals_kept or Kept())
    inside = [_GLOBALS.write(said)]
    if units or basics_kept is not None:
        ordered = tuple(reversed(units.values()))
        inside.append(_BASICS.write(_Basics(ordered, basics_kept or Kept())))
    others = tuple(
        child for child in study.kept.elements if child.name not in ("GlobalVariables", "BasicDefinitions")
    )
    outer = _OUTER.write(_Outer(study.oid, study.versions, Kept(study.kept.attributes, others)))
    return replace(outer, content=(*inside, *outer.content))


def _kept(study: Study, name: str) -> Kept | None:
    found = study.kept.named(name)
    return Kept(found[0].attributes, found[0].children) if found else None
