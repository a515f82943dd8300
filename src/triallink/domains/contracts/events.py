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
