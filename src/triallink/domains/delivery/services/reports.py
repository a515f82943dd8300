"""Status reports by the calendar, and the secret calendar address."""

import datetime as dt
import secrets
from typing import Any

from django.db import transaction

from triallink.domains.accounts.access import actor_for, token_hash
from triallink.domains.accounts.models import Membership, Person
from triallink.domains.delivery.documents import status_pdf
from triallink.domains.delivery.errors import NumberOutOfRange
from triallink.domains.delivery.events import CalendarFeedMade, ReportSubscribed, StatusReportMade
from triallink.domains.delivery.models import CalendarFeed, ReportSubscription, StatusReport
from triallink.domains.delivery.selectors.status import status_of
from triallink.domains.studies.access import study_for, visible_studies
from triallink.foundation.files import store_file
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock


@transaction.atomic
def make_status_report(
    *, study_id: int, language: str, by: Actor, clock: Clock = system_clock
) -> StatusReport:
    """Write a study's status report as PDF in one language ("en" or "zh"), with the figures the actor may see.

    Refuses: NotFound.
    Emits: StatusReportMade.
    """
    study = study_for(study_id, to=by)
    language = language if language in ("en", "zh") else "en"
    today = clock.now().date()
    data: dict[str, Any] = status_of(study_id, to=by, today=today, language=language)
    file = store_file(
        status_pdf(data, language, at=clock.now()),
        name=f"{study.code}-status-{today}.pdf",
        media_type="application/pdf",
        by=by,
        study_id=study_id,
        clock=clock,
    )
    report = StatusReport.objects.create(
        study=study,
        on=today,
        language=language,
        file=file,
        figures=data["figures"],
        created_at=clock.now(),
        organization_id=by.organization_id,
    )
    record(
        StatusReportMade(study_id=study_id, report_id=report.pk),
        by=by,
        about=("study", study_id),
        study_id=study_id,
        change={"status report": [None, file.sha256]},
        clock=clock,
    )
    return report


@transaction.atomic
def subscribe_report(
    *, study_id: int, weekday: int | None, by: Actor, clock: Clock = system_clock
) -> ReportSubscription | None:
    """Get a study's status report on one day of every week (1 Monday to 7 Sunday), or no longer (None).

    Refuses: NotFound, NumberOutOfRange.
    Emits: ReportSubscribed.
    """
    study_for(study_id, to=by)
    if weekday is not None and not 1 <= weekday <= 7:
        raise NumberOutOfRange(field="weekday", minimum=1, maximum=7)
    found = None
    if weekday is None:
        ReportSubscription.objects.filter(study_id=study_id, person_id=by.own_person_id).delete()
    else:
        found, _ = ReportSubscription.objects.update_or_create(
            study_id=study_id,
            person_id=by.own_person_id,
            defaults={
                "weekday": weekday,
                "organization_id": by.own_organization_id,
                "created_at": clock.now(),
            },
        )
    record(
        ReportSubscribed(study_id=study_id, person_id=by.own_person_id),
        by=by,
        about=("study", study_id),
        study_id=study_id,
        change={"weekday": [None, weekday]},
        clock=clock,
    )
    return found


@transaction.atomic
def make_calendar_feed(*, by: Actor, clock: Clock = system_clock) -> str:
    """Return a new secret for the person's calendar address; the one before opens nothing any more.

    Refuses: NotAllowed (a stranger, or nobody's organization).
    Emits: CalendarFeedMade.
    """
    token = secrets.token_urlsafe(24)
    CalendarFeed.objects.filter(person_id=by.own_person_id, revoked_at=None).update(revoked_at=clock.now())
    CalendarFeed.objects.create(
        person_id=by.own_person_id,
        organization_id=by.own_organization_id,
        token_hash=token_hash(token),
        created_at=clock.now(),
    )
    record(
        CalendarFeedMade(person_id=by.own_person_id), by=by, about=("person", by.own_person_id), clock=clock
    )
    return token


def owner_of_feed(token: str) -> Actor | None:
    """Return whose calendar a secret opens; None if it opens nothing, or its person left the organization."""
    feed = (
        CalendarFeed.objects.select_related("person")
        .filter(token_hash=token_hash(token), revoked_at=None)
        .first()
    )
    if feed is None or not feed.person.is_active:
        return None
    actor = actor_for(feed.person, organization_id=feed.organization_id, source="calendar")
    return actor if actor.organization_id == feed.organization_id else None


def due_subscriptions(today: dt.date) -> list[tuple[ReportSubscription, Actor, str]]:
    """Return who gets a report today and has none yet, each as an actor with the language they read."""
    found = []
    rows = ReportSubscription.objects.filter(weekday=today.isoweekday()).select_related("person", "study")
    for row in rows.order_by("pk"):
        is_member = Membership.objects.filter(
            person_id=row.person_id, organization_id=row.organization_id, ended_at=None
        ).exists()
        if not is_member or not row.person.is_active:
            continue
        actor = actor_for(row.person, organization_id=row.organization_id, source="calendar")
        if not visible_studies(to=actor).filter(pk=row.study_id).exists():
            continue
        found.append((row, actor, language_of(row.person)))
    return found


def language_of(person: Person) -> str:
    """Return "zh" or "en" as a person reads."""
    return "zh" if person.language.startswith("zh") else "en"
