"""Side by side: up to five suppliers, professionals or sites."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts.models import ORGANIZATION_KINDS
from triallink.domains.marketplace.directory.schema import KINDS
from triallink.domains.marketplace.selectors.profiles import directory_rows
from triallink.domains.quality.vocabulary import SITE_GRADES
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotFound
from triallink.kernel.vocabulary import CREDENTIAL_KINDS, LEVELS, PROFESSIONAL_ROLES, THERAPEUTIC_AREAS
from triallink.web.answers import render_block, render_page
from triallink.web.jinja import money, number
from triallink.web.market.basket import Basket, basket_of, clear, toggle
from triallink.web.market.naming import WORDS, Words, city_of, name_of, named, service_name, unit_of
from triallink.web.wording import word

Line = tuple[str, list[Any] | None, int | None]
LISTS = {"supplier": "market:supplier-list", "talent": "market:talent-list", "site": "market:site-list"}
DETAILS = {
    "supplier": "market:supplier-detail",
    "talent": "market:talent-detail",
    "site": "market:site-detail",
}


@dataclass(frozen=True)
class BarPage:
    """The bar alone, for htmx."""

    basket: Basket
    words: Words = WORDS


@dataclass(frozen=True)
class ComparePage:
    """Things of one kind side by side."""

    kind: str
    columns: list[dict[str, Any]]
    lines: list[Line]
    list_url: str


@require_POST
def compare_toggle(request: HttpRequest) -> HttpResponse:
    """Put one thing into the basket or take it out; or empty the basket."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    kind = request.POST.get("clear", "") or request.POST.get("item", "").partition(":")[0]
    if kind not in KINDS:
        raise NotFound
    if request.POST.get("clear"):
        clear(request, kind)
    else:
        row_id = request.POST["item"].partition(":")[2]
        row = directory_rows(kind, [int(row_id) if row_id.isdecimal() and len(row_id) < 18 else 0], to=actor)
        if not row:
            raise NotFound
        toggle(request, kind, row[0]["id"], row[0]["name_en"] or row[0].get("code", ""), row[0]["name_zh"])
    if request.headers.get("HX-Request"):
        return render_block(request, "market/bar.html", "bar", BarPage(basket_of(request, kind)))
    return HttpResponseRedirect(request.headers.get("Referer") or reverse(LISTS[kind]))


def compare(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the basket of one kind side by side."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if kind not in KINDS:
        raise Http404
    rows = directory_rows(kind, sorted(basket_of(request, kind).ids), to=actor)
    lines = {"supplier": _supplier_lines, "talent": _talent_lines, "site": _site_lines}[kind](rows)
    columns = [
        {
            "title": name_of(row),
            "url": reverse(DETAILS[kind], args=[row["id"]]),
            "note": city_of(row),
            "id": row["id"],
        }
        for row in rows
    ]
    page = ComparePage(kind, columns, lines, reverse(LISTS[kind]))
    return render_page(request, "market/compare.html", page)


def _supplier_lines(rows: list[dict[str, Any]]) -> list[Line]:
    lines: list[Line] = [
        (_("Organization type"), [word(ORGANIZATION_KINDS, row["type"]) for row in rows], None),
        (_("Qualified"), [_("yes") if row["is_qualified"] else None for row in rows], None),
        (_("Therapeutic areas"), [_words(THERAPEUTIC_AREAS, row["areas"]) for row in rows], None),
        _highest(_("Rating"), [row["rating"] for row in rows], decimals=1),
        _highest(_("Completed contracts"), [row["contracts"] for row in rows]),
        _highest(_("People"), [sum(row["roles"].values()) for row in rows]),
        _highest(_("Free hours a week"), [row["hours"] for row in rows]),
        (_("List prices"), None, None),
    ]
    services = dict.fromkeys(code for row in rows for code, *_price in row["offers"])
    for code in services:
        offers = [next((offer for offer in row["offers"] if offer[0] == code), None) for row in rows]
        prices = [offer[1] if offer else None for offer in offers]
        cells = [money(offer[1], offer[2], whole=True) if offer else None for offer in offers]
        lines.append((f"{service_name(code)} / {_(unit_of(code))}", cells, _best(prices, min)))
    return lines


def _talent_lines(rows: list[dict[str, Any]]) -> list[Line]:
    prices = [row["price_minor"] for row in rows]
    return [
        (_("Role"), [word(PROFESSIONAL_ROLES, row["role"]) for row in rows], None),
        (_("Level"), [word(LEVELS, row["level"]) for row in rows], None),
        (_("Employer"), [named(row["employer_en"], row["employer_zh"]) or None for row in rows], None),
        (_("Therapeutic areas"), [_words(THERAPEUTIC_AREAS, row["areas"]) for row in rows], None),
        (_("Credentials"), [_words(CREDENTIAL_KINDS, row["credentials"]) or None for row in rows], None),
        _highest(_("Years of experience"), [row["years"] for row in rows]),
        _highest(_("Completed studies"), [row["studies"] for row in rows]),
        _highest(_("Rating"), [row["rating"] for row in rows], decimals=1),
        _highest(_("Free hours a week"), [row["hours"] for row in rows]),
        (
            _("Price per hour"),
            [
                None if row["price_minor"] is None else money(row["price_minor"], row["currency"])
                for row in rows
            ],
            _best(prices, min),
        ),
    ]


def _site_lines(rows: list[dict[str, Any]]) -> list[Line]:
    return [
        (
            _("Hospital grade"),
            [word(SITE_GRADES, row["grade"]) if row["grade"] else None for row in rows],
            None,
        ),
        (_("Therapeutic areas"), [_words(THERAPEUTIC_AREAS, row["areas"]) for row in rows], None),
        (_("Phase 1 unit"), [_("yes") if row["has_phase1_unit"] else None for row in rows], None),
        _highest(_("Beds"), [row["beds"] for row in rows]),
        _highest(_("Departments"), [row["departments"] for row in rows]),
        _highest(_("Completed studies"), [row["completed"] for row in rows]),
        (_("Ongoing studies"), [number(row["ongoing"]) for row in rows], None),
        _lowest(_("Ethics review, days"), [row["ethics_days"] for row in rows]),
        _lowest(_("Contract, days"), [row["contract_days"] for row in rows]),
    ]


def _words(names: dict[str, str], codes: list[str]) -> str:
    return ", ".join(word(names, code) for code in codes)


def _highest(label: str, values: list[Any], decimals: int | None = None) -> Line:
    return label, [None if v is None else number(v, decimals) for v in values], _best(values, max)


def _lowest(label: str, values: list[Any]) -> Line:
    return label, [None if v is None else number(v) for v in values], _best(values, min)


def _best(values: list[Any], choose: Any) -> int | None:
    """Return the index of the best value, or None where none stands out."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or known.count(choose(known)) > 1:
        return None
    return values.index(choose(known))
