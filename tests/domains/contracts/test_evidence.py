"""A milestone that requires facts is accepted with them, or by a signed reason that stays."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from tests.domains.contracts.conftest import Deal
from tests.domains.contracts.test_milestones import accept, submit, upload

from triallink.domains.contracts import errors as no
from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.evidence import Fact, FactKind, Parameter, Requirement, fact_kind, register
from triallink.domains.contracts.models import EvidenceOverride
from triallink.domains.contracts.record import render_record
from triallink.domains.contracts.services.acceptance import watch_milestones
from triallink.foundation.audit import verify

NOW = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
ENROLLED: list[Fact] = []


def enrolled_subjects(scope, parameters):
    assert scope.study_id is None
    assert scope.site_id is None
    return [fact for fact in ENROLLED if fact.key.startswith(parameters.get("arm", ""))]


@pytest.fixture
def subjects():
    """A tool that proves enrolled subjects, as another domain would register it."""
    register(FactKind("test_subject", "Subject enrolled", enrolled_subjects, (Parameter("arm", "Arm"),)))
    ENROLLED.clear()
    return ENROLLED


def subject(number: int) -> Fact:
    return Fact(key=f"subject:{number}", title={"en": f"Subject {number}", "zh": f"受试者{number}"}, at=NOW)


def requiring(deal: Deal, *requirements: Requirement):
    deal.standstill_ends()
    contract = deal.draft()
    milestone = deal.first_milestone(contract)
    services.require_evidence(
        milestone_id=milestone.pk, requirements=list(requirements), by=deal.market.ada.actor
    )
    services.offer_contract(contract_id=contract.pk, by=deal.market.ada.actor, clock=deal.market.clock)
    deal.in_force(contract)
    return deal.first_milestone(contract)


def test_a_milestone_is_not_accepted_without_its_facts(deal: Deal, subjects):
    milestone = requiring(deal, Requirement("test_subject", at_least=2), Requirement("contract_signed"))
    submit(deal, milestone, deal.market.fei)
    subjects.append(subject(1))
    subjects.append(subject(1))  # the same fact twice is one fact
    with pytest.raises(no.EvidenceMissing) as refused:
        accept(deal, milestone, deal.market.ada)
    assert "1/2" in refused.value.params["missing"]
    subjects.append(subject(2))
    accepted = accept(deal, milestone, deal.market.ada)
    assert sorted(accepted.facts.values_list("key", flat=True)) == [
        f"contract:{milestone.contract_id}",
        "subject:1",
        "subject:2",
    ]
    assert not EvidenceOverride.objects.exists()


def test_an_override_is_signed_and_stays_for_ever(deal: Deal, subjects):
    milestone = requiring(deal, Requirement("test_subject", at_least=3))
    submit(deal, milestone, deal.market.fei)
    accept(deal, milestone, deal.market.ada, override_reason="The study stopped early")
    override = EvidenceOverride.objects.get()
    assert override.signature.meaning == "override"
    for language in ("en", "zh"):
        pdf = render_record(milestone.contract, language, at=NOW)
        assert pdf.startswith(b"%PDF-")
    assert override.missing == [
        {"kind": "test_subject", "parameters": {}, "at_least": 3, "found": 0},
    ]
    for change in (lambda: override.delete(), lambda: EvidenceOverride.objects.update(reason="none")):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            change()
    assert all(report.broken_at is None for report in verify())


def test_silence_accepts_nothing_that_lacks_its_facts(deal: Deal, subjects):
    milestone = requiring(deal, Requirement("test_subject"))
    submit(deal, milestone, deal.market.fei)
    deal.market.clock.move(dt.timedelta(days=40))
    assert watch_milestones(clock=deal.market.clock)[1] == 0
    subjects.append(subject(1))
    assert watch_milestones(clock=deal.market.clock)[1] == 1


def test_a_milestone_may_require_its_own_deliverables(deal: Deal):
    milestone = requiring(deal, Requirement("deliverable_accepted", at_least=2))
    upload(deal, milestone, deal.market.fei, name="Report")
    with pytest.raises(no.DeliverableMissing):
        submit(deal, milestone, deal.market.fei)
    upload(deal, milestone, deal.market.fei, name="Minutes")
    submit(deal, milestone, deal.market.fei)
    accepted = accept(deal, milestone, deal.market.ada)
    assert {fact.kind for fact in accepted.facts.all()} == {"deliverable_accepted"}
    assert all(fact.content_hash for fact in accepted.facts.all())


def test_what_is_required_is_part_of_what_is_signed(deal: Deal, subjects):
    milestone = requiring(deal, Requirement("test_subject", {"arm": "subject"}, 2))
    found = selectors.verification(milestone.contract_id, to=deal.market.ada.actor)
    assert found is not None
    assert found.is_good
    milestone.requires = []
    milestone.save(update_fields=["requires"])
    found = selectors.verification(milestone.contract_id, to=deal.market.ada.actor)
    assert found is not None
    assert not found.is_content_unchanged


@pytest.mark.parametrize(
    ("requirement", "refusal"),
    [
        (Requirement("moon_landing"), no.FactKindUnknown),
        (Requirement("test_subject", {"weather": "fine"}), no.FactParameterUnknown),
        (Requirement("test_subject", {"arm": 3}), no.FactParameterUnknown),
        (Requirement("test_subject", at_least=0), no.RequirementOutOfRange),
    ],
)
def test_a_requirement_nobody_can_prove_is_refused(deal: Deal, subjects, requirement, refusal):
    deal.standstill_ends()
    milestone = deal.first_milestone(deal.draft())
    with pytest.raises(refusal):
        services.require_evidence(
            milestone_id=milestone.pk, requirements=[requirement], by=deal.market.ada.actor
        )


def test_evidence_is_fixed_once_the_contract_is_offered(deal: Deal):
    milestone = deal.first_milestone(deal.offered())
    with pytest.raises(no.WrongState):
        services.require_evidence(
            milestone_id=milestone.pk,
            requirements=[Requirement("contract_signed")],
            by=deal.market.ada.actor,
        )


def test_two_tools_cannot_prove_one_kind(subjects):
    with pytest.raises(ValueError, match="test_subject"):
        register(FactKind("test_subject", "Other", lambda scope, parameters: []))
    assert fact_kind("test_subject").find is enrolled_subjects
