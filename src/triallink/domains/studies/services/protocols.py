"""Importing a protocol: from a file to a study with its first version, or to the next version."""

import csv
import dataclasses
import io
from collections import Counter
from typing import Any

import orjson
from django.db import transaction

from triallink.domains.studies import reading
from triallink.domains.studies.access import LEADS, study_to_change
from triallink.domains.studies.errors import RecordNotInFile, SameProtocol
from triallink.domains.studies.events import ProtocolVersionAdded
from triallink.domains.studies.models import ProtocolVersion, Study, StudySite
from triallink.domains.studies.services.studies import create_study, set_countries
from triallink.engines.protocol import (
    Finding,
    Protocol,
    content_hash,
    read_ctgov_csv_row,
    read_ctgov_json,
    read_usdm,
    to_json,
)
from triallink.foundation.files import store_file
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

MAX_FILE_MB = 50
MAX_SITES = 2000


def read_protocol(content: bytes, *, record_number: str = "") -> tuple[Protocol, list[Finding]]:
    """Return the protocol in a file, and what was noticed in it but does not refuse it.

    The file is USDM JSON, a ClinicalTrials.gov API v2 record, or a row of its CSV download.

    record_number  which row of a CSV download ("NCT…"); the first by default.
    Refuses: ProtocolUnreadable (with every located finding), RecordNotInFile.
    """
    warnings: list[Finding] = []
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] not in (b"{", b"[") and b"NCT Number" in start:
        return read_ctgov_csv_row(_csv_row(content, record_number), warnings=warnings), warnings
    if b"protocolSection" in content[:200_000] and b"usdmVersion" not in content:
        return read_ctgov_json(content, warnings=warnings), warnings
    return read_usdm(content, warnings=warnings), warnings


def records_in(content: bytes, limit: int = 200) -> list[tuple[str, str]]:
    """Return number and title of the records of a CSV download, for choosing one."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace")))
    return [
        (row.get("NCT Number") or "", row.get("Study Title") or "")
        for row, _ in zip(rows, range(limit), strict=False)
    ]


@transaction.atomic
def import_study(
    *,
    content: bytes,
    file_name: str,
    by: Actor,
    code: str = "",
    record_number: str = "",
    clock: Clock = system_clock,
) -> Study:
    """Create a study from a protocol file; a file that is refused leaves nothing behind.

    Refuses: NotAllowed, ProtocolUnreadable, RecordNotInFile, StudyCodeTaken, StudyCodeMissing.
    Emits: StudyCreated, ProtocolVersionAdded.
    """
    by.require(*LEADS)
    protocol, warnings = read_protocol(content, record_number=record_number)
    study = create_study(
        code=code or reading.code_of(protocol),
        by=by,
        clock=clock,
        title_en=protocol.title,
        acronym=protocol.acronym[:40],
        registry_number=reading.registry_number_of(protocol),
        phase=reading.phase_of(protocol),
        study_type=protocol.study_type or "interventional",
        therapeutic_area=reading.area_of(protocol),
        indication_en=", ".join(
            dict.fromkeys(item.name for item in protocol.indications) or protocol.conditions
        )[:300],
        planned_subjects=protocol.population.planned_enrollment or None,
        planned_sites=len(protocol.sites) or None,
    )
    _add_places(study, protocol)
    _add_version(study, protocol, warnings, content, file_name, "", by, clock)
    return study


@transaction.atomic
def add_protocol_version(
    *, study_id: int, content: bytes, file_name: str, by: Actor, note: str = "", clock: Clock = system_clock
) -> ProtocolVersion:
    """Add the next version of a study's protocol.

    Refuses: NotFound, NotAllowed, ProtocolUnreadable, RecordNotInFile, SameProtocol.
    Emits: ProtocolVersionAdded.
    """
    study = study_to_change(study_id, by=by)
    protocol, warnings = read_protocol(content, record_number=study.registry_number)
    latest = study.protocol_versions.order_by("-number").first()
    if latest is not None and latest.content_hash == content_hash(protocol):
        raise SameProtocol(number=latest.number)
    return _add_version(study, protocol, warnings, content, file_name, note, by, clock)


def _add_version(
    study: Study,
    protocol: Protocol,
    warnings: list[Finding],
    content: bytes,
    file_name: str,
    note: str,
    by: Actor,
    clock: Clock,
) -> ProtocolVersion:
    media_type = "text/csv" if protocol.source == "ctgov_csv" else "application/json"
    stored = store_file(content, name=file_name, media_type=media_type, by=by, study_id=study.pk, clock=clock)
    version = ProtocolVersion.objects.create(
        study=study,
        number=study.protocol_versions.count() + 1,
        label=protocol.version[:80],
        source=protocol.source.partition("_")[0],
        content=orjson.loads(to_json(protocol)),
        content_hash=content_hash(protocol),
        file=stored,
        findings=[dataclasses.asdict(finding) for finding in warnings],
        note=note,
        created_at=clock.now(),
        created_by_id=by.person_id,
    )
    record(
        ProtocolVersionAdded(study_id=study.pk, protocol_version_id=version.pk, number=version.number),
        by=by,
        about=("study", study.pk),
        study_id=study.pk,
        why=note,
        change={"protocol": [None, version.content_hash]},
        clock=clock,
    )
    return version


def _add_places(study: Study, protocol: Protocol) -> None:
    codes = [reading.country_code(site.country) for site in protocol.sites]
    per_country = Counter(code for code in codes if code)
    plan: dict[str, tuple[int, int]] = {
        code: (per_country.get(code, 0), country.planned_enrollment or 0)
        for country in protocol.countries
        if (code := reading.country_code(country.code, country.name))
    }
    plan |= {code: (count, plan.get(code, (0, 0))[1]) for code, count in per_country.items()}
    set_countries(study, plan)
    StudySite.objects.bulk_create(
        StudySite(
            study=study,
            number=f"{number:03d}",
            name_en=(site.organization or site.name)[:200],
            country=code or "",
            province=site.state[:80],
            city=site.city[:80],
        )
        for number, (site, code) in enumerate(zip(protocol.sites[:MAX_SITES], codes, strict=False), start=1)
    )


def _csv_row(content: bytes, record_number: str) -> dict[str, Any]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace")))
    for row in rows:
        if record_number in ("", row.get("NCT Number")):
            return row
    raise RecordNotInFile(field="file")
