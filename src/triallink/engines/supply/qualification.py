"""What shows, on the installed copy, that the supply engine reckons and simulates as it should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from triallink.kernel.qualification import Check, CheckResult

from .arrays import trial_arrays
from .demand import PoissonGamma, arm_quantile, base_stock_buffer, count_quantile, site_risk, stockout_risk
from .model import Lot, Site
from .ordering import HeldKits, site_order
from .path import draw_path
from .policies import MinMax, QuantileMean
from .scenarios import ample_lots, blinded_four_types, oncology_open, titration_placebo
from .simulation import simulate_supply

# alpha, beta, sites, time: mean, variance, quantiles at 0.05, 0.5, 0.95, 0.99.
_POISSON_GAMMA = {
    (1.2, 2.0, 1, 6.0): (3.6, 14.4, 0, 2, 11, 17),
    (1.2, 2.0, 80, 6.0): (288.0, 1152.0, 234, 287, 346, 372),
    (1.2, 5.0, 20, 6.0): (28.8, 63.36, 17, 28, 43, 50),
    (2.0, 5.0, 80, 1.0): (32.0, 38.4, 22, 32, 43, 47),
}
# mean demand in the lead time, permitted risk: buffer, risk achieved.
_BUFFERS = {
    (0.25, 0.05): (1, 0.026499021161),
    (1.0, 0.01): (4, 0.0036598468273),
    (4.0, 0.001): (11, 0.00091522914727),
    (8.0, 0.05): (13, 0.034180701794),
}
# subjects, arms: quantiles at 0.95 and 0.99 of one arm's number.
_ARMS = {(10, 2): (8, 9), (40, 3): (18, 20), (100, 2): (58, 62), (100, 3): (41, 45)}
_SITE_RISKS = {(0.05, 10): 0.0051161968918, (0.01, 50): 0.00020098651657}
_R = "qnbinom, qpois, qbinom and their moments in R 4.2.2 (stats)"


def checks() -> tuple[Check, ...]:
    """Return the qualification checks of the supply engine."""
    return (
        Check(
            "Poisson-gamma enrollment has the moments and quantiles of its closed form.",
            f"Anisimov & Fedorov (2007), Stat Med 26:4958; {_R}",
            "exact quantiles; moments 1e-12, rounding of double precision",
            _poisson_gamma,
        ),
        Check(
            "Base-stock buffers are the smallest that keep the permitted risk.",
            _R,
            "exact buffers; risk 1e-10 relative, the digits printed by the reference",
            _buffers,
        ),
        Check("Arm numbers under complete randomization have binomial quantiles.", _R, "exact", _arms),
        Check(
            "The risk of a study is shared among independent sites by its closed form.",
            "1 - (1 - risk)^(1 / sites), R 4.2.2",
            "1e-10 relative, the digits printed by the reference",
            _site_risks,
        ),
        Check(
            "The compiled count quantile is the Poisson, binomial and negative binomial one.",
            "scipy.stats on this machine",
            "exact",
            _count_quantiles,
        ),
        Check(
            "Simulated enrollment has the mean and variance of the Poisson-gamma model.",
            "PoissonGamma of this engine, checked above",
            "4.5 standard errors of 2,000 courses for the mean, 15 % for the variance",
            _enrollment,
        ),
        Check(
            "No kit appears or vanishes, and no count is negative, in any course.",
            "released = dispensed + expired + left + in transit, per kit type and course",
            "exact",
            _conservation,
        ),
        Check(
            "Expired kits are never dispensed.",
            "visits counted from the drawn courses, against kits dispensed",
            "exact",
            _no_expired_kit,
        ),
        Check(
            "Renaming kit types renames the results and changes nothing else.",
            "invariance of the model",
            "exact",
            _permutation,
        ),
        Check(
            "A course depends on seed and number alone, whatever the threads.",
            "invariance of the model",
            "exact",
            _reproducible,
        ),
        Check(
            "A shipment holds every blinded kit type, so that it does not tell which ran low.",
            "invariance of the policy, all 256 stocks of 0..3 kits of four types",
            "exact",
            _blinding,
        ),
        Check(
            "The quantile and mean policy misses at most 0.1 % of dispensations and at most 1 % of studies meet a stock-out.",
            "reference scenario 'oncology open' of docs/guide/supply.md, 300 courses",
            "the limits themselves",
            _risk_limits,
        ),
    )


def _poisson_gamma() -> CheckResult:
    observed, expected = [], []
    for (alpha, beta, sites, time), (mean, variance, *quantiles) in _POISSON_GAMMA.items():
        model = PoissonGamma(alpha, beta)
        observed.append([model.quantile(p, sites, time) for p in (0.05, 0.5, 0.95, 0.99)])
        expected.append(quantiles)
        if not np.allclose(
            (model.mean(sites, time), model.variance(sites, time)), (mean, variance), rtol=1e-12
        ):
            return CheckResult(
                False, f"moments differ at {alpha}, {beta}, {sites}, {time}", f"{mean}, {variance}"
            )
    return CheckResult(observed == expected, str(observed), str(expected))


def _buffers() -> CheckResult:
    observed = {key: base_stock_buffer(*key) for key in _BUFFERS}
    passed = all(
        observed[key] == buffer and abs(stockout_risk(key[0], buffer) / risk - 1) < 1e-10
        for key, (buffer, risk) in _BUFFERS.items()
    )
    return CheckResult(passed, str(list(observed.values())), str([buffer for buffer, _ in _BUFFERS.values()]))


def _arms() -> CheckResult:
    observed = {
        (n, arms): (arm_quantile(0.95, n, 1 / arms), arm_quantile(0.99, n, 1 / arms)) for n, arms in _ARMS
    }
    return CheckResult(observed == _ARMS, str(observed), str(_ARMS))


def _site_risks() -> CheckResult:
    observed = {key: site_risk(*key) for key in _SITE_RISKS}
    passed = all(abs(observed[key] / risk - 1) < 1e-10 for key, risk in _SITE_RISKS.items())
    return CheckResult(passed, str(observed), str(_SITE_RISKS))


def _count_quantiles() -> CheckResult:
    differing, tried = [], 0
    for mean in (0.1, 1.0, 3.7, 25.0):
        for p in (0.5, 0.9, 0.99, 0.9999):
            cases = (
                (mean, stats.poisson(mean)),
                (2.5 * mean, stats.nbinom(mean / 1.5, 0.4)),
                (mean * 0.9, stats.binom(int(np.ceil(mean / 0.1 - 1e-9)), 0.1)),
            )
            for variance, exact in cases:
                tried += 1
                if count_quantile(p, mean, variance) != int(exact.ppf(p)):
                    differing.append((mean, variance, p))
    return CheckResult(
        not differing, f"{len(differing)} of {tried} differ {differing}", f"0 of {tried} differ"
    )


def _enrollment() -> CheckResult:
    sites = tuple(Site(f"S{i}", "EU", 0, 1.2, 2.0) for i in range(20))
    trial = replace(
        oncology_open(), sites=sites, screening_failure=0.0, target_subjects=2_000, enrollment_days=364
    )
    arrays = trial_arrays(trial)
    counts = np.array([draw_path(arrays, 1, i).n_subjects for i in range(2000)])
    model, months = PoissonGamma(1.2, 2.0), 365 / (365.25 / 12)
    mean, variance = model.mean(20, months), model.variance(20, months)
    passed = (
        abs(counts.mean() - mean) < 4.5 * np.sqrt(variance / 2000) and abs(counts.var() / variance - 1) < 0.15
    )
    return CheckResult(
        bool(passed), f"mean {counts.mean():.2f}, variance {counts.var():.1f}", f"{mean:.2f}, {variance:.1f}"
    )


def _lots(names: str) -> tuple[Lot, ...]:
    """Return two lots per type, the first of which expires during the trial."""
    early = tuple(Lot(name, "Central", 700, 0, 260) for name in names)
    return early + tuple(Lot(name, "Central", 900, 120, 900) for name in names)


def _conservation() -> CheckResult:
    worst, courses = 0, 0
    for trial in (oncology_open(20), blinded_four_types(20), titration_placebo(20)):
        lots = tuple(replace(lot, kit_type=kit.name) for kit in trial.kit_types for lot in _lots("A"))
        for policy in (QuantileMean(probability=0.99, long_days=28), _min_max(trial.kit_types)):
            o = simulate_supply(trial, lots, policy, n_simulations=20, seed=1)
            parts = (
                o.dispensed, o.expired_at_sites, o.expired_at_depots, o.left_at_sites, o.left_at_depots, o.in_transit,
            )  # fmt: skip
            worst = max(worst, int(np.abs(sum(parts) - o.released).max()), -int(min(p.min() for p in parts)))
            courses += o.n_simulations
    return CheckResult(worst == 0, f"largest difference {worst} kits in {courses} courses", "0 kits")


def _min_max(kit_types: tuple) -> MinMax:
    names = [kit.name for kit in kit_types]
    return MinMax(minimum=dict.fromkeys(names, 2), maximum=dict.fromkeys(names, 5))


def _no_expired_kit() -> CheckResult:
    trial = oncology_open(15)
    lots = tuple(Lot(name, "Central", 5000, 0, 300) for name in "ABC")
    outcomes = simulate_supply(
        trial, lots, QuantileMean(probability=0.99, long_days=28), n_simulations=20, seed=3
    )
    last_day = 300 - trial.kit_types[0].do_not_dispense_days
    excess = 0
    for i in range(20):
        path = draw_path(trial_arrays(trial), 3, i)
        in_time = 0
        for event in path.first_of_day[: last_day + 1]:
            while event >= 0:
                in_time += path.event_visit[event] >= 0
                event = path.following[event]
        excess += max(0, int(outcomes.dispensed[i].sum()) - int(in_time))
    left = int(outcomes.left_at_sites.sum())
    return CheckResult(
        excess == 0 and left == 0, f"{excess} kits dispensed late, {left} expired kits kept as stock", "0, 0"
    )


def _permutation() -> CheckResult:
    trial = titration_placebo(15)
    order = (3, 1, 0, 2)
    permuted = replace(trial, kit_types=tuple(trial.kit_types[i] for i in order))
    policy = QuantileMean(probability=0.99, long_days=28)
    one = simulate_supply(trial, ample_lots(trial), policy, n_simulations=15, seed=2)
    other = simulate_supply(permuted, ample_lots(permuted), policy, n_simulations=15, seed=2)
    same = all(
        (getattr(one, name)[:, order] == getattr(other, name)).all()
        for name in ("dispensed", "shipped", "left_at_sites", "missed_kits")
    )
    return CheckResult(same, "equal" if same else "different", "equal")


def _reproducible() -> CheckResult:
    trial = oncology_open(15)
    policy = QuantileMean(probability=0.99, long_days=28)
    runs = [
        simulate_supply(
            trial, ample_lots(trial), policy, n_simulations=n, seed=5, threads=threads, first_simulation=start
        )
        for n, threads, start in ((12, 1, 0), (12, 3, 0), (4, 2, 8))
    ]
    same = bool((runs[0].shipped == runs[1].shipped).all() and (runs[0].shipped[8:] == runs[2].shipped).all())
    return CheckResult(same, "equal" if same else "different", "equal")


def _blinding() -> CheckResult:
    trial = blinded_four_types(2)
    names = [kit.name for kit in trial.kit_types]
    policy = MinMax(minimum=dict.fromkeys(names, 2), maximum=dict.fromkeys(names, 3))
    arrays = trial_arrays(trial)
    telling = 0
    for code in range(256):
        held = [HeldKits(name, code // 4**k % 4, trial.last_day + 999) for k, name in enumerate(names)]
        order = site_order(trial, policy, site="S001", today=60, held=held, arrays=arrays)
        telling += bool(order.kits) and set(order.kits) != set(names)
    return CheckResult(telling == 0, f"{telling} of 256 orders lack a type", "0 of 256")


def _risk_limits() -> CheckResult:
    trial = oncology_open()
    policy = QuantileMean(probability=0.9999, long_days=28)
    outcomes = simulate_supply(trial, ample_lots(trial), policy, n_simulations=300, seed=2026)
    passed = outcomes.missed_share <= 0.001 and outcomes.study_stockout_risk <= 0.01
    return CheckResult(
        passed,
        f"missed {outcomes.missed_share:.6f}, studies with a stock-out {outcomes.study_stockout_risk:.4f}",
        "at most 0.001 and 0.01",
    )
