"""What happens from the opening of the bids to the contract."""

from dataclasses import dataclass

from triallink.domains.marketplace.events.requests import RequestEvent
from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class EvaluatorsAppointed(RequestEvent):
    """People were asked to judge the bids."""

    person_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ConflictDeclared(RequestEvent):
    """An evaluator declared whether there is a conflict of interest."""

    person_id: int
    has_conflict: bool


@dataclass(frozen=True, kw_only=True)
class BidsScored(RequestEvent):
    """An evaluator scored bids."""

    person_id: int


@dataclass(frozen=True, kw_only=True)
class BidNoted(RequestEvent):
    """Somebody remarked on a bid."""

    bid_id: int


@dataclass(frozen=True, kw_only=True)
class ConsensusReached(RequestEvent):
    """The evaluators agreed; the request can be awarded."""


@dataclass(frozen=True, kw_only=True)
class AwardEvent(Event):
    """Something happened to an award."""

    award_id: int
    request_id: int


@dataclass(frozen=True, kw_only=True)
class AwardMade(AwardEvent):
    """The buyer decided; the standstill runs."""

    organization_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class ObjectionFiled(AwardEvent):
    """A bidder who did not win objects."""

    objection_id: int


@dataclass(frozen=True, kw_only=True)
class ObjectionDecided(AwardEvent):
    """An objection was upheld or dismissed."""

    objection_id: int
    decision: str


@dataclass(frozen=True, kw_only=True)
class AwardAnnulled(AwardEvent):
    """An upheld objection took the award back."""


@dataclass(frozen=True, kw_only=True)
class StandstillEnded(AwardEvent):
    """Nobody objects any more; the contract can be drawn up."""


@dataclass(frozen=True, kw_only=True)
class AwardContracted(AwardEvent):
    """The award became a contract."""
