"""Hours of people: weeks, spreading work over days, travel, cancellation fees, and what would match an order."""

from triallink.engines.hours.counsel import Chance, Change, Wish, changes_that_match
from triallink.engines.hours.fees import Fee, cancellation_fee
from triallink.engines.hours.forecast import expected_idle
from triallink.engines.hours.spreading import spread
from triallink.engines.hours.travel import distance_km, travel_minutes
from triallink.engines.hours.weeks import monday_of, mondays, week_number

__all__ = [
    "Chance",
    "Change",
    "Fee",
    "Wish",
    "cancellation_fee",
    "changes_that_match",
    "distance_km",
    "expected_idle",
    "monday_of",
    "mondays",
    "spread",
    "travel_minutes",
    "week_number",
]
