"""What surrounds every page of one contract: its header, how far it is, its tabs."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from triallink.domains.contracts.access import BUYER_ROLES, contract_for
from triallink.domains.contracts.models import CONCLUDED, CONTRACT_STATES, Contract
from triallink.domains.contracts.selectors import money_of
from triallink.domains.quality.selectors import suspended_among
from triallink.foundation.sentences import bilingual, reads_chinese
from triallink.kernel.actor import Actor
from triallink.web.wording import word

STATE_TONES = {
    "draft": "calm",
    "offered": "warn",
    "signed": "good",
    "suspended": "warn",
    "expired": "bad",
    "completed": "good",
    "terminated": "bad",
    "declined": "bad",
    "withdrawn": "calm",
}
Tab = tuple[str, str, bool, int | None]


@dataclass(frozen=True)
class ContractFrame:
    """The header of a contract's pages. step: 1-based number of the present one; beyond the last, all are done."""

    contract: Contract
    title: str
    state: str
    tone: str
    tabs: list[Tab]
    steps: list[tuple[str, str]]
    step: int
    suspended_because: str
    stopped_suppliers: str
    overrides: int
    is_buyer: bool
    is_supplier: bool


def frame_of(request: HttpRequest, contract_id: int, tab: str) -> ContractFrame:
    """Return the frame of a contract the viewer may see, with one tab chosen."""
    actor = actor_of(request)
    contract = contract_for(contract_id, to=actor)
    pause = contract.suspensions.filter(ended_at=None).first() if contract.state == "suspended" else None
    is_party = contract.parties.filter(organization_id=actor.organization_id or 0).exists()
    steps, step = _progress(contract)
    return ContractFrame(
        contract=contract,
        title=bilingual(contract.title),
        state=word(CONTRACT_STATES, contract.state),
        tone=STATE_TONES[contract.state],
        tabs=_tabs(contract, tab),
        steps=steps,
        step=step,
        suspended_because=pause.reason if pause else "",
        stopped_suppliers=_stopped(contract),
        overrides=contract.milestones.filter(override__isnull=False).count(),
        is_buyer=contract.buyer_id == actor.organization_id and actor.has(*BUYER_ROLES),
        is_supplier=is_party and contract.buyer_id != actor.organization_id,
    )


def _stopped(contract: Contract) -> str:
    """Return the names of the parties the platform has suspended, while anything can still be done about it."""
    if contract.ended_at is not None:
        return ""
    parties = {
        row.organization_id: row.organization for row in contract.parties.select_related("organization")
    }
    language = "zh" if reads_chinese() else "en"
    return ", ".join(parties[pk].name_in(language) for pk in sorted(suspended_among(parties)))


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _tabs(contract: Contract, chosen: str) -> list[Tab]:
    if contract.state not in CONCLUDED:
        return []
    rows: list[tuple[str, str, int | None]] = [
        ("detail", _("Agreement"), None),
        ("work", _("Milestones"), contract.milestones.filter(is_removed=False).count()),
        ("deliverables", _("Deliverables"), None),
        ("payments", _("Payments"), None),
        ("changes", _("Change orders"), contract.change_orders.count() or None),
        ("disputes", _("Disputes"), contract.disputes.count() or None),
        ("ratings", _("Ratings"), None),
        ("timeline", _("Timeline"), None),
    ]
    return [
        (label, reverse(f"contracts:{name}", args=[contract.pk]), name == chosen, count)
        for name, label, count in rows
    ]


def _progress(contract: Contract) -> tuple[list[tuple[str, str]], int]:
    """Return the steps of a contract as a buyer tracks an order, and the present one."""
    milestones = list(contract.milestones.filter(is_removed=False))
    reached = sum(1 for row in milestones if row.is_reached)
    money = money_of(contract) if contract.state in CONCLUDED else None
    end = _("Ended early") if contract.state == "terminated" else _("Completed")
    steps = [
        (_("Signed"), ""),
        (_("Funded"), ""),
        (_("Work: %(reached)s of %(all)s") % {"reached": reached, "all": len(milestones)}, ""),
        (_("Paid"), ""),
        (end, ""),
    ]
    if money is None:
        return steps, 1
    if contract.ended_at is not None:
        return steps, len(steps) + 1
    if not money.funded_minor:
        return steps, 2
    if reached < len(milestones):
        return steps, 3
    return steps, 4 if money.owed_minor else 5
