"""What is signed: the whole contract as plain values, the same for both languages and for every party."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from triallink.domains.contracts.models import ChangeOrder, Contract
from triallink.foundation.signatures import content_hash

CLAUSES = Path(__file__).parent / "documents" / "clauses.json"
FORMAT = "triallink-contract/1"


@cache
def clauses() -> list[dict[str, Any]]:
    """Return the standard clauses, each with its title and text in both languages."""
    found: list[dict[str, Any]] = json.loads(CLAUSES.read_text(encoding="utf-8"))["clauses"]
    return found


def content_of(contract: Contract, *, amendment: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the content of a contract with its clauses filled in; equal contracts give equal content.

    amendment  the change order that leads to this version; without it, that of the present version.
    """
    if amendment is None and contract.version > 1:
        amendment = contract.content["amendment"]
    terms = {
        "acceptance_days": contract.acceptance_days,
        "payment_days": contract.payment_days,
        "currency": contract.currency,
    }
    return {
        "format": FORMAT,
        "reference": contract.reference,
        "request": contract.award.request.reference,
        "title": contract.title,
        "study": contract.study.code if contract.study else "",
        "currency": contract.currency,
        "total_minor": contract.total_minor,
        "start_on": _iso(contract.start_on),
        "end_on": _iso(contract.end_on),
        "parties": [
            {
                "organization_id": party.organization_id,
                "role": party.role,
                "name_en": party.organization.name_en,
                "name_zh": party.organization.name_zh,
                "registration_number": party.organization.registration_number,
                "city": party.organization.city,
                "city_zh": party.organization.city_zh,
            }
            for party in contract.parties.select_related("organization")
        ],
        "lines": [
            _line(line) for line in contract.lines.select_related("service").prefetch_related("milestones")
        ],
        "clauses": [
            {
                "title": clause["title"],
                "text": {language: text % terms for language, text in clause["text"].items()},
            }
            for clause in clauses()
        ],
        "special_terms": contract.special_terms,
        **({"version": contract.version, "amendment": amendment} if amendment else {}),
        **({"payment_rules": contract.payment_rules} if contract.payment_rules else {}),
        **terms,
    }


def amendment_of(order: ChangeOrder, said: list[dict[str, str]]) -> dict[str, Any]:
    """Return what the signed content says of the change order that leads to it; said: its steps in words."""
    return {
        "number": order.number,
        "reason": order.reason,
        "changes": said,
        "before_minor": order.before_minor,
        "after_minor": order.after_minor,
    }


def hash_of(content: dict[str, Any]) -> str:
    """Return the sha256 that every signature is bound to."""
    return content_hash(content)


def _line(line: Any) -> dict[str, Any]:
    return {
        "position": line.position,
        "service": line.service.code,
        "service_name": line.service.name,
        "description": line.description,
        "place": line.place,
        # Not in contracts that were hashed before there was a Chinese place.
        **({"place_zh": line.place_zh} if line.place_zh else {}),
        "quantity": str(line.quantity.normalize()),
        "unit": line.unit,
        "unit_price_minor": line.unit_price_minor,
        "amount_minor": line.amount_minor,
        "shares": line.shares,
        "milestones": [
            {
                "code": milestone.code,
                "name": milestone.name,
                "evidence": milestone.evidence,
                "share_percent": milestone.share_percent,
                "amount_minor": milestone.amount_minor,
                "due_on": _iso(milestone.due_on),
                # Absent where nothing is required, so that contracts signed before facts existed keep their hash.
                **({"requires": milestone.requires} if milestone.requires else {}),
            }
            for milestone in line.milestones.all()
            if not milestone.is_removed
        ],
    }


def _iso(day: Any) -> str:
    return day.isoformat() if day else ""
