"""The contract record: how a contract stands, as a PDF in one language; overrides of evidence stand on it for ever."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext, override

from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    DISPUTE_STATES,
    MILESTONE_STATES,
    Contract,
    EvidenceOverride,
)
from triallink.domains.contracts.rendering import DOCUMENTS, LANGUAGES
from triallink.domains.contracts.selectors.work import payable_rows, work_rows
from triallink.foundation.documents import render_pdf
from triallink.foundation.sentences import bilingual, sentence
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_

WORDS = {
    "kind": N_("Contract record"),
    "total": N_("Total"),
    "milestones": N_("Milestones"),
    "milestone": N_("Milestone"),
    "state": N_("State"),
    "due": N_("Due"),
    "accepted": N_("Accepted"),
    "amount": N_("Amount"),
    "override": N_("Accepted without the required evidence. Signed reason:"),
    "payments": N_("Payments"),
    "why": N_("For"),
    "disputes": N_("Disputes"),
    "versions": N_("Versions"),
}
PAYABLE_WORDS = {
    "paid": N_("Paid"),
    "waiting": N_("Waits for money"),
    "offset": N_("Settled against a payment"),
}


def render_record(contract: Contract, language: str, *, at: dt.datetime) -> bytes:
    """Return the record of a contract in one language ("en", "zh"); the caller has checked the viewer."""
    with override(LANGUAGES[language][0]):
        return render_pdf(DOCUMENTS / "record.typ", _data(contract, language, at), at=at)


def _data(contract: Contract, language: str, at: dt.datetime) -> dict[str, Any]:
    def money(minor: int) -> str:
        return f"{contract.currency} {Money(minor, contract.currency).amount:,}"

    overrides = {
        row.milestone_id: f"{row.reason} ({row.signature.signer_name}, {row.signature.at:%Y-%m-%d %H:%M} UTC)"
        for row in EvidenceOverride.objects.filter(milestone__contract=contract).select_related("signature")
    }
    facts: dict[int, list[str]] = {}
    for row in contract.milestones.prefetch_related("facts"):
        facts[row.pk] = [
            f"{bilingual(fact.title)} · {fact.at:%Y-%m-%d} {fact.content_hash[:16]}"
            for fact in row.facts.all()
        ]
    return {
        "language": language,
        "reference": contract.reference,
        "title": bilingual(contract.title),
        "parties": f"{contract.buyer.name_in(language)} → {contract.supplier.name_in(language)}",
        "state": gettext(CONTRACT_STATES[contract.state]),
        "total": money(contract.total_minor),
        "at": f"{at:%Y-%m-%d %H:%M} UTC",
        "words": {key: gettext(text) for key, text in WORDS.items()},
        "milestones": [
            {
                "name": bilingual(row.milestone.name),
                "state": gettext(MILESTONE_STATES[row.milestone.state]),
                "due": str(row.milestone.due_on or "–"),
                "accepted": f"{row.milestone.accepted_at:%Y-%m-%d}" if row.milestone.accepted_at else "–",
                "amount": money(row.milestone.amount_minor),
                "facts": facts[row.milestone.pk],
                "override": overrides.get(row.milestone.pk, ""),
            }
            for row in work_rows(contract)
        ],
        "payments": [
            {
                "title": bilingual(row.payable.title),
                "why": sentence(row.payable.template, row.payable.params),
                "state": gettext(PAYABLE_WORDS[row.state]),
                "amount": money(row.payable.amount_minor),
            }
            for row in payable_rows(contract)
        ],
        "disputes": [
            f"{row.number}. {row.subject} · {gettext(DISPUTE_STATES[row.state])}"
            + (f" · {money(row.settled_minor)}" if row.settled_minor is not None else "")
            for row in contract.disputes.order_by("number")
        ],
        "versions": [
            {
                "words": f"{row.number} · {row.at:%Y-%m-%d} · {money(row.total_minor)}",
                "hash": row.content_hash,
            }
            for row in contract.versions.order_by("number")
        ],
    }
