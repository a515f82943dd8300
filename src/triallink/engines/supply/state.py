"""Where the kits are in a simulated course, and what is counted about them."""

from __future__ import annotations

from typing import NamedTuple

from .arrays import Float, Int

# Columns of the kit account, per kit type. Released kits are always the sum of the others up to MISSED.
(RELEASED, DISPENSED, EXPIRED_SITE, EXPIRED_DEPOT, LEFT_SITE, LEFT_DEPOT, IN_TRANSIT, SHIPPED, MISSED) = (
    range(9)
)
N_KIT_COLUMNS = 9
# Columns of the tally of a course.
(SCREENED, RANDOMIZED_SUBJECTS, VISITS, MISSED_VISITS, SHIPMENTS, SITES_OUT, UNFILLED_KITS, SHIPMENT_COST) = (
    range(8)
)
N_TALLY_COLUMNS = 8


class Rules(NamedTuple):
    """A policy as the compiled code reads it; windows per site, (n_sites, 2)."""

    code: int
    parameter: float
    minimum: Int
    maximum: Int
    windows: Int
    review_days: int
    waits_for_screening: bool
    ships_together: bool
    depot_trigger_days: int
    depot_resupply_days: int
    depot_review_days: int
    depot_probability: float


class Scratch(NamedTuple):
    """Room for the forecast of one site: rows of known_demand(), chances, and per kit type three levels."""

    known: Float
    new: Float
    chances: Float
    cover: Int
    below: Int
    fill: Int


class Stock(NamedTuple):
    """Where the kits are. Rows are sites or depots, columns lots; `due` has one slab per day of travel."""

    site: Int
    depot: Int
    site_due: Int
    depot_due: Int
    site_coming: Int  # (site, kit type)
    depot_coming: Int  # (depot, kit type)
