"""Visits, records, hours, enrollment: allowed and refused side by side, and the facts that follow."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.conftest import PASSWORD, Member
from tests.domains.delivery.conftest import Scene

from triallink.domains.contracts.evidence import Scope, facts_for
from triallink.domains.delivery import errors, services
from triallink.domains.delivery.models import MonitoringVisit, StudyRecord
from triallink.domains.delivery.question_sets import questions_of
from triallink.domains.delivery.record_kinds import record_kinds
from triallink.domains.delivery.selectors.cockpit import one_study
from triallink.domains.delivery.selectors.work import enrollment, timesheet_for
from triallink.domains.delivery.services.timesheets import HoursLine
from triallink.foundation.files import read_file
from triallink.foundation.models import Notice, OutboxLine
from triallink.foundation.outbox import dispatch_waiting
from triallink.foundation.signatures import NotReauthenticated
from triallink.kernel.refusals import NotAllowed, NotFound


def conducted(scene: Scene, by: Member, kind: str = "initiation") -> MonitoringVisit:
    day = scene.clock.now().date()
    visit = services.schedule_visit(
        study_id=scene.study.pk, site_id=scene.sites[0].pk, kind=kind, mode="onsite", planned_on=day,
        monitor_id=by.person.pk, by=by.actor, clock=scene.clock,
    )  # fmt: skip
    services.confirm_visit(
        visit_id=visit.pk,
        planned_on=day,
        mode="onsite",
        monitor_id=by.person.pk,
        by=by.actor,
        clock=scene.clock,
    )
    return services.conduct_visit(
        visit_id=visit.pk, began_on=day, ended_on=day, attendees="Chen", by=by.actor, clock=scene.clock
    )


def answers(code: str) -> dict[str, dict[str, str]]:
    value = {"yes_no": "yes", "grade": "good", "number": "3", "text": "as agreed"}
    return {question["code"]: {"value": value[question["kind"]]} for question in questions_of(code)}


def test_a_signed_visit_report_is_frozen_printed_and_becomes_a_fact(scene: Scene, ada: Member, ben: Member):
    visit = conducted(scene, ben)
    scope = Scope(contract_id=0, study_id=scene.study.pk, site_id=scene.sites[0].pk)
    with pytest.raises(errors.AnswersMissing):
        services.submit_report(visit_id=visit.pk, by=ben.actor, clock=scene.clock)
    services.save_report(
        visit_id=visit.pk, answers=answers("initiation"), summary="Ready.", by=ben.actor, clock=scene.clock
    )
    scene.clock.move(dt.timedelta(days=4))
    services.submit_report(visit_id=visit.pk, by=ben.actor, clock=scene.clock)
    services.return_report(visit_id=visit.pk, why="Say more on storage.", by=ada.actor, clock=scene.clock)
    services.submit_report(visit_id=visit.pk, by=ben.actor, clock=scene.clock)
    with pytest.raises(errors.SignsOwnReport):
        services.sign_report(visit_id=visit.pk, secret=PASSWORD, by=ben.actor, clock=scene.clock)
    with pytest.raises(NotReauthenticated):
        services.sign_report(visit_id=visit.pk, secret="wrong", by=ada.actor, clock=scene.clock)
    assert facts_for("visit_report_signed", scope, {}) == []
    signed = services.sign_report(visit_id=visit.pk, secret=PASSWORD, by=ada.actor, clock=scene.clock)
    assert (signed.state, signed.days_to_report) == ("signed", 4)
    for file in (signed.report_file, signed.letter_file):
        assert file is not None
        assert read_file(file).startswith(b"%PDF")
    facts = facts_for("visit_report_signed", scope, {"visit_kind": "initiation"})
    assert [fact.content_hash for fact in facts] == [signed.content_hash]
    assert facts_for("visit_report_signed", scope, {"visit_kind": "interim"}) == []
    with pytest.raises(errors.VisitWrongState):
        services.save_report(visit_id=visit.pk, answers={}, summary="", by=ben.actor, clock=scene.clock)


def test_answers_outside_their_choices_strangers_and_wrong_roles_are_refused(
    scene: Scene, ben: Member, dora: Member, eve: Member
):
    visit = conducted(scene, ben)
    with pytest.raises(errors.AnswerUnknown):
        services.save_report(
            visit_id=visit.pk, answers={"I1": {"value": "maybe"}}, summary="", by=ben.actor, clock=scene.clock
        )
    with pytest.raises(NotFound):
        services.save_report(visit_id=visit.pk, answers={}, summary="", by=eve.actor, clock=scene.clock)
    with pytest.raises(NotAllowed):
        services.return_report(visit_id=visit.pk, why="x", by=dora.actor, clock=scene.clock)


def test_rules_plan_each_visit_once_on_a_worked_day(scene: Scene, ada: Member):
    until = scene.clock.now().date() + dt.timedelta(days=200)
    first = services.schedule_by_rules(study_id=scene.study.pk, until=until, by=ada.actor, clock=scene.clock)
    again = services.schedule_by_rules(study_id=scene.study.pk, until=until, by=ada.actor, clock=scene.clock)
    assert {(visit.kind, visit.site_id) for visit in first} == {
        (kind, site.pk) for kind in ("qualification", "initiation") for site in scene.sites
    }
    assert again == []
    assert all(visit.planned_on.weekday() < 5 for visit in first)


def test_missed_interim_visits_are_made_up_for_by_one_visit(scene: Scene, ada: Member):
    site, today = scene.sites[0], scene.clock.now().date()
    first = scene.plan.items.get(key=f"site:{site.pk}:S_FSI")
    first.actual_start_on = first.actual_finish_on = today - dt.timedelta(days=200)
    first.save()
    until = today + dt.timedelta(days=60)
    made = services.schedule_by_rules(study_id=scene.study.pk, until=until, by=ada.actor, clock=scene.clock)
    interim = [visit.planned_on for visit in made if visit.kind == "interim"]
    assert interim == [today, today + dt.timedelta(days=42)]


VALUES = {
    "text": "text", "line": "line", "number": "3", "date": "2026-03-02",
}  # fmt: skip


@pytest.mark.parametrize("kind", record_kinds())
def test_every_kind_of_record_is_opened_and_walks_to_its_end(kind: str, scene: Scene, ada: Member):
    data = record_kinds()[kind]
    values = {
        field["code"]: next(iter(field["choices"])) if field["kind"] == "choice" else VALUES[field["kind"]]
        for field in data["fields"]
    }
    found = services.open_record(
        study_id=scene.study.pk, kind=kind, title="One", values=values, site_id=scene.sites[0].pk,
        owner_id=ada.person.pk, by=ada.actor, clock=scene.clock,
    )  # fmt: skip
    for _ in range(6):
        steps = [step for step in data["steps"] if found.state in step["from"]]
        if found.closed_at is not None or not steps:
            break
        step = next((one for one in steps if one["to"] != "open"), steps[0])
        found = services.take_step(
            record_id=found.pk, step=step["code"], secret=PASSWORD, by=ada.actor, clock=scene.clock
        )
    assert found.closed_at is not None
    with pytest.raises(errors.StepUnknown):
        services.change_record(
            record_id=found.pk, title="x", values=values, owner_id=None, by=ada.actor, clock=scene.clock
        )


def test_a_record_needs_its_fields_its_actions_done_and_its_people(scene: Scene, ada: Member, eve: Member):
    opened = {"study_id": scene.study.pk, "by": ada.actor, "clock": scene.clock}
    with pytest.raises(errors.FieldMissing):
        services.open_record(kind="issue", title="No words", values={"priority": "high"}, **opened)
    with pytest.raises(errors.WordUnknown):
        services.open_record(kind="issue", title="x", values={"priority": "huge", "what": "x"}, **opened)
    with pytest.raises(errors.KindUnknown):
        services.open_record(kind="rumour", title="x", values={}, **opened)
    issue = services.open_record(
        kind="issue", title="Late", values={"priority": "high", "what": "x", "solution": "y"}, **opened
    )
    action = services.add_action(
        text="Call", due_on=dt.date(2026, 3, 9), owner_id=ada.person.pk, record_id=issue.pk, **opened
    )
    with pytest.raises(errors.ActionsOpen):
        services.take_step(record_id=issue.pk, step="close", by=ada.actor, clock=scene.clock)
    with pytest.raises(NotFound):
        services.close_action(action_id=action.pk, note="", by=eve.actor, clock=scene.clock)
    services.close_action(action_id=action.pk, note="Done", by=ada.actor, clock=scene.clock)
    services.take_step(record_id=issue.pk, step="close", by=ada.actor, clock=scene.clock)


def test_what_stays_open_is_escalated_once_and_who_is_named_is_told(scene: Scene, ada: Member, ben: Member):
    issue = services.open_record(
        study_id=scene.study.pk, kind="issue", title="Late", values={"priority": "high", "what": "x"},
        by=ben.actor, clock=scene.clock,
    )  # fmt: skip
    services.write_comment(
        record_id=issue.pk, text=f"@{ada.person.email} look", by=ben.actor, clock=scene.clock
    )
    assert services.escalate_overdue(clock=scene.clock) == []
    scene.clock.move(dt.timedelta(days=11))
    assert services.escalate_overdue(clock=scene.clock) == [StudyRecord.objects.get(pk=issue.pk)]
    assert services.escalate_overdue(clock=scene.clock) == []
    while dispatch_waiting():
        pass
    kinds = set(Notice.objects.filter(person_id=ada.person.pk).values_list("kind", flat=True))
    assert {"mentioned", "record_escalated"} <= kinds


def test_hours_are_written_submitted_and_approved_by_somebody_else(
    scene: Scene, ada: Member, dora: Member, ben: Member, eve: Member
):
    monday = scene.clock.now().date()
    line = HoursLine(on=monday, study_id=scene.study.pk, hours=Decimal("7.5"))
    for wrong in (
        HoursLine(on=monday, study_id=scene.study.pk, hours=Decimal("25")),
        HoursLine(on=monday, study_id=scene.study.pk, hours=Decimal("1.1")),
        HoursLine(on=monday + dt.timedelta(days=9), study_id=scene.study.pk, hours=Decimal("1")),
    ):
        with pytest.raises(errors.HoursOutOfRange):
            services.write_hours(week_on=monday, lines=[wrong], by=dora.actor, clock=scene.clock)
    with pytest.raises(NotFound):
        services.write_hours(week_on=monday, lines=[line], by=eve.actor, clock=scene.clock)
    sheet = services.write_hours(week_on=monday, lines=[line], by=dora.actor, clock=scene.clock)
    services.submit_timesheet(timesheet_id=sheet.pk, by=dora.actor, clock=scene.clock)
    with pytest.raises(errors.TimesheetWrongState):
        services.write_hours(week_on=monday, lines=[line], by=dora.actor, clock=scene.clock)
    with pytest.raises(NotAllowed):
        services.approve_timesheet(timesheet_id=sheet.pk, by=dora.actor, clock=scene.clock)
    with pytest.raises(NotFound):
        services.approve_timesheet(timesheet_id=sheet.pk, by=ben.actor, clock=scene.clock)
    services.return_timesheet(timesheet_id=sheet.pk, why="Split it", by=ada.actor, clock=scene.clock)
    services.submit_timesheet(timesheet_id=sheet.pk, by=dora.actor, clock=scene.clock)
    services.approve_timesheet(timesheet_id=sheet.pk, by=ada.actor, clock=scene.clock)
    told = OutboxLine.objects.get(name="TimesheetApproved").payload
    assert told["lines"] == [[None, scene.study.pk, "7.50"]]
    with pytest.raises(NotFound):
        timesheet_for(sheet.pk, to=eve.actor)


def test_nobody_approves_their_own_hours(scene: Scene, ada: Member):
    monday = scene.clock.now().date()
    line = HoursLine(on=monday, study_id=scene.study.pk, hours=Decimal("4"))
    sheet = services.write_hours(week_on=monday, lines=[line], by=ada.actor, clock=scene.clock)
    services.submit_timesheet(timesheet_id=sheet.pk, by=ada.actor, clock=scene.clock)
    with pytest.raises(errors.ApprovesOwnHours):
        services.approve_timesheet(timesheet_id=sheet.pk, by=ada.actor, clock=scene.clock)


def test_enrollment_adds_up_never_falls_and_counts_as_facts(scene: Scene, ben: Member, ada: Member):
    site, day = scene.sites[0].pk, scene.clock.now().date()
    same = {"study_id": scene.study.pk, "site_id": site, "by": ben.actor, "clock": scene.clock}
    services.report_enrollment(
        on=day - dt.timedelta(days=30), screened=6, failed=2, enrolled=3, completed=0, **same
    )
    services.report_enrollment(on=day, screened=9, failed=3, enrolled=5, completed=1, **same)
    with pytest.raises(errors.CountsDoNotAddUp):
        services.report_enrollment(on=day, screened=5, failed=3, enrolled=5, completed=1, **same)
    with pytest.raises(errors.CountsFall):
        services.report_enrollment(on=day, screened=9, failed=3, enrolled=2, completed=0, **same)
    with pytest.raises(errors.DayInFuture):
        services.report_enrollment(
            on=day + dt.timedelta(days=2), screened=9, failed=3, enrolled=5, completed=1, **same
        )
    scope = Scope(contract_id=0, study_id=scene.study.pk, site_id=site)
    assert len(facts_for("enrollment_count", scope, {})) == 5
    found = enrollment(scene.study.pk, to=ada.actor, today=day)
    assert (found.total("enrolled"), found.planned) == (5, 40)
    means = [mean for _day, mean, _low, _high in found.forecast]
    assert means == sorted(means)
    assert all(low <= mean <= high for _day, mean, low, high in found.forecast)
    assert one_study(scene.study.pk, to=ada.actor, today=day).enrolled == 5


def test_history_is_taken_over_at_once(scene: Scene, ada: Member):
    day = scene.clock.now().date()
    keys = [f"study:PROTOCOL:{code}" for code in ("draft", "statistics", "review", "approve")]
    with pytest.raises(NotFound):
        services.import_actuals(
            study_id=scene.study.pk,
            actuals={"study:NO:no": (day, None)},
            why="x",
            by=ada.actor,
            clock=scene.clock,
        )
    services.import_actuals(
        study_id=scene.study.pk,
        actuals=dict.fromkeys(keys, (day, day)),
        why="Tracker",
        by=ada.actor,
        clock=scene.clock,
    )
    assert scene.plan.items.get(key="study:PROTOCOL").actual_finish_on == day


def test_a_status_report_is_a_pdf_in_the_readers_language_and_sent_once_a_week(scene: Scene, ada: Member):
    from triallink.domains.delivery.jobs import do_the_morning

    services.subscribe_report(study_id=scene.study.pk, weekday=1, by=ada.actor, clock=scene.clock)
    do_the_morning(scene.clock)
    do_the_morning(scene.clock)
    reports = list(scene.study.status_reports.all())
    assert len(reports) == 1
    assert read_file(reports[0].file).startswith(b"%PDF")
    chinese = services.make_status_report(
        study_id=scene.study.pk, language="zh", by=ada.actor, clock=scene.clock
    )
    assert chinese.file.sha256 != reports[0].file.sha256
