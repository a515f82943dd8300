"""Tables of the market, one file per noun."""

from triallink.domains.marketplace.models.auctions import Auction, AuctionBid, AuctionSeat, SeatHolder
from triallink.domains.marketplace.models.awards import Award, AwardLine, LossLetter, Objection
from triallink.domains.marketplace.models.bids import (
    Bid,
    BidBundle,
    BidFile,
    BidLine,
    BidSeal,
    BundleLine,
    CoalitionMember,
    CoalitionShare,
    StaffingLine,
)
from triallink.domains.marketplace.models.catalogue import Listing, ServiceType
from triallink.domains.marketplace.models.evaluations import (
    BidScore,
    ConsensusScore,
    EvaluationNote,
    Evaluator,
)
from triallink.domains.marketplace.models.questions import Question
from triallink.domains.marketplace.models.requests import (
    NdaAcceptance,
    ReferenceCounter,
    Request,
    RequestFile,
    RequestInvitation,
    RequestLine,
)
from triallink.domains.marketplace.models.searches import SavedSearch
from triallink.domains.marketplace.models.suggestions import SuggestedCoalition

__all__ = [
    "Auction",
    "AuctionBid",
    "AuctionSeat",
    "Award",
    "AwardLine",
    "Bid",
    "BidBundle",
    "BidFile",
    "BidLine",
    "BidScore",
    "BidSeal",
    "BundleLine",
    "CoalitionMember",
    "CoalitionShare",
    "ConsensusScore",
    "EvaluationNote",
    "Evaluator",
    "Listing",
    "LossLetter",
    "NdaAcceptance",
    "Objection",
    "Question",
    "ReferenceCounter",
    "Request",
    "RequestFile",
    "RequestInvitation",
    "RequestLine",
    "SavedSearch",
    "SeatHolder",
    "ServiceType",
    "StaffingLine",
    "SuggestedCoalition",
]
