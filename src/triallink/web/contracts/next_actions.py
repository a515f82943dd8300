"""What contracts put on the home page: signatures, answers and work that wait, and awards without a contract."""

import datetime as dt

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


@waits_for
def milestones_to_accept(actor: Actor) -> list[NextAction]:
    """Name the milestones that wait for the actor's answer, each with its last day."""
    return [
        NextAction(
            title=_("Accept or return: %(milestone)s") % {"milestone": bilingual(row.name)},
            sentence=f"{row.contract.reference} · {bilingual(row.contract.title)}",
            url=address_of("contracts:milestone", milestone_id=row.pk) or "",
            due=_end_of(row.acceptance_due_on),
            icon="checkbox",
        )
        for row in selectors.to_accept(of=actor)[:SHOWN]
    ]


@waits_for
def milestones_to_deliver(actor: Actor) -> list[NextAction]:
    """Name the milestones the actor's organization has to hand in: returned ones, and those whose day has come."""
    if not actor.has("business_lead", "project_lead", "resource_manager"):
        return []
    return [
        NextAction(
            title=(
                _("Correct and submit: %(milestone)s") if row.state == "returned" else _("Due: %(milestone)s")
            )
            % {"milestone": bilingual(row.name)},
            sentence=f"{row.contract.reference} · {bilingual(row.contract.title)}",
            url=address_of("contracts:milestone", milestone_id=row.pk) or "",
            due=_end_of(row.due_on),
            icon="package",
        )
        for row in selectors.to_deliver(of=actor)[:SHOWN]
    ]


@waits_for
def contracts_that_wait(actor: Actor) -> list[NextAction]:
    """Name contracts with a change order to sign, a settlement to answer, a rating to give, a dispute to take up."""
    words = {
        "change": (_("Sign the change order of %(reference)s"), "contracts:changes", "file-diff"),
        "end": (_("Answer the early end of %(reference)s"), "contracts:detail", "flag-off"),
        "settlement": (_("Answer the settlement for %(reference)s"), "contracts:disputes", "scale"),
        "rating": (_("Rate the other side of %(reference)s"), "contracts:ratings", "star"),
        "mediation": (_("Mediate the dispute about %(reference)s"), "contracts:disputes", "scale"),
        "funding": (_("Fund the escrow of %(reference)s"), "contracts:payments", "coins"),
    }
    return [
        NextAction(
            title=words[kind][0] % {"reference": contract.reference},
            sentence=bilingual(contract.title),
            url=address_of(words[kind][1], contract_id=contract.pk) or "",
            icon=words[kind][2],
        )
        for kind, contract in selectors.waiting_steps(of=actor)
    ]


def _end_of(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(23, 59), dt.UTC) if day else None
