"""The organization one acts for: its members and invitations."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import Paging, page_of
from triallink.domains.accounts import selectors, services
from triallink.domains.accounts.models import Invitation, Membership, Organization

router = Router()
RowId = Path(ge=1, lt=2**63)


class OrganizationOut(Schema):
    """An organization."""

    id: int
    kind: str
    name_en: str
    name_zh: str
    registration_number: str
    country: str
    province: str
    city: str
    about_en: str
    about_zh: str
    website: str


class MemberOut(Schema):
    """A member with roles."""

    id: int
    person_id: int
    name: str
    email: str
    roles: list[str]
    joined_at: dt.datetime


class MemberPage(Schema):
    """Some members and where to go on."""

    items: list[MemberOut]
    next_cursor: str


class RolesIn(Schema):
    """The roles a member is to have."""

    roles: list[str] = Field(max_length=20)


class InvitationIn(RolesIn):
    """Whom to invite, to do what."""

    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


class InvitationOut(Schema):
    """An invitation that was not yet accepted."""

    id: int
    email: str
    roles: list[str]
    created_at: dt.datetime
    expires_at: dt.datetime


class InvitationPage(Schema):
    """Some invitations and where to go on."""

    items: list[InvitationOut]
    next_cursor: str


@router.get("/", auth=scope("organization:read"), response=OrganizationOut)
def get_organization(request: HttpRequest) -> Organization:
    """Return the organization the caller acts for."""
    return selectors.organization_of(actor_of(request))


@router.get("/members", auth=scope("organization:read"), response=MemberPage)
def list_members(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the members."""
    return page_of(selectors.members_of(to=actor_of(request)), paging, _member)


@router.put("/members/{membership_id}/roles", auth=scope("organization:write"), response=MemberOut)
def set_roles(request: HttpRequest, roles: RolesIn, membership_id: int = RowId) -> dict[str, Any]:
    """Give a member other roles."""
    actor = actor_of(request)
    services.change_roles(membership_id=membership_id, roles=roles.roles, by=actor)
    return _member(selectors.member_of(membership_id, to=actor))


@router.delete("/members/{membership_id}", auth=scope("organization:write"), response={204: None})
def remove_member(request: HttpRequest, membership_id: int = RowId) -> Status[None]:
    """End a membership."""
    services.end_membership(membership_id=membership_id, by=actor_of(request))
    return Status(204, None)


@router.get("/invitations", auth=scope("organization:read"), response=InvitationPage)
def list_invitations(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Return the open invitations; only an administrator sees them."""
    actor = actor_of(request)
    actor.require("administrator")
    return page_of(selectors.open_invitations(to=actor), paging, lambda invitation: invitation)


@router.post("/invitations", auth=scope("organization:write"), response={201: InvitationOut})
def invite(request: HttpRequest, invitation: InvitationIn) -> Status[Invitation]:
    """Invite somebody by e-mail."""
    made = services.invite(email=invitation.email, roles=invitation.roles, by=actor_of(request))
    return Status(201, made)


@router.delete("/invitations/{invitation_id}", auth=scope("organization:write"), response={204: None})
def revoke_invitation(request: HttpRequest, invitation_id: int = RowId) -> Status[None]:
    """Take an invitation back."""
    services.revoke_invitation(invitation_id=invitation_id, by=actor_of(request))
    return Status(204, None)


def _member(row: Membership) -> dict[str, Any]:
    return {
        "id": row.pk,
        "person_id": row.person_id,
        "name": row.person.name,
        "email": row.person.email,
        "roles": row.roles,
        "joined_at": row.joined_at,
    }
