"""A contract's content as PDF/A in both languages, and where each party's seal goes."""

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from django.utils.translation import gettext, override

from triallink.domains.contracts.rule_words import requirement_words, rule_sentences
from triallink.foundation.documents import render_pdf
from triallink.foundation.models import Signature
from triallink.foundation.seals import Box, seal
from triallink.foundation.sentences import line_words, reads_chinese
from triallink.kernel.money import MINOR_DIGITS, Money
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import COUNTED_UNITS, UNITS

DOCUMENTS = Path(__file__).parent / "documents"
LANGUAGES = {"en": ("en", "en_GB"), "zh": ("zh-hans", "zh_Hans_CN")}
POINTS_PER_MM = 72 / 25.4
PAGE_HEIGHT_MM = 297

WORDS = {
    "kind": N_("Service contract"),
    "request": N_("Request"),
    "study": N_("Study"),
    "parties": N_("Parties"),
    "total": N_("Total"),
    "start": N_("Start"),
    "end": N_("End"),
    "terms": N_("Terms"),
    "special": N_("Special terms"),
    "annex1": N_("Annex 1: Services and prices"),
    "annex2": N_("Annex 2: Payable milestones"),
    "no": N_("No."),
    "service": N_("Service"),
    "quantity": N_("Quantity"),
    "unit_price": N_("Price per unit"),
    "amount": N_("Amount"),
    "milestone": N_("Milestone"),
    "share": N_("Share"),
    "due": N_("Due"),
    "evidence": N_("Evidence:"),
    "signatures": N_("Signatures"),
    "signed_content": N_("Every signature is bound to this content (SHA-256):"),
    "hash": N_("Content"),
    "requires": N_("Required facts:"),
    "annex3": N_("Annex 3: Payment rules"),
    "amendment": N_("Change order"),
}
ROLE_WORDS = {"buyer": N_("Buyer"), "lead": N_("Supplier"), "partner": N_("Coalition partner")}
MEANINGS = {"approval": N_("Signed to agree to this contract")}


def render_contract(content: dict[str, Any], content_hash: str, language: str, *, at: dt.datetime) -> bytes:
    """Return the contract in one language ("en", "zh") as PDF/A."""
    code, locale = LANGUAGES[language]
    with override(code):
        data = {
            "content": {**content, "lines": [_worded(line) for line in content["lines"]]},
            "language": language,
            "hash": content_hash,
            "words": {key: gettext(text) for key, text in WORDS.items()}
            | {"roles": {key: gettext(text) for key, text in ROLE_WORDS.items()}},
            "money": _money(content, locale),
            "dates": _dates(content, locale),
            "shares": [_shares(line, content, language) for line in content["lines"]],
            "requires": [
                [[requirement_words(one) for one in m.get("requires", [])] for m in line["milestones"]]
                for line in content["lines"]
            ],
            "rules": rule_sentences(content.get("payment_rules", {}), content["currency"]),
        }
        return render_pdf(DOCUMENTS / "contract.typ", data, at=at)


def _worded(line: dict[str, Any]) -> dict[str, Any]:
    """Return a line described in the document's language; the signed content keeps what is stored."""
    place = line.get("place_zh") if reads_chinese() else ""
    quantity = Decimal(line["quantity"])
    words = UNITS if quantity == 1 and not reads_chinese() else COUNTED_UNITS
    return {
        **line,
        "description": line_words(line["description"]),
        "place": place or line["place"],
        "unit_word": gettext(words[line["unit"]]) if line["unit"] in words else line["unit"],
    }


def seal_contract(pdf: bytes, signature: Signature, position: int, language: str) -> bytes:
    """Return the document with one party's seal drawn into its box."""
    with override(LANGUAGES[language][0]):
        meaning = gettext(MEANINGS[signature.meaning])
    data = {
        "name": signature.signer_name,
        "meaning": meaning,
        "at": signature.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "hash": signature.content_hash,
    }
    with tempfile.TemporaryDirectory() as folder:
        appearance = Path(folder) / "seal.pdf"
        appearance.write_bytes(render_pdf(DOCUMENTS / "seal.typ", data, at=signature.at))
        return seal(
            pdf,
            field=f"party-{position}",
            name=signature.signer_name,
            reason=meaning,
            box=signature_box(position),
            appearance=appearance,
        )


def signature_box(position: int) -> Box:
    """Return where the seal of the party at a position (from 1) stands on the last page."""
    # contract.typ places the boxes at 24 mm margin + 45 mm + 36 mm each; the seal takes their right part.
    top_mm = 24 + 45 + 36 * (position - 1)
    left, right = (22 + 74) * POINTS_PER_MM, (22 + 164) * POINTS_PER_MM
    top = (PAGE_HEIGHT_MM - top_mm - 1.5) * POINTS_PER_MM
    return Box(page=-1, left=left, bottom=top - 29 * POINTS_PER_MM, right=right, top=top)


def _money(content: dict[str, Any], locale: str) -> dict[str, Any]:
    def shown(minor: int) -> str:
        digits = MINOR_DIGITS[content["currency"]]
        pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
        amount = Money(minor, content["currency"]).amount
        return format_currency(amount, content["currency"], pattern, locale=locale, currency_digits=False)

    amendment = content.get("amendment")
    return {
        "total": shown(content["total_minor"]),
        "amendment": [shown(amendment[k]) for k in ("before_minor", "after_minor")] if amendment else [],
        "lines": [
            {
                "price": shown(line["unit_price_minor"]),
                "amount": shown(line["amount_minor"]),
                "milestones": [shown(milestone["amount_minor"]) for milestone in line["milestones"]],
            }
            for line in content["lines"]
        ],
    }


def _dates(content: dict[str, Any], locale: str) -> dict[str, Any]:
    def shown(text: str) -> str:
        return format_date(dt.date.fromisoformat(text), "medium", locale=locale) if text else "–"

    return {
        "start": shown(content["start_on"]),
        "end": shown(content["end_on"]),
        "milestones": [[shown(m["due_on"]) for m in line["milestones"]] for line in content["lines"]],
    }


def _shares(line: dict[str, Any], content: dict[str, Any], language: str) -> str:
    names = {
        party["organization_id"]: party[f"name_{language}"] or party["name_en"] or party["name_zh"]
        for party in content["parties"]
    }
    return ", ".join(f"{names[share['organization_id']]} {share['percent']} %" for share in line["shares"])
