"""Cluster-randomized trials: what the likeness of subjects within a cluster costs."""

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr, ndtri
from scipy.stats import nct, t

from triallink.engines.design.answer import check_error, check_positive, find_size
from triallink.engines.design.proportions import check_proportion


@dataclass(frozen=True)
class ClusterAnswer:
    """A cluster-randomized design with one analysis.

    clusters       per group, not rounded; `whole_clusters` rounds up.
    cluster_size   mean number of subjects per cluster.
    power          chance to reject in the direction of the effect.
    design_effect  variance compared with individual randomization.
    """

    clusters: float
    cluster_size: float
    power: float
    design_effect: float

    @property
    def whole_clusters(self) -> int:
        """Clusters per group, rounded up."""
        return math.ceil(self.clusters - 1e-9)

    @property
    def n(self) -> float:
        """Subjects in both groups together."""
        return 2 * self.whole_clusters * self.cluster_size


def design_effect(cluster_size: float, correlation: float, *, size_cv: float = 0.0) -> float:
    """Return by how much clusters raise the variance.

    cluster_size  mean number of subjects per cluster, >= 1.
    correlation   within clusters, 0 to 1.
    size_cv       coefficient of variation of cluster sizes.
    Raises        ValueError if a value is out of range.
    Source        Donner, Klar (2000), Design and Analysis of Cluster Randomization Trials; Eldridge et al. (2006),
                  International Journal of Epidemiology 35, for sizes that vary.
    """
    if cluster_size < 1 or not 0 <= correlation <= 1 or size_cv < 0:
        raise ValueError(f"clusters of {cluster_size}, correlation {correlation}, variation {size_cv}")
    return 1 + ((1 + size_cv**2) * cluster_size - 1) * correlation


def cluster_means(
    *,
    difference: float,
    sd: float,
    cluster_size: float,
    correlation: float,
    size_cv: float = 0.0,
    clusters: float | None = None,
    power: float | None = None,
    alpha: float = 0.05,
    sided: Literal[1, 2] = 2,
    test: Literal["t", "z"] = "t",
) -> ClusterAnswer:
    """Return clusters per group or power of a comparison of two means between clusters.

    sd       standard deviation of one measurement, between and within clusters together.
    test     t has 2 (clusters - 1) degrees of freedom.
    Raises   ValueError if a value is out of range or not exactly one of clusters and power is given.
    Source   `design_effect`; Hayes, Moulton (2017), Cluster Randomised Trials, 7.
    """
    check_positive(sd=sd)
    effect = design_effect(cluster_size, correlation, size_cv=size_cv)
    variance = 2 * sd**2 * effect / cluster_size
    return _clusters(difference, variance, clusters, power, alpha, sided, test, cluster_size, effect)


def cluster_proportions(
    *,
    treatment: float,
    control: float,
    cluster_size: float,
    correlation: float,
    size_cv: float = 0.0,
    clusters: float | None = None,
    power: float | None = None,
    alpha: float = 0.05,
    sided: Literal[1, 2] = 2,
    test: Literal["t", "z"] = "t",
) -> ClusterAnswer:
    """Return clusters per group or power of a comparison of two proportions between clusters.

    Raises   ValueError as `cluster_means`, or if a proportion is not between 0 and 1.
    Source   as `cluster_means`, variances p (1 - p) of each group.
    """
    check_proportion(treatment=treatment, control=control)
    effect = design_effect(cluster_size, correlation, size_cv=size_cv)
    variance = (treatment * (1 - treatment) + control * (1 - control)) * effect / cluster_size
    return _clusters(treatment - control, variance, clusters, power, alpha, sided, test, cluster_size, effect)


def _clusters(
    difference: float,
    variance: float,
    clusters: float | None,
    power: float | None,
    alpha: float,
    sided: int,
    test: str,
    cluster_size: float,
    effect: float,
) -> ClusterAnswer:
    check_error(alpha, sided, power)
    if (clusters is None) == (power is None):
        raise ValueError(f"exactly one of clusters and power is given, not {clusters} and {power}")
    if difference == 0:
        raise ValueError(f"no number of clusters shows a difference of {difference}")

    def power_at(count: float) -> float:
        away = abs(difference) / math.sqrt(variance / count)
        if test == "z":
            return float(ndtr(away - ndtri(1 - alpha / sided)))
        freedom = 2 * (count - 1)
        return float(nct.sf(t.isf(alpha / sided, freedom), freedom, away)) if freedom > 0 else 0.0

    if clusters is None:
        assert power is not None
        clusters = find_size(power_at, power, 1 + 1e-6)
        return ClusterAnswer(clusters, cluster_size, power, effect)
    if clusters <= 1 and test == "t":
        raise ValueError(f"{clusters} clusters per group leave nothing to estimate a variance from")
    return ClusterAnswer(clusters, cluster_size, power_at(clusters), effect)
