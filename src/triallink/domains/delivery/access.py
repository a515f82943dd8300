"""Who may see and who may act on a study's plan, visits, records and hours."""

import datetime as dt

from django.db.models import QuerySet

from triallink.domains.accounts.models import Membership, Person
from triallink.domains.delivery.errors import NoPlan, PersonOutside
from triallink.domains.delivery.models import MonitoringVisit, PlanItem, StatusReport, StudyPlan, StudyRecord
from triallink.domains.quality.access import require_person_able
from triallink.domains.studies.access import study_for, visible_studies
from triallink.domains.studies.models import Study, StudyParty
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound

# Who lays out and changes plans, and schedules visits: the sponsor's leads and a supplier's.
PLANNERS = ("project_lead", "administrator", "business_lead", "resource_manager")
# Who reports work, writes reports and records: everybody in the study but an inspector.
WORKERS = (*PLANNERS, "member", "quality", "evaluator", "signatory", "finance")
# Who signs what others wrote.
REVIEWERS = ("project_lead", "quality", "administrator", "resource_manager", "signatory")


def plan_for(study_id: int, *, to: Actor) -> StudyPlan | None:
    """Return the plan of a study the actor may see, or None if it has none.

    Refuses: NotFound.
    """
    study_for(study_id, to=to)
    return StudyPlan.objects.filter(study_id=study_id).first()


def plan_to_change(study_id: int, *, by: Actor, roles: tuple[str, ...] = PLANNERS) -> StudyPlan:
    """Return a study's plan, locked.

    Refuses: NotFound, NotAllowed, NoPlan.
    """
    study_for(study_id, to=by)
    by.require(*roles)
    plan = StudyPlan.objects.select_for_update().filter(study_id=study_id).first()
    if plan is None:
        raise NoPlan
    return plan


def item_for(item_id: int, *, to: Actor) -> PlanItem:
    """Return an item of a plan the actor may see.

    Refuses: NotFound.
    """
    item = (
        PlanItem.objects.select_related(
            "plan__study",
            "site",
            "assignee",
            "parent",
            "contract_milestone__contract",
            "library_version__template",
            "sop_version__template",
        )
        .filter(pk=item_id, plan__study__in=visible_studies(to=to))
        .first()
    )
    if item is None:
        raise NotFound
    return item


def visit_for(visit_id: int, *, to: Actor) -> MonitoringVisit:
    """Return a monitoring visit of a study the actor may see.

    Refuses: NotFound.
    """
    visit = (
        MonitoringVisit.objects.select_related("study", "site", "monitor", "submitted_by", "signed_by")
        .filter(pk=visit_id, study__in=visible_studies(to=to))
        .first()
    )
    if visit is None:
        raise NotFound
    return visit


def visit_to_change(visit_id: int, *, by: Actor, roles: tuple[str, ...] = WORKERS) -> MonitoringVisit:
    """Return a monitoring visit, locked.

    Refuses: NotFound, NotAllowed.
    """
    visit_for(visit_id, to=by)
    by.require(*roles)
    return MonitoringVisit.objects.select_for_update(of=("self",)).select_related("site").get(pk=visit_id)


def record_for(record_id: int, *, to: Actor) -> StudyRecord:
    """Return a record of a study the actor may see.

    Refuses: NotFound.
    """
    found = (
        StudyRecord.objects.select_related("study", "site", "owner", "created_by", "parent", "visit")
        .filter(pk=record_id, study__in=visible_studies(to=to))
        .first()
    )
    if found is None:
        raise NotFound
    return found


def record_to_change(record_id: int, *, by: Actor, roles: tuple[str, ...] = WORKERS) -> StudyRecord:
    """Return a record, locked.

    Refuses: NotFound, NotAllowed.
    """
    record_for(record_id, to=by)
    by.require(*roles)
    return StudyRecord.objects.select_for_update(of=("self",)).get(pk=record_id)


def status_report_for(report_id: int, *, to: Actor) -> StatusReport:
    """Return a status report made for the actor's organization, of a study the actor may still see.

    Refuses: NotFound.
    """
    reports = StatusReport.objects.select_related("file").filter(study__in=visible_studies(to=to))
    found = reports.filter(pk=report_id, organization_id=to.own_organization_id).first()
    if found is None:
        raise NotFound
    return found


def people_of_study(study: Study) -> QuerySet[Person]:
    """Return the active people of the sponsor and of every organization admitted to the study."""
    admitted = StudyParty.objects.filter(study=study, ended_at=None).values_list("organization_id", flat=True)
    organizations = [study.sponsor_id, *admitted]
    members = Membership.objects.filter(organization_id__in=organizations, ended_at=None)
    return Person.objects.filter(pk__in=members.values("person_id"), is_active=True).order_by("name", "pk")


def worker_of_study(
    study: Study, person_id: int | None, on: dt.date, before_id: int | None = None
) -> Person | None:
    """Return one of the study's people who may be given new work on a day; None for nobody.

    before_id  who has the work now: to keep it is no new work.
    Refuses: PersonOutside, CredentialRunOut.
    """
    found = person_of_study(study, person_id)
    if found is not None and found.pk != before_id:
        require_person_able(found.pk, on)
    return found


def person_of_study(study: Study, person_id: int | None) -> Person | None:
    """Return one of the study's people; None for nobody.

    Refuses: PersonOutside.
    """
    if person_id is None:
        return None
    found = people_of_study(study).filter(pk=person_id).first()
    if found is None:
        raise PersonOutside(field="person_id")
    return found
