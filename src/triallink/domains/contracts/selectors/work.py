"""How the work of a contract stands: milestones, what was handed in, what is owed and paid."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from triallink.domains.contracts.access import may_mediate, visible_contracts
from triallink.domains.contracts.models import (
    ChangeOrder,
    Contract,
    ContractSignature,
    Deliverable,
    DeliverableVersion,
    Dispute,
    Milestone,
    MilestoneSubmission,
    Payable,
    Rating,
    SettlementAgreement,
    Termination,
)
from triallink.domains.contracts.services.ratings import RATING_DAYS
from triallink.domains.ledger.models import Escrow
from triallink.domains.ledger.selectors import available_funds, escrow_of
from triallink.foundation.sentences import bilingual, sentence
from triallink.kernel.actor import Actor
from triallink.kernel.clock import system_clock


@dataclass(frozen=True)
class WorkRow:
    """A milestone with whether it was accepted without evidence."""

    milestone: Milestone
    is_overridden: bool


def work_rows(contract: Contract) -> list[WorkRow]:
    """Return a contract's milestones in order; the caller has checked the viewer."""
    rows = (
        contract.milestones.filter(is_removed=False)
        .select_related("line__service", "reviewer", "override")
        .order_by("line__position", "position")
    )
    return [WorkRow(row, hasattr(row, "override")) for row in rows]


def deliverables_of(contract: Contract, milestone_id: int | None = None) -> list[Deliverable]:
    """Return what was handed in, each with its versions, newest first."""
    versions = DeliverableVersion.objects.select_related(
        "file", "uploaded_by", "acceptance__verdict__by"
    ).order_by("-number")
    rows = Deliverable.objects.filter(milestone__contract=contract).select_related("milestone")
    if milestone_id is not None:
        rows = rows.filter(milestone_id=milestone_id)
    return list(rows.prefetch_related(Prefetch("versions", versions)).order_by("milestone_id", "id"))


def submissions_of(milestone: Milestone) -> list[MilestoneSubmission]:
    """Return how often a milestone was handed in, newest first, each with its answer."""
    rows = milestone.submissions.select_related("by", "verdict__by", "verdict__signature")
    return list(rows.order_by("-number"))


@dataclass(frozen=True)
class PayableRow:
    """Something owed and what became of it: "paid", "waiting", "offset"; kept back: "held", "released", or ""."""

    payable: Payable
    state: str
    retention: str


def payable_rows(contract: Contract) -> list[PayableRow]:
    """Return what a contract owes and owed, newest first."""
    rows = contract.payables.select_related("milestone", "payment", "retention_payment").order_by("-id")
    return [PayableRow(row, _state(row), _retention(row)) for row in rows]


# How this domain's services begin the parts and the keys they give the ledger.
PAYMENT_WORD = re.compile(r"payable:(\d+)")


def payment_names(words: Iterable[str]) -> dict[str, str]:
    """Return what parts and posting keys of the ledger stand for, in the reader's words: the milestone, the visit, …

    words  "payable:12", "payable:12:34:retention"; those another domain wrote are left out. The caller, who read them
           from the ledger, has asked who looks.
    """
    numbers = {word: int(found[1]) for word in words if (found := PAYMENT_WORD.match(word))}
    rows = Payable.objects.select_related("milestone").in_bulk(set(numbers.values()))
    return {word: _payable_name(rows[number]) for word, number in numbers.items() if number in rows}


def _payable_name(row: Payable) -> str:
    """Return a payable's milestone or fact; of a rule that stands for neither, the sentence it was paid by."""
    if row.milestone is not None:
        return str(bilingual(row.milestone.name))
    return (
        sentence(row.template, row.params) if row.title.get("en") == row.rule else str(bilingual(row.title))
    )


@dataclass(frozen=True)
class MoneyState:
    """A contract's money in minor units."""

    agreed_minor: int
    funded_minor: int
    free_minor: int
    retained_minor: int
    released_minor: int
    owed_minor: int
    available_minor: int

    @property
    def lacking_minor(self) -> int:
        """Return what is not funded yet of what was agreed."""
        return max(0, self.agreed_minor - self.funded_minor)


def money_of(contract: Contract) -> MoneyState:
    """Return how a contract's money stands."""
    owed = sum(
        row.amount_minor - row.retained_minor for row in contract.payables.filter(payment__isnull=True)
    )
    available = available_funds(contract.buyer_id, contract.currency).minor
    if not Escrow.objects.filter(about_kind="contract", about_id=contract.pk).exists():
        return MoneyState(contract.total_minor, 0, 0, 0, 0, owed, available)
    state = escrow_of(("contract", contract.pk))
    return MoneyState(
        agreed_minor=contract.total_minor,
        funded_minor=state.funded.minor,
        free_minor=state.free.minor,
        retained_minor=state.retained.minor,
        released_minor=state.released.minor,
        owed_minor=owed,
        available_minor=available,
    )


def to_accept(*, of: Actor) -> QuerySet[Milestone]:
    """Return the milestones that wait for the actor's answer, the most urgent first."""
    if of.organization_id is None:
        return Milestone.objects.none()
    rows = Milestone.objects.filter(
        state="submitted", contract__buyer_id=of.organization_id, contract__state="signed"
    )
    if not of.has("project_lead", "administrator"):
        rows = rows.filter(reviewer_id=of.person_id)
    return rows.select_related("contract").order_by("acceptance_due_on", "id")


def to_deliver(*, of: Actor) -> QuerySet[Milestone]:
    """Return the milestones the actor's organization has to reach: returned ones and those that are due."""
    if of.organization_id is None:
        return Milestone.objects.none()
    own = visible_contracts(to=of).filter(state="signed").exclude(buyer_id=of.organization_id)
    rows = Milestone.objects.filter(contract__in=own, state__in=["returned", "due"], is_removed=False)
    return rows.select_related("contract").order_by("due_on", "id")


def waiting_steps(*, of: Actor, most: int = 5) -> list[tuple[str, Contract]]:
    """Return what of its contracts waits for the actor, kind by kind: (kind, contract)."""
    if of.organization_id is None:
        return []
    own = visible_contracts(to=of)
    party = own.filter(parties__organization_id=of.organization_id)
    found: list[tuple[str, QuerySet[Contract]]] = []
    if of.has("signatory"):
        orders = ChangeOrder.objects.filter(state="proposed", contract__in=party)
        signed = ContractSignature.objects.filter(
            party__organization_id=of.organization_id, content_hash=OuterRef("content_hash")
        )
        unsigned = orders.filter(~Exists(signed))
        found.append(("change", party.filter(pk__in=unsigned.values("contract_id"))))
        ends = Termination.objects.filter(state="proposed").exclude(proposer_id=of.organization_id)
        found.append(("end", party.filter(pk__in=ends.values("contract_id"))))
        agreed = SettlementAgreement.objects.filter(
            organization_id=of.organization_id, proposal__dispute=OuterRef("pk")
        )
        open_ones = Dispute.objects.filter(~Exists(agreed), state="in_mediation", proposals__isnull=False)
        found.append(("settlement", party.filter(pk__in=open_ones.values("contract_id"))))
    if of.has("project_lead", "business_lead", "signatory"):
        since = system_clock.now() - dt.timedelta(days=RATING_DAYS)
        ended = party.filter(state__in=["completed", "terminated"], ended_at__gte=since)
        given = Rating.objects.filter(rater_id=of.organization_id, contract=OuterRef("pk"))
        found.append(("rating", ended.filter(~Exists(given))))
    if may_mediate(to=of):
        disputes = Dispute.objects.filter(state="open")
        found.append(("mediation", own.filter(pk__in=disputes.values("contract_id"))))
    if of.has("finance", "signatory"):
        owed = Payable.objects.filter(contract=OuterRef("pk"), payment__isnull=True, amount_minor__gt=0)
        found.append(("funding", own.filter(Exists(owed), buyer_id=of.organization_id)))
    return [(kind, contract) for kind, rows in found for contract in rows.distinct()[:most]]


def _state(row: Payable) -> str:
    if not hasattr(row, "payment"):
        return "waiting"
    return "paid" if row.payment.paid_minor or not row.payment.offset_minor else "offset"


def _retention(row: Payable) -> str:
    if not row.retained_minor:
        return ""
    return "released" if hasattr(row, "retention_payment") else "held"
