"""Suppliers' listings, allowed and refused side by side."""

import pytest

from triallink.domains.marketplace.errors.listings import (
    ListingEnded,
    ListingExists,
    PriceNotPositive,
    ProfileMissing,
    ServiceUnknown,
)
from triallink.domains.marketplace.models import Listing
from triallink.domains.marketplace.services.listings import (
    change_listing_price,
    publish_listing,
    withdraw_listing,
)
from triallink.domains.quality.models import SupplierProfile
from triallink.kernel.refusals import NotAllowed, NotFound


@pytest.fixture
def supplier(fei):
    SupplierProfile.objects.create(organization=fei.organization)
    return fei


def test_supplier_publishes_changes_the_price_and_withdraws(supplier):
    first = publish_listing(service="CRC_HOURS", price_minor=100, by=supplier.actor)
    second = change_listing_price(listing_id=first.pk, price_minor=120, by=supplier.actor)
    withdraw_listing(listing_id=second.pk, by=supplier.actor)
    first.refresh_from_db()
    assert first.price_minor == 100
    assert not first.is_active
    assert first.ended_at is not None
    assert not Listing.objects.filter(is_active=True).exists()
    with pytest.raises(ListingEnded):
        change_listing_price(listing_id=first.pk, price_minor=90, by=supplier.actor)


def test_a_service_is_offered_once_at_a_time(supplier):
    first = publish_listing(service="CRC_HOURS", price_minor=100, by=supplier.actor)
    with pytest.raises(ListingExists):
        publish_listing(service="CRC_HOURS", price_minor=90, by=supplier.actor)
    withdraw_listing(listing_id=first.pk, by=supplier.actor)
    assert publish_listing(service="CRC_HOURS", price_minor=90, by=supplier.actor).is_active


def test_listings_of_others_and_impossible_ones_are_refused(supplier, ben, ada):
    listing = publish_listing(service="CRC_HOURS", price_minor=100, by=supplier.actor)
    with pytest.raises(NotFound):
        change_listing_price(listing_id=listing.pk, price_minor=1, by=ben.actor)
    with pytest.raises(NotFound):
        withdraw_listing(listing_id=listing.pk, by=ben.actor)
    with pytest.raises(NotAllowed):
        publish_listing(service="CRC_HOURS", price_minor=100, by=ada.actor)
    with pytest.raises(ProfileMissing):
        publish_listing(service="CRC_HOURS", price_minor=100, by=ben.actor)
    with pytest.raises(ServiceUnknown):
        publish_listing(service="ASTROLOGY", price_minor=100, by=supplier.actor)
    with pytest.raises(PriceNotPositive):
        publish_listing(service="EDC_BUILD", price_minor=0, by=supplier.actor)
