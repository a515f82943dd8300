"""The facts that contracts prove themselves: a contract was signed, a deliverable was accepted."""

from collections.abc import Iterator, Mapping
from typing import Any

from triallink.domains.contracts.evidence import Fact, FactKind, Parameter, Scope, register
from triallink.domains.contracts.models import CONCLUDED, Contract, DeliverableAcceptance
from triallink.kernel.refusals import N_


def signed_contracts(scope: Scope, parameters: Mapping[str, Any]) -> Iterator[Fact]:
    """Return the contract of the scope once every party has signed it."""
    for contract in Contract.objects.filter(pk=scope.contract_id, state__in=CONCLUDED):
        assert contract.signed_at is not None
        yield Fact(
            key=f"contract:{contract.pk}",
            title={
                "en": f"Contract {contract.reference} signed",
                "zh": f"合同 {contract.reference} 已签署",
            },
            url=f"/contracts/{contract.pk}/",
            at=contract.signed_at,
            content_hash=contract.content_hash,
        )


def accepted_deliverables(scope: Scope, parameters: Mapping[str, Any]) -> Iterator[Fact]:
    """Return the accepted deliverables of the milestone in question, or of the contract's milestone of a code."""
    rows = DeliverableAcceptance.objects.filter(
        version__deliverable__milestone__contract_id=scope.contract_id
    ).select_related("version__deliverable", "version__file", "verdict__by")
    if code := parameters.get("milestone"):
        rows = rows.filter(version__deliverable__milestone__code=code)
    elif scope.milestone_id is not None:
        rows = rows.filter(version__deliverable__milestone_id=scope.milestone_id)
    for row in rows:
        name = row.version.deliverable.name
        yield Fact(
            key=f"deliverable:{row.version.deliverable_id}",
            title={
                "en": f"{name}, version {row.version.number}, accepted",
                "zh": f"{name} 第{row.version.number}版已验收",
            },
            url=f"/contracts/{scope.contract_id}/deliverables/",
            at=row.verdict.at,
            by=row.verdict.by.name if row.verdict.by else "",
            content_hash=row.version.file.sha256,
        )


CONTRACT_SIGNED = FactKind("contract_signed", N_("Contract signed"), signed_contracts)
DELIVERABLE_ACCEPTED = FactKind(
    "deliverable_accepted",
    N_("Deliverable accepted"),
    accepted_deliverables,
    (Parameter("milestone", N_("Milestone code")),),
)


def provide() -> None:
    """Register the facts; called when the application starts."""
    register(CONTRACT_SIGNED)
    register(DELIVERABLE_ACCEPTED)
