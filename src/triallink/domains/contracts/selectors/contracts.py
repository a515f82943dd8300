"""What a viewer may read of contracts."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from triallink.domains.contracts.access import contract_for, visible_contracts
from triallink.domains.contracts.content import content_of, hash_of
from triallink.domains.contracts.models import (
    Contract,
    ContractDocument,
    ContractLine,
    ContractParty,
    Milestone,
)
from triallink.domains.contracts.services.signing import latest_document
from triallink.domains.marketplace.models import Award, AwardLine
from triallink.foundation.files import read_file
from triallink.foundation.models import Signature
from triallink.foundation.seals import SealReport, verify_seals
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound


def contracts(*, to: Actor) -> QuerySet[Contract]:
    """Return the contracts the actor may see, newest first, with how many have signed."""
    return (
        visible_contracts(to=to)
        .select_related("buyer", "supplier", "study")
        .annotate(
            party_count=Count("parties", distinct=True),
            signed_count=Count("signatures", filter=Q(state__in=["offered", "signed"]), distinct=True),
        )
        .order_by("-id")
    )


def waiting_for_signature(*, of: Actor) -> QuerySet[Contract]:
    """Return the contracts the actor's organization has yet to sign."""
    if of.organization_id is None:
        return Contract.objects.none()
    return (
        visible_contracts(to=of)
        .filter(state="offered", parties__organization_id=of.organization_id)
        .exclude(signatures__party__organization_id=of.organization_id)
        .order_by("-offered_at")
    )


def lines(contract: Contract) -> list[ContractLine]:
    """Return a contract's lines with their milestones."""
    ordered = Prefetch("milestones", Milestone.objects.filter(is_removed=False).order_by("position"))
    return list(contract.lines.select_related("service").prefetch_related(ordered).order_by("position"))


@dataclass(frozen=True)
class PartyState:
    """A party and its signature, if it has signed the present content."""

    party: ContractParty
    signature: Signature | None


def parties(contract: Contract) -> list[PartyState]:
    """Return the parties in order, each with its signature."""
    signed = {
        row.party_id: row.signature
        for row in contract.signatures.select_related("signature").filter(content_hash=contract.content_hash)
    }
    rows = contract.parties.select_related("organization").order_by("position")
    return [PartyState(party, signed.get(party.pk)) for party in rows]


def document(contract_id: int, language: str, *, to: Actor) -> tuple[ContractDocument, bytes]:
    """Return the newest rendition of a contract in a language with its bytes.

    Refuses: NotFound.
    """
    contract = contract_for(contract_id, to=to)
    if not contract.documents.filter(language=language, content_hash=contract.content_hash).exists():
        raise NotFound
    row = latest_document(contract, language)
    return row, read_file(row.file)


@dataclass(frozen=True)
class Verification:
    """Whether what was signed is what is there now.

    is_content_unchanged  the tables still give the content that was frozen.
    is_hash_right         the frozen content still has the hash that was signed.
    are_signatures_bound  every e-signature names that hash.
    seals                 what each document's seals say, by language.
    """

    is_content_unchanged: bool
    is_hash_right: bool
    are_signatures_bound: bool
    seals: dict[str, list[SealReport]]

    @property
    def is_good(self) -> bool:
        """Return whether everything holds."""
        facts = (self.is_content_unchanged, self.is_hash_right, self.are_signatures_bound)
        return all(facts) and all(report.is_good for reports in self.seals.values() for report in reports)


def verification(contract_id: int, *, to: Actor) -> Verification | None:
    """Return what verifying a contract's content, signatures and documents finds; None for a draft.

    Refuses: NotFound.
    """
    contract = contract_for(contract_id, to=to)
    if not contract.content_hash or contract.state == "draft":
        return None
    signed = contract.signatures.select_related("signature").filter(content_hash=contract.content_hash)
    return Verification(
        is_content_unchanged=content_of(contract) == contract.content,
        is_hash_right=hash_of(contract.content) == contract.content_hash,
        are_signatures_bound=all(row.signature.content_hash == contract.content_hash for row in signed),
        seals={
            language: verify_seals(read_file(latest_document(contract, language).file))
            for language in ("en", "zh")
        },
    )


def awards_to_contract(*, of: Actor) -> QuerySet[Award]:
    """Return the awards of the actor's organization that are ready and lack a contract with a winner."""
    if of.organization_id is None:
        return Award.objects.none()
    live = Contract.objects.filter(award=OuterRef("award"), bid=OuterRef("bid")).exclude(
        state__in=["declined", "withdrawn"]
    )
    without = AwardLine.objects.filter(award=OuterRef("pk")).filter(~Exists(live))
    return (
        Award.objects.filter(
            Exists(without),
            request__buyer_id=of.organization_id,
            request__state="awarded",
            standstill_ended_at__isnull=False,
            annulled_at=None,
        )
        .select_related("request")
        .order_by("-awarded_at")
    )


def contracts_of_award(award_id: int, *, to: Actor) -> dict[int, Contract]:
    """Return the live contracts of an award by bid, as far as the actor may see them."""
    rows = visible_contracts(to=to).filter(award_id=award_id).exclude(state__in=["declined", "withdrawn"])
    return {row.bid_id: row for row in rows}
