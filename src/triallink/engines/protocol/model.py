"""What a study protocol says, as values: the same shape whether it came from USDM or a registry.

Everything is frozen and plain, so a protocol can be stored as JSON, hashed and compared. Texts are
the protocol's own and are not translated. Ids are the ids of the source file.
"""

from dataclasses import dataclass, field

from .schedule_model import Timeline
from .visits import PlannedVisit, planned_visits

PHASES = ("0", "1", "1/2", "1/2/3", "2", "2a", "2b", "2/3", "2/3/4", "3", "3a", "3b", "3/4", "4", "5", "n/a")
STUDY_TYPES = ("interventional", "observational", "expanded_access")
CRITERION_CATEGORIES = ("inclusion", "exclusion")


@dataclass(frozen=True)
class Code:
    """A term of a code system; `text` is what people read."""

    code: str
    text: str
    system: str = ""


@dataclass(frozen=True)
class Quantity:
    """A number with the unit as the source writes it ("Year", "Milligram"; "" when it counts things)."""

    value: float
    unit: str = ""


@dataclass(frozen=True)
class Title:
    """One of the study's titles. `kind` is official, brief, public, scientific, acronym or other."""

    kind: str
    text: str


@dataclass(frozen=True)
class Identifier:
    """A study identifier and the organization that gave it."""

    text: str
    organization: str = ""
    kind: str = ""


@dataclass(frozen=True)
class KeyDate:
    """A dated fact of the study; `on` stays text because registries publish partial dates (2021-05)."""

    kind: str
    on: str
    label: str = ""


@dataclass(frozen=True)
class Organization:
    """An organization named by the protocol, with its roles in the study ("Sponsor")."""

    id: str
    name: str
    kind: str = ""
    city: str = ""
    country: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Indication:
    """A disease or condition under study."""

    id: str
    name: str
    description: str = ""
    codes: tuple[Code, ...] = ()
    is_rare_disease: bool = False


@dataclass(frozen=True)
class Arm:
    """A planned pathway that subjects are assigned to."""

    id: str
    name: str
    label: str = ""
    description: str = ""
    kind: str = ""
    intervention_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Epoch:
    """A period of the study, such as screening or treatment."""

    id: str
    name: str
    label: str = ""
    description: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Element:
    """The basic building block of time within a cell of the design."""

    id: str
    name: str
    label: str = ""
    description: str = ""
    intervention_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """What happens in one arm during one epoch."""

    arm_id: str
    epoch_id: str
    element_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Encounter:
    """A planned visit or contact. `scheduled_at_id` names the timing that places it, if the source does."""

    id: str
    name: str
    label: str = ""
    description: str = ""
    kind: str = ""
    settings: tuple[str, ...] = ()
    contact_modes: tuple[str, ...] = ()
    scheduled_at_id: str = ""
    start_rule: str = ""
    end_rule: str = ""

    @property
    def is_remote(self) -> bool:
        """True if the subject need not come to the site (every contact mode is at a distance)."""
        modes = [mode.lower() for mode in self.contact_modes]
        return bool(modes) and not any("person" in mode for mode in modes)


@dataclass(frozen=True)
class Procedure:
    """A procedure performed within an activity."""

    id: str
    name: str
    label: str = ""
    kind: str = ""
    code: Code | None = None


@dataclass(frozen=True)
class Activity:
    """Something done or assessed; groups have children, details may be a timeline of their own."""

    id: str
    name: str
    label: str = ""
    description: str = ""
    parent_id: str = ""
    child_ids: tuple[str, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    concept_ids: tuple[str, ...] = ()
    timeline_id: str = ""


@dataclass(frozen=True)
class ConceptProperty:
    """One data item of a biomedical concept; `responses` are the permitted terms."""

    id: str
    name: str
    label: str = ""
    datatype: str = ""
    is_required: bool = False
    is_enabled: bool = True
    code: Code | None = None
    responses: tuple[Code, ...] = ()


@dataclass(frozen=True)
class BiomedicalConcept:
    """What is measured. `kind` is concept, surrogate (named only) or category (a group: `member_ids`)."""

    id: str
    name: str
    kind: str = "concept"
    label: str = ""
    reference: str = ""
    code: Code | None = None
    synonyms: tuple[str, ...] = ()
    properties: tuple[ConceptProperty, ...] = ()
    member_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """How an objective is measured."""

    id: str
    name: str
    text: str
    level: str = ""
    purpose: str = ""
    time_frame: str = ""


@dataclass(frozen=True)
class Objective:
    """A reason for the study. `level` is the source's ("Trial Primary Objective", "primary")."""

    id: str
    name: str
    text: str
    level: str = ""
    endpoints: tuple[Endpoint, ...] = ()


@dataclass(frozen=True)
class Criterion:
    """One inclusion or exclusion criterion in plain text."""

    id: str
    category: str
    text: str
    identifier: str = ""
    name: str = ""


@dataclass(frozen=True)
class Cohort:
    """A part of the population with a planned size of its own."""

    id: str
    name: str
    label: str = ""
    description: str = ""
    planned_enrollment: int | None = None


@dataclass(frozen=True)
class Population:
    """Who is to take part. Numbers are subjects; `sex` is any, female, male or "" when not stated."""

    description: str = ""
    planned_enrollment: int | None = None
    planned_completion: int | None = None
    minimum_age: Quantity | None = None
    maximum_age: Quantity | None = None
    sex: str = ""
    includes_healthy: bool | None = None
    cohorts: tuple[Cohort, ...] = ()


@dataclass(frozen=True)
class Administration:
    """How an intervention is given: dose, route, frequency, duration."""

    id: str
    name: str
    description: str = ""
    dose: Quantity | None = None
    route: str = ""
    frequency: str = ""
    duration: str = ""


@dataclass(frozen=True)
class Intervention:
    """A product, device or procedure under study."""

    id: str
    name: str
    label: str = ""
    description: str = ""
    kind: str = ""
    role: str = ""
    codes: tuple[Code, ...] = ()
    administrations: tuple[Administration, ...] = ()


@dataclass(frozen=True)
class Site:
    """A place where the study is or will be run."""

    name: str
    city: str = ""
    state: str = ""
    country: str = ""
    id: str = ""
    organization: str = ""
    status: str = ""


@dataclass(frozen=True)
class Country:
    """A country of the study with the subjects planned there, if stated."""

    name: str
    code: str = ""
    planned_enrollment: int | None = None


@dataclass(frozen=True)
class Amendment:
    """A change of the protocol after its first version."""

    id: str
    number: str
    name: str = ""
    summary: str = ""
    primary_reason: str = ""
    secondary_reasons: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    on: str = ""
    planned_enrollment: int | None = None


@dataclass(frozen=True)
class ScheduleCondition:
    """A condition under which something in the schedule applies ("if the subject is diabetic")."""

    id: str
    text: str
    name: str = ""
    applies_to_ids: tuple[str, ...] = ()
    context_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Protocol:
    """A study protocol. `source` is usdm, ctgov_json, ctgov_csv or form."""

    name: str
    titles: tuple[Title, ...] = ()
    source: str = "form"
    source_version: str = ""
    identifiers: tuple[Identifier, ...] = ()
    version: str = ""
    rationale: str = ""
    summary: str = ""
    status: str = ""
    dates: tuple[KeyDate, ...] = ()
    study_type: str = ""
    phase: str = ""
    sponsor: str = ""
    organizations: tuple[Organization, ...] = ()
    therapeutic_areas: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    indications: tuple[Indication, ...] = ()
    characteristics: tuple[str, ...] = ()
    intervention_model: str = ""
    allocation: str = ""
    blinding: str = ""
    purpose: str = ""
    arms: tuple[Arm, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    elements: tuple[Element, ...] = ()
    cells: tuple[Cell, ...] = ()
    encounters: tuple[Encounter, ...] = ()
    activities: tuple[Activity, ...] = ()
    concepts: tuple[BiomedicalConcept, ...] = ()
    timelines: tuple[Timeline, ...] = ()
    schedule_conditions: tuple[ScheduleCondition, ...] = ()
    objectives: tuple[Objective, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    population: Population = field(default_factory=Population)
    interventions: tuple[Intervention, ...] = ()
    sites: tuple[Site, ...] = ()
    countries: tuple[Country, ...] = ()
    amendments: tuple[Amendment, ...] = ()

    @property
    def title(self) -> str:
        """Return the title to show: official, else brief, else any other, else the name."""
        for kind in ("official", "brief", "public", "scientific", "other"):
            for title in self.titles:
                if title.kind == kind:
                    return title.text
        return self.name

    @property
    def acronym(self) -> str:
        """Return the study acronym, or "" if there is none."""
        return next((title.text for title in self.titles if title.kind == "acronym"), "")

    @property
    def main_timeline(self) -> Timeline | None:
        """Return the timeline marked as main, else the first one."""
        marked = [timeline for timeline in self.timelines if timeline.is_main]
        return next(iter(marked or self.timelines), None)

    @property
    def planned_duration_days(self) -> int | None:
        """Return the days one subject spends in the study by the main timeline, or None without one."""
        return self.main_timeline.duration_days if self.main_timeline else None

    @property
    def planned_visits(self) -> tuple[PlannedVisit, ...]:
        """Return the visits a subject makes by the main timeline, in order of time."""
        return planned_visits(self)

    def timeline(self, timeline_id: str) -> Timeline | None:
        """Return the timeline of that id."""
        return next((timeline for timeline in self.timelines if timeline.id == timeline_id), None)
