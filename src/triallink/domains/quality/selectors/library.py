"""Templates of the process library, and which version is in force."""

import datetime as dt

from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields import CharField, DateField, IntegerField
from django.db.models.fields.json import KeyTextTransform

from triallink.domains.quality.models import ProcessTemplate, TemplateVersion
from triallink.kernel.actor import Actor


def templates(*, to: Actor, on: dt.date) -> QuerySet[ProcessTemplate]:
    """Return the templates the actor may use, each with the version in force on a day (or its draft)."""
    versions = TemplateVersion.objects.filter(template=OuterRef("pk"))
    shown = versions.filter(in_force(on) | Q(state="draft")).order_by("state", "-number")
    last = shown.values
    return (
        ProcessTemplate.objects.filter(
            Q(organization__isnull=True) | Q(organization_id=to.organization_id or 0)
        )
        .select_related("organization")
        .annotate(
            title=Subquery(last("title")[:1], output_field=JSONField()),
            title_en=Subquery(last(words=KeyTextTransform("en", "title"))[:1], output_field=CharField()),
            title_zh=Subquery(last(words=KeyTextTransform("zh", "title"))[:1], output_field=CharField()),
            cites=Subquery(last("cites")[:1], output_field=CharField()),
            number=Subquery(last("number")[:1], output_field=IntegerField()),
            effective_on=Subquery(last("effective_on")[:1], output_field=DateField()),
            has_draft=Exists(versions.filter(state="draft")),
        )
        .filter(number__isnull=False)
    )


def version_in_force(template_id: int, on: dt.date) -> TemplateVersion | None:
    """Return the version of a template that is in force on a day, or None."""
    rows = TemplateVersion.objects.filter(in_force(on), template_id=template_id)
    return rows.order_by("-number").first()


def in_force(on: dt.date) -> Q:
    return Q(state="approved", effective_on__lte=on)
