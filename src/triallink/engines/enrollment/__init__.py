"""Enrollment: how many subjects by when, at which sites, and which sites to choose so that it holds.

`fit(history).forecast(horizon)` answers from what sites enrolled so far; `backtest` shows how good such answers would have
been in the past. Months count from the start of the history.
"""

from .backtest import Backcast, Backtest, backtest
from .calibration import Calibration, calibrate
from .forecasting import EnrollmentModel, Forecast, Interval, fit, moved
from .history import History, SiteOpening
from .model import Beliefs, SiteRates
from .poisson_gamma import PoissonGamma, estimate_rates

__all__ = [
    "Backcast",
    "Backtest",
    "Beliefs",
    "Calibration",
    "EnrollmentModel",
    "Forecast",
    "History",
    "Interval",
    "PoissonGamma",
    "SiteOpening",
    "SiteRates",
    "backtest",
    "calibrate",
    "estimate_rates",
    "fit",
    "moved",
]
