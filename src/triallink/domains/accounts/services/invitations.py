"""Inviting people into an organization by e-mail."""

import datetime as dt
import secrets

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.translation import gettext

from triallink.domains.accounts.access import token_hash
from triallink.domains.accounts.errors import AlreadyMember, InvitationForSomebodyElse, InvitationUnusable
from triallink.domains.accounts.events import InvitationRevoked, MemberJoined, PersonInvited
from triallink.domains.accounts.models import Invitation, Membership, Organization, Person
from triallink.domains.accounts.services.organizations import known_roles
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

VALID_FOR = dt.timedelta(days=14)


@transaction.atomic
def invite(*, email: str, roles: list[str], by: Actor, clock: Clock = system_clock) -> Invitation:
    """Invite an e-mail address into the actor's organization and send the letter once this commits.

    Refuses: NotAllowed, RoleUnknown, AlreadyMember.
    Emits: PersonInvited.
    """
    by.require("administrator")
    address = email.strip().lower()
    organization = Organization.objects.get(pk=by.own_organization_id)
    if Membership.objects.filter(organization=organization, person__email=address, ended_at=None).exists():
        raise AlreadyMember(field="email", email=address)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organization=organization,
        email=address,
        roles=known_roles(roles),
        token_hash=token_hash(token),
        invited_by_id=by.own_person_id,
        created_at=clock.now(),
        expires_at=clock.now() + VALID_FOR,
    )
    record(
        PersonInvited(invitation_id=invitation.pk, organization_id=organization.pk),
        by=by,
        about=("invitation", invitation.pk),
        change={"email": [None, address], "roles": [None, invitation.roles]},
        clock=clock,
    )
    link = f"{settings.BASE_URL}/invitations/{token}/"
    transaction.on_commit(lambda: _send_letter(address, organization, by.label, link))
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, by: Actor, clock: Clock = system_clock) -> Membership:
    """Join the organization an invitation came from.

    Refuses: InvitationUnusable, InvitationForSomebodyElse, AlreadyMember, NotAllowed (nobody is signed in).
    Emits: MemberJoined.
    """
    invitation = Invitation.objects.select_for_update().filter(token_hash=token_hash(token)).first()
    if invitation is None or not is_open(invitation, clock):
        raise InvitationUnusable
    person = Person.objects.get(pk=by.own_person_id)
    if person.email != invitation.email:
        raise InvitationForSomebodyElse
    if Membership.objects.filter(person=person, organization=invitation.organization, ended_at=None).exists():
        raise AlreadyMember(email=person.email)
    membership = Membership.objects.create(
        person=person, organization=invitation.organization, roles=invitation.roles
    )
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    record(
        MemberJoined(
            membership_id=membership.pk, organization_id=invitation.organization_id, person_id=person.pk
        ),
        by=by,
        about=("membership", membership.pk),
        organization_id=invitation.organization_id,
        clock=clock,
    )
    return membership


@transaction.atomic
def revoke_invitation(*, invitation_id: int, by: Actor, clock: Clock = system_clock) -> None:
    """Take back an invitation that was not yet accepted.

    Refuses: NotAllowed, NotFound, InvitationUnusable.
    Emits: InvitationRevoked.
    """
    by.require("administrator")
    invitation = (
        Invitation.objects.select_for_update()
        .filter(pk=invitation_id, organization_id=by.own_organization_id)
        .first()
    )
    if invitation is None:
        raise NotFound
    if not is_open(invitation, clock):
        raise InvitationUnusable
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    record(
        InvitationRevoked(invitation_id=invitation.pk),
        by=by,
        about=("invitation", invitation.pk),
        clock=clock,
    )


def is_open(invitation: Invitation, clock: Clock = system_clock) -> bool:
    """Return whether the invitation can still be accepted."""
    is_unused = invitation.accepted_at is None and invitation.revoked_at is None
    return is_unused and invitation.expires_at > clock.now()


def _send_letter(address: str, organization: Organization, inviter: str, link: str) -> None:
    names = {"inviter": inviter, "organization": str(organization), "link": link}
    send_mail(
        gettext("%(inviter)s invites you to %(organization)s on Trial.Link") % names,
        gettext(
            "%(inviter)s invites you to join %(organization)s on Trial.Link.\n\n"
            "Open this link within 14 days to accept:\n%(link)s\n"
        )
        % names,
        settings.DEFAULT_FROM_EMAIL,
        [address],
    )
