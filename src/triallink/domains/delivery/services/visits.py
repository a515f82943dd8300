"""Monitoring visits: scheduled by rules or by hand, conducted, reported, reviewed and signed."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Max

from triallink.domains.delivery.access import (
    PLANNERS,
    REVIEWERS,
    visit_to_change,
    worker_of_study,
)
from triallink.domains.delivery.documents import letter_pdf, report_pdf
from triallink.domains.delivery.errors import (
    AnswersMissing,
    DayInFuture,
    FinishBeforeStart,
    NoPlan,
    ReasonMissing,
    SignsOwnReport,
    VisitWrongState,
    WordUnknown,
)
from triallink.domains.delivery.events import (
    VisitMoved,
    VisitReportReturned,
    VisitReportSaved,
    VisitReportSigned,
    VisitReportSubmitted,
    VisitScheduled,
)
from triallink.domains.delivery.models import (
    VISIT_KINDS,
    VISIT_MODES,
    VISIT_STATES,
    MonitoringVisit,
    PlanItem,
    StudyPlan,
)
from triallink.domains.delivery.models.visits import MILESTONE_OF
from triallink.domains.delivery.question_sets import Answers, checked_answers, question_sets, unanswered
from triallink.domains.delivery.services.progress import finish_by_visit
from triallink.domains.studies.access import study_for
from triallink.domains.studies.models import Study, StudySite
from triallink.foundation.files import store_file
from triallink.foundation.record import record
from triallink.foundation.signatures import content_hash, sign
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event
from triallink.kernel.refusals import NotFound
from triallink.kernel.workdays import add_working_days, next_working_day

# An interim visit returns every so many days while a site enrolls.
INTERIM_EVERY_DAYS = 42


@transaction.atomic
def schedule_visit(
    *,
    study_id: int,
    site_id: int,
    kind: str,
    mode: str,
    planned_on: dt.date,
    monitor_id: int | None = None,
    rule: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> MonitoringVisit:
    """Plan a monitoring visit with the agenda and question set of its kind.

    Refuses: NotFound, NotAllowed, WordUnknown, PersonOutside, CredentialRunOut.
    Emits: VisitScheduled.
    """
    study = study_for(study_id, to=by)
    by.require(*PLANNERS, "member")
    for field, word, known in (("kind", kind, VISIT_KINDS), ("mode", mode, VISIT_MODES)):
        if word not in known:
            raise WordUnknown(field=field, word=word)
    site = StudySite.objects.select_for_update().filter(pk=site_id, study_id=study_id).first()
    if site is None:
        raise NotFound
    monitor = worker_of_study(study, monitor_id, planned_on)
    last = site.monitoring_visits.filter(kind=kind).aggregate(last=Max("number"))["last"] or 0
    questions = question_sets()[kind]
    visit = MonitoringVisit.objects.create(
        study=study,
        site=site,
        plan_item=PlanItem.objects.filter(
            plan__study=study, key=f"site:{site_id}:{MILESTONE_OF.get(kind, 'S_LSI')}"
        ).first(),
        kind=kind,
        mode=mode,
        number=last + 1,
        monitor=monitor,
        planned_on=planned_on,
        rule=rule,
        agenda=questions["agenda"],
        question_set=questions["code"],
        question_set_version=questions["version"],
        created_at=clock.now(),
    )
    record(
        VisitScheduled(study_id=study_id, visit_id=visit.pk),
        by=by,
        about=("visit", visit.pk),
        study_id=study_id,
        change={"planned_on": [None, planned_on], "kind": [None, kind]},
        clock=clock,
    )
    return visit


@transaction.atomic
def schedule_by_rules(
    *, study_id: int, until: dt.date, by: Actor, clock: Clock = system_clock
) -> list[MonitoringVisit]:
    """Plan every visit the rules ask for up to a day and that is not planned yet.

    Qualification, initiation and close-out stand on the forecast day of their task; interim visits come every
    INTERIM_EVERY_DAYS days from a site's first subject to its last, on worked days of its country.

    Refuses: NotFound, NotAllowed, NoPlan.
    Emits: VisitScheduled for each.
    """
    study = study_for(study_id, to=by)
    by.require(*PLANNERS)
    if not StudyPlan.objects.filter(study_id=study_id).exists():
        raise NoPlan
    return [
        schedule_visit(
            study_id=study_id,
            site_id=site.pk,
            kind=kind,
            mode="onsite" if kind != "interim" or number % 2 else "remote",
            planned_on=day,
            rule=kind,
            by=by,
            clock=clock,
        )
        for site, kind, number, day in _asked_for(study, until, clock.now().date())
    ]


@transaction.atomic
def confirm_visit(
    *,
    visit_id: int,
    planned_on: dt.date,
    mode: str,
    monitor_id: int | None,
    by: Actor,
    clock: Clock = system_clock,
) -> MonitoringVisit:
    """Agree the day, the way and the monitor of a visit with the site.

    Refuses: NotFound, NotAllowed, VisitWrongState, WordUnknown, PersonOutside, CredentialRunOut.
    Emits: VisitMoved.
    """
    visit = visit_to_change(visit_id, by=by)
    _expect(visit, "planned", "confirmed")
    if mode not in VISIT_MODES:
        raise WordUnknown(field="mode", word=mode)
    before = [visit.state, str(visit.planned_on)]
    visit.monitor = worker_of_study(visit.study, monitor_id, planned_on, visit.monitor_id)
    visit.planned_on, visit.mode, visit.state = planned_on, mode, "confirmed"
    visit.save(update_fields=["planned_on", "mode", "state", "monitor"])
    event = VisitMoved(study_id=visit.study_id, visit_id=visit.pk, state="confirmed")
    _note(event, visit, by, clock, {"visit": [before, ["confirmed", str(planned_on)]]})
    return visit


@transaction.atomic
def conduct_visit(
    *,
    visit_id: int,
    began_on: dt.date,
    ended_on: dt.date,
    attendees: str,
    by: Actor,
    clock: Clock = system_clock,
) -> MonitoringVisit:
    """Say that a visit took place; from its last day on the report is due in so many working days.

    Refuses: NotFound, NotAllowed, VisitWrongState, FinishBeforeStart, DayInFuture.
    Emits: VisitMoved.
    """
    visit = visit_to_change(visit_id, by=by)
    _expect(visit, "planned", "confirmed")
    if ended_on < began_on:
        raise FinishBeforeStart(field="ended_on")
    if ended_on > clock.now().date() + dt.timedelta(days=1):
        raise DayInFuture(field="ended_on")
    days = question_sets()[visit.question_set]["report_days"]
    visit.began_on, visit.ended_on, visit.attendees = began_on, ended_on, attendees.strip()
    visit.report_due_on = add_working_days(ended_on, days, visit.site.country)
    visit.state = "conducted"
    visit.save(update_fields=["began_on", "ended_on", "attendees", "report_due_on", "state"])
    event = VisitMoved(study_id=visit.study_id, visit_id=visit.pk, state="conducted")
    _note(
        event, visit, by, clock, {"ended_on": [None, ended_on], "report_due_on": [None, visit.report_due_on]}
    )
    return visit


@transaction.atomic
def cancel_visit(*, visit_id: int, why: str, by: Actor, clock: Clock = system_clock) -> MonitoringVisit:
    """Cancel a visit that has not taken place.

    Refuses: NotFound, NotAllowed, VisitWrongState, ReasonMissing.
    Emits: VisitMoved.
    """
    visit = visit_to_change(visit_id, by=by, roles=PLANNERS)
    _expect(visit, "planned", "confirmed")
    if not why.strip():
        raise ReasonMissing(field="why")
    visit.state, visit.ended_reason = "cancelled", why.strip()
    visit.save(update_fields=["state", "ended_reason"])
    event = VisitMoved(study_id=visit.study_id, visit_id=visit.pk, state="cancelled")
    _note(event, visit, by, clock, {"state": [None, "cancelled"]}, why)
    return visit


@transaction.atomic
def save_report(
    *, visit_id: int, answers: Answers, summary: str, by: Actor, clock: Clock = system_clock
) -> MonitoringVisit:
    """Keep the answers of a report that is being written.

    Refuses: NotFound, NotAllowed, VisitWrongState, AnswerUnknown.
    Emits: VisitReportSaved.
    """
    visit = visit_to_change(visit_id, by=by)
    _expect(visit, "conducted", "returned")
    before = len(visit.answers)
    visit.answers = checked_answers(visit.question_set, answers)
    visit.summary = summary.strip()
    visit.save(update_fields=["answers", "summary"])
    event = VisitReportSaved(study_id=visit.study_id, visit_id=visit.pk)
    _note(event, visit, by, clock, {"answers": [before, len(visit.answers)]})
    return visit


@transaction.atomic
def submit_report(*, visit_id: int, by: Actor, clock: Clock = system_clock) -> MonitoringVisit:
    """Hand a report in for review.

    Refuses: NotFound, NotAllowed, VisitWrongState, AnswersMissing.
    Emits: VisitReportSubmitted.
    """
    visit = visit_to_change(visit_id, by=by)
    _expect(visit, "conducted", "returned")
    missing = unanswered(visit.question_set, visit.answers)
    if missing:
        raise AnswersMissing(count=len(missing))
    visit.state, visit.submitted_by_id = "submitted", by.own_person_id
    # The days to the report count to the first submission; a returned one keeps them.
    visit.submitted_at = visit.submitted_at or clock.now()
    visit.save(update_fields=["state", "submitted_by", "submitted_at"])
    event = VisitReportSubmitted(study_id=visit.study_id, visit_id=visit.pk)
    _note(event, visit, by, clock, {"state": [None, "submitted"]})
    return visit


@transaction.atomic
def return_report(*, visit_id: int, why: str, by: Actor, clock: Clock = system_clock) -> MonitoringVisit:
    """Return a report to its author with the reasons.

    Refuses: NotFound, NotAllowed, VisitWrongState, ReasonMissing.
    Emits: VisitReportReturned.
    """
    visit = visit_to_change(visit_id, by=by, roles=REVIEWERS)
    _expect(visit, "submitted")
    if not why.strip():
        raise ReasonMissing(field="why")
    visit.state, visit.returned_reason = "returned", why.strip()
    visit.save(update_fields=["state", "returned_reason"])
    event = VisitReportReturned(study_id=visit.study_id, visit_id=visit.pk)
    _note(event, visit, by, clock, {"state": ["submitted", "returned"]}, why)
    return visit


@transaction.atomic
def sign_report(*, visit_id: int, secret: str, by: Actor, clock: Clock = system_clock) -> MonitoringVisit:
    """Sign a report: its content is frozen, report and letter are written as PDF, and the plan's tasks it proves end.

    Refuses: NotFound, NotAllowed, VisitWrongState, SignsOwnReport, NotReauthenticated.
    Emits: VisitReportSigned, and what finish_by_visit emits.
    """
    visit = visit_to_change(visit_id, by=by, roles=REVIEWERS)
    _expect(visit, "submitted")
    if visit.submitted_by_id == by.own_person_id:
        raise SignsOwnReport
    visit.content_hash = content_hash(report_content(visit))
    sign(
        about=("visit", visit.pk),
        content_sha256=visit.content_hash,
        meaning="review",
        secret=secret,
        by=by,
        clock=clock,
    )
    visit.state, visit.signed_at, visit.signed_by_id = "signed", clock.now(), by.own_person_id
    name = f"{visit.study.code}-{visit.site.number}-{visit.kind}-{visit.number}"
    made = {"report_file": report_pdf(visit, by.label), "letter_file": letter_pdf(visit, by.label)}
    for field, content in made.items():
        file = store_file(
            content,
            name=f"{name}-{field.removesuffix('_file')}.pdf",
            media_type="application/pdf",
            by=by,
            study_id=visit.study_id,
            clock=clock,
        )
        setattr(visit, field, file)
    visit.save(update_fields=["content_hash", "state", "signed_at", "signed_by", *made])
    finish_by_visit(visit=visit, by=by, clock=clock)
    event = VisitReportSigned(
        study_id=visit.study_id, visit_id=visit.pk, site_id=visit.site_id, kind=visit.kind
    )
    _note(event, visit, by, clock, {"content_hash": [None, visit.content_hash]})
    return visit


def report_content(visit: MonitoringVisit) -> dict[str, Any]:
    """Return what a signature on a visit report is bound to."""
    return {
        "study": visit.study_id,
        "site": visit.site_id,
        "kind": visit.kind,
        "mode": visit.mode,
        "number": visit.number,
        "began_on": str(visit.began_on),
        "ended_on": str(visit.ended_on),
        "attendees": visit.attendees,
        "question_set": [visit.question_set, visit.question_set_version],
        "answers": visit.answers,
        "summary": visit.summary,
    }


def _expect(visit: MonitoringVisit, *states: str) -> None:
    if visit.state not in states:
        raise VisitWrongState(state=VISIT_STATES[visit.state])


def _note(
    event: Event, visit: MonitoringVisit, by: Actor, clock: Clock, change: dict[str, Any], why: str = ""
) -> None:
    record(
        event, by=by, about=("visit", visit.pk), study_id=visit.study_id, change=change, why=why, clock=clock
    )


def _asked_for(study: Study, until: dt.date, today: dt.date) -> list[tuple[StudySite, str, int, dt.date]]:
    """Return the visits the rules ask for and nobody has planned: site, kind, number, day."""
    codes = [*MILESTONE_OF.values(), "S_FSI", "S_LSI"]
    items = PlanItem.objects.filter(plan__study=study, level="site", code__in=codes, kind="milestone")
    by_site = {(item.site_id, item.code): item for item in items}
    visits: dict[tuple[int, str], list[dt.date]] = {}
    rows = MonitoringVisit.objects.filter(study=study).exclude(state="cancelled").order_by("planned_on")
    for visit in rows:
        visits.setdefault((visit.site_id, visit.kind), []).append(visit.ended_on or visit.planned_on)
    found = []
    for site in study.sites.order_by("number"):
        for kind, code in MILESTONE_OF.items():
            item = by_site.get((site.pk, code))
            day = _visit_day(item, today) if item else None
            if day and day <= until and (site.pk, kind) not in visits:
                found.append((site, kind, 1, next_working_day(day, site.country)))
        found += [
            (site, "interim", number, day)
            for number, day in _interim(
                by_site.get((site.pk, "S_FSI")),
                by_site.get((site.pk, "S_LSI")),
                visits.get((site.pk, "interim"), []),
                (today, until),
                site.country,
            )
        ]
    return found


def _visit_day(item: PlanItem, today: dt.date) -> dt.date | None:
    """Return the forecast day of a milestone's visit: one working week before it; None once it is reached."""
    if item.actual_finish_on or item.forecast_finish_on is None:
        return None
    return max(item.forecast_finish_on - dt.timedelta(days=14), today)


def _interim(
    first: PlanItem | None,
    last: PlanItem | None,
    known: list[dt.date],
    span: tuple[dt.date, dt.date],
    country: str,
) -> list[tuple[int, dt.date]]:
    if first is None or last is None or first.actual_finish_on is None:
        return []
    day = max(known) if known else first.actual_finish_on
    end = min(span[1], last.actual_finish_on or last.forecast_finish_on or span[1])
    number, found = len(known), []
    # What was missed is made up for by one visit, from which the next ones count.
    while (day := max(day + dt.timedelta(days=INTERIM_EVERY_DAYS), span[0])) <= end:
        number += 1
        found.append((number, next_working_day(day, country)))
    return found
