"""What people do with contracts."""

from triallink.domains.contracts.services.drafting import (
    change_terms,
    draft_contract,
    replace_milestones,
    withdraw_contract,
)
from triallink.domains.contracts.services.signing import (
    decline_contract,
    offer_contract,
    sign_contract,
    take_back,
)

__all__ = [
    "change_terms",
    "decline_contract",
    "draft_contract",
    "offer_contract",
    "replace_milestones",
    "sign_contract",
    "take_back",
    "withdraw_contract",
]
