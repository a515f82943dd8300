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


@dataclass(frozen=True, kw_only=True)
class PaymentRulesChanged(Event):
    """How a draft pays was set."""

    contract_id: int


@dataclass(frozen=True, kw_only=True)
class ContractFunded(Event):
    """The buyer put money into a contract's escrow."""

    contract_id: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class PayablesCreated(Event):
    """Facts made amounts payable."""

    contract_id: int
    count: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class PayablesPaid(Event):
    """Amounts left the escrow for the suppliers, before fee and tax."""

    contract_id: int
    count: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class ChangeOrderProposed(Event):
    """One side proposed a change."""

    contract_id: int
    change_order_id: int


@dataclass(frozen=True, kw_only=True)
class ChangeOrderSigned(Event):
    """One party signed a change."""

    contract_id: int
    change_order_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ChangeOrderInForce(Event):
    """Every party has signed a change; the contract has a new version."""

    contract_id: int
    change_order_id: int
    version: int


@dataclass(frozen=True, kw_only=True)
class ChangeOrderDeclined(Event):
    """A party will not sign a change."""

    contract_id: int
    change_order_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ChangeOrderWithdrawn(Event):
    """A proposed change was taken back."""

    contract_id: int
    change_order_id: int


@dataclass(frozen=True, kw_only=True)
class ContractSuspended(Event):
    """Work under a contract was put on hold."""

    contract_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ContractResumed(Event):
    """Work under a contract goes on."""

    contract_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ContractCompleted(Event):
    """Everything was reached and paid; the contract has ended."""

    contract_id: int
    buyer_id: int
    supplier_id: int


@dataclass(frozen=True, kw_only=True)
class TerminationProposed(Event):
    """One side proposed to end the contract early."""

    contract_id: int
    termination_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class TerminationAnswered(Event):
    """A proposal to end the contract was declined or taken back."""

    contract_id: int
    termination_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class ContractTerminated(Event):
    """Both sides agreed to end the contract early."""

    contract_id: int
    termination_id: int
    buyer_id: int
    supplier_id: int


@dataclass(frozen=True, kw_only=True)
class ContractExpired(Event):
    """The last day of a contract passed with milestones open."""

    contract_id: int


@dataclass(frozen=True, kw_only=True)
class DisputeOpened(Event):
    """One side disputes something."""

    contract_id: int
    dispute_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class DisputeStatementAdded(Event):
    """Somebody said or showed something in a dispute."""

    contract_id: int
    dispute_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class DisputeTakenUp(Event):
    """The operator mediates a dispute."""

    contract_id: int
    dispute_id: int


@dataclass(frozen=True, kw_only=True)
class SettlementProposed(Event):
    """The mediator proposed a settlement."""

    contract_id: int
    dispute_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class SettlementAgreed(Event):
    """One side signed a proposed settlement."""

    contract_id: int
    dispute_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class DisputeSettled(Event):
    """Both sides signed; the settlement is paid."""

    contract_id: int
    dispute_id: int
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class DisputeEnded(Event):
    """A dispute ended without a settlement."""

    contract_id: int
    dispute_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class RatingGiven(Event):
    """One side rated the other; nobody sees it yet."""

    contract_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class RatingsRevealed(Event):
    """Ratings of a contract may be read."""

    contract_id: int
    organization_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class HoursCalledOff(Event):
    """A confirmed booking of hours became a call-off under the framework of its two organizations."""

    call_off_id: int
    booking_id: int
    buyer_id: int
    seller_id: int


@dataclass(frozen=True, kw_only=True)
class CallOffEnded(Event):
    """A call-off was cancelled, at its fee, or others took its hours over."""

    call_off_id: int
    booking_id: int
    buyer_id: int
    seller_id: int
    fee_minor: int
    currency: str
