"""Change orders: what one side proposes and every party signs."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from triallink.domains.contracts import amendments
from triallink.domains.contracts.access import BUYER_ROLES, change_order_for, locked_contract
from triallink.domains.contracts.content import amendment_of, content_of, hash_of
from triallink.domains.contracts.errors import (
    AlreadySigned,
    ChangeOrderOpen,
    ChangeOrderWrongState,
    ReasonMissing,
    WrongState,
)
from triallink.domains.contracts.events import (
    ChangeOrderDeclined,
    ChangeOrderInForce,
    ChangeOrderProposed,
    ChangeOrderSigned,
    ChangeOrderWithdrawn,
)
from triallink.domains.contracts.models import (
    CHANGE_ORDER_STATES,
    CONTRACT_STATES,
    ChangeOrder,
    Contract,
    ContractParty,
    ContractSignature,
    ContractVersion,
)
from triallink.domains.contracts.rendering import LANGUAGES, render_contract, seal_contract
from triallink.domains.contracts.services.signing import keep_document, latest_rendition
from triallink.domains.ledger.services import open_escrow
from triallink.foundation.files import read_file
from triallink.foundation.record import record
from triallink.foundation.signatures import sign
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotFound

OPEN_TO_CHANGE = ("signed", "suspended", "expired")


@transaction.atomic
def propose_change_order(
    *,
    contract_id: int,
    changes: Sequence[dict[str, Any]],
    reason: str,
    by: Actor,
    clock: Clock = system_clock,
) -> ChangeOrder:
    """Propose a change (steps as in amendments.py): the whole contract as it would stand is frozen for signing.

    Refuses: NotFound, NotAllowed, WrongState, ReasonMissing, ChangeOrderOpen, ChangeUnknown, BelowWhatIsReached.
    Emits: ChangeOrderProposed.
    """
    by.require(*BUYER_ROLES, "business_lead")
    contract = locked_contract(contract_id, to=by)
    party = _party(contract, by)
    _open_to_change(contract)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if contract.change_orders.filter(state="proposed").exists():
        raise ChangeOrderOpen
    order = ChangeOrder(
        contract=contract,
        number=contract.change_orders.count() + 1,
        reason=reason.strip(),
        changes=list(changes),
        before_minor=contract.total_minor,
        proposed_at=clock.now(),
        proposed_by_id=by.person_id,
        proposer_id=party.organization_id,
    )
    # The same code that will apply the change is tried here and taken back: what is signed is what will stand.
    point = transaction.savepoint()
    tried = Contract.objects.get(pk=contract.pk)
    said = amendments.apply(tried, order.changes)
    order.after_minor, tried.version = tried.total_minor, contract.version + 1
    order.content = content_of(tried, amendment=amendment_of(order, said))
    transaction.savepoint_rollback(point)
    order.content_hash = hash_of(order.content)
    order.save()
    for language in LANGUAGES:
        pdf = render_contract(order.content, order.content_hash, language, at=clock.now())
        keep_document(contract, order.content_hash, language, pdf, by, clock)
    record(
        ChangeOrderProposed(contract_id=contract.pk, change_order_id=order.pk),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        why=order.reason,
        change={
            "total_minor": [order.before_minor, order.after_minor],
            "content_hash": [contract.content_hash, order.content_hash],
        },
        clock=clock,
    )
    return order


@transaction.atomic
def sign_change_order(
    *, change_order_id: int, secret: str, by: Actor, clock: Clock = system_clock
) -> ChangeOrder:
    """Sign for the actor's organization; the last signature makes it the contract's next version.

    Refuses: NotFound, NotAllowed (not a signatory), WrongState, ChangeOrderWrongState, AlreadySigned,
    NotReauthenticated, ChangeUnknown, BelowWhatIsReached.
    Emits: ChangeOrderSigned, and ChangeOrderInForce with the last signature.
    """
    by.require("signatory")
    order = _open_order(change_order_id, by)
    contract = order.contract
    party = _party(contract, by)
    if contract.signatures.filter(party=party, content_hash=order.content_hash).exists():
        raise AlreadySigned(organization=str(party.organization))
    signature = sign(
        about=("contract", contract.pk),
        content_sha256=order.content_hash,
        meaning="approval",
        secret=secret,
        by=by,
        clock=clock,
    )
    ContractSignature.objects.create(
        contract=contract, party=party, content_hash=order.content_hash, signature=signature
    )
    for language in LANGUAGES:
        latest = latest_rendition(contract, order.content_hash, language)
        sealed = seal_contract(read_file(latest.file), signature, party.position, language)
        keep_document(contract, order.content_hash, language, sealed, by, clock)
    record(
        ChangeOrderSigned(
            contract_id=contract.pk, change_order_id=order.pk, organization_id=party.organization_id
        ),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        change={f"change order {order.number} signed": [None, str(party.organization)]},
        clock=clock,
    )
    signed = contract.signatures.filter(content_hash=order.content_hash).count()
    if signed == contract.parties.count():
        _put_in_force(order, by, clock)
    return order


@transaction.atomic
def decline_change_order(
    *, change_order_id: int, why: str, by: Actor, clock: Clock = system_clock
) -> ChangeOrder:
    """Say that the actor's organization will not sign; the contract stays as it is.

    Refuses: NotFound, NotAllowed (not a signatory), WrongState, ChangeOrderWrongState, ReasonMissing.
    Emits: ChangeOrderDeclined.
    """
    by.require("signatory")
    order = _open_order(change_order_id, by)
    party = _party(order.contract, by)
    if not why.strip():
        raise ReasonMissing(field="why")
    _end(order, "declined", why, clock)
    record(
        ChangeOrderDeclined(
            contract_id=order.contract_id, change_order_id=order.pk, organization_id=party.organization_id
        ),
        by=by,
        about=("contract", order.contract_id),
        study_id=order.contract.study_id,
        organization_id=order.contract.buyer_id,
        why=why.strip(),
        clock=clock,
    )
    return order


@transaction.atomic
def withdraw_change_order(*, change_order_id: int, by: Actor, clock: Clock = system_clock) -> ChangeOrder:
    """Take a proposal of the actor's own organization back.

    Refuses: NotFound, NotAllowed, WrongState, ChangeOrderWrongState.
    Emits: ChangeOrderWithdrawn.
    """
    by.require(*BUYER_ROLES, "business_lead")
    order = _open_order(change_order_id, by)
    if order.proposer_id != by.organization_id:
        raise NotFound
    _end(order, "withdrawn", "", clock)
    record(
        ChangeOrderWithdrawn(contract_id=order.contract_id, change_order_id=order.pk),
        by=by,
        about=("contract", order.contract_id),
        study_id=order.contract.study_id,
        organization_id=order.contract.buyer_id,
        clock=clock,
    )
    return order


def _put_in_force(order: ChangeOrder, by: Actor, clock: Clock) -> None:
    contract = order.contract
    said = amendments.apply(contract, order.changes)
    contract.version += 1
    contract.content = content_of(contract, amendment=amendment_of(order, said))
    contract.content_hash = hash_of(contract.content)
    if contract.content_hash != order.content_hash:
        # Work went on between proposal and signature (a milestone was handed in): what was signed no longer fits.
        raise ChangeOrderWrongState(state=gettext("Overtaken by the work; withdraw it and propose it anew"))
    if contract.state == "expired" and contract.end_on and contract.end_on >= clock.now().date():
        contract.state = "signed"
    contract.save()
    order.state, order.ended_at = "in_force", clock.now()
    order.save(update_fields=["state", "ended_at"])
    ContractVersion.objects.create(
        contract=contract,
        number=contract.version,
        change_order=order,
        content=contract.content,
        content_hash=contract.content_hash,
        total_minor=contract.total_minor,
        at=clock.now(),
    )
    open_escrow(
        about=("contract", contract.pk),
        payer_id=contract.buyer_id,
        currency=contract.currency,
        agreed=Money(contract.total_minor, contract.currency),
        by=by,
        clock=clock,
    )
    record(
        ChangeOrderInForce(contract_id=contract.pk, change_order_id=order.pk, version=contract.version),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        change={
            "version": [contract.version - 1, contract.version],
            "total_minor": [order.before_minor, order.after_minor],
        },
        clock=clock,
    )


def _open_order(change_order_id: int, by: Actor) -> ChangeOrder:
    locked_contract(change_order_for(change_order_id, to=by).contract_id, to=by)
    order = change_order_for(change_order_id, to=by)
    _open_to_change(order.contract)
    if order.state != "proposed":
        raise ChangeOrderWrongState(state=gettext(CHANGE_ORDER_STATES[order.state]))
    return order


def _open_to_change(contract: Contract) -> None:
    if contract.state not in OPEN_TO_CHANGE:
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))


def _party(contract: Contract, by: Actor) -> ContractParty:
    found = (
        contract.parties.select_related("organization").filter(organization_id=by.own_organization_id).first()
    )
    if found is None:
        raise NotFound
    return found


def _end(order: ChangeOrder, state: str, why: str, clock: Clock) -> None:
    order.state, order.ended_at, order.ended_reason = state, clock.now(), why.strip()
    order.save(update_fields=["state", "ended_at", "ended_reason"])
