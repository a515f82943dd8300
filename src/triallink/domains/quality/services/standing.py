"""What a supplier's completed contracts add up to in the directory; only the contracts domain may say."""

from dataclasses import dataclass

from triallink.domains.quality.models import Professional, SupplierProfile


@dataclass(frozen=True)
class TrackRecord:
    """Completed contracts, and the ratings that may be read."""

    completed_contracts: int
    rating_count: int
    rating_sum: int


def keep_track_record(*, organization_id: int, record: TrackRecord) -> None:
    """Write a supplier's counters, and those of a freelancer who is the supplier; the caller has the evidence."""
    SupplierProfile.objects.filter(organization_id=organization_id).update(
        completed_contracts=record.completed_contracts,
        rating_count=record.rating_count,
        rating_sum=record.rating_sum,
    )
    Professional.objects.filter(organization_id=organization_id, organization__kind="freelancer").update(
        rating_count=record.rating_count, rating_sum=record.rating_sum
    )
