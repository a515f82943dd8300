"""What people do with their accounts, one file per noun."""

from triallink.domains.accounts.services.invitations import accept_invitation, invite, revoke_invitation
from triallink.domains.accounts.services.organizations import (
    change_roles,
    end_membership,
    found_operator,
    found_organization,
    leave_organization,
    update_organization,
)
from triallink.domains.accounts.services.own_data import export_own_data
from triallink.domains.accounts.services.people import (
    create_person,
    deactivate_person,
    register,
    update_profile,
)
from triallink.domains.accounts.services.proof import reauthenticate, tell_of_locked_signing
from triallink.domains.accounts.services.second_steps import seal_second_steps_again
from triallink.domains.accounts.services.tokens import create_token, revoke_token

__all__ = [
    "accept_invitation",
    "change_roles",
    "create_person",
    "create_token",
    "deactivate_person",
    "end_membership",
    "export_own_data",
    "found_operator",
    "found_organization",
    "invite",
    "leave_organization",
    "reauthenticate",
    "register",
    "revoke_invitation",
    "revoke_token",
    "seal_second_steps_again",
    "tell_of_locked_signing",
    "update_organization",
    "update_profile",
]
