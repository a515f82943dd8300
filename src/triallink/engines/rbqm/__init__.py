"""Risk-based quality management: indicators as data, scores with over-dispersion, flags that explain themselves."""

from triallink.engines.rbqm.conditions import parse_condition
from triallink.engines.rbqm.explanations import Explanation, changes, explain
from triallink.engines.rbqm.import_specs import spec_from_workflow
from triallink.engines.rbqm.metric import (
    MetricSpec,
    Source,
    group_counts,
    metric,
    risk_scores,
    scored,
    subject_counts,
)
from triallink.engines.rbqm.scores import (
    Scores,
    fisher,
    normal_approximation,
    normal_bounds,
    poisson,
    poisson_bounds,
    tolerance_interval,
)

__all__ = [
    "Explanation",
    "MetricSpec",
    "Scores",
    "Source",
    "changes",
    "explain",
    "fisher",
    "group_counts",
    "metric",
    "normal_approximation",
    "normal_bounds",
    "parse_condition",
    "poisson",
    "poisson_bounds",
    "risk_scores",
    "scored",
    "spec_from_workflow",
    "subject_counts",
    "tolerance_interval",
]
