"""What a supplier's completed work adds up to, and what the sides said of each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Abs, Cast

from triallink.domains.accounts.models import Organization
from triallink.domains.contracts.models import Contract, LineRecord, Rating
from triallink.domains.marketplace.models import ServiceType
from triallink.engines.reputation import Estimate, Tally, overall, shrunk_mean, shrunk_rate, shrunk_share
from triallink.kernel.actor import Actor

# Where the market knows nothing yet: the middle of the scales.
BLANK = {"on_time": 0.8, "first_time": 0.8, "findings": 0.3, "hours": 0.1, "rating": 3.8}
STAR_SPREAD, HOUR_SPREAD = 0.9, 0.25


@dataclass(frozen=True)
class ServiceStanding:
    """A supplier's figures for one service, or for all: estimates by name, and the service's means beside them."""

    service: ServiceType | None
    lines: int
    estimates: dict[str, Estimate]
    means: dict[str, float]
    score: float


@dataclass(frozen=True)
class Reputation:
    """A supplier's whole standing; nothing in it is typed by anybody."""

    organization: Organization
    overall: ServiceStanding
    by_service: list[ServiceStanding]
    ratings: list[Rating]


@dataclass(frozen=True)
class RatingPair:
    """What one pair of parties said of each other, as far as the viewer may read it."""

    other: Organization
    given: Rating | None
    received: Rating | None
    is_answered: bool


def reputation_of(organization: Organization, shown: int = 10) -> Reputation:
    """Return a supplier's standing from its completed lines and the ratings that may be read."""
    own = _sums(LineRecord.objects.filter(organization=organization))
    market = _sums(LineRecord.objects.all(), [row["service"] for row in own])
    stars, all_stars = _stars(organization.pk), _stars(None)
    means = {row["service"]: _means(row, all_stars) for row in market}
    services = ServiceType.objects.in_bulk([row["service"] for row in own])
    # A rating is of the whole contract, so the stars stand beside all services alike.
    by_service = [_standing(services[row["service"]], row, means[row["service"]], stars) for row in own]
    total = _added(own)
    base = _means(_added(market), all_stars) if market else dict(BLANK, rating=_mean_stars(all_stars))
    ratings = Rating.objects.filter(ratee=organization, revealed_at__isnull=False).select_related(
        "rater", "contract"
    )
    return Reputation(
        organization,
        _standing(None, total, base, stars),
        sorted(by_service, key=lambda one: -one.lines),
        list(ratings.order_by("-revealed_at")[:shown]),
    )


def rating_pairs(contract: Contract, *, to: Actor) -> list[RatingPair]:
    """Return who rates whom in a contract, for one of its parties; a sealed rating shows only to its giver."""
    own = to.organization_id
    parties = [row.organization for row in contract.parties.select_related("organization")]
    if own not in {organization.pk for organization in parties}:
        return []
    others = [
        organization
        for organization in parties
        if (organization.pk == contract.buyer_id) != (own == contract.buyer_id)
    ]
    rows = {(row.rater_id, row.ratee_id): row for row in contract.ratings.all()}
    pairs = []
    for other in others:
        received = rows.get((other.pk, own or 0))
        pairs.append(
            RatingPair(
                other,
                rows.get((own or 0, other.pk)),
                received if received is not None and received.revealed_at else None,
                received is not None,
            )
        )
    return pairs


def _sums(rows: QuerySet[LineRecord], services: Iterable[int] | None = None) -> list[dict[str, Any]]:
    if services is not None:
        rows = rows.filter(service__in=list(services))
    by_hours = Q(hours_planned__gt=0, hours_used__isnull=False)
    error = Abs(Cast(F("hours_used") - F("hours_planned"), FloatField())) / Cast(
        F("hours_planned"), FloatField()
    )
    return [
        dict(row)
        for row in rows.order_by()
        .values("service")
        .annotate(
            lines=Count("id"),
            all_milestones=Sum("milestones"),
            all_dated=Sum("dated"),
            all_on_time=Sum("on_time"),
            all_first_time=Sum("first_time"),
            all_findings=Sum("findings"),
            hour_lines=Count("id", filter=by_hours),
            hour_error=Sum(error, filter=by_hours),
        )
    ]


def _added(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = [
        "lines", "all_milestones", "all_dated", "all_on_time", "all_first_time", "all_findings", "hour_lines",
        "hour_error",
    ]  # fmt: skip
    return {name: sum(row[name] or 0 for row in rows) for name in names}


def _stars(organization_id: int | None) -> Tally:
    rows = Rating.objects.filter(revealed_at__isnull=False).exclude(ratee__kind="sponsor")
    if organization_id is not None:
        rows = rows.filter(ratee_id=organization_id)
    found = rows.aggregate(count=Count("id"), total=Sum("stars"))
    return Tally(found["count"], float(found["total"] or 0))


def _mean_stars(stars: Tally) -> float:
    return stars.total / stars.cases if stars.cases else BLANK["rating"]


def _means(row: Mapping[str, Any], stars: Tally) -> dict[str, float]:
    def mean(total: float | None, cases: int, blank: float) -> float:
        return (total or 0) / cases if cases else blank

    return {
        "on_time": mean(row["all_on_time"], row["all_dated"], BLANK["on_time"]),
        "first_time": mean(row["all_first_time"], row["all_milestones"], BLANK["first_time"]),
        "findings": mean(row["all_findings"], row["all_milestones"], BLANK["findings"]),
        "hours": mean(row["hour_error"], row["hour_lines"], BLANK["hours"]),
        "rating": _mean_stars(stars),
    }


def _standing(
    service: ServiceType | None, row: Mapping[str, Any], means: dict[str, float], stars: Tally
) -> ServiceStanding:
    estimates = {
        "on_time": shrunk_share(row["all_on_time"], row["all_dated"], means["on_time"]),
        "first_time": shrunk_share(row["all_first_time"], row["all_milestones"], means["first_time"]),
        "findings": shrunk_rate(row["all_findings"], row["all_milestones"], means["findings"]),
        "rating": shrunk_mean(stars, means["rating"], STAR_SPREAD, 1, 5),
    }
    if row["hour_lines"]:
        hours = Tally(row["hour_lines"], float(row["hour_error"] or 0))
        estimates["hours"] = shrunk_mean(hours, means["hours"], HOUR_SPREAD)
    return ServiceStanding(service, row["lines"], estimates, means, overall(estimates))
