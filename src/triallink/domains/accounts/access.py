"""Who somebody is when they act: the actor behind a person, a session or a token."""

from triallink.domains.accounts.models import Membership, Person
from triallink.kernel.actor import Actor


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
