"""Who the caller is."""

from django.http import HttpRequest
from ninja import Router, Schema

from triallink.api.v1.core import actor_of, scope

router = Router()


class Me(Schema):
    """The caller."""

    person_id: int
    name: str
    organization_id: int | None
    organization_kind: str
    roles: list[str]


@router.get("/", auth=scope("me:read"), response=Me)
def me(request: HttpRequest) -> Me:
    """Return who the caller is and for which organization it acts."""
    actor = actor_of(request)
    assert actor.person_id is not None
    return Me(
        person_id=actor.person_id,
        name=actor.label,
        organization_id=actor.organization_id,
        organization_kind=actor.organization_kind,
        roles=sorted(actor.roles),
    )
