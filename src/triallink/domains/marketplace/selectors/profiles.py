"""The rows and profiles of single suppliers, professionals and sites, as the viewer may see them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.access.listings import refuse_stranger
from triallink.domains.marketplace.directory.documents import directory_documents
from triallink.domains.marketplace.directory.schema import key_of
from triallink.domains.marketplace.directory.talent import listed_talent, talent_code
from triallink.domains.marketplace.models import Listing
from triallink.domains.quality.models import Credential, Professional, SiteProfile, SupplierProfile
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound


@dataclass(frozen=True)
class SupplierView:
    """A supplier as anybody on the market sees it.

    people  role -> (number of active professionals, their free hours a week).
    """

    organization: Organization
    profile: SupplierProfile
    listings: list[Listing]
    people: dict[str, tuple[int, int]]
    is_own: bool


@dataclass(frozen=True)
class TalentView:
    """A professional as the viewer may see them; without a name, `code` is what they are called."""

    professional: Professional
    code: str
    is_named: bool
    credentials: list[Credential]
    is_own: bool


@dataclass(frozen=True)
class SiteView:
    """A hospital as anybody on the market sees it."""

    organization: Organization
    profile: SiteProfile
    is_own: bool


def directory_rows(kind: str, ids: list[int], *, to: Actor) -> list[dict[str, Any]]:
    """Return what the directory shows of some rows, read fresh, in the order asked for; unlisted ones are left out."""
    refuse_stranger(to)
    found = {d.key: dict(d.shown) for d in directory_documents([key_of(kind, row_id) for row_id in ids])}
    return [found[key] for row_id in ids if (key := key_of(kind, row_id)) in found]


def supplier_view(organization_id: int, *, to: Actor) -> SupplierView:
    """Return a listed supplier, or one's own; NotFound otherwise."""
    is_own = organization_id == to.organization_id
    profile = (
        SupplierProfile.objects.filter(organization_id=organization_id, organization__is_active=True)
        .filter(Q() if is_own else Q(is_listed=True, is_suspended=False))
        .select_related("organization")
        .first()
    )
    if profile is None or to.person_id is None:
        raise NotFound
    people: dict[str, tuple[int, int]] = {}
    for role, hours in (
        Professional.objects.filter(organization_id=organization_id, is_active=True)
        .order_by("role")
        .values_list("role", "free_hours_per_week")
    ):
        count, before = people.get(role, (0, 0))
        people[role] = (count + 1, before + hours)
    return SupplierView(
        organization=profile.organization,
        profile=profile,
        listings=list(
            Listing.objects.filter(organization_id=organization_id, is_active=True)
            .select_related("service")
            .order_by("service__position")
        ),
        people=people,
        is_own=is_own,
    )


def talent_view(professional_id: int, *, to: Actor, today: dt.date | None = None) -> TalentView:
    """Return a listed professional, or one of one's own; NotFound otherwise. Only valid credentials are shown outside."""
    today = today or timezone.localdate()
    own = Q(organization_id=to.organization_id) if to.organization_id else Q(pk__in=[])
    found = (
        Professional.objects.filter(own | Q(pk__in=listed_talent().values("pk")), pk=professional_id)
        .select_related("organization")
        .first()
    )
    if found is None or to.person_id is None:
        raise NotFound
    is_own = found.organization_id == to.organization_id
    credentials = Credential.objects.filter(professional=found)
    if not is_own:
        credentials = credentials.filter(Q(expires_on=None) | Q(expires_on__gte=today))
    return TalentView(
        professional=found,
        code=talent_code(found.pk, found.role),
        is_named=is_own or found.is_named or found.organization.kind == "freelancer",
        credentials=list(credentials.order_by("kind", "-expires_on")),
        is_own=is_own,
    )


def site_view(organization_id: int, *, to: Actor) -> SiteView:
    """Return a listed site, or one's own; NotFound otherwise."""
    is_own = organization_id == to.organization_id
    profile = (
        SiteProfile.objects.filter(organization_id=organization_id, organization__is_active=True)
        .filter(Q() if is_own else Q(is_listed=True, is_suspended=False))
        .select_related("organization")
        .first()
    )
    if profile is None or to.person_id is None:
        raise NotFound
    return SiteView(profile.organization, profile, is_own)
