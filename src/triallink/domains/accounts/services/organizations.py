"""Founding an organization and looking after who belongs to it."""

from typing import Any

from django.db import transaction

from triallink.domains.accounts.access import membership_for
from triallink.domains.accounts.errors import (
    KindUnknown,
    LastAdministrator,
    NameMissing,
    OperatorExists,
    RoleUnknown,
)
from triallink.domains.accounts.events import (
    MembershipEnded,
    OrganizationFounded,
    OrganizationUpdated,
    RolesChanged,
)
from triallink.domains.accounts.models import ROLES, Membership, Organization
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

# Who founds an organization may do everything in it until others join.
FOUNDER_ROLES = {
    "sponsor": ["administrator", "project_lead", "evaluator", "signatory", "finance"],
    "cro": ["administrator", "project_lead", "business_lead", "resource_manager", "signatory", "finance"],
    "smo": ["administrator", "business_lead", "resource_manager", "signatory", "finance"],
    "site": ["administrator", "project_lead", "business_lead", "signatory", "finance"],
    "freelancer": ["administrator", "business_lead", "resource_manager", "signatory", "finance"],
}
EDITABLE = (
    "name_en", "name_zh", "country", "province", "city", "city_zh", "latitude", "longitude",
    "about_en", "about_zh", "website", "founded_year", "headcount", "registration_number",
)  # fmt: skip


@transaction.atomic
def found_organization(
    *, kind: str, name_en: str = "", name_zh: str = "", by: Actor, clock: Clock = system_clock, **details: Any
) -> Organization:
    """Found an organization; its founder becomes the first member, with every role it needs.

    details  any of EDITABLE.
    Refuses: KindUnknown, NameMissing, NotAllowed (nobody is signed in).
    Emits: OrganizationFounded.
    """
    if kind not in FOUNDER_ROLES:
        raise KindUnknown(field="kind")
    return _founded(kind, FOUNDER_ROLES[kind], name_en, name_zh, by, clock, details)


@transaction.atomic
def found_operator(
    *, name_en: str = "", name_zh: str = "", by: Actor, clock: Clock = system_clock
) -> Organization:
    """Found the organization that operates this platform; only somebody at the server can ask for it.

    Refuses: OperatorExists, NameMissing, NotAllowed (nobody acts).
    Emits: OrganizationFounded.
    """
    if Organization.objects.filter(kind="operator").exists():
        raise OperatorExists
    return _founded("operator", ["administrator", "quality"], name_en, name_zh, by, clock, {})


def _founded(
    kind: str, roles: list[str], name_en: str, name_zh: str, by: Actor, clock: Clock, details: dict[str, Any]
) -> Organization:
    if not (name_en.strip() or name_zh.strip()):
        raise NameMissing(field="name_en")
    organization = Organization.objects.create(
        kind=kind, name_en=name_en.strip(), name_zh=name_zh.strip(), **_editable(details)
    )
    Membership.objects.create(person_id=by.own_person_id, organization=organization, roles=roles)
    record(
        OrganizationFounded(organization_id=organization.pk, kind=kind),
        by=by,
        about=("organization", organization.pk),
        organization_id=organization.pk,
        clock=clock,
    )
    return organization


@transaction.atomic
def update_organization(*, by: Actor, clock: Clock = system_clock, **details: Any) -> Organization:
    """Change what the actor's organization says of itself.

    details  any of EDITABLE.
    Refuses: NotAllowed, NameMissing.
    Emits: OrganizationUpdated.
    """
    by.require("administrator")
    organization = Organization.objects.select_for_update().get(pk=by.own_organization_id)
    change = {}
    for name, value in _editable(details).items():
        if getattr(organization, name) != value:
            change[name] = [getattr(organization, name), value]
            setattr(organization, name, value)
    if not (organization.name_en or organization.name_zh):
        raise NameMissing(field="name_en")
    if change:
        organization.save(update_fields=list(change))
        record(
            OrganizationUpdated(organization_id=organization.pk),
            by=by,
            about=("organization", organization.pk),
            change=change,
            clock=clock,
        )
    return organization


@transaction.atomic
def change_roles(
    *, membership_id: int, roles: list[str], by: Actor, clock: Clock = system_clock
) -> Membership:
    """Give a member of the actor's organization other roles.

    Refuses: NotAllowed, NotFound, RoleUnknown, LastAdministrator.
    Emits: RolesChanged.
    """
    by.require("administrator")
    membership = membership_for(membership_id, to=by)
    checked = known_roles(roles)
    if "administrator" not in checked:
        _refuse_last_administrator(membership)
    before, membership.roles = membership.roles, checked
    membership.save(update_fields=["roles"])
    record(
        RolesChanged(membership_id=membership.pk, roles=tuple(checked)),
        by=by,
        about=("membership", membership.pk),
        change={"roles": [before, checked]},
        clock=clock,
    )
    return membership


@transaction.atomic
def end_membership(*, membership_id: int, by: Actor, why: str = "", clock: Clock = system_clock) -> None:
    """Let a member of the actor's organization go: an administrator anybody, a person themselves.

    Refuses: NotAllowed, NotFound, LastAdministrator.
    Emits: MembershipEnded.
    """
    membership = membership_for(membership_id, to=by)
    if membership.person_id != by.person_id:
        by.require("administrator")
    _end(membership, by, why, clock)


@transaction.atomic
def leave_organization(*, membership_id: int, by: Actor, clock: Clock = system_clock) -> None:
    """End one of the person's own memberships, in whichever organization.

    Refuses: NotAllowed (nobody is signed in), NotFound, LastAdministrator.
    Emits: MembershipEnded.
    """
    membership = (
        Membership.objects.select_for_update()
        .filter(pk=membership_id, person_id=by.own_person_id, ended_at=None)
        .first()
    )
    if membership is None:
        raise NotFound
    _end(membership, by, "", clock)


def _end(membership: Membership, by: Actor, why: str, clock: Clock) -> None:
    _refuse_last_administrator(membership)
    membership.ended_at = clock.now()
    membership.save(update_fields=["ended_at"])
    record(
        MembershipEnded(
            membership_id=membership.pk,
            organization_id=membership.organization_id,
            person_id=membership.person_id,
        ),
        by=by,
        about=("membership", membership.pk),
        organization_id=membership.organization_id,
        why=why,
        clock=clock,
    )


def known_roles(roles: list[str]) -> list[str]:
    """Return the roles without doubles; refuse RoleUnknown."""
    for role in roles:
        if role not in ROLES:
            raise RoleUnknown(field="roles", role=role)
    return sorted(set(roles)) or ["member"]


def _refuse_last_administrator(membership: Membership) -> None:
    # Locking the organization's row makes two administrators leaving at once wait for each other.
    Organization.objects.select_for_update().get(pk=membership.organization_id)
    others = Membership.objects.filter(
        organization_id=membership.organization_id, ended_at=None, roles__contains=["administrator"]
    ).exclude(pk=membership.pk)
    if "administrator" in membership.roles and not others.exists():
        raise LastAdministrator


def _editable(details: dict[str, Any]) -> dict[str, Any]:
    unknown = set(details) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not a detail of an organization: {sorted(unknown)}")
    return details
