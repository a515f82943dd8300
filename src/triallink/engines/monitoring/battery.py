"""The battery: every test on every variable at every site, one score of inconsistency per site."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from triallink.engines.monitoring import numeric, panels, visit_dates
from triallink.engines.monitoring.answers import Answers, read_answers
from triallink.engines.monitoring.catalogue import ALL, TESTS
from triallink.engines.monitoring.combination import cauchy, false_discovery
from triallink.engines.monitoring.judgement import Features, Judgement, joined, judge, over_all
from triallink.engines.monitoring.measurements import Measurements, read_measurements
from triallink.engines.monitoring.roster import Array, Roster, roster_of
from triallink.engines.monitoring.shares import judge_shares
from triallink.engines.monitoring.twins import Twins, judge_twins

# What is odd in one direction throughout all variables is one fact; of these two there is no common direction.
_NOT_OVER_ALL = ("level", "drift")


@dataclass(frozen=True)
class Rules:
    """What is asked of the data before they are judged.

    error_rate             false discovery rate over the sites.
    least_subjects         a site needs as many subjects with a figure to be judged by their mean.
    least_subjects_shares  … to be judged by a whole distribution (digits, weekdays, answers), or for its subjects to be
                           compared with one another.
    left_out               names of tests that do not run.
    """

    error_rate: float = 0.05
    least_subjects: int = 3
    least_subjects_shares: int = 6
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.error_rate < 1:
            raise ValueError(f"an error rate of {self.error_rate}")
        if self.least_subjects < 1 or self.least_subjects_shares < 2:
            raise ValueError(f"{self.least_subjects} and {self.least_subjects_shares} subjects")
        unknown = set(self.left_out) - set(TESTS)
        if unknown:
            raise ValueError(f"there are no tests {sorted(unknown)}")


@dataclass(frozen=True)
class Grounds:
    """What one test was judged by: a score and a figure per subject and variable."""

    variables: tuple[str, ...]
    figures: tuple[Array, ...]
    scores: tuple[Array, ...]
    labels: tuple[Sequence[str], ...] = ()


@dataclass(frozen=True)
class Battery:
    """What the battery found.

    tests  one row per site, test and variable: site, test, variable, subjects, observed, expected, effect, z, p, p_adjusted,
           is_flagged, detail, reason. Where reason says why a test could not run, p is null: it is not a pass.
    sites  one row per site, the most inconsistent first: site, subjects, tests_run, tests_not_run, p, p_adjusted, score
           (-log10 p), is_flagged, strongest (the test with the smallest p).
    """

    rules: Rules
    roster: Roster
    tests: pl.DataFrame
    sites: pl.DataFrame
    grounds: dict[str, Grounds] = field(repr=False)


def battery(
    *,
    measurements: pl.DataFrame | None = None,
    answers: pl.DataFrame | None = None,
    visits: pl.DataFrame | None = None,
    rules: Rules | None = None,
) -> Battery:
    """Return how inconsistent the data of each site are with those of all others, and in what.

    measurements  one row per value: site, subject, variable, visit (a number that orders visits), value (number or null).
    answers       likewise with text.
    visits        one row per visit: site, subject, visit, date.
    Returns       every test a row per site and variable, with a reason where it could not run; scores per site.
    Raises        ValueError if there is no table or row, a column is missing, or a row names no site, subject or visit.
    Source        Kirkwood et al. (2013), Clin Trials 10; Venet et al. (2012), Clin Trials 9; Desmet et al. (2014), Stat Med
                  33; Liu, Xie (2020), JASA 115; Benjamini, Hochberg (1995); Benjamini, Bogomolov (2014), JRSS B 76.
    """
    rules = rules or Rules()
    tables = [each for each in (measurements, answers, visits) if each is not None]
    if not tables:
        raise ValueError("there is no table to judge sites by")
    for table in tables:
        absent = [name for name in ("site", "subject") if name not in table.columns]
        if absent:
            raise ValueError(f"columns {absent} are missing from {table.columns}")
    typed = [table.with_columns(pl.col("site", "subject").cast(pl.String)) for table in tables]
    roster = roster_of(typed)
    run = _Run(rules, roster)
    data = None if measurements is None else read_measurements(measurements, roster)
    spoken = None if answers is None else read_answers(answers, roster)
    whole = None if data is None else panels.panels_of(data)
    run.figures_of(data, whole, spoken)
    if data is not None and whole is not None:
        run.panels_of(data, whole)
        run.digits_of(data)
    if spoken is not None:
        run.shares("categories", spoken.data.variables, spoken.counts, spoken.labels, {})
    if visits is not None:
        run.dates_of(visits)
    return _assembled(run)


class _Run:
    """The tests as they are run, each leaving its judgements and grounds."""

    def __init__(self, rules: Rules, roster: Roster) -> None:
        self.rules, self.roster = rules, roster
        self.judgements: list[Judgement] = []
        self.grounds: dict[str, Grounds] = {}

    def scalar(self, features: Features) -> None:
        """Judge figures of subjects, variable by variable and over all variables."""
        test = TESTS[features.test]
        if test.name in self.rules.left_out:
            return
        one_sided = test.side == "high"
        least = self.rules.least_subjects_shares if test.name == "alikeness" else self.rules.least_subjects
        judgement, scores = judge(features, self.roster, one_sided=one_sided, least_subjects=least)
        self.judgements.append(judgement)
        names, figures, kept = list(features.variables), list(features.values.T), list(scores.T)
        if len(features.variables) > 1 and test.name not in _NOT_OVER_ALL:
            whole = over_all(features, scores, ALL)
            judgement, scores = judge(whole, self.roster, one_sided=one_sided, least_subjects=least)
            self.judgements.append(judgement)
            names.append(ALL)
            figures.append(whole.values[:, 0])
            kept.append(scores[:, 0])
        self.grounds[test.name] = Grounds(tuple(names), tuple(figures), tuple(kept))

    def figures_of(
        self, data: Measurements | None, whole: panels.Panels | None, spoken: Answers | None
    ) -> None:
        """Judge what the series of single variables show; answers can be repeated or missing like numbers."""
        found: dict[str, list[Features]] = {}
        if data is not None and len(data.starts):
            for features in numeric.series_features(data, self.roster):
                found.setdefault(features.test, []).append(features)
        if spoken is not None and len(spoken.data.starts):
            repeated = [
                each
                for each in numeric.series_features(spoken.data, self.roster)
                if each.test == "propagation"
            ]
            found.setdefault("propagation", []).extend(repeated)
        if data is not None and whole is not None:
            found.setdefault("missingness", []).append(panels.missing_features(whole, data))
        if spoken is not None:
            missing = panels.missing_features(panels.panels_of(spoken.data), spoken.data)
            found.setdefault("missingness", []).append(missing)
        for parts in found.values():
            self.scalar(joined(parts))

    def panels_of(self, data: Measurements, whole: panels.Panels) -> None:
        """Judge what whole panels of numbers show."""
        self.scalar(panels.correlation_features(whole, data))
        for features in panels.distance_features(whole, data):
            self.scalar(features)
        self.scalar(panels.copied_features(whole, data))
        if "duplicate_subjects" not in self.rules.left_out:
            twins = judge_twins(whole, data, self.roster)
            self.judgements.append(twins.judgement)
            self.grounds["duplicate_subjects"] = _twin_grounds(twins, self.roster)

    def digits_of(self, data: Measurements) -> None:
        """Judge last digits."""
        rounding, counts = numeric.rounding_features(data)
        self.scalar(rounding)
        digits = [[str(digit) for digit in range(10)]] * len(data.variables)
        self.shares("digits", data.variables, list(counts.transpose(1, 0, 2)), digits, rounding.refused)

    def dates_of(self, frame: pl.DataFrame) -> None:
        """Judge the days of visits."""
        held = visit_dates.read_visits(frame, self.roster)
        for features in visit_dates.gap_features(held, self.roster):
            self.scalar(features)
        counts = visit_dates.weekday_counts(held, self.roster)
        self.scalar(visit_dates.weekend_features(counts))
        self.shares("weekday", ("(visits)",), [counts], [visit_dates.WEEKDAYS], {})

    def shares(
        self,
        test: str,
        variables: Sequence[str],
        counts: Sequence[Array],
        labels: Sequence[Sequence[str]],
        refused: dict[str, str],
    ) -> None:
        """Judge distributions."""
        if test in self.rules.left_out:
            return
        judgement, shares = judge_shares(
            test, variables, counts, labels, self.roster,
            least_subjects=self.rules.least_subjects_shares, refused=refused,
        )  # fmt: skip
        self.judgements.append(judgement)
        self.grounds[test] = Grounds(tuple(variables), tuple(shares), tuple(shares), tuple(labels))


def _twin_grounds(twins: Twins, roster: Roster) -> Grounds:
    close = np.full(len(roster.subjects), np.nan)
    for one, two, closeness in twins.pairs.values():
        close[[one, two]] = closeness
    return Grounds(("(panel)",), (close,), (close,))


def _assembled(run: _Run) -> Battery:
    by_test: dict[str, list[Judgement]] = {}
    for judgement in run.judgements:
        by_test.setdefault(judgement.test, []).append(judgement)
    p_of_test = np.column_stack([_p_of_test(each) for each in by_test.values()])
    p = cauchy(p_of_test, np.ones(p_of_test.shape[1]))
    adjusted = false_discovery(p)
    flagged = np.nan_to_num(adjusted, nan=1.0) <= run.rules.error_rate
    tests, counts = _test_table(run, flagged)
    names = np.array(list(by_test), dtype=object)
    strongest = names[np.nan_to_num(p_of_test, nan=2.0).argmin(axis=1)]
    sites = pl.DataFrame(
        {
            "site": run.roster.sites,
            "subjects": run.roster.sizes,
            "tests_run": counts,
            "tests_not_run": tests.height // len(flagged) - counts,
            "p": pl.Series(p).fill_nan(None),
            "p_adjusted": pl.Series(adjusted).fill_nan(None),
            "score": pl.Series(-np.log10(np.maximum(p, 1e-300))).fill_nan(None),
            "is_flagged": flagged,
            "strongest": [
                None if np.isnan(each) else str(name) for each, name in zip(p, strongest, strict=True)
            ],
        }
    ).sort("p", "site", nulls_last=True)
    return Battery(run.rules, run.roster, tests, sites, run.grounds)


def _p_of_test(judgements: Sequence[Judgement]) -> Array:
    """Return one p-value per site of a test: half of the weight is with what all variables show together."""
    p = np.hstack([each.p for each in judgements])
    single = judgements[0].p.shape[1]
    weights = np.append(np.full(single, 1.0 / single), np.ones(p.shape[1] - single))
    return cauchy(p, weights)


def _test_table(run: _Run, flagged: np.ndarray) -> tuple[pl.DataFrame, np.ndarray]:
    """Return all judgements as rows, and how many tests ran at each site."""

    def whole(name: str) -> np.ndarray:
        return np.hstack([getattr(each, name) for each in run.judgements])

    p = whole("p")
    # Within flagged sites the error rate is shared out by how many there are (Benjamini, Bogomolov 2014).
    share = len(flagged) / max(int(flagged.sum()), 1)
    within = np.array([false_discovery(row) for row in p])
    adjusted = np.minimum(within * share, 1.0)
    stands = flagged[:, None] & (np.nan_to_num(adjusted, nan=1.0) <= run.rules.error_rate)
    tests = [each.test for each in run.judgements for _ in each.variables]
    variables = [name for each in run.judgements for name in each.variables]
    n_sites, width = p.shape
    numbers = {
        name: pl.Series(whole(name).ravel()).fill_nan(None)
        for name in ("observed", "expected", "effect", "z")
    }
    table = pl.DataFrame(
        {
            "site": pl.Series(run.roster.sites).gather(np.repeat(np.arange(n_sites), width)),
            "test": pl.Series(tests).gather(np.tile(np.arange(width), n_sites)),
            "variable": pl.Series(variables).gather(np.tile(np.arange(width), n_sites)),
            "subjects": whole("subjects").ravel().astype(np.int64),
            **numbers,
            "p": pl.Series(p.ravel()).fill_nan(None),
            "p_adjusted": pl.Series(adjusted.ravel()).fill_nan(None),
            "is_flagged": stands.ravel(),
            "detail": pl.Series(whole("detail").ravel().tolist(), dtype=pl.String),
            "reason": pl.Series(whole("reason").ravel().tolist(), dtype=pl.String),
        }
    )
    return table, (~np.isnan(p)).sum(axis=1)
