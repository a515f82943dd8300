"""The real protocols of TRIALLINK_DATA as study versions; not collected when the variable is not set."""

import json
import os
from functools import cache
from pathlib import Path

import pytest
from tests.engines.odm.documents import odm_file

from triallink.engines.odm import (
    CrfLibrary,
    StudyVersion,
    build_skeleton,
    check_version,
    read_odm,
    read_specializations,
    validate,
    write_odm,
)
from triallink.engines.protocol import Protocol, expand, read_usdm

DATA = Path(os.environ["TRIALLINK_DATA"]) / "usdm"
STUDIES = (
    ("Documents/Examples/CDISC_Pilot/CDISC_Pilot_Study.json", 0.7),
    ("Documents/Examples/Devices/devices.json", 0.65),
    ("Documents/Examples/EliLilly_NCT03421379_Diabetes/EliLilly_NCT03421379_Diabetes.json", 0.65),
    ("Documents/Examples/Observational/observational.json", 0.95),
    ("360i/pilot_LLZT_protocol.json", 0.8),
    ("expander_oracle/example_study.json", 0.65),
)


@cache
def libraries() -> tuple[CrfLibrary, StudyVersion]:
    """Return the published libraries."""
    folder = DATA.parent / "edc" / "cdash"
    table = (folder / "cdisc_crf_specializations_draft.csv").read_text("utf-8-sig")
    cdash = read_odm((folder / "library-cdash-2-2.xml").read_bytes()).file.studies[0].versions[0]
    return read_specializations(table), cdash


@cache
def protocol(name: str) -> Protocol:
    """Return a protocol of the corpus."""
    return read_usdm((DATA / name).read_bytes())


@pytest.mark.parametrize(("name", "least_share"), STUDIES)
def test_every_protocol_of_the_corpus_becomes_a_valid_study(name: str, least_share: float) -> None:
    library, cdash = libraries()
    study = protocol(name)
    skeleton = build_skeleton(study, library=library, cdash=cdash)
    timeline = study.main_timeline
    assert timeline is not None
    visits = [item for item in timeline.instances if item.kind == "activity"]
    assert [timing.study_day for timing in skeleton.timings] == [visit.study_day for visit in visits]
    assert check_version(skeleton.version) == ()
    written = write_odm(odm_file(skeleton.version, "2.0"), "2.0")
    assert (validate(written.data, extensions=False), written.findings) == ((), ())
    assert skeleton.coverage.share >= least_share


@pytest.mark.parametrize("name", [name for name, _ in STUDIES if "oracle" in name])
def test_the_collection_points_equal_the_published_expander(name: str) -> None:
    study = protocol(name)
    expansion = expand(study, convention="expander")
    skeleton = build_skeleton(study, points=expansion.points)
    names = {form.oid: form.name for form in skeleton.version.forms}
    encounters = {encounter.id: encounter.label for encounter in study.encounters}
    headings = {activity.label for activity in study.activities if activity.child_ids}
    ours = [
        (
            point.offset_seconds,
            point.label,
            encounters.get(point.encounter_id),
            [names[oid] for oid in point.form_oids],
        )
        for point, source in zip(skeleton.points, expansion.points, strict=True)
        if source.activity_ids
    ]
    nodes = json.loads((DATA / "expander_oracle/expander.json").read_bytes())["nodes"]
    theirs = [
        (
            node["tick"], node["label"], node["encounter"],
            [item["label"] for item in node["activities"]["items"] if item["label"] not in headings],
        )
        for node in nodes
    ]  # fmt: skip
    assert len(theirs) == 84
    assert ours == theirs
