"""What happens to contracts."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ContractDrafted(Event):
    """A contract was drafted from an award."""

    contract_id: int
    award_id: int


@dataclass(frozen=True, kw_only=True)
class ContractChanged(Event):
    """The terms or milestones of a draft changed."""

    contract_id: int


@dataclass(frozen=True, kw_only=True)
class ContractOffered(Event):
    """A contract's content was frozen and is waiting for signatures."""

    contract_id: int
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class ContractTakenBack(Event):
    """An offered contract became a draft again."""

    contract_id: int


@dataclass(frozen=True, kw_only=True)
class ContractSignedByParty(Event):
    """One party signed."""

    contract_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ContractConcluded(Event):
    """Every party has signed; the contract is in force."""

    contract_id: int
    award_id: int
    buyer_id: int
    supplier_id: int


@dataclass(frozen=True, kw_only=True)
class ContractDeclined(Event):
    """A party will not sign."""

    contract_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ContractWithdrawn(Event):
    """The buyer gave the contract up before it was in force."""

    contract_id: int


@dataclass(frozen=True, kw_only=True)
class MilestoneFellDue(Event):
    """The day on which a milestone was to be reached has come."""

    contract_id: int
    milestone_id: int


@dataclass(frozen=True, kw_only=True)
class DeliverableUploaded(Event):
    """A version of a deliverable was handed in at a milestone."""

    contract_id: int
    milestone_id: int
    deliverable_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class MilestoneSubmitted(Event):
    """A supplier says that a milestone is reached; the buyer's days to answer run."""

    contract_id: int
    milestone_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class MilestoneReturned(Event):
    """The buyer gave a milestone back with reasons."""

    contract_id: int
    milestone_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class MilestoneAccepted(Event):
    """A milestone was accepted, by signature or because the buyer's days have passed."""

    contract_id: int
    milestone_id: int
    is_deemed: bool
    is_overridden: bool


@dataclass(frozen=True, kw_only=True)
class ReviewerAssigned(Event):
    """The buyer said who looks at what is handed in at a milestone."""

    contract_id: int
    milestone_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class EvidenceRequired(Event):
    """The facts a milestone of a draft requires were set."""

    contract_id: int
    milestone_id: int
