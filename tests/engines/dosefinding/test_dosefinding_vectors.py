"""The designs decide as published, and as the reference programs do."""

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
from triallink.engines.dosefinding.qualification import checks

INTERVAL_DESIGNS = {"TPI": TPI, "mTPI": MTPI, "mTPI2": MTPI2, "BOIN": BOIN}


def reference(name: str):
    """Return a reference file, nothing when no data folder is named; a named but missing file fails."""
    folder = os.environ.get("TRIALLINK_DATA")
    return json.loads((Path(folder) / "rtsm" / name).read_text()) if folder else []


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.requirement)
def test_qualification_check_passes(check):
    result = check.run()
    assert result.passed, f"observed {result.observed}, expected {result.expected}"


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


@pytest.mark.parametrize(
    "case",
    reference("escalation_dose_decisions.json"),
    ids=lambda case: f"{case['design']}-{case['outcomes']}",
)
def test_decision_equals_the_published_one(case):
    recommendation = design_of(case).recommend(case["outcomes"])
    assert recommendation.dose == case["recommended"]
    if "continue" in case:
        assert recommendation.is_continuing == case["continue"]


@pytest.mark.parametrize("target", list(reference("boin_boundaries.json")))
def test_boin_boundaries_equal_the_reference_program(target):
    case = reference("boin_boundaries.json")[target]
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


@pytest.mark.parametrize("case", [reference("dfcrm_example.json")] if reference("dfcrm_example.json") else [])
def test_crm_equals_the_reference_program(case):
    fit = CRM(skeleton=tuple(case["prior"]), target=case["target"]).fit(
        Outcomes.from_subjects(case["level"], case["y"])
    )
    # R integrates to a relative error of 1e-8 or better.
    assert fit.estimate == pytest.approx(case["estimate"], abs=1e-8)
    assert fit.variance == pytest.approx(case["post_var"], abs=1e-8)
    assert np.allclose(fit.toxicity, case["ptox"], rtol=0, atol=1e-8)
    assert fit.level == case["mtd"]


def test_boin_declares_the_dose_of_its_documented_example():
    """The help page of select.mtd in the R package BOIN: 3, 3, 15, 9 and 0 subjects, 0, 0, 4, 4 and 0 toxicities."""
    chosen = BOIN(n_doses=5, target=0.3).select(np.array([[3, 3, 15, 9, 0]]), np.array([[0, 0, 4, 4, 0]]))
    assert chosen.tolist() == [3]
