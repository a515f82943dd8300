"""Laying out a study's plan from its protocol and a template, and freezing it as a baseline."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from triallink.domains.delivery.access import PLANNERS, plan_to_change
from triallink.domains.delivery.errors import NoSites, PlanExists, ReasonMissing, TemplateUnknown
from triallink.domains.delivery.events import BaselineSet, PlanChanged, PlanGenerated
from triallink.domains.delivery.forecasting import Rows, forecast, keep_forecast, keep_plan, planned, rows_of
from triallink.domains.delivery.models import PlanItem, PlanLink, StudyPlan
from triallink.domains.delivery.templates import Place, Setting, lay_out, template_for, templates
from triallink.domains.quality.selectors import plan_library, with_library
from triallink.domains.studies.access import study_for
from triallink.domains.studies.models import Study
from triallink.domains.studies.selectors import protocol_of, version
from triallink.engines.protocol import schedule_of_activities
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

DEFAULT_ENROLLMENT_MONTHS = 12
DEFAULT_FOLLOW_UP_MONTHS = 6
DAYS_PER_MONTH = 30.4375
BATCH = 2000


@transaction.atomic
def generate_plan(
    *,
    study_id: int,
    by: Actor,
    template: str = "",
    begins_on: dt.date | None = None,
    milestones: Sequence[str] = (),
    clock: Clock = system_clock,
) -> StudyPlan:
    """Lay out the plan of a study: study, country and site milestones with their tasks, links and dates.

    template   code of a plan template; the one for the study's type by default.
    begins_on  the first day of work; today by default, or the study's planned start if that is later than today.
    milestones codes of further milestone templates of the process library, laid out beside the template's own.
    Refuses: NotFound, NotAllowed, PlanExists, NoSites, TemplateUnknown.
    Emits: PlanGenerated.
    """
    study = study_for(study_id, to=by)
    by.require(*PLANNERS)
    # Whoever lays out the same study at the same time waits here, then finds the plan.
    Study.objects.select_for_update().get(pk=study_id)
    if StudyPlan.objects.filter(study_id=study_id).exists():
        raise PlanExists
    code = template or template_for(study.study_type)
    if code not in templates():
        raise TemplateUnknown(field="template", template=code)
    setting = setting_of(study, by)
    if not setting.places:
        raise NoSites
    today = clock.now().date()
    begins = begins_on or today
    # What the process library says of a milestone or task goes before what the plan template says.
    library = plan_library(by.organization_id, today, study.phase)
    if unknown := [one for one in milestones if one not in library.extra]:
        raise TemplateUnknown(field="milestones", template=unknown[0])
    data = with_library(templates()[code], library, tuple(dict.fromkeys(milestones)))
    plan = StudyPlan.objects.create(
        study=study,
        template=code,
        template_version=data["version"],
        protocol_version=version(study_id, to=by),
        begins_on=begins,
        status_on=max(begins, today),
        created_at=clock.now(),
        created_by_id=by.person_id,
    )
    count = _write(plan, data, setting)
    rows = rows_of(plan)
    keep_plan(rows, planned(rows))
    keep_forecast(rows, forecast(rows, plan.status_on))
    record(
        PlanGenerated(study_id=study_id, plan_id=plan.pk, items=count),
        by=by,
        about=("study", study_id),
        study_id=study_id,
        change={"template": [None, f"{code} {data['version']}"], "items": [0, count]},
        clock=clock,
    )
    return plan


@transaction.atomic
def set_baseline(*, study_id: int, reason: str, by: Actor, clock: Clock = system_clock) -> StudyPlan:
    """Freeze the plan's present dates as the next baseline; the one before stays in the audit trail.

    Refuses: NotFound, NotAllowed, NoPlan, ReasonMissing (from the second baseline on).
    Emits: BaselineSet.
    """
    plan = plan_to_change(study_id, by=by, roles=("project_lead", "administrator"))
    if plan.baseline_number and not reason.strip():
        raise ReasonMissing(field="reason")
    for item in ("start", "finish"):
        PlanItem.objects.filter(plan=plan).update(**{f"baseline_{item}_on": F(f"plan_{item}_on")})
    plan.baseline_number += 1
    plan.baseline_at, plan.baseline_reason = clock.now(), reason.strip()
    plan.save(update_fields=["baseline_number", "baseline_at", "baseline_reason"])
    record(
        BaselineSet(study_id=study_id, number=plan.baseline_number),
        by=by,
        about=("study", study_id),
        study_id=study_id,
        why=reason.strip(),
        change={"baseline": [plan.baseline_number - 1, plan.baseline_number]},
        clock=clock,
    )
    return plan


@transaction.atomic
def adopt_forecast(*, study_id: int, reason: str, by: Actor, clock: Clock = system_clock) -> StudyPlan:
    """Make the forecast the plan: from now on lateness counts from these dates; the baseline stays.

    Refuses: NotFound, NotAllowed, NoPlan, ReasonMissing.
    Emits: PlanChanged.
    """
    plan = plan_to_change(study_id, by=by, roles=("project_lead", "administrator"))
    if not reason.strip():
        raise ReasonMissing(field="reason")
    open_items = PlanItem.objects.filter(plan=plan, actual_finish_on=None)
    moved = open_items.exclude(plan_finish_on=F("forecast_finish_on")).count()
    open_items.update(plan_start_on=F("forecast_start_on"), plan_finish_on=F("forecast_finish_on"))
    record(
        PlanChanged(study_id=study_id, plan_id=plan.pk),
        by=by,
        about=("study", study_id),
        study_id=study_id,
        why=reason.strip(),
        change={"plan follows the forecast": [None, moved]},
        clock=clock,
    )
    return plan


def renew_forecast(plan: StudyPlan, status_on: dt.date) -> Rows:
    """Recompute a locked plan's forecast as of a day, never an earlier one, and write it."""
    plan.status_on = max(plan.status_on, status_on)
    plan.save(update_fields=["status_on"])
    rows = rows_of(plan)
    keep_forecast(rows, forecast(rows, plan.status_on))
    return rows


def setting_of(study: Study, by: Actor) -> Setting:
    """Return what a template is laid out for: the study's sites and countries, and the protocol's lengths."""
    places = [Place(site.pk, site.number, site.country) for site in study.sites.order_by("number")]
    countries = sorted({place.country for place in places})
    sponsor = study.sponsor.country
    return Setting(
        places=places,
        countries=countries,
        home=sponsor if sponsor in countries or not countries else countries[0],
        enrollment_months=study.enrollment_months or DEFAULT_ENROLLMENT_MONTHS,
        follow_up_months=study.follow_up_months
        if study.follow_up_months is not None
        else visit_span_months(study.pk, by) or DEFAULT_FOLLOW_UP_MONTHS,
    )


def visit_span_months(study_id: int, by: Actor) -> float | None:
    """Return the months from the first treatment to the protocol's last visit, None if it has no schedule."""
    days = [day for _, day, _, _ in protocol_visits(study_id, by)]
    return max(days) / DAYS_PER_MONTH if days and max(days) > 0 else None


def protocol_visits(study_id: int, by: Actor) -> list[tuple[str, int, int, int]]:
    """Return the protocol's visits as (label, study day, earliest day, latest day), in the order of their days."""
    row = version(study_id, to=by)
    protocol = protocol_of(row) if row else None
    if protocol is None or protocol.main_timeline is None:
        return []
    visits: dict[str, tuple[str, int, int, int]] = {}
    for column in schedule_of_activities(protocol).columns:
        if column.study_day is None:
            continue
        label = column.encounter_label or column.label
        day = column.study_day
        found = (label, day, _or(column.earliest_day, day), _or(column.latest_day, day))
        if label not in visits or day < visits[label][1]:
            visits[label] = found
    return sorted(visits.values(), key=lambda visit: visit[1])


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _write(plan: StudyPlan, data: dict[str, Any], setting: Setting) -> int:
    layout = lay_out(data, setting)
    rows = PlanItem.objects.bulk_create(
        (
            PlanItem(
                plan=plan,
                key=item.key,
                level=item.level,
                kind=item.kind,
                code=item.code,
                name=item.name,
                country=item.country,
                site_id=item.site_id,
                position=item.position,
                role=item.role,
                duration_days=item.duration_days,
                hours=item.hours,
                calendar=item.calendar,
                checklist=item.checklist,
                cites=item.cites,
                library_version_id=item.version_id,
                sop_version_id=item.sop_id,
            )
            for item in layout.items
        ),
        batch_size=BATCH,
    )
    ids = {row.key: row for row in rows}
    children = []
    for item in layout.items:
        if item.parent_key:
            ids[item.key].parent_id = ids[item.parent_key].pk
            children.append(ids[item.key])
    PlanItem.objects.bulk_update(children, ["parent"], batch_size=BATCH)
    seen: dict[tuple[int, int, str], PlanLink] = {}
    for link in layout.links:
        ends = (ids[link.predecessor].pk, ids[link.successor].pk, link.kind)
        seen[ends] = PlanLink(
            plan=plan, predecessor_id=ends[0], successor_id=ends[1], kind=link.kind, lag_days=link.lag_days
        )
    PlanLink.objects.bulk_create(seen.values(), batch_size=BATCH)
    return len(rows)
