"""What people do with contracts."""

from triallink.domains.contracts.services.acceptance import (
    accept_milestone,
    assign_reviewer,
    deem_accepted,
    fall_due,
    return_milestone,
)
from triallink.domains.contracts.services.call_offs import call_off_hours, end_call_off
from triallink.domains.contracts.services.changes import (
    decline_change_order,
    propose_change_order,
    sign_change_order,
    withdraw_change_order,
)
from triallink.domains.contracts.services.deliverables import (
    MAX_FILE_MB,
    submit_milestone,
    upload_deliverable,
)
from triallink.domains.contracts.services.disputes import (
    add_statement,
    agree_settlement,
    end_dispute,
    open_dispute,
    propose_settlement,
    take_up_dispute,
)
from triallink.domains.contracts.services.drafting import (
    change_terms,
    draft_contract,
    replace_milestones,
    require_evidence,
    withdraw_contract,
)
from triallink.domains.contracts.services.endings import (
    agree_termination,
    answer_termination,
    complete_contract,
    expire_contract,
    propose_termination,
    resume_contract,
    suspend_contract,
)
from triallink.domains.contracts.services.payments import (
    collect_by_facts,
    collect_payables,
    fund_contract,
    pay_payables,
    set_payment_rules,
)
from triallink.domains.contracts.services.ratings import (
    rate_contract,
    reveal_ratings,
)
from triallink.domains.contracts.services.signing import (
    decline_contract,
    offer_contract,
    sign_contract,
    take_back,
)

__all__ = [
    "MAX_FILE_MB",
    "accept_milestone",
    "add_statement",
    "agree_settlement",
    "agree_termination",
    "answer_termination",
    "assign_reviewer",
    "call_off_hours",
    "change_terms",
    "collect_by_facts",
    "collect_payables",
    "complete_contract",
    "decline_change_order",
    "decline_contract",
    "deem_accepted",
    "draft_contract",
    "end_call_off",
    "end_dispute",
    "expire_contract",
    "fall_due",
    "fund_contract",
    "offer_contract",
    "open_dispute",
    "pay_payables",
    "propose_change_order",
    "propose_settlement",
    "propose_termination",
    "rate_contract",
    "replace_milestones",
    "require_evidence",
    "resume_contract",
    "return_milestone",
    "reveal_ratings",
    "set_payment_rules",
    "sign_change_order",
    "sign_contract",
    "submit_milestone",
    "suspend_contract",
    "take_back",
    "take_up_dispute",
    "upload_deliverable",
    "withdraw_change_order",
    "withdraw_contract",
]
