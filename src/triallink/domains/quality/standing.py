"""Who may be given new work: not the people of a suspended supplier, nor those whose licence has run out."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from triallink.domains.quality.models import Credential, Professional, SupplierSuspension
from triallink.engines.qualification import BLOCKING_KINDS


def able_to_work(people: QuerySet[Professional], on: dt.date) -> QuerySet[Professional]:
    """Keep the professionals who may be given new work on a day, in the same query.

    Left out are the people of a suspended organization, and whoever holds a GCP certificate or a licence of which
    every copy has expired. Who never held one is not left out here: a need asks for what it requires.
    """
    stopped = SupplierSuspension.objects.filter(
        organization_id=OuterRef("organization_id"), lifted_at__isnull=True
    )
    return people.filter(~Exists(stopped), ~Exists(_run_out(OuterRef("pk"), on)))


def blocked_by(professional_ids: Iterable[int], on: dt.date) -> dict[int, list[str]]:
    """Return professional -> the kinds of credentials that have run out and stop new work on a day."""
    found: dict[int, list[str]] = {}
    rows = _run_out(None, on).filter(professional_id__in=list(professional_ids))
    for professional_id, kind in rows.order_by("kind").values_list("professional_id", "kind").distinct():
        found.setdefault(professional_id, []).append(kind)
    return found


def _run_out(professional: OuterRef | None, on: dt.date) -> QuerySet[Credential]:
    """Return the expired credentials of a blocking kind of which there is no valid one."""
    still_good = Credential.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=on),
        professional_id=OuterRef("professional_id"),
        kind=OuterRef("kind"),
        refused_at__isnull=True,
    )
    rows = Credential.objects.filter(~Exists(still_good), kind__in=BLOCKING_KINDS, expires_on__lt=on)
    return rows if professional is None else rows.filter(professional_id=professional)
