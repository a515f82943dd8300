"""The price index over real rows: what counts where and when, and what is never told."""

import datetime as dt

import pytest

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models import Listing, ServiceType
from triallink.domains.marketplace.selectors.prices import Quarter, price_index
from triallink.engines.pricing import NATION
from triallink.kernel.actor import NOBODY
from triallink.kernel.refusals import NotAllowed

TODAY = dt.date(2026, 8, 15)


def offer(name, province, price, since, until=None, provinces=()):
    organization = Organization.objects.get_or_create(
        kind="smo", name_en=name, defaults={"province": province}
    )[0]
    Listing.objects.create(
        organization=organization,
        service=ServiceType.objects.get(code="CRC_HOURS"),
        provinces=list(provinces),
        price_minor=price,
        published_at=dt.datetime(*since, tzinfo=dt.UTC),
        ended_at=dt.datetime(*until, tzinfo=dt.UTC) if until else None,
        is_active=until is None,
    )


def told(ada):
    index = price_index("CRC_HOURS", to=ada.actor, today=TODAY)
    return {(cell.region, cell.period): cell for cell in index.listed}


@pytest.mark.django_db
def test_a_listing_counts_in_every_quarter_it_was_live_and_its_new_price_after_it(ada):
    offer("A", "Shanghai", 100, (2026, 2, 1), until=(2026, 5, 1))
    offer("A", "Shanghai", 300, (2026, 5, 1))
    offer("B", "Shanghai", 110, (2025, 12, 31))
    offer("C", "Shanghai", 120, (2026, 1, 1))
    cells = told(ada)
    assert ("Shanghai", "2025-Q3") not in cells
    assert cells["Shanghai", "2025-Q4"].reason == "few"
    assert cells["Shanghai", "2026-Q1"].median == 110
    # In the quarter of the change A counts once, with the median of both prices.
    assert (cells["Shanghai", "2026-Q2"].suppliers, cells["Shanghai", "2026-Q2"].median) == (3, 120)
    assert cells["Shanghai", "2026-Q3"].median == 120


@pytest.mark.django_db
def test_a_price_for_some_provinces_counts_there_and_not_at_home(ada):
    for name in "ABC":
        offer(name, "Beijing", 100, (2026, 7, 1), provinces=["Jiangsu", "Zhejiang"])
    cells = told(ada)
    assert {region for region, _ in cells} == {NATION, "Jiangsu", "Zhejiang"}
    assert cells[NATION, "2026-Q3"].suppliers == 3


@pytest.mark.django_db
def test_a_lone_supplier_in_a_province_cannot_be_worked_out_from_the_nation(ada):
    for name in "ABC":
        offer(name, "Shanghai", 100, (2026, 7, 1))
    offer("D", "Hainan", 999, (2026, 7, 1))
    cells = told(ada)
    assert cells["Hainan", "2026-Q3"].median is None
    assert cells["Shanghai", "2026-Q3"].reason == "complement"
    assert cells[NATION, "2026-Q3"].suppliers == 4


@pytest.mark.django_db
def test_other_currencies_and_services_stay_apart_and_strangers_see_nothing(ada):
    for name in "ABC":
        offer(name, "Shanghai", 100, (2026, 7, 1))
    Listing.objects.update(currency="USD")
    assert told(ada) == {}
    with pytest.raises(NotAllowed):
        price_index("CRC_HOURS", to=NOBODY)


def test_quarters_follow_each_other_over_the_year():
    assert Quarter.of(dt.date(2026, 12, 31)).after == Quarter(2027, 1)
    assert Quarter(2026, 1).before == Quarter(2025, 4)
    assert Quarter(2026, 3).start == dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
