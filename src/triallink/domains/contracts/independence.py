"""Whether two organizations are two: nobody earns a reputation by working for itself under a second name."""

from triallink.domains.accounts.models import Membership, Organization


def are_linked(one: int, other: int) -> bool:
    """Return whether two organizations share a member, present or past, or a registration number."""
    members = Membership.objects.filter(organization_id=one).values("person_id")
    if Membership.objects.filter(organization_id=other, person_id__in=members).exists():
        return True
    numbers = set(
        Organization.objects.filter(pk__in=[one, other])
        .exclude(registration_number="")
        .values_list("pk", "registration_number")
    )
    return len(numbers) == 2 and len({number for _, number in numbers}) == 1
