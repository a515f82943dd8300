"""Offering a contract, signing it, and the ways out before it is in force."""

from django.db import transaction
from django.utils.translation import gettext

from triallink.domains.contracts.access import contract_to_change, locked_contract
from triallink.domains.contracts.content import content_of, hash_of
from triallink.domains.contracts.errors import AlreadySigned, SomebodySigned, WrongState
from triallink.domains.contracts.events import (
    ContractConcluded,
    ContractDeclined,
    ContractOffered,
    ContractSignedByParty,
    ContractTakenBack,
)
from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    TRANSITIONS,
    Contract,
    ContractDocument,
    ContractSignature,
    ContractVersion,
)
from triallink.domains.contracts.rendering import LANGUAGES, render_contract, seal_contract
from triallink.domains.ledger.services import open_escrow
from triallink.domains.marketplace.services.awards import contract_award
from triallink.domains.studies.services import admit_party
from triallink.foundation.files import read_file, store_file
from triallink.foundation.record import record
from triallink.foundation.signatures import sign
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotFound

PDF = "application/pdf"


def move(contract: Contract, target: str) -> None:
    """Set the contract's state; refuse WrongState if the table of transitions has no such step."""
    if (contract.state, target) not in TRANSITIONS:
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))
    contract.state = target


@transaction.atomic
def offer_contract(*, contract_id: int, by: Actor, clock: Clock = system_clock) -> Contract:
    """Freeze the content, render it in both languages and ask every party for its signature.

    Refuses: NotFound, NotAllowed, WrongState.
    Emits: ContractOffered.
    """
    contract = contract_to_change(contract_id, by=by)
    move(contract, "offered")
    contract.content = content_of(contract)
    contract.content_hash = hash_of(contract.content)
    contract.offered_at = clock.now()
    contract.save(update_fields=["state", "content", "content_hash", "offered_at"])
    for language in LANGUAGES:
        pdf = render_contract(contract.content, contract.content_hash, language, at=clock.now())
        keep_document(contract, contract.content_hash, language, pdf, by, clock)
    record(
        ContractOffered(contract_id=contract.pk, content_hash=contract.content_hash),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        change={"state": ["draft", "offered"], "content_hash": [None, contract.content_hash]},
        clock=clock,
    )
    return contract


@transaction.atomic
def sign_contract(
    *, contract_id: int, secret: str, by: Actor, clock: Clock = system_clock
) -> ContractSignature:
    """Sign for the actor's organization; the last signature puts the contract in force.

    Refuses: NotFound, NotAllowed (not a signatory), WrongState, AlreadySigned, NotReauthenticated, SigningLocked.
    Emits: ContractSignedByParty, and ContractConcluded with the last signature.
    """
    by.require("signatory")
    contract = locked_contract(contract_id, to=by)
    party = (
        contract.parties.select_related("organization").filter(organization_id=by.own_organization_id).first()
    )
    if party is None:
        raise NotFound
    if contract.signatures.filter(party=party, content_hash=contract.content_hash).exists():
        raise AlreadySigned(organization=str(party.organization))
    if contract.state != "offered":
        raise WrongState(state=gettext(CONTRACT_STATES[contract.state]))
    signature = sign(
        about=("contract", contract.pk),
        content_sha256=contract.content_hash,
        meaning="approval",
        secret=secret,
        by=by,
        clock=clock,
    )
    signed = ContractSignature.objects.create(
        contract=contract, party=party, content_hash=contract.content_hash, signature=signature
    )
    for language in LANGUAGES:
        latest = latest_document(contract, language)
        sealed = seal_contract(read_file(latest.file), signature, party.position, language)
        keep_document(contract, contract.content_hash, language, sealed, by, clock)
    record(
        ContractSignedByParty(contract_id=contract.pk, organization_id=party.organization_id),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        change={"signed": [None, str(party.organization)]},
        clock=clock,
    )
    if contract.signatures.filter(content_hash=contract.content_hash).count() == contract.parties.count():
        _conclude(contract, by, clock)
    return signed


@transaction.atomic
def take_back(*, contract_id: int, by: Actor, why: str = "", clock: Clock = system_clock) -> Contract:
    """Make an offered contract a draft again while nobody has signed.

    Refuses: NotFound, NotAllowed, WrongState, SomebodySigned.
    Emits: ContractTakenBack.
    """
    contract = contract_to_change(contract_id, by=by)
    if contract.signatures.filter(content_hash=contract.content_hash).exists():
        raise SomebodySigned
    move(contract, "draft")
    contract.save(update_fields=["state"])
    record(
        ContractTakenBack(contract_id=contract.pk),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        why=why,
        change={"state": ["offered", "draft"]},
        clock=clock,
    )
    return contract


@transaction.atomic
def decline_contract(*, contract_id: int, why: str, by: Actor, clock: Clock = system_clock) -> Contract:
    """Say that the actor's organization will not sign; the contract ends.

    Refuses: NotFound, NotAllowed (not a signatory), WrongState.
    Emits: ContractDeclined.
    """
    by.require("signatory")
    contract = locked_contract(contract_id, to=by)
    if not contract.parties.filter(organization_id=by.own_organization_id).exists():
        raise NotFound
    move(contract, "declined")
    contract.ended_reason = why
    contract.save(update_fields=["state", "ended_reason"])
    record(
        ContractDeclined(contract_id=contract.pk, organization_id=by.own_organization_id),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        why=why,
        change={"state": ["offered", "declined"]},
        clock=clock,
    )
    return contract


def latest_document(contract: Contract, language: str) -> ContractDocument:
    """Return the newest rendition of the present content in a language."""
    return latest_rendition(contract, contract.content_hash, language)


def latest_rendition(contract: Contract, content_hash: str, language: str) -> ContractDocument:
    """Return the newest rendition of a content in a language."""
    return (
        contract.documents.select_related("file")
        .filter(language=language, content_hash=content_hash)
        .latest("version")
    )


def _conclude(contract: Contract, by: Actor, clock: Clock) -> None:
    move(contract, "signed")
    contract.signed_at = clock.now()
    contract.save(update_fields=["state", "signed_at"])
    ContractVersion.objects.create(
        contract=contract,
        number=contract.version,
        content=contract.content,
        content_hash=contract.content_hash,
        total_minor=contract.total_minor,
        at=clock.now(),
    )
    suppliers = contract.parties.exclude(organization_id=contract.buyer_id)
    open_escrow(
        about=("contract", contract.pk),
        payer_id=contract.buyer_id,
        payee_ids=list(suppliers.values_list("organization_id", flat=True)),
        currency=contract.currency,
        reference=contract.reference,
        title=contract.title,
        agreed=Money(contract.total_minor, contract.currency),
        by=by,
        clock=clock,
    )
    # An award to several suppliers is contracted when the last of its contracts is in force.
    winners = contract.award.lines.values("bid").distinct().count()
    if Contract.objects.filter(award_id=contract.award_id, state="signed").count() == winners:
        contract_award(award_id=contract.award_id, by=by, clock=clock)
    if contract.study_id is not None:
        for party in contract.parties.exclude(organization_id=contract.buyer_id):
            admit_party(
                study_id=contract.study_id,
                organization_id=party.organization_id,
                reason="contract",
                by=by,
                clock=clock,
            )
    record(
        ContractConcluded(
            contract_id=contract.pk,
            award_id=contract.award_id,
            buyer_id=contract.buyer_id,
            supplier_id=contract.supplier_id,
        ),
        by=by,
        about=("contract", contract.pk),
        study_id=contract.study_id,
        organization_id=contract.buyer_id,
        change={"state": ["offered", "signed"]},
        clock=clock,
    )


def keep_document(
    contract: Contract, content_hash: str, language: str, pdf: bytes, by: Actor, clock: Clock
) -> None:
    """Keep the next rendition of a content in a language."""
    version = contract.documents.filter(language=language, content_hash=content_hash).count() + 1
    name = f"{contract.reference}-{language}-{version}.pdf"
    stored = store_file(pdf, name=name, media_type=PDF, by=by, study_id=contract.study_id, clock=clock)
    ContractDocument.objects.create(
        contract=contract, language=language, version=version, content_hash=content_hash, file=stored
    )
