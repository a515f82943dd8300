"""What is in a demo world."""

from dataclasses import dataclass

from django.db.models import Count

from triallink.demo.cast import PASSWORD
from triallink.domains.accounts.models import Membership, Organization
from triallink.domains.contracts.models import Contract
from triallink.domains.marketplace.models import Bid, Listing, Request, RequestLine
from triallink.domains.quality.models import Credential, Professional
from triallink.domains.studies.models import Study, StudySite

__all__ = ["PASSWORD", "CastMember", "cast", "counts"]


@dataclass(frozen=True)
class CastMember:
    """Somebody to sign in as."""

    email: str
    name: str
    title: str
    organization: str


def counts() -> dict[str, int]:
    """Return how many rows there are of what a visitor would look for."""
    kinds = Organization.objects.values_list("kind").annotate(number=Count("id")).order_by("kind")
    states = Request.objects.values_list("state").annotate(number=Count("id")).order_by("state")
    return {
        **{f"organizations: {kind}": number for kind, number in kinds},
        "professionals": Professional.objects.count(),
        "credentials": Credential.objects.count(),
        "listings": Listing.objects.filter(is_active=True).count(),
        "studies": Study.objects.count(),
        "study sites": StudySite.objects.count(),
        **{f"requests: {state}": number for state, number in states},
        "request lines": RequestLine.objects.count(),
        "bids": Bid.objects.count(),
        "contracts": Contract.objects.count(),
    }


def cast() -> list[CastMember]:
    """Return who can be signed in as."""
    rows = Membership.objects.filter(person__is_demo=True, ended_at=None).select_related(
        "person", "organization"
    )
    return [
        CastMember(row.person.email, row.person.name, row.title, row.organization.name_en)
        for row in rows.order_by("id")
    ]
