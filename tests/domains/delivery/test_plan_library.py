"""A plan is laid out from the process library: its milestones, checklists and SOPs, the organization's own first."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from tests.conftest import Member
from tests.domains.delivery.conftest import Scene
from tests.web.quality.test_qualification_pages import browser

from triallink.domains.delivery.errors import TemplateUnknown
from triallink.domains.delivery.models import PlanItem
from triallink.domains.delivery.services import generate_plan
from triallink.domains.quality.models import ProcessTemplate
from triallink.domains.quality.selectors import plan_library
from triallink.domains.quality.services.library import approve_version, copy_template, draft_version
from triallink.domains.studies.models import Study
from triallink.kernel.clock import FixedClock


def item(study: Study, key: str) -> PlanItem:
    return PlanItem.objects.select_related("library_version__template", "sop_version__template").get(
        plan__study=study, key=key
    )


def test_every_milestone_and_task_names_its_template_its_sop_and_the_section_it_serves(scene: Scene):
    rows = PlanItem.objects.filter(plan=scene.plan)
    assert not rows.filter(library_version=None).exists()
    assert not rows.filter(sop_version=None).exists()
    assert not rows.filter(cites="").exists()
    visit = item(scene.study, f"site:{scene.sites[0].pk}:S_SIV:visit")
    assert visit.library_version.template.code == "SU20"
    assert visit.sop_version.template.code == "SOP03"
    assert visit.cites == visit.library_version.cites
    assert [line["en"] for line in visit.checklist] == [
        line["en"] for line in visit.library_version.content["lines"]
    ]


def test_an_organizations_own_template_goes_first_and_a_later_version_leaves_the_plan_alone(
    study: Study, ada: Member, clock: FixedClock
):
    theirs = ProcessTemplate.objects.get(kind="milestone", code="M_SIV", organization=None)
    own = copy_template(template_id=theirs.pk, by=ada.actor, clock=clock)
    title = {"en": "Site open", "zh": "中心开放"}
    named = {"template_id": own.template_id, "by": ada.actor, "clock": clock}
    draft_version(title=title, cites="Own SOP 7", content=own.content, **named)
    approve_version(effective_on=clock.now().date(), **named)
    generate_plan(study_id=study.pk, by=ada.actor, clock=clock)
    opened = item(study, f"site:{study.sites.get(number='001').pk}:S_SIV")
    assert (opened.name, opened.cites) == (title, "Own SOP 7")
    draft_version(title=title, cites="Own SOP 8", content=own.content, **named)
    approve_version(effective_on=clock.now().date(), **named)
    opened.refresh_from_db()
    assert opened.library_version.number == 1
    assert plan_library(ada.organization.pk, clock.now().date()).milestones["S_SIV"].cites == "Own SOP 8"
    assert plan_library(None, clock.now().date()).milestones["S_SIV"].title["en"] == "Site initiated"


def test_further_milestones_of_the_library_are_laid_out_between_those_they_name(
    study: Study, ada: Member, clock: FixedClock
):
    with pytest.raises(TemplateUnknown):
        generate_plan(study_id=study.pk, milestones=["M_NONE"], by=ada.actor, clock=clock)
    every = list(plan_library(None, clock.now().date()).extra)
    assert len(every) >= 15
    plan = generate_plan(study_id=study.pk, milestones=every, by=ada.actor, clock=clock)
    assert set(every) <= set(PlanItem.objects.filter(plan=plan).values_list("code", flat=True))
    site = study.sites.get(number="001").pk
    trained, opened = item(study, f"site:{site}:M_TRAIN"), item(study, f"site:{site}:S_SIV")
    assert item(study, f"site:{site}:S_EC").plan_finish_on < trained.plan_finish_on < opened.plan_finish_on
    half = item(study, f"site:{site}:M_E50")
    assert half.links_in.exists()
    assert item(study, f"site:{site}:M_TRAIN:do").role == "CRA"


def test_a_chosen_milestone_waits_through_one_that_is_not_laid_out(
    study: Study, ada: Member, clock: FixedClock
):
    generate_plan(study_id=study.pk, milestones=["M_E50"], by=ada.actor, clock=clock)
    site = study.sites.get(number="001").pk
    assert not PlanItem.objects.filter(code="M_E25").exists()
    assert (
        item(study, f"site:{site}:M_E50:do").plan_start_on > item(study, f"site:{site}:S_FSI").plan_finish_on
    )


def test_a_template_for_other_phases_is_left_out(study: Study, clock: FixedClock):
    day = clock.now().date()
    ProcessTemplate.objects.filter(code="M_DSUR").update(phases=["4"])
    assert "M_DSUR" not in plan_library(None, day, "2").extra
    assert "M_DSUR" in plan_library(None, day, "4").extra
    assert "M_DSUR" in plan_library(None, day, "na").extra
    assert plan_library(None, day - dt.timedelta(days=3650)).milestones == {}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_a_task_leads_to_its_checklist_and_sop(scene: Scene, ada: Member, language: str):
    ada.person.language = language
    ada.person.save()
    task = item(scene.study, f"site:{scene.sites[0].pk}:S_SIV:visit")
    client: Client = browser(ada)
    page = client.get(reverse("delivery:item", args=[task.pk])).content.decode()
    for version in (task.library_version, task.sop_version):
        address = reverse("quality:template-version", args=[version.template_id, version.number])
        assert address in page
        assert client.get(address).status_code == 200
    assert task.cites in page


def test_the_form_offers_the_further_milestones(study: Study, ada: Member):
    client = browser(ada)
    page = client.get(reverse("delivery:plan", args=[study.pk])).content.decode()
    assert 'value="M_TRAIN"' in page
    sent = {"template": "interventional", "begins_on": "2026-03-02", "milestones": ["M_TRAIN"]}
    assert client.post(reverse("delivery:plan-generate", args=[study.pk]), sent).status_code == 302
    assert PlanItem.objects.filter(code="M_TRAIN").count() == 2
