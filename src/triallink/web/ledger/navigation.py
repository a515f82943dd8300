"""Where money stands on the rail."""

from triallink.domains.ledger.access import MONEY_ROLES, sees_money
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_
from triallink.web.navigation import Entry, add


def _keeps_the_book(actor: Actor) -> bool:
    return actor.is_operator and actor.has(*MONEY_ROLES, "inspector")


def _sees_escrows_only(actor: Actor) -> bool:
    return not sees_money(actor) and actor.has("project_lead", "business_lead")


add(
    Entry("trade", N_("Money"), "money:overview", icon="wallet", order=70, rule=sees_money),
    Entry("trade", N_("Escrow"), "money:escrow-list", icon="lock", order=70, rule=_sees_escrows_only),
    Entry(
        "operator", N_("Reconciliation"), "money:reconciliation", icon="arrows-exchange", order=70,
        rule=_keeps_the_book,
    ),
    Entry("operator", N_("The book"), "money:book", icon="book", order=71, rule=_keeps_the_book),
)  # fmt: skip
