"""What contracts put on the home page: signatures that wait, and awards without a contract."""

from django.utils.translation import gettext as _

from triallink.domains.contracts import selectors
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.web.navigation import address_of
from triallink.web.next_actions import NextAction, waits_for

SHOWN = 5


@waits_for
def contracts_to_sign(actor: Actor) -> list[NextAction]:
    """Name the contracts that wait for the actor's signature."""
    if not actor.has("signatory"):
        return []
    return [
        NextAction(
            title=_("Sign contract %(reference)s") % {"reference": contract.reference},
            sentence=bilingual(contract.title),
            url=address_of("contracts:detail", contract_id=contract.pk) or "",
            icon="signature",
        )
        for contract in selectors.waiting_for_signature(of=actor)[:SHOWN]
    ]


@waits_for
def awards_to_contract(actor: Actor) -> list[NextAction]:
    """Name the awards whose standstill has ended and whose winner has no contract yet."""
    if not actor.has("project_lead", "administrator"):
        return []
    return [
        NextAction(
            title=_("Draft the contract for %(reference)s") % {"reference": award.request.reference},
            sentence=bilingual(award.request.title),
            url=address_of("market:award", request_id=award.request_id) or "",
            icon="file-certificate",
        )
        for award in selectors.awards_to_contract(of=actor)[:SHOWN]
    ]
