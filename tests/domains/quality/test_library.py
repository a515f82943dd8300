"""The process library: its files are sound, versions have their day, plans take their checklists from it."""

import datetime as dt

import pytest
from tests.conftest import Member

from triallink.domains.delivery.templates import templates as plan_templates
from triallink.domains.quality.access import template_for
from triallink.domains.quality.errors import (
    DayPast,
    NoDraft,
    NotYourTemplate,
    TemplateCodeTaken,
    TemplateFaulty,
    WordsMissing,
)
from triallink.domains.quality.library import FiledTemplate, faults_of, filed_templates
from triallink.domains.quality.models import ProcessTemplate, TemplateVersion
from triallink.domains.quality.selectors import plan_library, templates, version_in_force, with_library
from triallink.domains.quality.services.library import (
    approve_version,
    copy_template,
    create_template,
    draft_version,
    sync_library,
)
from triallink.kernel.clock import FixedClock
from triallink.kernel.refusals import NotAllowed, NotFound

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
TODAY = NOON.date()
TITLE = {"en": "Own check", "zh": "自有核查"}
CONTENT = {"lines": [{"en": "Look", "zh": "查看"}]}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


def count(kind: str) -> int:
    return sum(one.kind == kind for one in filed_templates())


def test_the_library_is_large_enough_and_every_template_cites_what_it_serves():
    assert count("milestone") >= 30
    assert count("checklist") >= 60
    assert count("sop") >= 8
    assert all("ICH" in one.cites for one in filed_templates())
    stages = {one.stage for one in filed_templates() if one.kind == "checklist"}
    assert stages == {"feasibility", "startup", "conduct", "closeout", "oversight"}
    codes = [(one.kind, one.code) for one in filed_templates()]
    assert len(set(codes)) == len(codes)


def test_every_plan_task_of_a_checklist_exists_in_a_plan_template():
    tasks = {
        f"{milestone['code']}:{task['code']}"
        for data in plan_templates().values()
        for milestone in data["milestones"]
        for task in milestone["tasks"]
    }
    named = [one.content["plan_task"] for one in filed_templates() if "plan_task" in one.content]
    assert set(named) <= tasks
    assert len(named) == len(set(named)) >= 40


def test_every_fault_of_a_template_is_found():
    bad = FiledTemplate(
        "milestone", "M_X", "later", ["magic"], ["9"], "", {"en": "X"}, {"lines": [], "level": "moon", "after": ["M_Y"], "task": {"role": "KING"}, "plan_milestone": "X"}, TODAY
    )  # fmt: skip
    said = " ".join(faults_of(bad, {"M_X"}, {"SOP01"}))
    assert all(
        part in said
        for part in (
            "later",
            "magic",
            "cites no",
            "both languages",
            "no lines",
            "moon",
            "M_Y",
            "SOP",
            "KING",
            "one of the two",
        )
    )


@pytest.mark.django_db
def test_the_files_are_loaded_once_and_what_people_changed_stays(hua: Member, clock: FixedClock):
    sync_library(clock=clock)
    assert sync_library(clock=clock) == 0
    assert ProcessTemplate.objects.count() == len(filed_templates())
    one = ProcessTemplate.objects.get(kind="checklist", code="CO01")
    draft_version(
        template_id=one.pk, title=TITLE, cites="ICH E6(R3) 2.8", content=CONTENT, by=hua.actor, clock=clock
    )
    approve_version(template_id=one.pk, effective_on=TODAY, by=hua.actor, clock=clock)
    assert sync_library(clock=clock) == 0
    assert version_in_force(one.pk, TODAY).number == 2


def test_a_version_waits_for_its_day_and_the_one_before_stays_until_then(hua: Member, clock: FixedClock):
    sync_library(clock=clock)
    one = ProcessTemplate.objects.get(kind="checklist", code="CO02")
    later = TODAY + dt.timedelta(days=10)
    with pytest.raises(NoDraft):
        approve_version(template_id=one.pk, effective_on=later, by=hua.actor, clock=clock)
    given = {
        "template_id": one.pk,
        "title": TITLE,
        "cites": "ICH E6(R3) 2.8.2",
        "by": hua.actor,
        "clock": clock,
    }
    draft_version(content=CONTENT, **given)
    again = draft_version(content={"lines": [*CONTENT["lines"], {"en": "Ask", "zh": "询问"}]}, **given)
    assert again.number == 2
    with pytest.raises(DayPast):
        approve_version(
            template_id=one.pk, effective_on=TODAY - dt.timedelta(days=1), by=hua.actor, clock=clock
        )
    approve_version(template_id=one.pk, effective_on=later, by=hua.actor, clock=clock)
    assert version_in_force(one.pk, TODAY).number == 1
    assert version_in_force(one.pk, later).number == 2


def test_a_faulty_template_is_refused(ada: Member, clock: FixedClock):
    given = {
        "kind": "checklist",
        "code": "OWN1",
        "stage": "conduct",
        "cites": "ICH E6(R3) 2.8",
        "by": ada.actor,
    }
    for wrong, more in (
        (WordsMissing, {"title": {"en": "Only one", "zh": ""}, "content": CONTENT}),
        (WordsMissing, {"title": TITLE, "content": {"lines": []}}),
        (TemplateFaulty, {"title": TITLE, "content": {"lines": [{"en": "Look", "zh": ""}]}}),
        (WordsMissing, {"title": TITLE, "content": CONTENT, "cites": " "}),
    ):
        with pytest.raises(wrong):
            create_template(clock=clock, **{**given, **more})


def test_an_organization_copies_into_its_own_library_and_others_do_not_see_it(
    ada: Member, eve: Member, ben: Member, hua: Member, clock: FixedClock
):
    sync_library(clock=clock)
    one = ProcessTemplate.objects.get(kind="checklist", code="SU20", organization=None)
    with pytest.raises(NotYourTemplate):
        draft_version(template_id=one.pk, title=TITLE, cites="x", content=CONTENT, by=ada.actor, clock=clock)
    own = copy_template(template_id=one.pk, by=ada.actor, clock=clock)
    with pytest.raises(TemplateCodeTaken):
        copy_template(template_id=one.pk, by=ada.actor, clock=clock)
    content = {**own.content, "lines": CONTENT["lines"]}
    draft_version(
        template_id=own.template_id, title=TITLE, cites="x", content=content, by=ada.actor, clock=clock
    )
    approve_version(template_id=own.template_id, effective_on=TODAY, by=ada.actor, clock=clock)
    with pytest.raises(NotFound):
        template_for(own.template_id, to=eve.actor)
    with pytest.raises(NotFound):
        approve_version(template_id=own.template_id, effective_on=TODAY, by=hua.actor, clock=clock)
    assert templates(to=ada.actor, on=TODAY).filter(code="SU20").count() == 2
    assert templates(to=eve.actor, on=TODAY).filter(code="SU20").count() == 1
    mine = plan_library(ada.organization.pk, TODAY)
    others = plan_library(eve.organization.pk, TODAY)
    assert mine.checklists["S_SIV", "visit"].content["lines"] == CONTENT["lines"]
    assert (
        others.checklists["S_SIV", "visit"].content["lines"]
        == version_in_force(one.pk, TODAY).content["lines"]
    )
    laid = with_library(plan_templates()["interventional"], mine)
    tasks = {(m["code"], t["code"]): t["checklist"] for m in laid["milestones"] for t in m["tasks"]}
    assert tasks["S_SIV", "visit"] == CONTENT["lines"]
    assert len(tasks) == 51


def test_who_keeps_no_library_changes_none(chen: Member, clock: FixedClock):
    sync_library(clock=clock)
    one = ProcessTemplate.objects.first()
    chen.actor.__dict__["roles"] = frozenset({"member"})
    with pytest.raises(NotAllowed):
        copy_template(template_id=one.pk, by=chen.actor, clock=clock)


@pytest.mark.django_db
def test_a_template_nobody_changed_follows_its_file_in_a_new_version(hua: Member, clock: FixedClock):
    ours = ProcessTemplate.objects.get(kind="checklist", code="SU20", organization=None)
    TemplateVersion.objects.filter(template=ours).update(cites="ICH E6(R2) 5.18")
    changed = ProcessTemplate.objects.get(kind="checklist", code="SU21", organization=None)
    last = changed.versions.get()
    draft_version(
        template_id=changed.pk, title=last.title, cites="Own", content=last.content, by=hua.actor, clock=clock
    )
    assert sync_library(clock=clock) == 1
    assert sync_library(clock=clock) == 0
    assert list(ours.versions.order_by("number").values_list("number", "cites")) == [
        (1, "ICH E6(R2) 5.18"),
        (2, "ICH E6(R3) 2.3, 3.11.4"),
    ]
    assert changed.versions.count() == 2


def test_every_milestone_of_the_plan_templates_is_the_librarys_and_every_task_has_a_checklist():
    milestones = {code: one for data in plan_templates().values() for code, one in by_code(data).items()}
    described = {
        one.content["plan_milestone"]: one.content["level"]
        for one in filed_templates()
        if "plan_milestone" in one.content
    }
    assert described == {code: one["level"] for code, one in milestones.items()}
    tasks = {
        f"{code}:{task['code']}"
        for data in plan_templates().values()
        for code, one in by_code(data).items()
        for task in one["tasks"]
    }
    assert {one.content["plan_task"] for one in filed_templates() if "plan_task" in one.content} == tasks
    waiting = {code for one in filed_templates() for code in one.content.get("before", ())}
    assert waiting <= set(milestones)


def by_code(data: dict) -> dict[str, dict]:
    """Return the milestones of a plan template by code."""
    return {one["code"]: one for one in data["milestones"]}
