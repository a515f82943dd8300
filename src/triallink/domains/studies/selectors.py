"""What a viewer may read of studies."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import Count, Max, Prefetch, QuerySet

from triallink.domains.studies.access import study_for, visible_studies
from triallink.domains.studies.models import AssumptionSet, DemandProposal, ProtocolVersion, Study, StudySite
from triallink.engines.protocol import Protocol, from_json
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound


def studies(*, to: Actor) -> QuerySet[Study]:
    """Return the studies the actor may see, newest first, with the numbers a list shows."""
    return (
        visible_studies(to=to)
        .select_related("sponsor")
        .annotate(
            site_count=Count("sites", distinct=True),
            latest_version=Max("protocol_versions__number"),
            proposal_count=Count("demand_proposals", distinct=True),
        )
        .order_by("-created_at", "-id")
    )


def versions(study_id: int, *, to: Actor) -> list[ProtocolVersion]:
    """Return the versions of a study's protocol without their content, newest first."""
    study = study_for(study_id, to=to)
    return list(study.protocol_versions.defer("content").select_related("file").order_by("-number"))


def version(study_id: int, number: int | None = None, *, to: Actor) -> ProtocolVersion | None:
    """Return one version of the protocol, the latest by default, or None if the study has none.

    Refuses: NotFound (the study, or a number it does not have).
    """
    study = study_for(study_id, to=to)
    found = study.protocol_versions.select_related("file").order_by("-number")
    if number is None:
        return found.first()
    row = found.filter(number=number).first()
    if row is None:
        raise NotFound
    return row


def protocol_of(row: ProtocolVersion) -> Protocol:
    """Return the protocol a version holds."""
    return from_json(orjson.dumps(row.content))


def sites(study_id: int, *, to: Actor) -> QuerySet[StudySite]:
    """Return a study's sites in the order of their numbers."""
    return study_for(study_id, to=to).sites.select_related("organization").order_by("number")


def assumption_sets(study_id: int, *, to: Actor) -> list[AssumptionSet]:
    """Return the versions of a study's assumptions, newest first."""
    return list(study_for(study_id, to=to).assumption_sets.order_by("-number"))


def proposals(study_id: int, *, to: Actor) -> list[DemandProposal]:
    """Return the demand proposals of a study without their lines, newest first."""
    study = study_for(study_id, to=to)
    rows = study.demand_proposals.defer("lines", "basis").select_related("assumption_set", "protocol_version")
    return list(rows.order_by("-number"))


def proposal(study_id: int, number: int | None = None, *, to: Actor) -> DemandProposal | None:
    """Return one demand proposal with its lines, the latest by default, or None if there is none.

    Refuses: NotFound (the study, or a number it does not have).
    """
    study = study_for(study_id, to=to)
    rows = study.demand_proposals.select_related("assumption_set", "protocol_version").order_by("-number")
    if number is None:
        return rows.first()
    row = rows.filter(number=number).first()
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class DemandLine:
    """One proposed service line, as a request is drafted from it."""

    key: str
    service_code: str
    label: str
    country: str
    unit: str
    quantity: float
    hours: float


def demand_lines(row: DemandProposal) -> list[DemandLine]:
    """Return the lines of a proposal as values."""
    names = DemandLine.__dataclass_fields__
    return [DemandLine(**{name: line[name] for name in names}) for line in row.lines]


def with_sites(studies_: QuerySet[Study]) -> QuerySet[Study]:
    """Return the studies with their sites and countries loaded."""
    ordered: Prefetch[Any] = Prefetch("sites", StudySite.objects.order_by("number"))
    return studies_.prefetch_related(ordered, "countries")
