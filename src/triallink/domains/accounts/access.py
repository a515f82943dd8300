"""Who somebody is when they act: the actor behind a person, a session or a token."""

import datetime as dt
import hashlib

from triallink.domains.accounts.models import ApiToken, Membership, Person
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import NotFound

# A token's last use is kept to the minute: a write per call would cost more than it tells.
USE_RESOLUTION = dt.timedelta(minutes=1)


def actor_for(person: Person, *, organization_id: int | None = None, source: str = "web") -> Actor:
    """Return the person as an actor for one of their organizations, the first by default.

    An organization the person does not belong to falls back to the first; one without any acts for none.
    """
    memberships = list(
        Membership.objects.filter(person=person, ended_at__isnull=True, organization__is_active=True)
        .select_related("organization")
        .order_by("id")
    )
    chosen = next((m for m in memberships if m.organization_id == organization_id), None)
    chosen = chosen or (memberships[0] if memberships else None)
    if chosen is None:
        return Actor(person_id=person.pk, label=person.name, source=source)
    return Actor(
        person_id=person.pk,
        label=person.name,
        organization_id=chosen.organization_id,
        organization_kind=chosen.organization.kind,
        roles=frozenset(chosen.roles),
        source=source,
    )


def token_hash(token: str) -> str:
    """Return what is kept of a token or an invitation: its sha256."""
    return hashlib.sha256(token.encode()).hexdigest()


def actor_for_token(
    token: str, *, source: str, clock: Clock = system_clock
) -> tuple[Actor, frozenset[str]] | None:
    """Return the actor and the scopes behind a live API token, or None if it is unknown, revoked or expired."""
    row = (
        ApiToken.objects.filter(token_hash=token_hash(token), revoked_at=None)
        .select_related("person")
        .first()
    )
    now = clock.now()
    if row is None or not row.person.is_active or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.last_used_at is None or now - row.last_used_at > USE_RESOLUTION:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
    actor = actor_for(row.person, organization_id=row.organization_id, source=source)
    # A person who left the organization keeps no token for it.
    return (actor, frozenset(row.scopes)) if actor.organization_id == row.organization_id else None


def membership_for(membership_id: int, *, to: Actor) -> Membership:
    """Return a live membership of the actor's organization, locked for change.

    Refuses: NotFound.
    """
    found = (
        Membership.objects.select_for_update()
        .filter(pk=membership_id, organization_id=to.own_organization_id, ended_at=None)
        .first()
    )
    if found is None:
        raise NotFound
    return found
