"""Applying for qualification: who may, what is asked, what is refused."""

import datetime as dt

import pytest
from tests.conftest import Member
from tests.domains.quality.quality_scene import SCOPE, Desk

from triallink.domains.quality.access import application_for
from triallink.domains.quality.errors import (
    AnswerNotUsable,
    AnswersMissing,
    ApplicationOpen,
    ApplicationStepNotPossible,
    CodeUnknown,
    CredentialDatesReversed,
    EvidenceExpired,
    EvidenceMissing,
    NotAnApplicant,
    QuestionnaireNotForThisKind,
    ScopeMissing,
    WordsMissing,
)
from triallink.domains.quality.models import ApplicationEvidence
from triallink.domains.quality.questionnaires import all_versions
from triallink.domains.quality.services.applications import (
    add_evidence,
    answer_application,
    begin_application,
    remove_evidence,
    return_application,
    submit_application,
    take_up_application,
    withdraw_application,
)
from triallink.engines.questions import faults_of
from triallink.foundation.models import Notice
from triallink.foundation.outbox import dispatch_waiting
from triallink.kernel.refusals import NotAllowed, NotFound


@pytest.mark.parametrize("key", sorted(all_versions()))
def test_every_questionnaire_is_sound(key: tuple[str, int]):
    assert faults_of(all_versions()[key]) == []


def test_there_is_a_questionnaire_for_every_kind_of_supplier():
    assert {code for code, _ in all_versions()} == {"cro", "smo", "lab", "site"}


def test_only_suppliers_apply_and_each_answers_its_own_questionnaire(
    ada: Member, gao: Member, ben: Member, chen: Member
):
    for stranger in (ada, gao):
        with pytest.raises(NotAnApplicant):
            begin_application(questionnaire="cro", by=stranger.actor)
    with pytest.raises(QuestionnaireNotForThisKind):
        begin_application(questionnaire="smo", by=ben.actor)
    assert begin_application(questionnaire="lab", by=ben.actor).questionnaire == "lab"
    assert begin_application(questionnaire="site", by=chen.actor).state == "draft"


def test_an_organization_has_one_application_in_hand(desk: Desk):
    desk.begun()
    with pytest.raises(ApplicationOpen):
        begin_application(questionnaire="cro", by=desk.supplier.actor)


def test_a_new_application_takes_over_the_last_answers(desk: Desk):
    first = desk.begun()
    withdraw_application(application_id=first.pk, by=desk.supplier.actor)
    again = begin_application(questionnaire="cro", by=desk.supplier.actor)
    assert again.answers == first.answers
    assert again.scope == SCOPE


def test_an_incomplete_application_is_not_handed_in(desk: Desk):
    by, clock = desk.supplier.actor, desk.clock
    one = begin_application(questionnaire="cro", by=by, clock=clock)
    with pytest.raises(ScopeMissing):
        submit_application(application_id=one.pk, by=by, clock=clock)
    answer_application(application_id=one.pk, scope=SCOPE, by=by, clock=clock)
    with pytest.raises(AnswersMissing) as refused:
        submit_application(application_id=one.pk, by=by, clock=clock)
    assert "ORG1" in refused.value.params["questions"]


def test_a_yes_that_asks_for_a_document_is_not_believed_without_a_valid_one(desk: Desk):
    by = desk.supplier.actor
    one = desk.begun()
    paper = ApplicationEvidence.objects.get(application=one, question="ORG1")
    remove_evidence(evidence_id=paper.pk, by=by, clock=desk.clock)
    with pytest.raises(EvidenceMissing) as refused:
        submit_application(application_id=one.pk, by=by, clock=desk.clock)
    assert refused.value.params["questions"] == "ORG1"
    desk.clock.move(dt.timedelta(days=201))
    with pytest.raises(EvidenceMissing) as refused:
        submit_application(application_id=one.pk, by=by, clock=desk.clock)
    assert refused.value.params["questions"] == "ORG1, QMS1, DAT2"


def test_what_cannot_be_an_answer_a_scope_or_a_document_is_refused(desk: Desk):
    by, clock = desk.supplier.actor, desk.clock
    one = desk.begun()
    with pytest.raises(AnswerNotUsable) as refused:
        answer_application(application_id=one.pk, answers={"ORG1": {"value": "maybe"}}, by=by, clock=clock)
    assert refused.value.field == "value_ORG1"
    with pytest.raises(CodeUnknown):
        answer_application(application_id=one.pk, scope=[{"services": ["magic"]}], by=by, clock=clock)
    today = clock.now().date()
    for wrong, dates in (
        (CredentialDatesReversed, {"issued_on": today, "expires_on": today - dt.timedelta(days=1)}),
        (EvidenceExpired, {"expires_on": today - dt.timedelta(days=1)}),
    ):
        with pytest.raises(wrong):
            add_evidence(application_id=one.pk, content=b"x", file_name="x", by=by, clock=clock, **dates)
    with pytest.raises(AnswerNotUsable):
        add_evidence(application_id=one.pk, content=b"x", file_name="x", question="ZZ", by=by, clock=clock)


def test_a_submitted_application_is_closed_to_the_supplier_until_it_comes_back(desk: Desk):
    by = desk.supplier.actor
    one = desk.submitted()
    with pytest.raises(ApplicationStepNotPossible):
        answer_application(application_id=one.pk, scope=[], by=by)
    with pytest.raises(WordsMissing):
        return_application(application_id=one.pk, reason=" ", by=desk.operator.actor)
    return_application(application_id=one.pk, reason="The licence is blurred.", by=desk.operator.actor)
    answer_application(application_id=one.pk, scope=[{"services": ["data"]}], by=by)
    one = submit_application(application_id=one.pk, by=by, clock=desk.clock)
    assert one.scope == [{"services": ["data"], "areas": [], "regions": []}]
    take_up_application(application_id=one.pk, by=desk.operator.actor)
    with pytest.raises(ApplicationStepNotPossible):
        take_up_application(application_id=one.pk, by=desk.operator.actor)


def test_strangers_and_the_wrong_side_find_nothing_or_may_not(desk: Desk, fei: Member, ada: Member):
    one = desk.submitted()
    for stranger in (fei, ada):
        with pytest.raises(NotFound):
            application_for(one.pk, to=stranger.actor)
        with pytest.raises(NotFound):
            withdraw_application(application_id=one.pk, by=stranger.actor)
        with pytest.raises(NotAllowed):
            take_up_application(application_id=one.pk, by=stranger.actor)
    with pytest.raises(NotAllowed):
        take_up_application(application_id=one.pk, by=desk.supplier.actor)
    with pytest.raises(NotFound):
        withdraw_application(application_id=one.pk, by=desk.operator.actor)


def test_the_operator_does_not_see_a_draft(desk: Desk):
    one = desk.begun()
    with pytest.raises(NotFound):
        application_for(one.pk, to=desk.operator.actor)


def test_both_sides_are_told(desk: Desk):
    one = desk.submitted()
    take_up_application(application_id=one.pk, by=desk.operator.actor)
    while dispatch_waiting():
        pass
    told = dict(Notice.objects.values_list("person_id", "kind"))
    assert told == {
        desk.operator.person.pk: "application_submitted",
        desk.supplier.person.pk: "qualification",
    }
