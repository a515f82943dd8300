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
from triallink.engines.rbqm.reporting import event_reporting
from triallink.engines.rbqm.scores import (
    Scores,
    deviance_residual,
    fisher,
    fisher_p,
    normal_approximation,
    normal_bounds,
    poisson,
    poisson_bounds,
    tolerance_interval,
)
from triallink.engines.rbqm.series import false_discovery, series_features, series_outliers

__all__ = [
    "Explanation",
    "MetricSpec",
    "Scores",
    "Source",
    "changes",
    "deviance_residual",
    "event_reporting",
    "explain",
    "false_discovery",
    "fisher",
    "fisher_p",
    "group_counts",
    "metric",
    "normal_approximation",
    "normal_bounds",
    "parse_condition",
    "poisson",
    "poisson_bounds",
    "risk_scores",
    "scored",
    "series_features",
    "series_outliers",
    "spec_from_workflow",
    "subject_counts",
    "tolerance_interval",
]
