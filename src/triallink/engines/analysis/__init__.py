"""Comparing arms: covariance analysis, repeated measures, stratified tables, exact tests, rounding for tables."""

from triallink.engines.analysis.cmh import CmhTests, CommonRatio, breslow_day, cmh, common_ratio
from triallink.engines.analysis.descriptive import Description, describe
from triallink.engines.analysis.exact import Interval, exact_odds_ratio, fisher, proportion, risk_difference
from triallink.engines.analysis.linear import Ancova, Contrast, FTest, LinearModel, ancova, linear_model
from triallink.engines.analysis.mmrm import Mmrm, mmrm
from triallink.engines.analysis.rounding import fixed, p_text, sas_round
from triallink.engines.analysis.tables import ChiSquare, CrossTable, chi_square, cross_table

__all__ = [
    "Ancova",
    "ChiSquare",
    "CmhTests",
    "CommonRatio",
    "Contrast",
    "CrossTable",
    "Description",
    "FTest",
    "Interval",
    "LinearModel",
    "Mmrm",
    "ancova",
    "breslow_day",
    "chi_square",
    "cmh",
    "common_ratio",
    "cross_table",
    "describe",
    "exact_odds_ratio",
    "fisher",
    "fixed",
    "linear_model",
    "mmrm",
    "p_text",
    "proportion",
    "risk_difference",
    "sas_round",
]
