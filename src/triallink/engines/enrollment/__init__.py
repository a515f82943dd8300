"""Enrollment: how many subjects by when, at which sites, and which sites to choose so that it holds.

`fit(history).forecast(horizon)` answers from what sites enrolled so far; `backtest` shows how good such answers would have
been in the past. Months count from the start of the history.
"""

from .backtest import Backcast, Backtest, backtest
from .calibration import Calibration, calibrate
from .candidates import (
    Activation,
    CandidateSite,
    CountryTerms,
    DiversityBound,
    Goal,
    moments,
    reach_probability,
)
from .forecasting import EnrollmentModel, Forecast, Interval, fit, moved
from .history import History, SiteOpening
from .model import Beliefs, SiteRates
from .poisson_gamma import PoissonGamma, estimate_rates
from .portfolio import Obstruction, Portfolio, choose_portfolio

__all__ = [
    "Activation",
    "Backcast",
    "Backtest",
    "Beliefs",
    "Calibration",
    "CandidateSite",
    "CountryTerms",
    "DiversityBound",
    "EnrollmentModel",
    "Forecast",
    "Goal",
    "History",
    "Interval",
    "Obstruction",
    "PoissonGamma",
    "Portfolio",
    "SiteOpening",
    "SiteRates",
    "backtest",
    "calibrate",
    "choose_portfolio",
    "estimate_rates",
    "fit",
    "moments",
    "moved",
    "reach_probability",
]
