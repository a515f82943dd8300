"""The plan: generated once, followed by actuals, frozen as a baseline; strangers find nothing."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.conftest import Member
from tests.domains.delivery.conftest import Scene

from triallink.domains.delivery import errors, services
from triallink.domains.delivery.models import MonitoringVisit, PlanItem
from triallink.domains.delivery.selectors.plan import gantt, items, milestones, my_items
from triallink.domains.delivery.templates import Place, Setting, lay_out, templates
from triallink.domains.quality.errors import CredentialRunOut
from triallink.domains.quality.services.talent import add_credential, add_professional
from triallink.foundation.models import OutboxLine
from triallink.kernel.refusals import NotAllowed, NotFound


def item(scene: Scene, key: str) -> PlanItem:
    return PlanItem.objects.get(plan=scene.plan, key=key)


def finish(scene: Scene, key: str, member: Member, on: dt.date) -> PlanItem:
    found = item(scene, key)
    for number in range(len(found.checklist)):
        services.tick_checklist(
            item_id=found.pk, number=number, is_done=True, by=member.actor, clock=scene.clock
        )
    return services.report_work(
        item_id=found.pk, actual_start_on=on, actual_finish_on=on, by=member.actor, clock=scene.clock
    )


def test_a_plan_has_milestones_of_the_study_its_country_and_every_site(scene: Scene, ada: Member):
    rows = milestones(scene.study.pk, to=ada.actor)
    levels = [row.item.level for row in rows]
    assert levels.count("site") == 2 * sum(
        m["level"] == "site" for m in templates()["interventional"]["milestones"]
    )
    assert levels.count("country") == 4
    assert all(row.item.plan_finish_on == row.item.forecast_finish_on for row in rows)
    assert {row.item.cites for row in rows if not row.item.cites.strip()} == set()


def test_dates_fall_on_worked_days_of_china_and_follow_the_links(scene: Scene):
    draft, approve = item(scene, "study:PROTOCOL:draft"), item(scene, "study:PROTOCOL:approve")
    assert draft.plan_start_on == dt.date(2026, 3, 2)
    assert approve.plan_start_on > draft.plan_finish_on
    tasks = PlanItem.objects.filter(plan=scene.plan, kind="task")
    # The National Day holiday of 2026 runs from 1 to 7 October; Saturday 10 October is worked.
    holiday = [dt.date(2026, 10, day) for day in range(1, 8)]
    assert not tasks.filter(plan_finish_on__in=holiday).exists()


def test_every_template_lays_out_without_circles_in_several_countries():
    places = [Place(1, "001", "CN"), Place(2, "002", "US"), Place(3, "003", "CN")]
    for data in templates().values():
        layout = lay_out(data, Setting(places, ["CN", "US"], "CN", 12, 6))
        keys = {one.key for one in layout.items}
        assert len(keys) == len(layout.items)
        assert {link.predecessor for link in layout.links} | {link.successor for link in layout.links} <= keys
        assert "country:US:C_HGR" not in keys
        assert "country:CN:C_HGR" in keys


def test_an_actual_moves_the_forecast_and_leaves_plan_and_baseline(scene: Scene, ada: Member, ben: Member):
    services.set_baseline(study_id=scene.study.pk, reason="", by=ada.actor, clock=scene.clock)
    before = item(scene, "study:CSR")
    scene.clock.move(dt.timedelta(days=60))
    finish(scene, "study:PROTOCOL:draft", ben, scene.clock.now().date())
    after = item(scene, "study:CSR")
    assert after.forecast_finish_on > before.forecast_finish_on
    assert (after.plan_finish_on, after.baseline_finish_on) == (before.plan_finish_on, before.plan_finish_on)
    assert after.late_days > 0
    services.adopt_forecast(study_id=scene.study.pk, reason="Late draft", by=ada.actor, clock=scene.clock)
    adopted = item(scene, "study:CSR")
    assert adopted.plan_finish_on == after.forecast_finish_on
    assert adopted.baseline_finish_on == before.plan_finish_on


def test_the_last_task_reaches_its_milestone_and_taking_it_back_takes_that_back(scene: Scene, ada: Member):
    scene.clock.move(dt.timedelta(days=40))
    day = scene.clock.now().date()
    for code in ("draft", "statistics", "review", "approve"):
        finish(scene, f"study:PROTOCOL:{code}", ada, day)
    assert item(scene, "study:PROTOCOL").actual_finish_on == day
    assert OutboxLine.objects.filter(name="MilestoneReached").count() == 1
    services.report_work(
        item_id=item(scene, "study:PROTOCOL:approve").pk,
        actual_start_on=None,
        actual_finish_on=None,
        by=ada.actor,
        clock=scene.clock,
    )
    assert item(scene, "study:PROTOCOL").actual_finish_on is None


def test_nobody_with_an_expired_licence_is_given_new_work(scene: Scene, ada: Member, ben: Member):
    day = scene.clock.now().date()
    nurse = add_professional(name="Ben", role="CRA", level="senior", by=ben.actor, clock=scene.clock)
    nurse.person = ben.person
    nurse.save()
    held = add_credential(
        professional_id=nurse.pk, kind="gcp", expires_on=day - dt.timedelta(days=1), by=ben.actor
    )
    task = item(scene, "study:PROTOCOL:draft")

    def assign() -> PlanItem:
        return services.change_item(
            item_id=task.pk, duration_days=5, hours=Decimal(8), assignee_id=ben.person.pk, not_before_on=None,
            by=ada.actor, clock=scene.clock,
        )  # fmt: skip

    def plan_visit() -> MonitoringVisit:
        return services.schedule_visit(
            study_id=scene.study.pk, site_id=scene.sites[0].pk, kind="initiation", mode="onsite",
            planned_on=day, monitor_id=ben.person.pk, by=ada.actor, clock=scene.clock,
        )  # fmt: skip

    for give in (assign, plan_visit):
        with pytest.raises(CredentialRunOut):
            give()
    held.expires_on = None
    held.save()
    assert assign().assignee == ben.person
    assert plan_visit().monitor == ben.person
    held.expires_on = day - dt.timedelta(days=1)
    held.save()
    assert assign().assignee == ben.person  # to keep what one has is no new work


def test_impossible_reports_are_refused(scene: Scene, ada: Member):
    task = item(scene, "study:PROTOCOL:draft")
    today = scene.clock.now().date()
    cases = [
        (errors.FinishWithoutStart, None, today),
        (errors.FinishBeforeStart, today, today - dt.timedelta(days=1)),
        (errors.DayInFuture, today + dt.timedelta(days=5), None),
        (errors.ChecklistOpen, today, today),
    ]
    for refusal, start, end in cases:
        with pytest.raises(refusal):
            services.report_work(
                item_id=task.pk, actual_start_on=start, actual_finish_on=end, by=ada.actor, clock=scene.clock
            )
    with pytest.raises(errors.TasksOpen):
        services.report_work(
            item_id=task.parent_id,
            actual_start_on=today,
            actual_finish_on=today,
            by=ada.actor,
            clock=scene.clock,
        )


def test_a_plan_is_generated_once_by_who_may_and_seen_by_nobody_else(
    scene: Scene, ada: Member, ben: Member, dora: Member, eve: Member
):
    with pytest.raises(errors.PlanExists):
        services.generate_plan(study_id=scene.study.pk, by=ben.actor, clock=scene.clock)
    with pytest.raises(NotAllowed):
        services.generate_plan(study_id=scene.study.pk, by=dora.actor, clock=scene.clock)
    with pytest.raises(NotAllowed):
        services.set_baseline(study_id=scene.study.pk, reason="", by=dora.actor, clock=scene.clock)
    with pytest.raises(NotFound):
        items(scene.study.pk, to=eve.actor)
    with pytest.raises(NotFound):
        services.tick_checklist(
            item_id=scene.plan.items.first().pk, number=0, is_done=True, by=eve.actor, clock=scene.clock
        )


def test_a_second_baseline_needs_a_reason(scene: Scene, ada: Member):
    services.set_baseline(study_id=scene.study.pk, reason="", by=ada.actor, clock=scene.clock)
    with pytest.raises(errors.ReasonMissing):
        services.set_baseline(study_id=scene.study.pk, reason=" ", by=ada.actor, clock=scene.clock)


def test_work_is_assigned_to_people_of_the_study_and_found_on_their_day(
    scene: Scene, ada: Member, ben: Member, eve: Member
):
    task = item(scene, "study:PROTOCOL:draft")
    same = {
        "duration_days": 30,
        "hours": Decimal(10),
        "not_before_on": None,
        "by": ada.actor,
        "clock": scene.clock,
    }
    with pytest.raises(errors.PersonOutside):
        services.change_item(item_id=task.pk, assignee_id=eve.person.pk, **same)
    services.change_item(item_id=task.pk, assignee_id=ben.person.pk, **same)
    assert list(my_items(to=ben.actor, until=dt.date(2026, 3, 9))) == [task]
    assert item(scene, "study:PROTOCOL").forecast_finish_on > item(scene, "study:PROTOCOL").plan_finish_on


def test_a_subjects_visits_come_from_the_protocol(ada: Member, chen: Member, clock):
    from tests.domains.delivery.conftest import PROTOCOL

    from triallink.domains.studies.services import add_site, import_study

    study = import_study(content=PROTOCOL.read_bytes(), file_name="p.json", by=ada.actor)
    site = add_site(study_id=study.pk, organization_id=chen.organization.pk, by=ada.actor)
    services.generate_plan(study_id=study.pk, by=ada.actor, clock=clock)
    day = clock.now().date()
    rows = services.plan_subject(
        study_id=study.pk,
        site_id=site.pk,
        subject_number="001-01",
        enrolled_on=day,
        by=ada.actor,
        clock=clock,
    )
    assert len(rows) > 2
    found = PlanItem.objects.filter(level="subject").order_by("position")
    assert [one.forecast_finish_on for one in found] == [one.plan_finish_on for one in found]


def test_the_gantt_asks_as_often_for_two_sites_as_for_one(
    scene: Scene, ada: Member, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        picture = gantt(scene.study.pk, to=ada.actor)
    assert [group.key.split(":")[0] for group in picture.groups] == ["study", "country", "site", "site"]
    assert picture.links
