"""Importing protocols: what arrives, what is refused, and that a refusal leaves nothing behind."""

import json
import os
from pathlib import Path

import pytest
from tests.conftest import Member

from triallink.domains.studies import selectors, services
from triallink.domains.studies.errors import SameProtocol, StudyCodeTaken
from triallink.domains.studies.models import ProtocolVersion, Study
from triallink.engines.protocol import ProtocolUnreadable
from triallink.foundation.models import AuditLine, StoredFile
from triallink.kernel.refusals import NotAllowed, NotFound

DATA = os.environ.get("TRIALLINK_DATA")
CORPUS = [
    "Documents/Examples/Observational/observational.json",
    "Documents/Examples/Devices/devices.json",
    "Documents/Examples/EliLilly_NCT03421379_Diabetes/EliLilly_NCT03421379_Diabetes.json",
    "Documents/Examples/CDISC_Pilot/CDISC_Pilot_Study.json",
    "360i/pilot_LLZT_protocol.json",
    "expander_oracle/example_study.json",
]
CSV = (
    b"NCT Number,Study Title,Conditions,Interventions,Phases,Enrollment,Locations\n"
    b'NCT00000001,"A study of sleep",Insomnia,Drug: X,PHASE2,40,"Some Hospital, Beijing, China"\n'
    b'NCT00000002,"A study of breast cancer",Breast Cancer,Drug: Y,PHASE3,400,"Other Hospital, Shanghai, China"\n'
)


def small_usdm() -> bytes:
    """Our own small protocol, shared with the engine's tests."""
    (file,) = sorted(Path("tests/vectors/protocol").glob("*usdm*.json"))[:1]
    return file.read_bytes()


def test_a_usdm_protocol_becomes_a_study_with_its_first_version(ada: Member):
    study = services.import_study(content=small_usdm(), file_name="p.json", by=ada.actor)
    row = selectors.version(study.pk, to=ada.actor)
    assert row is not None
    assert (row.number, row.source) == (1, "usdm")
    assert selectors.protocol_of(row).title == study.title_en
    assert row.file is not None
    assert row.file.name == "p.json"


@pytest.mark.parametrize("name", CORPUS if DATA else [])
def test_every_study_of_the_corpus_imports_and_proposes_demand(name: str, ada: Member):
    content = (Path(DATA or "") / "usdm" / name).read_bytes()
    study = services.import_study(content=content, file_name=name, by=ada.actor)
    row = services.propose_demand(study_id=study.pk, by=ada.actor)
    assert len({line.service_code for line in selectors.demand_lines(row)}) >= 16


def test_a_row_of_the_registrys_table_becomes_a_study(ada: Member):
    study = services.import_study(content=CSV, file_name="ctg.csv", record_number="NCT00000002", by=ada.actor)
    assert (study.registry_number, study.phase, study.therapeutic_area) == ("NCT00000002", "3", "oncology")
    assert [site.country for site in selectors.sites(study.pk, to=ada.actor)] == ["CN"]
    assert [number for number, _ in services.records_in(CSV)] == ["NCT00000001", "NCT00000002"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"study": {"versions": 3}}', b"\xff\xfe\x00", b'{"a":' * 400]
)
def test_a_file_that_is_no_protocol_is_refused_and_leaves_nothing(content: bytes, ada: Member):
    lines = AuditLine.objects.count()
    with pytest.raises(ProtocolUnreadable) as caught:
        services.import_study(content=content, file_name="bad.json", by=ada.actor)
    assert caught.value.findings
    assert (Study.objects.count(), ProtocolVersion.objects.count(), StoredFile.objects.count()) == (0, 0, 0)
    assert AuditLine.objects.count() == lines


def test_a_dangling_reference_is_refused_with_its_place(ada: Member):
    damaged = json.loads(small_usdm())
    design = damaged["study"]["versions"][0]["studyDesigns"][0]
    design["encounters"][0]["nextId"] = "Encounter_nowhere"
    for instance in design["scheduleTimelines"][0]["instances"]:
        instance["encounterId"] = "Encounter_nowhere"
    with pytest.raises(ProtocolUnreadable) as caught:
        services.import_study(content=json.dumps(damaged).encode(), file_name="bad.json", by=ada.actor)
    assert any("scheduleTimelines[0].instances" in finding.path for finding in caught.value.findings)


def test_the_same_file_twice_makes_no_second_version_and_no_second_study(ada: Member):
    study = services.import_study(content=small_usdm(), file_name="p.json", by=ada.actor)
    with pytest.raises(SameProtocol):
        services.add_protocol_version(
            study_id=study.pk, content=small_usdm(), file_name="p.json", by=ada.actor
        )
    with pytest.raises(StudyCodeTaken):
        services.import_study(content=small_usdm(), file_name="p.json", by=ada.actor)


def test_only_a_lead_of_the_sponsor_imports_and_a_stranger_sees_nothing(
    ada: Member, dora: Member, eve: Member
):
    with pytest.raises(NotAllowed):
        services.import_study(content=small_usdm(), file_name="p.json", by=dora.actor)
    study = services.import_study(content=small_usdm(), file_name="p.json", by=ada.actor)
    with pytest.raises(NotFound):
        selectors.version(study.pk, to=eve.actor)
    with pytest.raises(NotFound):
        services.add_protocol_version(study_id=study.pk, content=CSV, file_name="x.csv", by=eve.actor)
    assert list(selectors.studies(to=eve.actor)) == []
    assert [s.pk for s in selectors.studies(to=dora.actor)] == [study.pk]
