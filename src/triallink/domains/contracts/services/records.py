"""What an ended contract says of its suppliers: written once per line, added up in the directory."""

from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Sum

from triallink.domains.contracts.evidence import Scope, facts_for
from triallink.domains.contracts.independence import are_linked
from triallink.domains.contracts.models import Contract, ContractLine, LineRecord, MilestoneVerdict, Rating
from triallink.domains.quality.services.standing import TrackRecord, keep_track_record
from triallink.foundation import search
from triallink.kernel.clock import Clock

# Facts of these kinds count against a supplier, or as its hours, if a tool of the installation states them.
FINDING, HOURS = "finding", "timesheet_approved"


@transaction.atomic
def keep_line_records(*, contract: Contract, clock: Clock) -> list[LineRecord]:
    """Write what each completed line of an ended contract says of everybody who worked on it. No event of its own.

    Work for a buyer that is the supplier under another name counts for nothing.
    """
    returns = dict(
        MilestoneVerdict.objects.filter(submission__milestone__contract=contract, outcome="returned")
        .values_list("submission__milestone_id")
        .annotate(Count("id"))
    )
    made: list[LineRecord] = []
    for line in contract.lines.select_related("service", "request_line").prefetch_related("milestones"):
        figures = _figures(contract, line, returns)
        if figures is not None:
            shared = [share["organization_id"] for share in line.shares] or [contract.supplier_id]
            workers = [one for one in shared if not are_linked(one, contract.buyer_id)]
            made += [
                LineRecord(
                    line=line,
                    organization_id=organization_id,
                    service_id=line.service_id,
                    ended_at=clock.now(),
                    **figures,
                )
                for organization_id in workers
            ]
    LineRecord.objects.bulk_create(made, ignore_conflicts=True)
    for organization_id in sorted({row.organization_id for row in made}):
        refresh_standing(organization_id=organization_id)
    return made


def refresh_standing(*, organization_id: int) -> None:
    """Bring the directory's counters of a supplier up to its records and the ratings that may be read."""
    records = LineRecord.objects.filter(organization_id=organization_id)
    ratings = Rating.objects.filter(ratee_id=organization_id, revealed_at__isnull=False).aggregate(
        count=Count("id"), total=Sum("stars")
    )
    keep_track_record(
        organization_id=organization_id,
        record=TrackRecord(
            completed_contracts=records.values("line__contract").distinct().count(),
            rating_count=ratings["count"],
            rating_sum=ratings["total"] or 0,
        ),
    )
    search.touch("directory", [f"supplier:{organization_id}"])


def _figures(
    contract: Contract, line: ContractLine, returns: dict[int, int]
) -> dict[str, int | Decimal | None] | None:
    """Return what a line's milestones add up to; None if the line was not completed.

    In a contract that ended early a line is completed if all of it was reached; in a completed one, where a line may
    be paid by the unit, if any of it was.
    """
    asked = [row for row in line.milestones.all() if not row.is_removed]
    reached = [row for row in asked if row.is_reached]
    if not reached or (contract.state != "completed" and len(reached) < len(asked)):
        return None
    dated = [row for row in reached if row.due_on is not None]
    scope = Scope(
        contract_id=contract.pk,
        study_id=contract.study_id,
        site_id=line.request_line.site_id,
        line_id=line.pk,
    )
    hours = facts_for(HOURS, scope, {}) if line.unit == "hour" else []
    findings = sum(returns.get(row.pk, 0) for row in reached) + len(facts_for(FINDING, scope, {}))
    return {
        "milestones": len(reached),
        "dated": len(dated),
        # On time is the day the accepted work was handed in: how long the buyer looked at it is not the supplier's.
        "on_time": sum(
            1
            for row in dated
            if row.submitted_at is not None
            and row.due_on is not None
            and row.submitted_at.date() <= row.due_on
        ),
        "first_time": sum(1 for row in reached if row.is_first_time_right),
        "findings": findings,
        "hours_planned": line.quantity if hours else None,
        "hours_used": sum((fact.quantity for fact in hours), Decimal(0)) if hours else None,
    }
