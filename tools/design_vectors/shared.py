"""What the planning calls of the R package share: their designs, and the fields every group-sequential plan has."""

from typing import Any

import numpy as np
from scipy.special import ndtr

from tools.design_vectors.designs import Design, design_of
from tools.design_vectors.rcalls import Call
from triallink.engines.design import SequentialPlan, Stopping

Fields = dict[str, Any]


def planned(call: Call) -> tuple[Design, dict[str, Any]]:
    """Return the design of a planning call and its other arguments."""
    a = dict(call.arguments)
    given = a.pop("design", a.pop("0", None))
    own = {key: a.pop(key) for key in ("alpha", "beta", "sided", "kMax", "informationRates") if key in a}
    return design_of(given if isinstance(given, Call) else None, **own), a


def each(value: Any) -> list[float]:
    """Return the values of an argument that may hold several alternatives."""
    return [float(one) for one in np.atleast_1d(value)]


def stacked(cases: list[Fields]) -> Fields:
    """Return fields of several alternatives side by side: vectors per look become one column each."""
    return {
        key: np.stack([np.asarray(case[key], dtype=float) for case in cases], axis=-1) for key in cases[0]
    }


def of_plan(design: Design, plan: SequentialPlan, ratio: float | None) -> Fields:
    """Return subjects per look and what is expected."""
    fields: Fields = {
        "maxNumberOfSubjects": plan.largest,
        "numberOfSubjects": plan.looks,
        "informationRates": design.bounds.information,
        "expectedNumberOfSubjectsH0": plan.expected_null,
        "expectedNumberOfSubjectsH01": plan.expected_halfway,
        "expectedNumberOfSubjectsH1": plan.expected,
        "allocationRatioPlanned": ratio if ratio is not None else np.nan,
        **of_stopping(plan.stopping, two_sided=False),
    }
    if ratio is not None:
        fields |= {
            "maxNumberOfSubjects1": plan.largest * ratio / (1 + ratio),
            "maxNumberOfSubjects2": plan.largest / (1 + ratio),
            "numberOfSubjects1": plan.looks * ratio / (1 + ratio),
            "numberOfSubjects2": plan.looks / (1 + ratio),
        }
    return fields


def of_stopping(found: Stopping, *, two_sided: bool) -> Fields:
    """Return chances to stop; sample sizes count one side, power functions both."""
    rejected = found.efficacy + found.opposite if two_sided else found.efficacy
    futility = float(found.futility.sum())
    return {
        "rejectPerStage": rejected,
        "overallReject": float(rejected.sum()),
        "futilityPerStage": found.futility,
        "futilityStop": futility,
        "earlyStop": float(rejected[:-1].sum()) + futility,
    }


def levels(design: Design) -> Fields:
    """Return bounds as p-values."""
    fields: Fields = {"criticalValuesPValueScale": design.sided * ndtr(-design.bounds.upper)}
    if design.bounds.futility.size:
        fields["futilityBoundsPValueScale"] = ndtr(-design.bounds.futility[:-1])
    return fields
