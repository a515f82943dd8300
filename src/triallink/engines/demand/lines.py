"""Service lines: what has to be bought for a study, how much of it, and how many hours that is."""

from collections.abc import Iterable
from dataclasses import dataclass

from .arithmetic import Calculation, Number, Step
from .assumptions import Assumptions
from .basis import CountryPlan, StudyBasis, VisitPlan

WEEKS_PER_MONTH = Number.of(4.35, "weeks_per_month")
UNITS = ("visit", "hour", "site", "subject", "month", "document", "study")


@dataclass(frozen=True)
class ServiceLine:
    """A quantity of one service. `label` is a message id; `country` is "" for work done once for the study.

    quantity    in `unit`; hours is the work behind it. Both are the value of a step of `arithmetic`.
    """

    key: str
    service_code: str
    label: str
    country: str
    unit: str
    quantity: float
    hours: float
    arithmetic: tuple[Step, ...]


@dataclass(frozen=True)
class Scene:
    """A basis with its assumptions, giving out numbers that remember where they come from."""

    basis: StudyBasis
    assumptions: Assumptions

    def figure(self, key: str) -> Number:
        """Return an assumption."""
        return Number.of(self.assumptions.value(key), key)

    def fact(self, name: str) -> Number:
        """Return a number of the basis."""
        return Number.of(getattr(self.basis, name), name)

    def sites(self, plan: CountryPlan) -> Number:
        """Return the sites of a country."""
        return Number.of(plan.sites, "sites")

    def subjects(self, plan: CountryPlan) -> Number:
        """Return the enrolled subjects of a country."""
        return Number.of(plan.subjects, "subjects")

    def visits(self, *, is_screening: bool, is_remote: bool | None = None) -> list[VisitPlan]:
        """Return the visits of the schedule of one part of the study."""
        return [
            visit
            for visit in self.basis.visits
            if visit.is_screening == is_screening and (is_remote is None or visit.is_remote == is_remote)
        ]


def count_of(items: Iterable[object]) -> Number:
    """Return how many visits there are, as a number of the schedule."""
    return Number.of(len(list(items)), "visits")


def activities_of(visits: Iterable[VisitPlan]) -> Number:
    """Return how many activities visits have together."""
    return Number.of(sum(visit.activity_count for visit in visits), "activities")


def line(
    service_code: str, variant: str, label: str, unit: str, calculation: Calculation, country: str = ""
) -> ServiceLine:
    """Return a line whose quantity and hours are the steps that say so."""
    return ServiceLine(
        key=":".join(filter(None, (service_code, variant, country))),
        service_code=service_code,
        label=label,
        country=country,
        unit=unit,
        quantity=calculation.figure("quantity"),
        hours=calculation.figure("hours"),
        arithmetic=tuple(calculation.steps),
    )
