"""Who belongs to the actor's organization, and what the person holds."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet
from django.utils import timezone

from triallink.domains.accounts.access import token_hash
from triallink.domains.accounts.models import ApiToken, Invitation, Membership, Organization, Person
from triallink.foundation.mailing import Mailbox
from triallink.foundation.models import AuditLine
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound


def person_of(actor: Actor) -> Person:
    """Return the person behind the actor; refuse NotAllowed to a stranger."""
    return Person.objects.get(pk=actor.own_person_id)


def organization_of(actor: Actor) -> Organization:
    """Return the organization the actor acts for; refuse NotAllowed if there is none."""
    return Organization.objects.get(pk=actor.own_organization_id)


def organizations_of(actor: Actor) -> list[Organization]:
    """Return every organization the person may act for, in the order joined."""
    return [
        membership.organization
        for membership in Membership.objects.filter(
            person_id=actor.own_person_id, ended_at=None, organization__is_active=True
        )
        .select_related("organization")
        .order_by("id")
    ]


def members_of(*, to: Actor) -> QuerySet[Membership]:
    """Return the live members of the actor's organization with their people."""
    return (
        Membership.objects.filter(organization_id=to.own_organization_id, ended_at=None)
        .select_related("person")
        .order_by("person__name", "id")
    )


def member_of(membership_id: int, *, to: Actor) -> Membership:
    """Return a live member of the actor's organization.

    Refuses: NotAllowed (no organization), NotFound.
    """
    found = members_of(to=to).filter(pk=membership_id).first()
    if found is None:
        raise NotFound
    return found


def open_invitations(*, to: Actor) -> QuerySet[Invitation]:
    """Return the invitations of the actor's organization that were neither accepted nor revoked."""
    return (
        Invitation.objects.filter(organization_id=to.own_organization_id, accepted_at=None, revoked_at=None)
        .select_related("invited_by")
        .order_by("-created_at")
    )


def history_of_organization(*, to: Actor) -> QuerySet[AuditLine]:
    """Return the audit lines of everything done for the actor's organization.

    Refuses: NotAllowed (not an administrator, quality manager or inspector).
    """
    to.require("administrator", "quality", "inspector")
    return AuditLine.objects.filter(organization_id=to.own_organization_id)


def tokens_of(*, to: Actor) -> list[ApiToken]:
    """Return the person's own tokens that still work or have only expired."""
    return list(
        ApiToken.objects.filter(person_id=to.own_person_id, revoked_at=None)
        .select_related("organization")
        .order_by("-created_at")
    )


def organization_counts() -> dict[str, int]:
    """Return how many active organizations of each kind there are; anybody may know."""
    active = Organization.objects.filter(is_active=True).order_by()
    return dict(active.values_list("kind").annotate(Count("id")))


def mailboxes_of(person_ids: Iterable[int]) -> dict[int, Mailbox]:
    """Return where active people get their mail; demo people exist only on this platform and get none."""
    people = Person.objects.filter(pk__in=person_ids, is_active=True, is_demo=False)
    return {person.pk: Mailbox(person.email, person.language) for person in people}


def invitation_of_token(token: str) -> Invitation | None:
    """Return the invitation behind a link, whoever follows it; None if it opens nothing any more."""
    return (
        Invitation.objects.filter(
            token_hash=token_hash(token),
            accepted_at=None,
            revoked_at=None,
            expires_at__gt=timezone.now(),
            organization__is_active=True,
        )
        .select_related("organization", "invited_by")
        .first()
    )


def invitations_to(*, to: Actor) -> list[Invitation]:
    """Return the open invitations sent to the person's own address."""
    return list(
        Invitation.objects.filter(
            email=person_of(to).email, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
        )
        .select_related("organization", "invited_by")
        .order_by("-created_at")
    )


def memberships_of(*, to: Actor) -> list[Membership]:
    """Return the person's own live memberships with their organizations."""
    return list(
        Membership.objects.filter(person_id=to.own_person_id, ended_at=None, organization__is_active=True)
        .select_related("organization")
        .order_by("id")
    )


def people_with_roles(organization_id: int, *roles: str) -> list[int]:
    """Return the ids of an organization's live members who hold one of these roles."""
    members = Membership.objects.filter(
        organization_id=organization_id, ended_at=None, roles__overlap=list(roles)
    )
    return list(members.values_list("person_id", flat=True))


def people_of_operator(*roles: str) -> list[int]:
    """Return the ids of the platform operator's live members who hold one of these roles."""
    members = Membership.objects.filter(
        organization__kind="operator", ended_at=None, roles__overlap=list(roles)
    )
    return list(members.values_list("person_id", flat=True))
