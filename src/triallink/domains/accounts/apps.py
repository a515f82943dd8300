"""Accounts as a Django application."""

from triallink.foundation.apps import DomainConfig


class AccountsConfig(DomainConfig):
    """People, organizations, memberships and sign-in."""

    name = "triallink.domains.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Also say how a signer proves who they are, where people get their mail, and what is held of them."""
        super().ready()
        from triallink.domains.accounts.selectors import mailboxes_of
        from triallink.domains.accounts.services import reauthenticate
        from triallink.domains.accounts.services.own_data import HELD
        from triallink.foundation.mailing import register_mailboxes
        from triallink.foundation.own_data import hold
        from triallink.foundation.signatures import register_reauthentication

        register_reauthentication(reauthenticate)
        register_mailboxes(mailboxes_of)
        hold(**HELD)
