"""What suppliers offer, at which list price. A price is never overwritten: the old listing ends, a new one begins."""

from collections.abc import Iterable

from django.db import transaction

from triallink.domains.marketplace.access.listings import own_listing
from triallink.domains.marketplace.errors.listings import (
    ListingEnded,
    ListingExists,
    PriceNotPositive,
    ProfileMissing,
    ServiceUnknown,
)
from triallink.domains.marketplace.events.listings import (
    ListingPriceChanged,
    ListingPublished,
    ListingWithdrawn,
)
from triallink.domains.marketplace.models import Listing, ServiceType
from triallink.domains.quality.models import SupplierProfile
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock


@transaction.atomic
def publish_listing(
    *,
    service: str,
    price_minor: int,
    currency: str = "CNY",
    provinces: Iterable[str] = (),
    lead_time_days: int = 14,
    capacity_per_month: int | None = None,
    note_en: str = "",
    note_zh: str = "",
    by: Actor,
    clock: Clock = system_clock,
) -> Listing:
    """Offer a service of the catalogue at a list price.

    provinces  where the price holds; none is everywhere.
    Refuses: NotAllowed, ProfileMissing, ServiceUnknown, PriceNotPositive, ListingExists.
    Emits: ListingPublished.
    """
    by.require("business_lead", "resource_manager")
    # Locking the profile makes two members who publish the same service at once take turns.
    if not SupplierProfile.objects.select_for_update().filter(organization_id=by.own_organization_id):
        raise ProfileMissing
    found = ServiceType.objects.filter(code=service, is_active=True).first()
    if found is None:
        raise ServiceUnknown(field="service", service=service)
    if price_minor <= 0:
        raise PriceNotPositive(field="price")
    if Listing.objects.filter(organization_id=by.own_organization_id, service=found, is_active=True).exists():
        raise ListingExists(field="service")
    listing = Listing.objects.create(
        organization_id=by.own_organization_id,
        service=found,
        provinces=[province.strip() for province in provinces if province.strip()],
        price_minor=price_minor,
        currency=currency,
        lead_time_days=lead_time_days,
        capacity_per_month=capacity_per_month,
        note_en=note_en.strip(),
        note_zh=note_zh.strip(),
        published_at=clock.now(),
    )
    record(
        ListingPublished(listing_id=listing.pk, organization_id=listing.organization_id, service=service),
        by=by,
        about=("listing", listing.pk),
        change={"price_minor": [None, price_minor]},
        clock=clock,
    )
    return listing


@transaction.atomic
def change_listing_price(
    *, listing_id: int, price_minor: int, by: Actor, clock: Clock = system_clock
) -> Listing:
    """Offer the same service at another list price and return the listing that takes over.

    Refuses: NotAllowed, NotFound, PriceNotPositive, ListingEnded.
    Emits: ListingPriceChanged.
    """
    by.require("business_lead", "resource_manager")
    if price_minor <= 0:
        raise PriceNotPositive(field="price")
    old = _ended(listing_id, by, clock)
    new = Listing.objects.create(
        organization_id=old.organization_id,
        service=old.service,
        provinces=old.provinces,
        price_minor=price_minor,
        currency=old.currency,
        lead_time_days=old.lead_time_days,
        capacity_per_month=old.capacity_per_month,
        note_en=old.note_en,
        note_zh=old.note_zh,
        published_at=clock.now(),
    )
    record(
        ListingPriceChanged(listing_id=new.pk, organization_id=new.organization_id, service=old.service.code),
        by=by,
        about=("listing", new.pk),
        change={"price_minor": [old.price_minor, price_minor], "listing": [old.pk, new.pk]},
        clock=clock,
    )
    return new


@transaction.atomic
def withdraw_listing(*, listing_id: int, by: Actor, clock: Clock = system_clock) -> None:
    """No longer offer a service.

    Refuses: NotAllowed, NotFound, ListingEnded.
    Emits: ListingWithdrawn.
    """
    by.require("business_lead", "resource_manager")
    listing = _ended(listing_id, by, clock)
    record(
        ListingWithdrawn(
            listing_id=listing.pk, organization_id=listing.organization_id, service=listing.service.code
        ),
        by=by,
        about=("listing", listing.pk),
        change={"is_active": [True, False]},
        clock=clock,
    )


def _ended(listing_id: int, by: Actor, clock: Clock) -> Listing:
    """End a live listing of the actor's organization and return it."""
    listing = own_listing(listing_id, to=by)
    listing = Listing.objects.select_for_update(of=("self",)).select_related("service").get(pk=listing.pk)
    if not listing.is_active:
        raise ListingEnded
    listing.is_active, listing.ended_at = False, clock.now()
    listing.save(update_fields=["is_active", "ended_at"])
    return listing
