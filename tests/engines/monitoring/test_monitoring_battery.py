"""The battery as a whole: honest sites pass, forged ones are found and explained, what could not run says so."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.monitoring import (
    KINDS,
    TESTS,
    Battery,
    Rules,
    StudyData,
    StudyPlan,
    battery,
    explain,
    fabricate,
    permuted_sites,
    simulate_study,
)

SMALL = StudyPlan(sizes=(8, 10, 12) * 6, variables=6, visits=10)
FORGED = "S005"


def run(data: StudyData, rules: Rules | None = None) -> Battery:
    """Return what the battery finds in all three tables."""
    return battery(measurements=data.measurements, answers=data.answers, visits=data.visits, rules=rules)


def site_of(found: Battery, site: str) -> dict[str, object]:
    """Return a site's row."""
    return found.sites.filter(pl.col("site") == site).row(0, named=True)


def test_honest_studies_seldom_show_a_site_and_permuted_ones_neither() -> None:
    shown = 0
    for seed in range(8):
        draw = np.random.default_rng(seed)
        data = simulate_study(SMALL, draw)
        shown += bool(run(data).sites["is_flagged"].any())
        shown += bool(run(permuted_sites(data, draw)).sites["is_flagged"].any())
    # 16 studies at an error rate of 5 %: more than three have a chance of less than 1 %.
    assert shown <= 3


# What is expected to give a kind of fabrication away.
GIVEN_AWAY_BY = {
    "copied subjects": {"duplicate_subjects"},
    "copied subjects, shaken": {"duplicate_subjects"},
    "rounded values": {"rounding", "digits"},
    "preferred digits": {"digits", "rounding"},
    "too little variance": {"variance"},
    "propagated values": {"propagation"},
    "missing values": {"missingness"},
    "visits at weekends": {"weekend", "weekday"},
}


@pytest.mark.parametrize("kind", GIVEN_AWAY_BY)
def test_forged_site_is_found_first_and_for_the_right_reason(kind: str) -> None:
    draw = np.random.default_rng(7)
    found = run(fabricate(simulate_study(SMALL, draw), FORGED, kind, draw))
    assert found.sites["site"][0] == FORGED
    assert found.sites["is_flagged"][0]
    first = explain(found, FORGED)[0]
    assert first.test in GIVEN_AWAY_BY[kind]
    assert first.is_flagged
    assert first.drivers


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(GIVEN_AWAY_BY)))
def test_quieter_fabrications_raise_the_score(kind: str) -> None:
    higher = 0
    for seed in range(2):
        draw = np.random.default_rng(40 + seed)
        data = simulate_study(SMALL, draw)
        before, after = (
            site_of(run(each), FORGED)["p"] for each in (data, fabricate(data, FORGED, kind, draw))
        )
        higher += float(str(after)) < float(str(before))
    assert higher >= 1


def test_copied_pair_is_named() -> None:
    draw = np.random.default_rng(11)
    found = run(fabricate(simulate_study(SMALL, draw), FORGED, "copied subjects", draw, share=0.2))
    twins = next(each for each in explain(found, FORGED) if each.test == "duplicate_subjects")
    assert twins.observed == pytest.approx(1, abs=0.05)
    assert twins.expected < 0.3
    assert {name for name, _, _ in twins.drivers} == set(twins.detail.split(" = "))


def test_every_row_has_a_p_value_or_a_reason_and_reasons_are_no_pass() -> None:
    data = simulate_study(
        StudyPlan(sizes=(1, 2, 3, 9, 9, 9), variables=3, visits=6), np.random.default_rng(2)
    )
    found = run(data)
    assert ((found.tests["reason"] == "") == found.tests["p"].is_not_null()).all()
    assert not found.tests.filter(pl.col("p").is_null())["is_flagged"].any()
    lonely = site_of(found, "S000")
    assert lonely["p"] is None
    assert lonely["score"] is None
    assert lonely["tests_run"] == 0
    assert (
        "1 subjects"
        in found.tests.filter((pl.col("site") == "S000") & (pl.col("test") == "level"))["reason"][0]
    )
    assert set(found.tests["test"]) == set(TESTS)


def test_tests_that_cannot_run_on_the_data_say_why() -> None:
    draw = np.random.default_rng(5)
    measurements = simulate_study(SMALL, draw).measurements.filter(pl.col("variable") == "V00")
    wild = measurements.with_columns(value=pl.col("value") / 7)
    found = battery(measurements=wild)
    reasons = dict(found.tests.select("test", "reason").rows())
    assert reasons["digits"] == "values are not recorded with a fixed number of decimals"
    assert "no two variables" in reasons["correlation"]
    assert "three variables" in reasons["multivariate"]
    assert "no visit has 6 values" in reasons["copied_panels"]
    constant = battery(measurements=measurements.with_columns(value=1.0))
    row = constant.tests.filter(pl.col("test") == "level").row(0, named=True)
    assert row["reason"] == "all subjects of the study have the same figure"
    two = battery(measurements=measurements.filter(pl.col("site").is_in(["S000", "S001"])))
    assert two.tests["p"].is_null().all()
    assert not two.sites["is_flagged"].any()


@given(seed=st.integers(0, 10_000), factor=st.sampled_from([0.5, 4.0, 16.0]))
@settings(max_examples=6, deadline=None)
def test_order_of_rows_and_units_of_variables_do_not_matter(seed: int, factor: float) -> None:
    plan = StudyPlan(sizes=(4, 5, 6, 7, 8), variables=4, visits=6)
    data = simulate_study(plan, np.random.default_rng(seed))
    rules = Rules(left_out=("digits", "rounding"))
    one = battery(measurements=data.measurements, visits=data.visits, rules=rules)
    moved = data.measurements.with_columns(value=pl.col("value") * factor).sample(
        fraction=1, shuffle=True, seed=seed
    )
    two = battery(measurements=moved, visits=data.visits.reverse(), rules=rules)
    for column in ("z", "p"):
        np.testing.assert_allclose(
            one.tests[column].to_numpy(), two.tests[column].to_numpy(), rtol=1e-6, atol=1e-9
        )


def test_flagged_findings_lie_in_flagged_sites_only() -> None:
    draw = np.random.default_rng(13)
    found = run(fabricate(simulate_study(SMALL, draw), FORGED, "rounded values", draw))
    flagged = set(found.sites.filter("is_flagged")["site"])
    assert set(found.tests.filter("is_flagged")["site"]) <= flagged
    assert FORGED in flagged


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda d: battery(), "no table"),
        (lambda d: battery(measurements=d.measurements.clear()), "no row"),
        (lambda d: battery(measurements=d.measurements.drop("visit")), "visit"),
        (lambda d: battery(measurements=d.measurements.drop("site")), "site"),
        (
            lambda d: battery(measurements=d.measurements.with_columns(subject=None)),
            "names no site or no subject",
        ),
        (lambda d: battery(measurements=d.measurements.with_columns(visit=None)), "no variable or no visit"),
        (lambda d: battery(measurements=d.measurements.with_columns(value=pl.lit("x"))), "measurements"),
        (lambda d: Rules(error_rate=2), "error rate of 2"),
        (lambda d: Rules(left_out=("none",)), "none"),
        (lambda d: explain(battery(measurements=d.measurements), "S9"), "S9"),
        (lambda d: fabricate(d, "S000", "magic", np.random.default_rng()), "magic"),
        (lambda d: fabricate(d, "S9", "drift", np.random.default_rng()), "S9"),
        (lambda d: fabricate(d, "S000", "drift", np.random.default_rng(), share=0), "share of 0"),
        (lambda d: StudyPlan(sizes=()), "subjects"),
    ],
)
def test_what_cannot_be_judged_is_refused(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    data = simulate_study(StudyPlan(sizes=(2, 2, 2), variables=2, visits=3), np.random.default_rng(1))
    with pytest.raises(ValueError, match=sentence):
        call(data)


if "TRIALLINK_DATA" in os.environ:
    LABS = Path(os.environ["TRIALLINK_DATA"], "insights/data/clindata")

    def test_real_labs_show_few_sites_and_none_once_sites_are_permuted() -> None:
        # Source: Gilead-BioStats/clindata (Apache-2.0): 1,301 subjects, 176 sites, 1.13 M laboratory values.
        names = {"subjid": "subject", "lbtstnam": "variable", "visnum": "visit", "siresn": "value"}
        rows = pl.read_parquet(LABS / "rawplus_lb.parquet", columns=list(names)).rename(names)
        places = pl.read_parquet(LABS / "rawplus_dm.parquet").select(subject="subjid", site="siteid")
        found = battery(measurements=rows.join(places, on="subject"))
        assert found.sites.height == 176
        assert 1 <= found.sites["is_flagged"].sum() <= 15
        dealt = np.random.default_rng(1).permutation(places["site"].to_numpy())
        permuted = battery(measurements=rows.join(places.with_columns(site=pl.Series(dealt)), on="subject"))
        assert not permuted.sites["is_flagged"].any()
