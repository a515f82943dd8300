"""One object of quality, for those who may see or change it."""

from triallink.domains.quality.models import Credential, Professional
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound


def own_professional(professional_id: int, *, to: Actor) -> Professional:
    """Return a professional of the actor's own organization; NotFound otherwise."""
    found = Professional.objects.filter(pk=professional_id, organization_id=to.own_organization_id).first()
    if found is None:
        raise NotFound
    return found


def own_credential(credential_id: int, *, to: Actor) -> Credential:
    """Return a credential of a professional of the actor's own organization; NotFound otherwise."""
    found = (
        Credential.objects.filter(pk=credential_id, professional__organization_id=to.own_organization_id)
        .select_related("professional")
        .first()
    )
    if found is None:
        raise NotFound
    return found
