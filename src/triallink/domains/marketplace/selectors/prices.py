"""What services cost: per province and quarter, from list prices and from awards, never telling a single supplier's.

The two sources are told apart and protected apart: list prices are public on each supplier's page, so figures that
mixed both would let anybody take the listings away and be left with few awards.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from triallink.domains.marketplace.access.listings import refuse_stranger
from triallink.domains.marketplace.models import AwardLine, Listing
from triallink.engines.pricing import NATION, Cell, Observation, price_cells
from triallink.kernel.actor import Actor

FEWEST_SUPPLIERS = 3
QUARTERS = 8


@dataclass(frozen=True)
class Quarter:
    """Three months of a year."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """Return the quarter as it is written and sorted."""
        return f"{self.year}-Q{self.number}"

    @property
    def start(self) -> dt.datetime:
        """Return its first instant, UTC."""
        return dt.datetime(self.year, 3 * self.number - 2, 1, tzinfo=dt.UTC)

    @property
    def before(self) -> "Quarter":
        """Return the quarter before."""
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    @property
    def after(self) -> "Quarter":
        """Return the quarter after."""
        return Quarter(self.year, self.number + 1) if self.number < 4 else Quarter(self.year + 1, 1)

    @staticmethod
    def of(day: dt.date) -> "Quarter":
        """Return the quarter a day lies in."""
        return Quarter(day.year, (day.month + 2) // 3)


@dataclass(frozen=True)
class PriceIndex:
    """What one service costs in one currency, prices in minor units; provinces and the nation (region "")."""

    service: str
    currency: str
    quarters: list[str]
    listed: list[Cell]
    awarded: list[Cell]


def price_index(
    service: str,
    *,
    to: Actor,
    currency: str = "CNY",
    quarters: int = QUARTERS,
    today: dt.date | None = None,
) -> PriceIndex:
    """Return the price index of a service for the last quarters, this one included; any member may look.

    Refuses: NotAllowed (nobody is signed in).
    """
    refuse_stranger(to)
    span = _last_quarters(today or timezone.localdate(), quarters)
    return PriceIndex(
        service=service,
        currency=currency,
        quarters=[quarter.name for quarter in span],
        listed=price_cells(_listed(service, currency, span), FEWEST_SUPPLIERS),
        awarded=price_cells(_awarded(service, currency, span), FEWEST_SUPPLIERS),
    )


def _last_quarters(today: dt.date, count: int) -> list[Quarter]:
    found = [Quarter.of(today)]
    while len(found) < count:
        found.insert(0, found[0].before)
    return found


def _listed(service: str, currency: str, span: list[Quarter]) -> list[Observation]:
    """Return a listing's price in every quarter it was live in, in its provinces or else in its supplier's own."""
    rows = (
        Listing.objects.filter(
            service__code=service, currency=currency, published_at__lt=span[-1].after.start
        )
        .filter(Q(ended_at=None) | Q(ended_at__gte=span[0].start))
        .values_list(
            "organization_id",
            "organization__province",
            "provinces",
            "price_minor",
            "published_at",
            "ended_at",
        )
    )
    return [
        Observation(str(supplier), province, quarter.name, price)
        for supplier, home, provinces, price, published_at, ended_at in rows
        for quarter in span
        if published_at < quarter.after.start and (ended_at is None or ended_at >= quarter.start)
        for province in (provinces or [home or NATION])
    ]


def _awarded(service: str, currency: str, span: list[Quarter]) -> list[Observation]:
    """Return the price of every line awarded and not annulled, in the province of the line."""
    rows = AwardLine.objects.filter(
        line__service__code=service,
        award__request__currency=currency,
        award__annulled_at=None,
        award__awarded_at__gte=span[0].start,
        award__awarded_at__lt=span[-1].after.start,
        unit_price_minor__gt=0,
    ).values_list("bid__organization_id", "line__province", "unit_price_minor", "award__awarded_at")
    return [
        Observation(
            str(supplier), province or NATION, Quarter.of(awarded_at.astimezone(dt.UTC).date()).name, price
        )
        for supplier, province, price, awarded_at in rows
    ]
