"""What people do with contracts."""

from triallink.domains.contracts.services.acceptance import (
    accept_milestone,
    assign_reviewer,
    deem_accepted,
    fall_due,
    return_milestone,
)
from triallink.domains.contracts.services.deliverables import submit_milestone, upload_deliverable
from triallink.domains.contracts.services.drafting import (
    change_terms,
    draft_contract,
    replace_milestones,
    require_evidence,
    withdraw_contract,
)
from triallink.domains.contracts.services.signing import (
    decline_contract,
    offer_contract,
    sign_contract,
    take_back,
)

__all__ = [
    "accept_milestone",
    "assign_reviewer",
    "change_terms",
    "decline_contract",
    "deem_accepted",
    "draft_contract",
    "fall_due",
    "offer_contract",
    "replace_milestones",
    "require_evidence",
    "return_milestone",
    "sign_contract",
    "submit_milestone",
    "take_back",
    "upload_deliverable",
    "withdraw_contract",
]
