"""Demand in closed form agrees with R, when TRIALLINK_DATA names the folder of its answers."""

import json
import os
from pathlib import Path

import pytest

from triallink.engines.supply import (
    PoissonGamma,
    arm_excess_risk,
    arm_quantile,
    base_stock_buffer,
    site_risk,
    stockout_risk,
)

if "TRIALLINK_DATA" in os.environ:
    CASES = json.loads((Path(os.environ["TRIALLINK_DATA"]) / "rtsm" / "supply_reference.json").read_text())

    @pytest.mark.parametrize("case", CASES["poisson_gamma"], ids=lambda case: f"{list(case.values())[1:5]}")
    def test_poisson_gamma_equals_r(case):
        enrollment = PoissonGamma(case["alpha"], case["beta"])
        at = {"sites": case["centres"], "time": case["t"]}
        assert enrollment.mean(**at) == pytest.approx(case["mean"], rel=1e-12)
        assert enrollment.variance(**at) == pytest.approx(case["var"], rel=1e-12)
        for percent in (5, 50, 95, 99):
            assert enrollment.quantile(percent / 100, **at) == case[f"q{percent:02d}"]

    @pytest.mark.parametrize("case", CASES["buffer"], ids=str)
    def test_base_stock_buffer_equals_r(case):
        mean = case["mean_demand_in_lead_time"]
        assert base_stock_buffer(mean, case["stockout_risk"]) == case["buffer"]
        # The file prints eleven significant digits.
        assert stockout_risk(mean, case["buffer"]) == pytest.approx(case["achieved"], rel=1e-10)

    @pytest.mark.parametrize("case", CASES["arm_thinning"], ids=str)
    def test_arm_thinning_equals_r(case):
        share = 1 / case["arms"]
        assert arm_quantile(0.95, case["patients"], share) == case["q95"]
        assert arm_quantile(0.99, case["patients"], share) == case["q99"]
        assert arm_excess_risk(case["patients"], share, 1.25) == pytest.approx(case["P_gt_1.25x"], rel=1e-10)

    @pytest.mark.parametrize("case", CASES["study_vs_site_risk"], ids=str)
    def test_site_risk_equals_r(case):
        assert site_risk(case["study_risk"], case["sites"]) == pytest.approx(
            case["per_site_risk_indep"], rel=1e-10
        )
