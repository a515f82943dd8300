"""What happens to studies."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class StudyCreated(Event):
    """A study exists."""

    study_id: int
    sponsor_id: int


@dataclass(frozen=True, kw_only=True)
class StudyUpdated(Event):
    """A study's plan changed."""

    study_id: int


@dataclass(frozen=True, kw_only=True)
class ProtocolVersionAdded(Event):
    """A study has a new version of its protocol."""

    study_id: int
    protocol_version_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class SiteAdded(Event):
    """A study has one more site."""

    study_id: int
    site_id: int


@dataclass(frozen=True, kw_only=True)
class SiteUpdated(Event):
    """What a study plans for a site changed."""

    study_id: int
    site_id: int


@dataclass(frozen=True, kw_only=True)
class SiteRemoved(Event):
    """A study no longer plans with a site."""

    study_id: int
    site_id: int


@dataclass(frozen=True, kw_only=True)
class AssumptionsSaved(Event):
    """A study plans with a new version of its assumptions."""

    study_id: int
    assumption_set_id: int


@dataclass(frozen=True, kw_only=True)
class DemandProposed(Event):
    """Service lines were computed for a study."""

    study_id: int
    demand_proposal_id: int


@dataclass(frozen=True, kw_only=True)
class PartyAdmitted(Event):
    """An organization may see a study."""

    study_id: int
    organization_id: int
    reason: str
