"""What changes while a course runs: where the kits are, who is at the sites, and what is counted."""

from __future__ import annotations

from typing import NamedTuple

from numpy import bool_
from numpy.typing import NDArray

from .arrays import Float, Int
from .forecast import SubjectArrays

# Columns of the kit account, per kit type. Released kits are always the sum of those up to IN_TRANSIT.
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


class Stock(NamedTuple):
    """Where the kits are. Rows are sites or depots, columns lots; `due` has one slab per day of travel."""

    site: Int
    depot: Int
    site_due: Int
    depot_due: Int
    site_coming: Int  # (site, kit type)
    depot_coming: Int  # (depot, kit type)


class Scratch(NamedTuple):
    """Room to reckon for one site; rows as forecast.known_demand(), the others per kit type."""

    known: Float
    new: Float
    chances: Float
    cover: Int
    below: Int
    fill: Int
    position: Int
    order: Int


class Course(NamedTuple):
    """Everything that changes while a course runs."""

    seed: int
    number: int
    stock: Stock
    subjects: SubjectArrays
    first_subject: Int  # (site,) head of the chain of subjects, -1 for none
    n_screened: Int  # (site,)
    is_out: NDArray[bool_]  # (site,) a visit was missed
    is_reviewed: NDArray[bool_]  # (site,) a subject entered screening today
    kits: Int  # (kit type, N_KIT_COLUMNS)
    tally: Int  # (N_TALLY_COLUMNS,)
    scratch: Scratch
