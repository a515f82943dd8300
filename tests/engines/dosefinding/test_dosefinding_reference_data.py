"""The designs decide as the reference programs do, when TRIALLINK_DATA names the folder of their answers."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from triallink.engines.dosefinding import (
    BOIN,
    CRM,
    MTPI,
    MTPI2,
    TPI,
    Outcomes,
    ThreePlusThree,
    decision_table,
)

INTERVAL_DESIGNS = {"TPI": TPI, "mTPI": MTPI, "mTPI2": MTPI2, "BOIN": BOIN}


def design_of(case: dict):
    setting = dict(re.findall(r"(\w+) = ([\w.]+)", case["model_args"]))
    if case["design"] == "3+3":
        return ThreePlusThree(
            n_doses=case["num_doses"], allows_deescalation=setting["allow_deescalate"] == "TRUE"
        )
    certainty = float(setting.get("exclusion_certainty", 0.95))
    if setting.get("use_stopping_rule") == "FALSE":
        certainty = 1.0
    return INTERVAL_DESIGNS[case["design"]](
        n_doses=case["num_doses"], target=case["target"], exclusion_certainty=certainty
    )


if "TRIALLINK_DATA" in os.environ:
    FOLDER = Path(os.environ["TRIALLINK_DATA"]) / "rtsm"
    DECISIONS = json.loads((FOLDER / "escalation_dose_decisions.json").read_text())
    BOUNDARIES = json.loads((FOLDER / "boin_boundaries.json").read_text())
    DFCRM = json.loads((FOLDER / "dfcrm_example.json").read_text())

    @pytest.mark.parametrize("case", DECISIONS, ids=lambda case: f"{case['design']}-{case['outcomes']}")
    def test_decision_equals_the_published_one(case):
        recommendation = design_of(case).recommend(case["outcomes"])
        assert recommendation.dose == case["recommended"]
        if "continue" in case:
            assert recommendation.is_continuing == case["continue"]

    @pytest.mark.parametrize("case", BOUNDARIES.values(), ids=lambda case: str(case["target"]))
    def test_boin_boundaries_equal_the_reference_program(case):
        design = BOIN(n_doses=5, target=case["target"])
        # The file prints eleven significant digits.
        assert design.lambda_e == pytest.approx(case["lambda_e"], abs=1e-10)
        assert design.lambda_d == pytest.approx(case["lambda_d"], abs=1e-10)
        table = decision_table(design, 30)
        for row in case["table"]:
            ours = table[row["Number of patients treated"] - 1]
            assert ours.escalate_if == row["Escalate if # of DLT <="]
            assert ours.deescalate_if == row["Deescalate if # of DLT >="]
            assert ours.eliminate_if == row["Eliminate if # of DLT >="]

    def test_crm_equals_the_reference_program():
        fit = CRM(skeleton=tuple(DFCRM["prior"]), target=DFCRM["target"]).fit(
            Outcomes.from_subjects(DFCRM["level"], DFCRM["y"])
        )
        # R integrates to a relative error of 1e-8 or better.
        assert fit.estimate == pytest.approx(DFCRM["estimate"], abs=1e-8)
        assert fit.variance == pytest.approx(DFCRM["post_var"], abs=1e-8)
        assert np.allclose(fit.toxicity, DFCRM["ptox"], rtol=0, atol=1e-8)
        assert fit.level == DFCRM["mtd"]
