"""What a plan's items wait for and what they are tied to: dependencies, payable milestones, signed visit reports."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from tests.conftest import PASSWORD, Member
from tests.domains.contracts.conftest import Deal, deal  # noqa: F401
from tests.domains.delivery.conftest import Scene
from tests.domains.delivery.test_work_services import answers, conducted
from tests.domains.marketplace.market_scene import Market

from triallink.domains.contracts.models import Contract
from triallink.domains.delivery import errors, services
from triallink.domains.delivery.models import PlanItem
from triallink.kernel.refusals import NotAllowed, NotFound

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def market(ada: Member, ben: Member, fei: Member, gao: Member, scene: Scene, settings) -> Market:
    """Ada buys for the study of the plan."""
    settings.DEMO = True
    return Market(ada, ben, fei, gao, study_id=scene.study.pk)


def test_a_dependency_moves_the_forecast_and_never_closes_a_circle(scene: Scene, ada: Member, dora: Member):
    supply = scene.plan.items.get(key="study:SUPPLY:label")
    lock = scene.plan.items.get(key="study:DBL:lock")
    before = supply.forecast_start_on
    link = {"item_id": supply.pk, "by": ada.actor, "clock": scene.clock}
    plans = scene.plan.items.get(key="study:PLANS:monitoring")
    made = services.add_link(predecessor_id=plans.pk, lag_days=5, **link)
    supply.refresh_from_db()
    assert supply.forecast_start_on > before
    with pytest.raises(errors.LinkExists):
        services.add_link(predecessor_id=plans.pk, **link)
    with pytest.raises(errors.LinkMakesCircle):
        services.add_link(predecessor_id=lock.pk, **link)
    with pytest.raises(errors.LinkMakesCircle):
        services.add_link(predecessor_id=supply.pk, **link)
    with pytest.raises(errors.WordUnknown):
        services.add_link(predecessor_id=lock.pk, kind="XX", **link)
    with pytest.raises(errors.NumberOutOfRange):
        services.add_link(predecessor_id=lock.pk, lag_days=501, **link)
    with pytest.raises(NotFound):
        services.add_link(predecessor_id=0, **link)
    with pytest.raises(NotAllowed):
        services.add_link(predecessor_id=lock.pk, **{**link, "by": dora.actor})
    services.remove_link(link_id=made.pk, by=ada.actor, clock=scene.clock)
    supply.refresh_from_db()
    assert supply.forecast_start_on == before
    with pytest.raises(NotFound):
        services.remove_link(link_id=made.pk, by=ada.actor, clock=scene.clock)


def test_signing_a_visit_report_finishes_its_tasks_and_with_the_last_the_milestone(
    scene: Scene, ada: Member, ben: Member
):
    milestone = scene.plan.items.get(key=f"site:{scene.sites[0].pk}:S_SQV")
    visit = conducted(scene, ben, "qualification")
    services.save_report(
        visit_id=visit.pk, answers=answers("qualification"), summary="Fit.", by=ben.actor, clock=scene.clock
    )
    services.submit_report(visit_id=visit.pk, by=ben.actor, clock=scene.clock)
    scene.clock.move(dt.timedelta(days=3))
    services.sign_report(visit_id=visit.pk, secret=PASSWORD, by=ada.actor, clock=scene.clock)
    tasks = {task.code: task for task in milestone.tasks.all()}
    assert (tasks["visit"].actual_start_on, tasks["visit"].actual_finish_on) == (
        visit.began_on,
        visit.ended_on,
    )
    assert tasks["report"].actual_finish_on == scene.clock.now().date()
    assert all(line["done_by"] == ada.actor.label for task in tasks.values() for line in task.checklist)
    milestone.refresh_from_db()
    assert milestone.actual_finish_on == scene.clock.now().date()


def test_an_interim_visit_finishes_no_task(scene: Scene, ada: Member, ben: Member):
    visit = conducted(scene, ben, "interim")
    assert services.finish_by_visit(visit=visit, by=ada.actor, clock=scene.clock) == []


def test_a_milestone_of_the_plan_and_a_payable_milestone_show_each_other(
    scene: Scene, deal: Deal, ada: Member, eve: Member
):
    contract = deal.in_force()
    payable = deal.first_milestone(contract)
    item = scene.plan.items.get(key=f"site:{scene.sites[0].pk}:S_SIV")
    tie = {"contract_milestone_id": payable.pk, "by": ada.actor, "clock": scene.clock}
    services.tie_milestone(item_id=item.pk, **tie)
    with pytest.raises(errors.MilestonesOnly):
        services.tie_milestone(item_id=item.tasks.all()[0].pk, **tie)
    with pytest.raises(NotFound):
        services.tie_milestone(item_id=item.pk, **{**tie, "by": eve.actor})
    Contract.objects.filter(pk=contract.pk).update(study=None)
    with pytest.raises(NotFound):
        services.tie_milestone(item_id=item.pk, **tie)
    Contract.objects.filter(pk=contract.pk).update(study=scene.study)
    client = Client()
    client.force_login(ada.person, backend=BACKEND)
    item_page = reverse("delivery:item", args=[item.pk])
    assert f"/contracts/milestones/{payable.pk}/" in client.get(item_page).content.decode()
    assert item_page in client.get(f"/contracts/milestones/{payable.pk}/").content.decode()
    assert client.post(item_page + "payable/", {"contract_milestone_id": ""}).status_code == 302
    assert PlanItem.objects.get(pk=item.pk).contract_milestone_id is None


def test_dependencies_are_added_and_taken_away_on_the_page(scene: Scene, ada: Member):
    client = Client()
    client.force_login(ada.person, backend=BACKEND)
    item = scene.plan.items.get(key="study:SUPPLY:label")
    before = scene.plan.items.get(key="study:PLANS:monitoring")
    page = reverse("delivery:item", args=[item.pk])
    given = {"predecessor_id": str(before.pk), "kind": "SS", "lag_days": "-2"}
    assert client.post(page + "link/", {**given, "lag_days": "x"}).status_code == 422
    assert client.post(page + "link/", given).status_code == 302
    link = item.links_in.get(predecessor=before)
    assert (link.kind, link.lag_days) == ("SS", -2)
    assert client.post(page + f"link/{link.pk}/drop/").status_code == 302
    assert not item.links_in.filter(pk=link.pk).exists()
