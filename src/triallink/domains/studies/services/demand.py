"""Assumptions and the demand computed with them, each version kept."""

from typing import Any

import orjson
from django.db import transaction

from triallink.domains.studies.access import study_to_change
from triallink.domains.studies.errors import AssumptionOutOfRange, BasisIncomplete, WordUnknown
from triallink.domains.studies.events import AssumptionsSaved, DemandProposed
from triallink.domains.studies.models import AssumptionSet, DemandProposal, ProtocolVersion, Study
from triallink.engines.demand import (
    ASSUMPTIONS,
    Assumptions,
    StudyBasis,
    basis_from_protocol,
    propose,
    spec_of,
)
from triallink.engines.protocol import Protocol, from_json
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

KNOWN = {spec.key for spec in ASSUMPTIONS}


@transaction.atomic
def save_assumptions(
    *, study_id: int, values: dict[str, float], by: Actor, note: str = "", clock: Clock = system_clock
) -> AssumptionSet:
    """Keep a new version of the assumptions; equal to the present version, that one is returned.

    values  only what differs from the defaults counts: {"monitoring_interval_weeks": 8}.
    Refuses: NotFound, NotAllowed, WordUnknown, AssumptionOutOfRange.
    Emits: AssumptionsSaved.
    """
    study = study_to_change(study_id, by=by)
    for key, value in values.items():
        if key not in KNOWN:
            raise WordUnknown(field="values", value=key)
        spec = spec_of(key)
        if not spec.minimum <= value <= spec.maximum:
            limits = {"minimum": spec.minimum, "maximum": spec.maximum}
            raise AssumptionOutOfRange(field=key, key=spec.label, value=value, **limits)
    content = orjson.loads(Assumptions().with_values(values).to_json())
    latest = study.assumption_sets.order_by("-number").first()
    if latest is not None and latest.values == content:
        return latest
    row = AssumptionSet.objects.create(
        study=study,
        number=(latest.number if latest else 0) + 1,
        values=content,
        note=note,
        created_at=clock.now(),
        created_by_id=by.person_id,
    )
    record(
        AssumptionsSaved(study_id=study.pk, assumption_set_id=row.pk),
        by=by,
        about=("study", study.pk),
        study_id=study.pk,
        why=note,
        change={"assumptions": [latest.number if latest else None, row.number]},
        clock=clock,
    )
    return row


@transaction.atomic
def propose_demand(
    *,
    study_id: int,
    by: Actor,
    values: dict[str, float] | None = None,
    note: str = "",
    clock: Clock = system_clock,
) -> DemandProposal:
    """Compute the service lines of a study from its latest protocol, its sites and the assumptions.

    values  assumptions to plan with; the study's latest version when None.
    Refuses: NotFound, NotAllowed, AssumptionOutOfRange, BasisIncomplete.
    Emits: DemandProposed (and AssumptionsSaved when the assumptions are new).
    """
    study = study_to_change(study_id, by=by)
    latest = study.assumption_sets.order_by("-number").first()
    if values is not None or latest is None:
        latest = save_assumptions(study_id=study_id, values=values or {}, by=by, note=note, clock=clock)
    version = study.protocol_versions.order_by("-number").first()
    proposal = propose(basis_of(study, version), assumptions_of(latest))
    row = DemandProposal.objects.create(
        study=study,
        protocol_version=version,
        assumption_set=latest,
        number=study.demand_proposals.count() + 1,
        basis=orjson.loads(proposal.basis.to_json()),
        lines=proposal.to_dict()["lines"],
        created_at=clock.now(),
        created_by_id=by.person_id,
    )
    record(
        DemandProposed(study_id=study.pk, demand_proposal_id=row.pk),
        by=by,
        about=("study", study.pk),
        study_id=study.pk,
        change={"lines": [None, len(row.lines)]},
        clock=clock,
    )
    return row


def assumptions_of(row: AssumptionSet) -> Assumptions:
    """Return a stored version of the assumptions."""
    return Assumptions.from_json(orjson.dumps(row.values).decode())


def basis_of(study: Study, version: ProtocolVersion | None) -> StudyBasis:
    """Return the facts demand is computed from: the protocol's, replaced by what the study plans.

    Refuses: BasisIncomplete.
    """
    protocol = from_json(orjson.dumps(version.content)) if version else Protocol(name=study.code)
    planned: dict[str, Any] = {}
    sites = {c.country: c.planned_sites for c in study.countries.order_by("id") if c.planned_sites}
    if sites:
        planned["sites_by_country"] = sites
    elif study.planned_sites:
        planned["sites_by_country"] = {"CN": study.planned_sites}
    for name in ("enrollment_months", "follow_up_months"):
        if getattr(study, name) is not None:
            planned[name] = float(getattr(study, name))
    if study.planned_subjects:
        planned["subjects"] = study.planned_subjects
    try:
        return basis_from_protocol(protocol, **planned)
    except ValueError as error:
        raise BasisIncomplete from error
