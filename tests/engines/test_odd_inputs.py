"""Odd questions to the decision engines: each is refused with a sentence that shows what is wrong, never answered wrongly."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from triallink.engines import analysis, design, enrollment, rbqm

NAN = float("nan")
LOOKS = design.spending_boundaries(design.obrien_fleming_spending, [0.5, 1], alpha=0.025)
SPEC = rbqm.MetricSpec("ae", "", rbqm.Source("AE"), rbqm.Source("subjects", column="days"))
EVENTS = pl.DataFrame({"subjid": ["a", "a"]})
HISTORY = enrollment.History.from_records([("S1", month, 2) for month in range(10)])
SUBJECT, VISIT = np.repeat(np.arange(12), 3), np.tile([1, 2, 3], 12)
ARM = np.where(SUBJECT % 2, "A", "P")


def exposure(*rows: tuple[str, str, float]) -> dict[str, pl.DataFrame]:
    """Return a study of subjects with site and days, and two events of subject a."""
    return {"AE": EVENTS, "subjects": pl.DataFrame(rows, schema=["subjid", "invid", "days"], orient="row")}


def bounds(**options: Any) -> design.Boundaries:
    given = {"spending": design.pocock_spending, "information": [0.5, 1], "alpha": 0.025, **options}
    return design.spending_boundaries(given.pop("spending"), **given)


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: bounds(information=[0.5, 0.3, 1]), r"0\.3"),
    (lambda: bounds(information=np.arange(1, 22) / 21), "not 21"),
    (lambda: bounds(information=[0.3, NAN, 1]), "nan"),
    (lambda: bounds(sided=3), "not 3"),
    (lambda: bounds(spending=design.hwang_shih_decani_spending(NAN)), "gamma is nan"),
    (lambda: bounds(futility=[NAN]), "nan"),
    (lambda: design.shaped_boundaries("pococ", [0.5, 1], 0.025), "pococ"),  # type: ignore[arg-type]
    (lambda: design.conditional_power(LOOKS, 1, NAN), "z is nan"),
    (lambda: design.two_means(difference=NAN, sd=1, power=0.9), "effect is nan"),
    (lambda: analysis.ancova([], []), "no subject"),
    (lambda: analysis.ancova([0.1] * 6, list("ababab")), "no residual variance"),
    (lambda: analysis.ancova([1, 2, math.inf, 4], list("abab")), "inf"),
    (lambda: analysis.ancova([1, 2, 3, 4], np.array(["a", NAN, "b", "b"], dtype=object)), "missing"),
    (lambda: analysis.mmrm(np.zeros(36), SUBJECT, VISIT, ARM), "do not vary"),
    (lambda: analysis.mmrm(np.ones(36), SUBJECT, VISIT, ARM, by_visit=["base"]), "'base'"),
    (lambda: rbqm.normal_approximation(np.array([NAN, 1]), np.array([1.0, 2])), "numerator is nan"),
    (lambda: rbqm.fisher_p(np.array([1.5, 1]), np.array([2.0, 2])), "1.5 is no whole"),
    (lambda: rbqm.tolerance_interval(1.5, 10), "1.5 of 10"),
    (lambda: rbqm.metric(SPEC, exposure(("a", "S", -5.0))), "-5.0"),
    (lambda: rbqm.metric(SPEC, exposure(("a", "S", 5.0), ("a", "T", 5.0))), "two groups"),
    (lambda: replace(SPEC, method="poison"), "poison"),
    (lambda: replace(SPEC, thresholds=(NAN, 1.0), flags=(-1, 0, 1)), "nan"),
    (lambda: rbqm.changes(*[pl.DataFrame({"group": ["A", "A"], "flag": [0, 1]})] * 2), "two flags"),
    (lambda: rbqm.risk_scores({"x": EVENTS}, {}), "'x'"),
    (lambda: enrollment.History.from_records([("S1", 0, 1.5)]), r"1\.5 subjects"),  # type: ignore[list-item]
    (lambda: enrollment.SiteOpening("S2", 3, sd_months=NAN), "nan"),
    (lambda: enrollment.fit(HISTORY).forecast(2.5), r"2\.5"),  # type: ignore[arg-type]
    (lambda: enrollment.fit(HISTORY).forecast(2, study_cap=-5), "-5"),
]


@pytest.mark.parametrize(("asked", "shown"), REFUSED, ids=lambda each: each if isinstance(each, str) else "")
def test_odd_question_is_refused_with_its_value(asked: Callable[[], object], shown: str) -> None:
    with pytest.raises(ValueError, match=shown):
        asked()


def test_one_look_and_twenty_looks_are_answered() -> None:
    for shape in ("obrien_fleming", "pocock", "haybittle_peto"):
        one = design.shaped_boundaries(shape, [1.0], 0.025)  # type: ignore[arg-type]
        assert one.upper[0] == pytest.approx(1.959963985, abs=1e-8)
    twenty = design.shaped_boundaries("pocock", np.arange(1, 21) / 20, 0.025)
    assert twenty.alpha_spent[-1] == pytest.approx(0.025, abs=1e-9)
    assert design.two_means(difference=0.5, sd=1, power=0.9, ratio=1 / 3).whole == (57, 170)
    assert design.two_means(difference=0.5, sd=1, power=0.9, ratio=3).whole == (170, 57)


def test_empty_tables_and_a_single_site_have_no_flags() -> None:
    for method in ("normal", "poisson", "fisher", "identity", "qtl"):
        spec = replace(SPEC, method=method, kind="rate")  # type: ignore[arg-type]
        assert rbqm.metric(spec, exposure(("a", "S", 0.0))).is_empty()
        alone = rbqm.metric(spec, exposure(("a", "S", 10.0)))
        assert alone["flag"].to_list() == [0]


def test_large_numbers_are_rounded_to_themselves() -> None:
    assert [analysis.sas_round(1e13), analysis.sas_round(1e300, 3)] == [1e13, 1e300]
    assert analysis.sas_round(123456789.5) == 123456790
    assert analysis.sas_round(2.675, 2) == 2.68
