"""One figure per subject, and what a site's subjects say about the site: ranks, exact at small sites, overdispersed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import gammainc, gammaincc, gammaln, ndtr, ndtri, stdtr

from triallink.engines.monitoring.roster import Array, Indices, Roster

# Strata of the number of values behind a figure are not ranked alone below this many subjects.
LEAST_STRATUM = 30
# Above this share of equal figures a column counts only which subjects differ from the usual figure.
MOSTLY_EQUAL = 0.8
# Up to this many sites the spread between sites is estimated without the site that is judged.
FEW_SITES = 40
LEAST_SITES = 3
_WINSOR = 2.0


@dataclass(frozen=True)
class Features:
    """A figure per subject and variable for one test.

    values   shape (n_subjects, n_variables); NaN where it cannot be computed.
    support  shape of values; how many measurements stand behind each.
    refused  a reason by variable why nobody can be judged.
    """

    test: str
    variables: tuple[str, ...]
    values: Array
    support: Array
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """What a test says about every site and variable; all arrays have the shape (n_sites, n_variables).

    z       standard normal under the null hypothesis, positive = high; NaN where not judged.
    p       two-sided or one-sided as the test demands; NaN where not judged.
    effect  distance from the other sites in standard deviations between subjects (or as the test says).
    reason  why there is no p; empty where there is one.
    detail  what observed counts where the variable does not say, such as the digit or the weekday.
    """

    test: str
    variables: tuple[str, ...]
    subjects: Array
    observed: Array
    expected: Array
    effect: Array
    z: Array
    p: Array
    reason: np.ndarray
    detail: np.ndarray


def normal_scores(values: Array, groups: Indices) -> Array:
    """Return the normal score of each value among those of its group.

    values, groups  shape (n,).
    Returns         shape (n,); equal values share the score of their middle rank.
    Source          van der Waerden (1952); rank (r - 1/2) / n.
    """
    if not len(values):
        return np.empty(0)
    order = np.argsort(values)
    # Numbers of 16 bits are sorted without comparing them.
    narrow = groups.astype(np.uint16) if groups.max() < 2**16 and groups.min() >= 0 else groups
    order = order[np.argsort(narrow[order], kind="stable")]
    v, g = values[order], groups[order]
    fresh_group = np.append(True, g[1:] != g[:-1])
    fresh = fresh_group | np.append(True, v[1:] != v[:-1])
    first = np.flatnonzero(fresh)
    ties = np.diff(np.append(first, len(v)))
    begins = np.flatnonzero(fresh_group)
    sizes = np.diff(np.append(begins, len(v)))
    group_number = np.cumsum(fresh_group) - 1
    at = group_number[first]
    middle = (first - begins[at] + ties / 2) / sizes[at]
    tie_number = np.cumsum(fresh) - 1
    found = np.empty(len(v))
    found[order] = ndtri(middle)[tie_number]
    return found


def subject_scores(features: Features) -> Array:
    """Return normal scores of subjects per variable, mean 0 and variance 1, among subjects with as many values.

    Returns  shape of the features; NaN where there is none; all zero where a variable does not vary.
    """
    present = ~np.isnan(features.values)
    who, column = np.nonzero(present)
    stratum = _strata(features.support, present)[who, column]
    score = normal_scores(features.values[who, column], column * 64 + stratum)
    wide = np.full(features.values.shape, np.nan)
    wide[who, column] = score
    count = np.maximum(present.sum(axis=0), 1)
    filled = np.where(present, wide, 0.0)
    wide -= filled.sum(axis=0) / count
    spread = np.sqrt((np.where(present, wide, 0.0) ** 2).sum(axis=0) / count)
    return np.where(present, wide / np.where(spread > 1e-9, spread, np.inf), np.nan)


def _strata(support: Array, present: np.ndarray) -> Indices:
    """Return a class of the number of values behind each figure; classes too small to rank alone join the one below."""
    with np.errstate(divide="ignore"):
        stratum = np.clip(np.log2(np.maximum(support, 1)), 0, 30).astype(np.int64)
    for each in range(int(stratum.max(initial=0)), 0, -1):
        member = (stratum == each) & present
        count = member.sum(axis=0)
        stratum[member & (count < LEAST_STRATUM)] = each - 1
    for each in range(int(stratum.max(initial=0))):
        member = (stratum == each) & present
        count = member.sum(axis=0)
        stratum[member & (count < LEAST_STRATUM)] = each + 1
    return stratum


def judge(
    features: Features, roster: Roster, *, one_sided: bool, least_subjects: int
) -> tuple[Judgement, Array]:
    """Return what a test says about each site, and the scores of the subjects it was judged by.

    The mean score of a site's subjects is held against the chance of drawing it from all subjects (normal, corrected for
    skewness and for drawing without replacement; exact hypergeometric where nearly all subjects have the same figure),
    then widened by the spread between sites.

    least_subjects  sites with fewer subjects are not judged.
    Source          Desmet et al. (2014), Stat Med 33 (random centre effects); Spiegelhalter (2005), Stat Med 24 (winsorized
                    over-dispersion); Hall (1992), The Bootstrap and Edgeworth Expansion (skewness of a mean).
    """
    scores = subject_scores(features)
    present = ~np.isnan(features.values)
    n = _by_site(present.astype(np.float64), roster)
    total = present.sum(axis=0).astype(np.float64)
    judged, reason = _who_is_judged(features, scores, n, total, least_subjects)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _by_site(np.where(present, scores, 0.0), roster) / n
        chance = (total - n) / (n * (total - 1))
        z = _skewed(mean / np.sqrt(chance), scores, n, total)
        z = np.where(*_mostly_equal(features.values, roster, n, total), z)
        observed = _by_site(np.where(present, features.values, 0.0), roster) / n
        everybody = np.where(present, features.values, 0.0).sum(axis=0)
        expected = (everybody - observed * n) / (total - n)
        effect = mean * total / (total - n)
    z, chance = np.where(judged, z, np.nan), np.where(judged, chance, 1.0)
    z = z * np.sqrt(chance / (chance + between_sites(z, chance)))
    p = p_values(z, one_sided=one_sided)
    detail = np.full(z.shape, "", dtype=object)
    return (
        Judgement(features.test, features.variables, n, observed, expected, effect, z, p, reason, detail),
        scores,
    )


def _by_site(values: Array, roster: Roster) -> Array:
    return np.asarray(np.add.reduceat(values, roster.starts, axis=0), dtype=np.float64)


def _who_is_judged(
    features: Features, scores: Array, n: Array, total: Array, least_subjects: int
) -> tuple[np.ndarray, np.ndarray]:
    enough = n >= least_subjects
    varies = np.nansum(np.abs(scores), axis=0) > 0
    sites = enough.sum(axis=0) >= LEAST_SITES
    reason = np.full(n.shape, "", dtype=object)
    reason[np.broadcast_to(~sites, n.shape)] = f"fewer than {LEAST_SITES} sites can be compared"
    reason[np.broadcast_to(~varies & (total > 0), n.shape)] = "all subjects of the study have the same figure"
    few = ~enough
    reason[few] = [f"{int(count)} subjects with such figures, {least_subjects} needed" for count in n[few]]
    for variable, why in features.refused.items():
        reason[:, features.variables.index(variable)] = why
    return reason == "", reason


def _skewed(z: Array, scores: Array, n: Array, total: Array) -> Array:
    """Return z made normal: the mean of few subjects is as skewed as their scores allow (Pearson type III)."""
    skewness = np.nansum(scores**3, axis=0) / np.maximum(total, 1)
    fraction = n / total
    skewness = skewness / np.sqrt(n) * (1 - 2 * fraction) / np.sqrt(1 - fraction)
    bent = (np.abs(skewness) > 1e-3) & np.isfinite(z)
    sign = np.sign(skewness[bent])
    shape = 4 / skewness[bent] ** 2
    x = np.maximum(shape + sign * z[bent] * np.sqrt(shape), 0)
    # The median of a gamma lies just below its shape: there is a small tail on either side of it to be exact about.
    above = x > shape
    tail = np.empty(len(x))
    tail[above], tail[~above] = gammaincc(shape[above], x[above]), gammainc(shape[~above], x[~above])
    found = z.copy()
    found[bent] = sign * np.where(above, -1, 1) * ndtri(np.maximum(tail, 1e-300))
    return found


def _mostly_equal(values: Array, roster: Roster, n: Array, total: Array) -> tuple[np.ndarray, Array]:
    """Return where nearly all subjects have the same figure, and the z of how many of a site's do not.

    The figure of nearly all is the median, so no other needs to be counted.
    """
    usual = _lower_median(values)
    unlike = ~np.isnan(values) & (values != usual)
    some = (unlike.sum(axis=0) < (1 - MOSTLY_EQUAL) * total) & unlike.any(axis=0)
    z = np.zeros(n.shape)
    if some.any():
        k = _by_site(unlike[:, some].astype(np.float64), roster)
        marked = unlike[:, some].sum(axis=0).astype(np.float64)
        higher = np.where(unlike, values > usual, False)[:, some].sum(axis=0) * 2 >= marked
        lower, upper = hypergeometric_tails(k, n[:, some], marked, total[some])
        more = k * total[some] > marked * n[:, some]
        tail = np.where(more, upper, lower)
        size = np.maximum(-ndtri(np.clip(tail, 1e-300, 0.5)), 0)
        z[:, some] = size * np.where(more, 1, -1) * np.where(higher, 1, -1)
    return np.broadcast_to(some, n.shape), z


def _lower_median(values: Array) -> Array:
    """Return the median of each column; NaN where there is nobody."""
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(axis=0)
    return np.asarray(ordered[np.maximum(count - 1, 0) // 2, np.arange(values.shape[1])], dtype=np.float64)


def hypergeometric_tails(k: Array, n: Array, marked: Array, total: Array) -> tuple[Array, Array]:
    """Return the chances of at most and of at least k marked among n drawn of `total`, `marked` of which are marked.

    k, n           shape (n_sites, n_variables).
    marked, total  shape (n_variables,).
    Source         the hypergeometric distribution, summed term by term.
    """
    factorial = gammaln(np.arange(int(np.max(total, initial=0)) + 2) + 1.0)
    n, k = n.astype(np.int64), k.astype(np.int64)
    m, t = (np.broadcast_to(each.astype(np.int64), n.shape) for each in (marked, total))
    constant = factorial[m] + factorial[t - m] - factorial[t] + factorial[n] + factorial[t - n]
    lower, upper = np.zeros(n.shape), np.zeros(n.shape)
    for j in range(int(np.minimum(n, m).max(initial=0)) + 1):
        can = (j <= m) & (j <= n) & (n - j <= t - m)
        term = np.zeros(n.shape)
        a, b, c, d = (
            np.clip(each, 0, len(factorial) - 1)
            for each in (m - j, n - j, t - m - n + j, np.full(n.shape, j))
        )
        term[can] = np.exp((constant - factorial[d] - factorial[a] - factorial[b] - factorial[c])[can])
        lower += np.where(j <= k, term, 0.0)
        upper += np.where(j >= k, term, 0.0)
    return np.minimum(lower, 1.0), np.minimum(upper, 1.0)


def between_sites(z: Array, chance: Array) -> Array:
    """Return the variance between sites that makes the winsorized spread of z what it should be; never negative.

    z, chance  shape (n_sites, n_variables); z under no spread between sites, NaN where not judged, and the variance of a
               site's mean by chance.
    Returns    shape (n_sites, n_variables); with few sites each is judged by the spread between the others.
    """
    if z.shape[0] > FEW_SITES:
        return np.broadcast_to(_solved(z, chance), z.shape)
    rows = np.arange(z.shape[0])
    return np.array([_solved(z[rows != site], chance[rows != site]) for site in rows]).reshape(z.shape)


def _solved(z: Array, chance: Array) -> Array:
    expected = _winsorized_square(_WINSOR)
    square = z**2
    count = (~np.isnan(z)).sum(axis=0)
    low, high = np.zeros(z.shape[1]), np.full(z.shape[1], 4.0)

    def excess(variance: Array) -> Array:
        shrunk = np.minimum(square * chance / (chance + variance), _WINSOR**2)
        return np.nansum(shrunk, axis=0) - expected * count

    none = excess(low) <= 0
    for _ in range(24):
        middle = (low + high) / 2
        above = excess(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(none, 0.0, (low + high) / 2)


def _winsorized_square(limit: float) -> float:
    """Return the mean of min(x², limit²) for a standard normal x."""
    density = np.exp(-(limit**2) / 2) / np.sqrt(2 * np.pi)
    return float(2 * ndtr(limit) - 1 - 2 * limit * density + 2 * limit**2 * ndtr(-limit))


def p_values(z: Array, *, one_sided: bool) -> Array:
    """Return p-values of z; Student's t with one degree of freedom per other site, since the spread is estimated.

    z  shape (n_sites, n_variables), NaN where not judged.
    """
    freedom = np.maximum((~np.isnan(z)).sum(axis=0) - 1.0, 1.0)
    if one_sided:
        return np.asarray(stdtr(freedom, -z), dtype=np.float64)
    return np.asarray(2 * stdtr(freedom, -np.abs(z)), dtype=np.float64)


def joined(features: Sequence[Features]) -> Features:
    """Return the figures of one test over several tables as one."""
    first = features[0]
    return Features(
        first.test,
        tuple(name for each in features for name in each.variables),
        np.hstack([each.values for each in features]),
        np.hstack([each.support for each in features]),
        {name: why for each in features for name, why in each.refused.items()},
    )


def over_all(features: Features, scores: Array, name: str) -> Features:
    """Return one figure per subject: the mean of its scores over all variables; what is odd throughout adds up here."""
    present = ~np.isnan(scores)
    count = present.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(present, scores, 0.0).sum(axis=1) / count
    return Features(features.test, (name,), mean[:, None], count[:, None].astype(np.float64))
