"""What is handed in at a milestone, and how it is answered: allowed and refused side by side."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from tests.conftest import PASSWORD, Member
from tests.domains.contracts.conftest import Deal

from triallink.domains.contracts import errors as no
from triallink.domains.contracts import services
from triallink.domains.contracts.models import DeliverableVersion, Milestone, MilestoneVerdict
from triallink.domains.contracts.services.acceptance import watch_milestones
from triallink.foundation.audit import verify
from triallink.foundation.outbox import dispatch_waiting
from triallink.foundation.signatures import NotReauthenticated, content_hash
from triallink.kernel.refusals import NotAllowed, NotFound


def upload(deal: Deal, milestone: Milestone, who: Member, text: bytes = b"report", name: str = "Report"):
    return services.upload_deliverable(
        milestone_id=milestone.pk, name=name, content=text, file_name="report.pdf", media_type="application/pdf",
        by=who.actor, clock=deal.market.clock,
    )  # fmt: skip


def submit(deal: Deal, milestone: Milestone, who: Member):
    return services.submit_milestone(milestone_id=milestone.pk, by=who.actor, clock=deal.market.clock)


def accept(deal: Deal, milestone: Milestone, who: Member, **more: str):
    return services.accept_milestone(
        milestone_id=milestone.pk, by=who.actor, clock=deal.market.clock, **{"secret": PASSWORD, **more}
    )


def give_back(deal: Deal, milestone: Milestone, who: Member, reasons: str = "Page 3 is missing"):
    return services.return_milestone(
        milestone_id=milestone.pk, reasons=reasons, by=who.actor, clock=deal.market.clock
    )


def test_a_milestone_is_returned_once_then_accepted_with_its_second_version(deal: Deal, eve: Member):
    market = deal.market
    milestone = deal.first_milestone(deal.in_force())
    first = upload(deal, milestone, market.fei)
    with pytest.raises(no.MilestoneWrongState):
        accept(deal, milestone, market.ada)
    submit(deal, milestone, market.fei)
    with pytest.raises(no.MilestoneWrongState):
        upload(deal, milestone, market.fei, b"too late")
    with pytest.raises(no.ReasonMissing):
        give_back(deal, milestone, market.ada, "  ")
    give_back(deal, milestone, market.ada)
    second = upload(deal, milestone, market.fei, b"report, all pages")
    submit(deal, milestone, market.fei)
    with pytest.raises(NotReauthenticated):
        accept(deal, milestone, market.ada, secret="wrong")
    with pytest.raises(no.NothingToOverride):
        accept(deal, milestone, market.ada, override_reason="in a hurry")
    accepted = accept(deal, milestone, market.ada)
    assert (first.number, second.number) == (1, 2)
    assert accepted.is_first_time_right is False
    assert [v.outcome for v in MilestoneVerdict.objects.order_by("submission__number")] == [
        "returned",
        "accepted",
    ]
    assert second.acceptance.verdict.signature.meaning == "acceptance"
    assert not hasattr(first, "acceptance")
    with pytest.raises(no.MilestoneWrongState):
        accept(deal, milestone, market.ada)
    assert all(report.broken_at is None for report in verify())


def test_who_hands_in_and_who_answers(deal: Deal, eve: Member, dora: Member, chen: Member):
    market = deal.market
    milestone = deal.first_milestone(deal.in_force())
    with pytest.raises(NotAllowed):
        upload(deal, milestone, market.ada)
    for stranger in (eve, market.ben):
        with pytest.raises(NotFound):
            upload(deal, milestone, stranger)
    upload(deal, milestone, market.gao)
    submit(deal, milestone, market.gao)
    for who in (market.fei, dora):
        with pytest.raises(NotAllowed):
            accept(deal, milestone, who)
    with pytest.raises(no.ReviewerUnknown):
        services.assign_reviewer(milestone_id=milestone.pk, person_id=chen.person.pk, by=market.ada.actor)
    with pytest.raises(NotAllowed):
        services.assign_reviewer(milestone_id=milestone.pk, person_id=dora.person.pk, by=market.fei.actor)
    services.assign_reviewer(milestone_id=milestone.pk, person_id=dora.person.pk, by=market.ada.actor)
    assert accept(deal, milestone, dora).state != "submitted"


def test_an_empty_file_or_a_nameless_deliverable_is_refused(deal: Deal):
    milestone = deal.first_milestone(deal.in_force())
    with pytest.raises(no.FileEmpty):
        upload(deal, milestone, deal.market.fei, b"")
    with pytest.raises(no.NameMissing):
        upload(deal, milestone, deal.market.fei, name=" ")


def test_nothing_is_handed_in_before_everybody_has_signed(deal: Deal):
    milestone = deal.first_milestone(deal.offered())
    with pytest.raises(no.WrongState):
        upload(deal, milestone, deal.market.fei)


def test_a_version_carries_its_checksum_and_cannot_be_changed(deal: Deal):
    milestone = deal.first_milestone(deal.in_force())
    version = upload(deal, milestone, deal.market.fei, b"content")
    assert version.file.sha256 == content_hash(b"content")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        DeliverableVersion.objects.update(number=9)


def test_silence_counts_as_acceptance_after_the_working_days_of_the_contract(deal: Deal):
    milestone = deal.first_milestone(deal.in_force())
    # Golden Week 2026: free from 1 to 7 October, and Saturday the 10th is worked.
    deal.market.clock.at = dt.datetime(2026, 9, 29, 2, 0, tzinfo=dt.UTC)
    submit(deal, milestone, deal.market.fei)
    milestone.refresh_from_db()
    assert milestone.acceptance_due_on == dt.date(2026, 10, 19)
    deal.market.clock.at = dt.datetime(2026, 10, 19, 2, 0, tzinfo=dt.UTC)
    assert watch_milestones(clock=deal.market.clock)[1] == 0
    deal.market.clock.at = dt.datetime(2026, 10, 20, 2, 0, tzinfo=dt.UTC)
    assert watch_milestones(clock=deal.market.clock)[1] == 1
    assert watch_milestones(clock=deal.market.clock)[1] == 0
    milestone.refresh_from_db()
    assert milestone.is_reached
    assert milestone.is_first_time_right
    assert MilestoneVerdict.objects.get().outcome == "deemed_accepted"
    while dispatch_waiting(clock=deal.market.clock):
        pass


def test_a_planned_milestone_falls_due_on_its_day(deal: Deal):
    milestone = deal.first_milestone(deal.in_force())
    Milestone.objects.filter(pk=milestone.pk).update(due_on=deal.market.clock.now().date())
    assert watch_milestones(clock=deal.market.clock) == (1, 0)
    milestone.refresh_from_db()
    assert milestone.state == "due"
