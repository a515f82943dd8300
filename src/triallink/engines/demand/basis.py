"""The facts of a study that demand is computed from; proposed from its protocol, editable by its owner."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Protocol as Shape

MONTH_DAYS = 365.25 / 12
# 356 completed phase 3 trials with three or more named sites (ClinicalTrials.gov, start before 2023):
# median 0.21 subjects per site and month up to primary completion, middle half 0.07 to 0.52. That span
# includes follow-up, so the default for the enrollment months alone is set above the median.
DEFAULT_SUBJECTS_PER_SITE_MONTH = 0.3
DEFAULT_SUBJECTS = 100
DEFAULT_SITES_PER_COUNTRY = 10
DEFAULT_VISITS = 8
DEFAULT_ACTIVITIES_PER_VISIT = 8
DEFAULT_FOLLOW_UP_MONTHS = 6.0

_LABORATORY = re.compile(
    r"\b(lab|laborator|h[ae]+matolog|chemistr|urin|uninalysis|serum|plasma|blood (sample|draw|test|count)|biomarker|"
    r"pharmacokinetic|pk sampl|genotyp|hemoglobin|haemoglobin|hba1c|coagulation|lipid|glucose|virolog|serolog|pregnancy test)"
    r"|血|尿|生化|实验室|药代",
    re.IGNORECASE,
)
_IMAGING = re.compile(
    r"\b(mri|ct|pet|spect|dxa|dexa|oct)\b|\b(x-?ray|radiograph|tomograph|ultraso|echocardiogra|imaging|mammogra|magnetic resonance)"
    r"|影像|超声|磁共振|CT",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CountryPlan:
    """Sites and enrolled subjects planned in one country."""

    country: str
    sites: int
    subjects: int

    def __post_init__(self) -> None:
        if self.sites < 1 or self.subjects < 0:
            raise ValueError(f"a country needs at least one site and no negative subjects, not {self!r}")


@dataclass(frozen=True)
class VisitPlan:
    """One visit of the schedule; subjects who fail screening make its screening visits too."""

    label: str
    activity_count: int
    study_day: int | None = None
    is_remote: bool = False
    is_screening: bool = False
    has_laboratory: bool = False
    has_imaging: bool = False

    def __post_init__(self) -> None:
        if self.activity_count < 0:
            raise ValueError(f"activity_count must not be negative, not {self.activity_count!r}")


@dataclass(frozen=True)
class StudyBasis:
    """What the demand of a study depends on.

    enrollment_months   first to last subject enrolled.
    follow_up_months    last subject enrolled to last visit.
    distinct_activities different activities of the schedule (forms to build).
    visits_are_assumed  true when the protocol has no schedule and a plain one stands in for it.
    """

    study_name: str
    countries: tuple[CountryPlan, ...]
    enrollment_months: float
    follow_up_months: float
    visits: tuple[VisitPlan, ...]
    distinct_activities: int = 0
    phase: str = ""
    study_type: str = "interventional"
    arm_count: int = 1
    endpoint_count: int = 1
    is_randomized: bool = False
    has_study_product: bool = True
    further_languages: int = 0
    visits_are_assumed: bool = False

    def __post_init__(self) -> None:
        if not self.countries:
            raise ValueError("a study needs at least one country")
        names = [plan.country for plan in self.countries]
        if len(set(names)) != len(names):
            raise ValueError(f"a country may be listed once, not {names!r}")
        for name in ("enrollment_months", "follow_up_months"):
            months = getattr(self, name)
            if not math.isfinite(months) or not 0 <= months <= 600:
                raise ValueError(f"{name} must be between 0 and 600, not {months!r}")
        if self.enrollment_months == 0:
            raise ValueError("enrollment_months must be more than 0")
        for name in ("distinct_activities", "arm_count", "endpoint_count", "further_languages"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, not {getattr(self, name)!r}")

    @property
    def sites(self) -> int:
        """Return the planned sites of all countries."""
        return sum(plan.sites for plan in self.countries)

    @property
    def subjects(self) -> int:
        """Return the planned enrolled subjects of all countries."""
        return sum(plan.subjects for plan in self.countries)

    def to_json(self) -> str:
        """Return canonical JSON."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "StudyBasis":
        """Return what `to_json` wrote. Raises ValueError if it is something else."""
        try:
            stored = json.loads(text)
            stored["countries"] = tuple(CountryPlan(**item) for item in stored["countries"])
            stored["visits"] = tuple(VisitPlan(**item) for item in stored["visits"])
            return StudyBasis(**stored)
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a study basis: {text[:60]!r} ({error})") from None


class PlannedVisitShape(Shape):
    """A planned visit as the protocol engine gives it."""

    @property
    def label(self) -> str: ...
    @property
    def study_day(self) -> int | None: ...
    @property
    def is_remote(self) -> bool: ...
    @property
    def is_screening(self) -> bool: ...
    @property
    def activities(self) -> tuple[str, ...]: ...


class PlaceShape(Shape):
    """A site as the protocol engine gives it."""

    @property
    def country(self) -> str: ...


class NamedShape(Shape):
    """Anything with a name."""

    @property
    def name(self) -> str: ...


class ObjectiveShape(Shape):
    """An objective with its endpoints."""

    @property
    def endpoints(self) -> tuple[object, ...]: ...


class PopulationShape(Shape):
    """A planned population."""

    @property
    def planned_enrollment(self) -> int | None: ...


class ProtocolShape(Shape):
    """What a basis reads of a protocol; `triallink.engines.protocol.Protocol` is one."""

    @property
    def name(self) -> str: ...
    @property
    def phase(self) -> str: ...
    @property
    def study_type(self) -> str: ...
    @property
    def allocation(self) -> str: ...
    @property
    def arms(self) -> tuple[object, ...]: ...
    @property
    def interventions(self) -> tuple[object, ...]: ...
    @property
    def objectives(self) -> tuple[ObjectiveShape, ...]: ...
    @property
    def population(self) -> PopulationShape: ...
    @property
    def sites(self) -> tuple[PlaceShape, ...]: ...
    @property
    def countries(self) -> tuple[NamedShape, ...]: ...
    @property
    def planned_visits(self) -> tuple[PlannedVisitShape, ...]: ...


def basis_from_protocol(
    protocol: ProtocolShape,
    *,
    sites_by_country: Mapping[str, int] | None = None,
    subjects: int | None = None,
    enrollment_months: float | None = None,
    follow_up_months: float | None = None,
    further_languages: int | None = None,
) -> StudyBasis:
    """Return the basis a protocol suggests; whatever is given replaces what the protocol says.

    sites_by_country   sites, whole numbers > 0; else the protocol's own sites, else 10 in each country it names.
    subjects           enrolled subjects; else the planned enrollment, else 100. Shared over countries by sites.
    enrollment_months  else subjects / (sites x 0.3 per site and month), 2 to 60.
    follow_up_months   else day 1 to the last visit of the schedule, else 6.
    further_languages  languages to translate into; else one for every country but the first.
    Raises             ValueError if a number given is out of range.
    Source             the protocol; the defaults are named at the top of this module with where they come from.
    """
    sites = dict(sites_by_country) if sites_by_country else _sites(protocol)
    planned = subjects if subjects is not None else protocol.population.planned_enrollment or DEFAULT_SUBJECTS
    per_country = share(planned, list(sites.values()))
    visits = tuple(_visit(visit) for visit in protocol.planned_visits)
    activities = {label for visit in protocol.planned_visits for label in visit.activities}
    pace = sum(sites.values()) * DEFAULT_SUBJECTS_PER_SITE_MONTH
    months = (
        enrollment_months if enrollment_months is not None else round(min(60.0, max(2.0, planned / pace)), 1)
    )
    is_interventional = protocol.study_type in ("interventional", "")
    return StudyBasis(
        study_name=protocol.name,
        countries=tuple(
            CountryPlan(country, count, part)
            for (country, count), part in zip(sites.items(), per_country, strict=True)
        ),
        enrollment_months=months,
        follow_up_months=follow_up_months if follow_up_months is not None else _follow_up(visits),
        visits=visits or _plain_visits(),
        distinct_activities=len(activities) or DEFAULT_ACTIVITIES_PER_VISIT * 2,
        phase=protocol.phase,
        study_type=protocol.study_type or "interventional",
        arm_count=max(1, len(protocol.arms)),
        endpoint_count=sum(len(objective.endpoints) for objective in protocol.objectives) or 1,
        is_randomized=is_interventional
        and len(protocol.arms) > 1
        and "non" not in protocol.allocation.lower(),
        has_study_product=is_interventional and bool(protocol.interventions),
        further_languages=len(sites) - 1 if further_languages is None else further_languages,
        visits_are_assumed=not visits,
    )


def share(total: int, weights: Iterable[int]) -> list[int]:
    """Return whole parts of a total in proportion to weights, adding up exactly (largest remainder first).

    Raises ValueError if the total is negative or a weight is not positive.
    """
    weights = list(weights)
    if total < 0 or not weights or min(weights) <= 0:
        raise ValueError(f"cannot share {total!r} by {weights!r}")
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -(total * weights[index] % whole))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def _sites(protocol: ProtocolShape) -> dict[str, int]:
    counts: dict[str, int] = {}
    for site in protocol.sites:
        counts[site.country] = counts.get(site.country, 0) + 1
    return (
        counts
        or {place.name: DEFAULT_SITES_PER_COUNTRY for place in protocol.countries}
        or {"": DEFAULT_SITES_PER_COUNTRY}
    )


def _visit(visit: PlannedVisitShape) -> VisitPlan:
    return VisitPlan(
        label=visit.label,
        activity_count=len(visit.activities),
        study_day=visit.study_day,
        is_remote=visit.is_remote,
        is_screening=visit.is_screening,
        has_laboratory=any(_LABORATORY.search(label) for label in visit.activities),
        has_imaging=any(_IMAGING.search(label) for label in visit.activities),
    )


def _follow_up(visits: tuple[VisitPlan, ...]) -> float:
    days = [visit.study_day for visit in visits if visit.study_day is not None and visit.study_day >= 1]
    return round(max(days) / MONTH_DAYS, 1) if days else DEFAULT_FOLLOW_UP_MONTHS


def _plain_visits() -> tuple[VisitPlan, ...]:
    days = [-14, *(1 + 28 * index for index in range(DEFAULT_VISITS - 1))]
    return tuple(
        VisitPlan(
            label=f"{number}",
            activity_count=DEFAULT_ACTIVITIES_PER_VISIT,
            study_day=day,
            is_screening=day < 1,
            has_laboratory=number in (1, DEFAULT_VISITS),
        )
        for number, day in enumerate(days, start=1)
    )
