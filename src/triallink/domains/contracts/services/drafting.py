"""Drafting a contract from an award, and changing the draft."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, override

from triallink.domains.contracts.access import contract_to_change, milestone_for
from triallink.domains.contracts.errors import (
    AwardNotReady,
    ContractExists,
    SharesDoNotAddUp,
    SomebodySigned,
    TermsOutOfRange,
    WrongState,
)
from triallink.domains.contracts.events import (
    ContractChanged,
    ContractDrafted,
    ContractWithdrawn,
    EvidenceRequired,
)
from triallink.domains.contracts.evidence import Requirement, checked
from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    TRANSITIONS,
    Contract,
    ContractLine,
    ContractParty,
    Milestone,
)
from triallink.domains.marketplace.models import Award
from triallink.domains.marketplace.selectors.awards import ContractPart, award_for_contract
from triallink.domains.marketplace.services.requests import next_reference
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotFound

ACCEPTANCE_DAYS, PAYMENT_DAYS = (1, 60), (0, 180)
MAX_MILESTONES = 24
# For a service whose catalogue entry names no milestones.
ONE_STEP = {"code": "DONE", "name": {"en": "Service completed", "zh": "服务完成"}, "share_percent": 100}


@dataclass(frozen=True)
class MilestonePlan:
    """One payable step as the buyer wants it: name {"en", "zh"}, share of its line in whole percent, required facts."""

    name: dict[str, str]
    share_percent: int
    evidence: dict[str, str]
    due_on: dt.date | None = None
    code: str = ""
    requires: tuple[Requirement, ...] = ()


@transaction.atomic
def draft_contract(*, award_id: int, bid_id: int, by: Actor, clock: Clock = system_clock) -> Contract:
    """Draft the contract with one awarded bidder; milestones are those of the catalogue.

    Refuses: NotFound, NotAllowed, AwardNotReady, ContractExists.
    Emits: ContractDrafted.
    """
    by.require("project_lead", "administrator")
    award = award_for_contract(award_id, to=by, clock=clock)
    if award.buyer.pk != by.organization_id:
        raise NotFound
    if not award.is_in_force or award.standstill_ended_at is None:
        raise AwardNotReady
    # Whoever drafts for the same award at the same time waits here, then finds the contract below.
    Award.objects.select_for_update().get(pk=award_id)
    part = next((part for part in award.parts if part.bid_id == bid_id), None)
    if part is None:
        raise NotFound
    if (
        Contract.objects.filter(award_id=award_id, bid_id=bid_id)
        .exclude(state__in=["declined", "withdrawn"])
        .exists()
    ):
        raise ContractExists
    contract = Contract.objects.create(
        reference=next_reference("CTR", clock.now().year),
        award_id=award_id,
        bid_id=bid_id,
        buyer_id=award.buyer.pk,
        supplier_id=part.supplier.pk,
        study_id=award.study_id,
        title=award.title,
        currency=award.currency,
        total_minor=part.total.minor,
        special_terms=award.payment_terms,
        start_on=award.start_on,
        end_on=award.end_on,
        created_at=clock.now(),
        created_by_id=by.person_id,
    )
    _add_parties(contract, part)
    _add_lines(contract, part)
    record(
        ContractDrafted(contract_id=contract.pk, award_id=award_id),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        change={"total_minor": [None, contract.total_minor]},
        clock=clock,
    )
    return contract


@transaction.atomic
def change_terms(
    *,
    contract_id: int,
    acceptance_days: int,
    payment_days: int,
    special_terms: str,
    start_on: dt.date | None,
    end_on: dt.date | None,
    by: Actor,
    clock: Clock = system_clock,
) -> Contract:
    """Change the terms of a draft.

    Refuses: NotFound, NotAllowed, WrongState, TermsOutOfRange.
    Emits: ContractChanged.
    """
    contract = _draft(contract_id, by)
    for field, value, limits in (
        ("acceptance_days", acceptance_days, ACCEPTANCE_DAYS),
        ("payment_days", payment_days, PAYMENT_DAYS),
    ):
        if not limits[0] <= value <= limits[1]:
            raise TermsOutOfRange(field=field, minimum=limits[0], maximum=limits[1])
    new: dict[str, Any] = {
        "acceptance_days": acceptance_days,
        "payment_days": payment_days,
        "special_terms": special_terms.strip(),
        "start_on": start_on,
        "end_on": end_on,
    }
    change = {
        name: [getattr(contract, name), value]
        for name, value in new.items()
        if getattr(contract, name) != value
    }
    for name, value in new.items():
        setattr(contract, name, value)
    contract.save(update_fields=list(new))
    _changed(contract, change, by, clock)
    return contract


@transaction.atomic
def replace_milestones(
    *, contract_id: int, line_id: int, plan: list[MilestonePlan], by: Actor, clock: Clock = system_clock
) -> list[Milestone]:
    """Replace the payable milestones of one line of a draft; their amounts add up to the line exactly.

    Refuses: NotFound, NotAllowed, WrongState, SharesDoNotAddUp, FactKindUnknown, FactParameterUnknown,
    RequirementOutOfRange.
    Emits: ContractChanged.
    """
    contract = _draft(contract_id, by)
    for step in plan:
        checked(step.requires)
    line = contract.lines.select_related("service").filter(pk=line_id).first()
    if line is None:
        raise NotFound
    total = sum(step.share_percent for step in plan)
    if total != 100 or not 1 <= len(plan) <= MAX_MILESTONES or min(s.share_percent for s in plan) < 1:
        raise SharesDoNotAddUp(field="shares", line=line.service.name, total=total)
    before = [m.share_percent for m in line.milestones.order_by("position")]
    line.milestones.all().delete()
    made = Milestone.objects.bulk_create(_milestones(line, plan, contract.currency))
    after = [m.share_percent for m in made]
    _changed(contract, {f"milestones of line {line.position}": [before, after]}, by, clock)
    return made


@transaction.atomic
def require_evidence(
    *, milestone_id: int, requirements: list[Requirement], by: Actor, clock: Clock = system_clock
) -> Milestone:
    """Say which facts a milestone of a draft requires; nobody can accept it without them.

    Refuses: NotFound, NotAllowed, WrongState, FactKindUnknown, FactParameterUnknown, RequirementOutOfRange.
    Emits: EvidenceRequired.
    """
    milestone = milestone_for(milestone_id, to=by)
    contract = _draft(milestone.contract_id, by)
    before = milestone.requires
    milestone.requires = [one.as_data() for one in checked(requirements)]
    milestone.save(update_fields=["requires"])
    record(
        EvidenceRequired(contract_id=contract.pk, milestone_id=milestone.pk),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        change={f"evidence of {milestone.code}": [before, milestone.requires]},
        clock=clock,
    )
    return milestone


@transaction.atomic
def withdraw_contract(*, contract_id: int, why: str, by: Actor, clock: Clock = system_clock) -> Contract:
    """Give a contract up before it is in force and before the other side has signed.

    Refuses: NotFound, NotAllowed, WrongState, SomebodySigned.
    Emits: ContractWithdrawn.
    """
    contract = contract_to_change(contract_id, by=by)
    others = contract.signatures.filter(content_hash=contract.content_hash)
    if others.exclude(party__organization_id=by.own_organization_id).exists():
        raise SomebodySigned
    if (contract.state, "withdrawn") not in TRANSITIONS:
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))
    before, contract.state, contract.ended_reason = contract.state, "withdrawn", why
    contract.save(update_fields=["state", "ended_reason"])
    record(
        ContractWithdrawn(contract_id=contract.pk),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        why=why,
        change={"state": [before, "withdrawn"]},
        clock=clock,
    )
    return contract


def _draft(contract_id: int, by: Actor) -> Contract:
    contract = contract_to_change(contract_id, by=by)
    if contract.state != "draft":
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))
    return contract


def _changed(contract: Contract, change: dict[str, Any], by: Actor, clock: Clock) -> None:
    if change:
        record(
            ContractChanged(contract_id=contract.pk),
            by=by,
            about=("contract", contract.pk),
            study_id=contract.study_id,
            change=change,
            clock=clock,
        )


def _add_parties(contract: Contract, part: ContractPart) -> None:
    partners = dict.fromkeys(share.organization.pk for share in part.shares)
    partners.pop(part.supplier.pk, None)
    roles = [(contract.buyer_id, "buyer"), (part.supplier.pk, "lead"), *((pk, "partner") for pk in partners)]
    ContractParty.objects.bulk_create(
        ContractParty(contract=contract, organization_id=organization_id, role=role, position=position)
        for position, (organization_id, role) in enumerate(roles, start=1)
    )


def _place_zh(city: str, city_zh: str, province: str) -> str:
    """Return "province city" as Chinese writes it, once where a city is a province of its own."""
    with override("zh-hans"):
        parts = gettext(province) if province else "", city_zh or ("" if city == province else city)
    return " ".join(dict.fromkeys(filter(None, parts)))


def _add_lines(contract: Contract, part: ContractPart) -> None:
    rows = ContractLine.objects.bulk_create(
        ContractLine(
            contract=contract,
            position=position,
            request_line_id=line.line_id,
            service=line.service,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            unit_price_minor=line.unit_price.minor,
            amount_minor=line.amount.minor,
            place=", ".join(dict.fromkeys(filter(None, (line.city, line.province)))),
            place_zh=_place_zh(line.city, line.city_zh, line.province),
            start_on=line.start_on,
            end_on=line.end_on,
            shares=[
                {"organization_id": share.organization.pk, "percent": share.share_percent}
                for share in part.shares
                if share.line_id == line.line_id
            ],
        )
        for position, line in enumerate(part.lines, start=1)
    )
    Milestone.objects.bulk_create(
        milestone for row in rows for milestone in _milestones(row, _proposed(row), contract.currency)
    )


def _proposed(line: ContractLine) -> list[MilestonePlan]:
    """Return the catalogue's milestones for a line; the last is due when the line ends."""
    steps: list[dict[str, Any]] = line.service.default_milestones or [ONE_STEP]
    return [
        MilestonePlan(
            name=step["name"],
            share_percent=step["share_percent"],
            evidence=step.get("evidence", {}),
            due_on=line.end_on if number == len(steps) else None,
            code=step["code"],
        )
        for number, step in enumerate(steps, start=1)
    ]


def _milestones(line: ContractLine, plan: list[MilestonePlan], currency: str) -> list[Milestone]:
    amounts = Money(line.amount_minor, currency).shares([step.share_percent for step in plan])
    return [
        Milestone(
            contract_id=line.contract_id,
            line=line,
            position=position,
            code=step.code or f"M{position}",
            name=step.name,
            evidence=step.evidence,
            share_percent=step.share_percent,
            amount_minor=amount.minor,
            due_on=step.due_on,
            requires=[one.as_data() for one in step.requires],
        )
        for position, (step, amount) in enumerate(zip(plan, amounts, strict=True), start=1)
    ]
