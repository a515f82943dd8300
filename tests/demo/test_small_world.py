"""The small world: everything a visitor may look for is there, once, and the audit trail is whole."""

import pytest
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext

from triallink.demo import loading, showing
from triallink.demo.cast import CAST
from triallink.domains.accounts.models import Person
from triallink.domains.capacity.models import BookedDay, Booking, ClearingRun
from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    CallOff,
    ChangeOrder,
    Contract,
    ContractDocument,
    Dispute,
    Milestone,
    MilestoneVerdict,
    Payable,
    Payment,
    Rating,
)
from triallink.domains.delivery.models import (
    EnrollmentCount,
    MonitoringVisit,
    PlanItem,
    StatusReport,
    StudyPlan,
    StudyRecord,
    Timesheet,
)
from triallink.domains.ledger.verification import verify as verify_book
from triallink.domains.marketplace.models import AuctionBid, CoalitionMember, Objection, Question, Request
from triallink.domains.marketplace.models.requests import PROCEDURES, REQUEST_STATES, VISIBILITIES
from triallink.foundation.audit import verify
from triallink.foundation.models import AuditLine, Notice, OutboxLine
from triallink.foundation.notices import kind_words
from triallink.foundation.tenancy import reading_as

# One worker loads the world once: the package fixture ends with the last test of this folder.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


def test_requests_stand_in_every_state_procedure_and_visibility(world):
    found = Request.objects.values_list("state", "procedure", "visibility")
    assert {state for state, _, _ in found} == set(REQUEST_STATES)
    assert {procedure for _, procedure, _ in found} == set(PROCEDURES)
    assert {visibility for _, _, visibility in found} == set(VISIBILITIES)
    assert Objection.objects.filter(decision="").exists()
    assert Question.objects.filter(answered_at=None).exists()
    assert AuctionBid.objects.filter(is_accepted=True).count() == 9


def test_contracts_stand_in_every_state_of_their_life_with_a_seal_of_every_party(world):
    states = set(Contract.objects.values_list("state", flat=True))
    assert states == set(CONTRACT_STATES) - {"declined", "withdrawn"}
    for contract in Contract.objects.filter(state="signed"):
        last = ContractDocument.objects.filter(contract=contract).aggregate(last=Max("version"))["last"]
        assert last == contract.parties.count() + 1
    assert Contract.objects.filter(state="offered", signatures__isnull=False).count() == 2


def test_work_was_returned_accepted_disputed_settled_and_paid_through_the_escrow(world):
    assert set(MilestoneVerdict.objects.values_list("outcome", flat=True)) >= {"returned", "accepted"}
    assert {"settled", "open"} <= set(Dispute.objects.values_list("state", flat=True))
    assert ChangeOrder.objects.filter(state="in_force").exists()
    assert ChangeOrder.objects.filter(state="proposed").exists()
    paid = Payment.objects.filter(paid_minor__gt=0)
    assert paid.dates("at", "month").count() >= 4
    assert paid.filter(payable__rule="hours").count() >= 6
    assert Milestone.objects.filter(state="paid").exists()
    reports = Milestone.objects.get(code="REPORT", requires__0__kind="visit_report_signed")
    assert reports.facts.filter(kind="visit_report_signed").count() >= 3
    assert Payable.objects.filter(milestone=reports).count() == 1
    assert verify_book().is_good
    assert Rating.objects.filter(revealed_at__isnull=False).exists()
    assert Rating.objects.filter(revealed_at=None).exists()


def test_studies_in_every_phase_have_months_of_delivery(world):
    plans = StudyPlan.objects.select_related("study")
    assert {"startup", "recruiting", "follow_up", "closed"} <= {plan.study.state for plan in plans}
    done = PlanItem.objects.filter(kind="milestone", actual_finish_on__isnull=False)
    assert done.dates("actual_finish_on", "month").count() >= 12
    late = [row for row in done.filter(plan__study__code="FH-07") if row.late_days > 5]
    assert late
    closed = PlanItem.objects.filter(plan__study__code="NL-061", kind="milestone")
    assert not closed.filter(actual_finish_on=None).exists()
    assert set(MonitoringVisit.objects.values_list("state", flat=True)) >= {
        "planned", "conducted", "submitted", "signed",
    }  # fmt: skip
    assert set(Timesheet.objects.values_list("state", flat=True)) == {"approved", "returned", "submitted"}
    assert EnrollmentCount.objects.dates("on", "month").count() >= 6
    assert set(StudyRecord.objects.values_list("kind", flat=True)) == {
        "capa", "decision", "delegation", "deviation", "issue", "minutes", "risk", "training",
    }  # fmt: skip
    assert StudyRecord.objects.filter(kind="capa", state="closed").exists()
    assert StudyRecord.objects.filter(kind="capa").exclude(escalated_at=None).exists()
    assert StatusReport.objects.count() >= 2
    assert PlanItem.objects.exclude(contract_milestone=None).count() == 3


def test_a_coalition_of_small_suppliers_bids(world):
    lead = Person.objects.get(email="luo@clearlake.example").memberships.get().organization_id
    with reading_as(lead):
        assert CoalitionMember.objects.filter(bid__organization_id=lead, is_lead=False).count() == 3


def test_every_chain_of_the_audit_trail_is_whole_and_reads_forward(world):
    assert [report for report in verify() if report.broken_at is not None] == []
    lines = AuditLine.objects.exclude(chain__scope="platform").order_by("chain_id", "sequence")
    times: dict[int, list] = {}
    for chain_id, at in lines.values_list("chain_id", "at"):
        times.setdefault(chain_id, []).append(at)
    assert all(found == sorted(found) for found in times.values())


def test_news_came_with_the_events_and_nothing_waits(world):
    assert not OutboxLine.objects.filter(dispatched_at=None).exists()
    assert Notice.objects.values("person_id").distinct().count() >= 6
    assert Notice.objects.dates("at", "month").count() >= 4


def test_the_same_seed_gives_the_same_world(world):
    first, second = world.digests
    assert first == second


def test_the_world_is_loaded_once(world):
    assert loading.world_present() == "small"
    with pytest.raises(loading.WorldPresent):
        loading.load_world("small")


def test_a_load_that_was_broken_off_is_recognised(world):
    loading._note(loading.DemoWorldBegun(world="national"))
    with pytest.raises(loading.WorldHalfLoaded):
        loading.world_present()


def test_a_world_needs_the_demo_mode(world, settings):
    settings.DEMO = False
    with pytest.raises(loading.DemoOff):
        loading.load_world("small")


def test_the_cast_can_be_listed_with_titles(world):
    cast = showing.cast()
    assert len(cast) == len(CAST) + 3
    assert all(member.title and member.name for member in cast)
    assert showing.counts()["requests: published"] >= 6


def test_every_kind_of_notice_the_world_saw_has_a_chinese_name(world):
    kinds = set(Notice.objects.values_list("kind", flat=True))
    assert len(kinds) > 5
    with translation.override("zh-hans"):
        assert [kind for kind in kinds if gettext(kind_words(kind)) == kind_words(kind)] == []


def test_hours_were_cleared_declined_cleared_again_and_called_off(world):
    first, second = ClearingRun.objects.order_by("pk")
    assert (first.state, second.state, second.after) == ("closed", "proposed", first)
    assert first.shadow_prices
    assert second.shadow_prices, "more was asked of one city than anybody sells"
    answers = set(Booking.objects.filter(run=first).values_list("state", flat=True))
    assert answers == {"confirmed", "declined"}
    assert Booking.objects.filter(run=second, state="proposed").exists()
    confirmed = Booking.objects.exclude(confirmed_at=None)
    assert set(confirmed.values_list("pk", flat=True)) == set(
        CallOff.objects.values_list("booking", flat=True)
    )
    assert BookedDay.objects.filter(professional=None).exists(), "somebody is ill and nobody chosen yet"
