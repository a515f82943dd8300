"""A study's plan, its sites, its assumptions and the demand computed from them."""

import pytest
from django.db import DatabaseError, transaction
from tests.conftest import Member

from triallink.domains.studies import selectors, services
from triallink.domains.studies.errors import (
    AssumptionOutOfRange,
    NumberOutOfRange,
    SiteNumberTaken,
    StudyCodeMissing,
    TitleMissing,
    WordUnknown,
)
from triallink.domains.studies.models import DemandProposal, Study
from triallink.engines.demand import ASSUMPTIONS
from triallink.kernel.refusals import NotAllowed, NotFound


@pytest.fixture
def study(ada: Member) -> Study:
    """A study planned by hand."""
    return services.create_study(
        code="NL-101", title_zh="一项研究", phase="3", planned_subjects=120, planned_sites=10, by=ada.actor
    )


def test_a_study_needs_a_code_a_title_and_known_words(ada: Member):
    with pytest.raises(StudyCodeMissing):
        services.create_study(code=" ", title_en="T", by=ada.actor)
    with pytest.raises(TitleMissing):
        services.create_study(code="A", by=ada.actor)
    with pytest.raises(WordUnknown):
        services.create_study(code="A", title_en="T", phase="9", by=ada.actor)
    with pytest.raises(NumberOutOfRange):
        services.create_study(code="A", title_en="T", planned_subjects=0, by=ada.actor)


def test_an_admitted_organization_reads_but_does_not_change(study: Study, ada: Member, ben: Member):
    with pytest.raises(NotFound):
        services.update_study(study_id=study.pk, acronym="X", by=ben.actor)
    services.admit_party(
        study_id=study.pk, organization_id=ben.organization.pk, reason="contract", by=ada.actor
    )
    assert [s.pk for s in selectors.studies(to=ben.actor)] == [study.pk]
    with pytest.raises(NotAllowed):
        services.update_study(study_id=study.pk, acronym="X", by=ben.actor)


def test_a_hospital_of_the_directory_brings_its_name_and_place(study: Study, ada: Member, chen: Member):
    first = services.add_site(study_id=study.pk, organization_id=chen.organization.pk, by=ada.actor)
    second = services.add_site(study_id=study.pk, name_en="Elsewhere", by=ada.actor)
    assert (first.name_en, first.city, first.number, second.number) == (
        "Riverside Hospital", "Shanghai", "001", "002",
    )  # fmt: skip
    with pytest.raises(SiteNumberTaken):
        services.add_site(study_id=study.pk, number="001", name_en="Again", by=ada.actor)
    with pytest.raises(SiteNumberTaken):
        services.update_site(study_id=study.pk, site_id=second.pk, number="001", by=ada.actor)
    services.remove_site(study_id=study.pk, site_id=second.pk, by=ada.actor)
    assert [site.number for site in selectors.sites(study.pk, to=ada.actor)] == ["001"]


def test_demand_grows_with_subjects_and_shows_its_arithmetic(study: Study, ada: Member):
    before = services.propose_demand(study_id=study.pk, by=ada.actor)
    services.update_study(study_id=study.pk, planned_subjects=480, by=ada.actor)
    after = services.propose_demand(study_id=study.pk, by=ada.actor)

    def crc_hours(row: DemandProposal) -> float:
        return sum(x.quantity for x in selectors.demand_lines(row) if x.service_code == "CRC_HOURS")

    assert crc_hours(after) > 2 * crc_hours(before)
    assert all(line["arithmetic"] for line in after.lines)


def test_assumptions_are_versioned_and_kept_within_limits(study: Study, ada: Member):
    first = services.propose_demand(study_id=study.pk, by=ada.actor)
    spec = ASSUMPTIONS[0]
    changed = services.propose_demand(study_id=study.pk, values={spec.key: spec.maximum}, by=ada.actor)
    assert (first.assumption_set.number, changed.assumption_set.number) == (1, 2)
    again = services.propose_demand(study_id=study.pk, values={spec.key: spec.maximum}, by=ada.actor)
    assert again.assumption_set_id == changed.assumption_set_id
    with pytest.raises(AssumptionOutOfRange):
        services.save_assumptions(study_id=study.pk, values={spec.key: spec.maximum + 1}, by=ada.actor)
    with pytest.raises(WordUnknown):
        services.save_assumptions(study_id=study.pk, values={"luck": 1}, by=ada.actor)


def test_the_database_keeps_every_proposal_as_it_was(study: Study, ada: Member):
    row = services.propose_demand(study_id=study.pk, by=ada.actor)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        DemandProposal.objects.filter(pk=row.pk).update(lines=[])
