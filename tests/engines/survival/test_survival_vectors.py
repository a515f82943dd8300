"""Survival analyses against published figures: a small set of our own, and the whole of R's where TRIALLINK_DATA is."""

import json
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from triallink.engines.survival import cox, kaplan_meier, logrank, proportional_hazards, qualification

AML = json.loads((Path(__file__).parents[2] / "vectors/survival/aml.json").read_text())
DATA = os.environ.get("TRIALLINK_DATA")
PUBLISHED = Path(DATA, "insights/vectors/survival") if DATA else None
EVENTS = {"lung": ("time", "status", 2), "ovarian": ("futime", "fustat", 1)}
LOGRANK = {
    "lung_sex": ("lung", "sex", {}),
    "lung_sex_rho1": ("lung", "sex", {"rho": 1}),
    "aml_x": ("aml", "x", {}),
    "veteran_trt": ("veteran", "trt", {}),
    "veteran_cell": ("veteran", "celltype", {}),
    "ovarian_rx": ("ovarian", "rx", {}),
    "lung_sex_strat_ecog": ("lung", "sex", {"strata": "ph.ecog"}),
}


def read(name: str, *needed: str) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Return a published data set, its times and its events, without rows that lack what is needed."""
    frame = pl.read_csv(PUBLISHED / f"{name}.csv", null_values="NA").drop_nulls(list(needed))
    time, event, happened = EVENTS.get(name, ("time", "status", 1))
    return frame, frame[time].to_numpy(), (frame[event] == happened).to_numpy()


def nothing_is_nan(values):
    return [float("nan") if value is None else value for value in values]


def test_curves_of_the_leukaemia_study():
    for arm, expected in AML["curves"].items():
        inside = np.array(AML["arm"]) == arm
        curve = kaplan_meier(np.array(AML["time"])[inside], np.array(AML["event"])[inside], band="log")
        found = [curve.median.value, curve.median.lower, curve.median.upper]
        assert found == pytest.approx(nothing_is_nan(expected["median"]), nan_ok=True)
        mean = curve.restricted_mean()
        assert [mean.value, mean.std_error] == pytest.approx(expected["mean"], rel=1e-9)


def test_tests_and_model_of_the_leukaemia_study():
    assert logrank(AML["time"], AML["event"], AML["arm"]).chi_square == pytest.approx(
        AML["logrank"], rel=1e-9
    )
    model, expected = cox(AML["time"], AML["event"], {"arm": AML["arm"]}), AML["cox"]
    assert model.names == ("arm=Nonmaintained",)
    assert model.coefficients[0] == pytest.approx(expected["coefficient"], rel=1e-9)
    assert model.std_errors[0] == pytest.approx(expected["std_error"], rel=1e-9)
    assert model.log_likelihoods == pytest.approx(expected["log_likelihoods"], rel=1e-9)
    assert model.concordance == pytest.approx(expected["concordance"], rel=1e-9)


def test_proportional_hazards_of_the_ovarian_study():
    case = AML["proportional"]
    model = cox(case["time"], case["event"], {name: case[name] for name in ("age", "ecog.ps")})
    found = {name: test.chi_square for name, test in proportional_hazards(model).items()}
    assert found == pytest.approx(case["chi_square"], abs=5e-4)


@pytest.mark.parametrize("check", qualification.checks(), ids=lambda check: check.requirement)
def test_qualification(check):
    result = check.run()
    assert result.passed, (result.observed, result.expected)


if PUBLISHED:
    RESULTS = json.loads((PUBLISHED / "survival_results.json").read_text())

    @pytest.mark.parametrize("name", sorted(RESULTS["logrank"]))
    def test_published_log_rank_tests(name):
        data, group, options = LOGRANK[name]
        frame, time, event = read(data, *options.get("strata", "").split())
        options = {**options, **({"strata": frame[options["strata"]]} if "strata" in options else {})}
        found, expected = logrank(time, event, frame[group], **options), RESULTS["logrank"][name]
        assert (found.chi_square, found.df, found.p_value) == pytest.approx(
            (expected["chisq"], expected["df"], expected["p"]), rel=1e-9
        )

    @pytest.mark.parametrize("name", sorted(RESULTS["cox"]))
    def test_published_cox_models(name):
        expected = RESULTS["cox"][name]
        covariates = expected["formula"].split("~")[1].replace(" ", "").split("+")
        frame, time, event = read(name.split("_")[0], *covariates)
        model = cox(time, event, {each: frame[each] for each in covariates}, ties=expected["ties"])
        assert (model.n, model.events) == (expected["n"], expected["nevent"])
        # R stops when the likelihood gains less than 1e-9; its coefficients are that near the maximum.
        assert model.coefficients == pytest.approx(list(expected["coef"].values()), rel=1e-7)
        assert model.std_errors == pytest.approx(list(expected["se"].values()), rel=1e-7)
        assert model.p_values == pytest.approx(list(expected["p"].values()), rel=1e-6)
        assert model.log_likelihoods == pytest.approx(expected["loglik"], rel=1e-10)
        assert model.concordance == pytest.approx(expected["concordance"], rel=1e-10)

    @pytest.mark.parametrize("row", pl.read_csv(PUBLISHED / "km_table.csv").to_dicts(), ids=str)
    def test_published_summaries_of_curves(row):
        frame, time, event = read(row["set"])
        inside = np.ones(len(time), dtype=bool)
        if row["strata"] != "all":
            column, value = row["strata"].split("=")
            inside = frame[column].cast(pl.String).to_numpy() == value
        curve = kaplan_meier(time[inside], event[inside], band="log")
        mean = curve.restricted_mean(float(time.max()))
        assert (curve.n, curve.events.sum()) == (row["records"], row["events"])
        assert (mean.value, mean.std_error) == pytest.approx((row["rmean"], row["se(rmean)"]), rel=1e-10)
        found = (curve.median.value, curve.median.lower, curve.median.upper)
        expected = nothing_is_nan([row["median"], row["0.95LCL"], row["0.95UCL"]])
        assert found == pytest.approx(expected, nan_ok=True)

    def test_published_curve_with_log_log_limits():
        frame, time, event = read("lung")
        published = pl.read_csv(PUBLISHED / "km_curve_lung_sex_loglog.csv", null_values="NA")
        for sex in (1, 2):
            rows = published.filter(pl.col("strata") == f"sex={sex}")
            inside = frame["sex"].to_numpy() == sex
            curve = kaplan_meier(time[inside], event[inside])
            relative = curve.std_error / curve.survival
            for found, name in (
                (curve.times, "time"), (curve.at_risk, "n.risk"), (curve.events, "n.event"),
                (curve.survival, "surv"), (relative, "se"), (curve.lower, "lower"), (curve.upper, "upper"),
            ):  # fmt: skip
                assert found == pytest.approx(rows[name].cast(pl.Float64).to_numpy(), rel=1e-10, nan_ok=True)
