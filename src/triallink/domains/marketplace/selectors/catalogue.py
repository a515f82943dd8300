"""The service catalogue for whoever is signed in."""

from triallink.domains.marketplace.models import ServiceType
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound


def service_types(*, to: Actor) -> list[ServiceType]:
    """Return the services that can be bought, in the catalogue's order; every member sees all of them."""
    return list(ServiceType.objects.filter(is_active=True).order_by("position"))


def service_type(code: str, *, to: Actor) -> ServiceType:
    """Return one service by its code, retired ones included: old contracts still name them."""
    found = ServiceType.objects.filter(code=code).first()
    if found is None:
        raise NotFound
    return found
