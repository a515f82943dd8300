"""Invoices as PDF/A in both languages."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency

from triallink.foundation.documents import render_pdf
from triallink.kernel.money import Money

TEMPLATE = Path(__file__).parent / "documents/invoice.typ"
LANGUAGES = ("en", "zh")
LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
WORDS = {
    "en": {
        "titles": {"invoice": "Invoice", "credit_note": "Credit note"},
        "issued": "Issued on",
        "issuer": "Issued by",
        "customer": "Issued to",
        "registration": "Registration number",
        "reference": "Contract",
        "corrects": "Corrects invoice",
        "text": "Description",
        "amount": "Amount",
        "net": "Net",
        "tax": "Tax",
        "total": "Total",
        "paid": "Paid through Trial.Link escrow; nothing is left to pay.",
        "hash": "Content hash",
        "note": "Amounts are rounded half to even to the smallest unit of the currency. This document is not a tax "
        "authority's fapiao.",
    },
    "zh": {
        "titles": {"invoice": "账单", "credit_note": "红字账单"},
        "issued": "开具日期",
        "issuer": "开具方",
        "customer": "接收方",
        "registration": "统一社会信用代码",
        "reference": "合同",
        "corrects": "冲减账单",
        "text": "项目",
        "amount": "金额",
        "net": "不含税金额",
        "tax": "税额",
        "total": "价税合计",
        "paid": "已通过Trial.Link资金托管支付，无需再付。",
        "hash": "内容哈希",
        "note": "金额按“四舍六入五成双”取整至货币最小单位。本单据不是税务机关监制的发票。",
    },
}


def render_invoice(content: dict[str, Any], content_hash: str, language: str, *, at: dt.datetime) -> bytes:
    """Return the frozen content of an invoice as PDF/A in one language."""
    words: dict[str, Any] = dict(WORDS[language])
    words["title"] = words.pop("titles")[content["kind"]]
    locale, currency = LOCALES[language], content["currency"]

    def shown(minor: int) -> str:
        return format_currency(Money(minor, currency).amount, currency, locale=locale)

    return render_pdf(
        TEMPLATE,
        {
            "content": content,
            "language": language,
            "words": words,
            "hash": content_hash,
            "issued_on": format_date(
                dt.date.fromisoformat(content["issued_on"]), format="long", locale=locale
            ),
            "tax_percent": f"{Decimal(content['tax_percent']).normalize():f}",
            "money": {name: shown(content[f"{name}_minor"]) for name in ("net", "tax", "total")},
        },
        at=at,
    )
