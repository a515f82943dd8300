"""The directory's facets as the list macros draw them; addresses are put together without copying the query."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from triallink.domains.marketplace.directory.facets import CODES, LEASTS, CodeFacet
from triallink.domains.marketplace.directory.searching import DirectorySearch
from triallink.domains.marketplace.selectors.directory import DirectoryResult
from triallink.foundation.sentences import reads_chinese
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_
from triallink.web.jinja import money
from triallink.web.listing.view import Chip, FacetView, Option
from triallink.web.market.naming import service_name

MOST_OPTIONS = 24
SHOWN = 6
PRICE_LABEL = {"talent": N_("Price per hour"), "supplier": N_("Price")}


class Addresses:
    """Makes the addresses of one list: everything asked for, with one thing changed."""

    def __init__(self, path: str, asked: Mapping[str, list[str]]) -> None:
        self.path = path
        self.asked = {key: values for key, values in asked.items() if key not in ("page", "export")}

    def without(self, key: str) -> Callable[[list[str]], str]:
        """Return a function from other values of one key to an address."""
        kept = urlencode({name: values for name, values in self.asked.items() if name != key}, doseq=True)

        def address(values: list[str]) -> str:
            own = urlencode([(key, value) for value in values])
            query = "&".join(part for part in (kept, own) if part)
            return f"{self.path}?{query}" if query else self.path

        return address


def facet_views(search: DirectorySearch, result: DirectoryResult, addresses: Addresses) -> list[FacetView]:
    """Return every facet with its choices and numbers."""
    views = [_code_view(facet, search, result, addresses) for facet in CODES[search.kind]]
    at = 1 if search.kind == "supplier" else 2
    priced = _price_view(search, result, addresses)
    views[at:at] = [priced] if priced else []
    for facet in LEASTS[search.kind]:
        counts = {step: number for step, number in result.leasts[facet.name].items() if number}
        chosen = f"{search.leasts[facet.name]:g}" if facet.name in search.leasts else ""
        names = {step: f"{step}+" for step in counts}
        views.append(_single_view(facet.name, facet.label, counts, names, chosen, addresses))
    return views


def chips_of(search: DirectorySearch, views: list[FacetView], addresses: Addresses) -> list[Chip]:
    """Return what the list is narrowed by."""
    chips = [
        Chip(
            option.label if view.key not in ("hours", "rating") else f"{_(view.label)} {option.value}",
            option.url,
        )
        for view in views
        for option in view.options
        if option.is_chosen
    ]
    return [Chip(f"“{search.text}”", addresses.without("q")([])), *chips] if search.text else chips


def _code_view(
    facet: CodeFacet, search: DirectorySearch, result: DirectoryResult, addresses: Addresses
) -> FacetView:
    counts = result.counts[facet.name]
    chosen = list(search.choices.get(facet.name, ()))
    frequent = sorted(counts, key=lambda code: (-counts[code], code))[:MOST_OPTIONS]
    codes = [*chosen, *(code for code in frequent if code not in chosen)]
    names = _names(facet, codes, result)
    address = addresses.without(facet.name)
    options = [
        Option(
            value=code,
            label=names.get(code, code),
            count=counts.get(code, 0),
            is_chosen=code in chosen,
            url=address([one for one in chosen if one != code] if code in chosen else [*chosen, code]),
        )
        for code in codes
    ]
    return FacetView(facet.name, facet.label, options, max(SHOWN, len(chosen)))


def _names(facet: CodeFacet, codes: list[str], result: DirectoryResult) -> Mapping[str, str]:
    if facet.name == "service":
        return {code: service_name(code) for code in codes}
    if facet.name == "city":
        in_chinese = reads_chinese()
        return {place.city: place.named(in_chinese) for place, _number in result.places}
    return facet.names


def _price_view(search: DirectorySearch, result: DirectoryResult, addresses: Addresses) -> FacetView | None:
    if not search.price_number:
        return None
    low, high = search.price
    chosen = "" if low is None and high is None else f"{_plain(low)}-{_plain(high)}"
    counts = {span: number for span, number in result.prices.items() if number or span == chosen}
    if chosen:
        counts.setdefault(chosen, result.total)
    names = {span: _span_name(span) for span in counts}
    label = PRICE_LABEL[search.kind]
    return _single_view("price", label, counts, names, chosen, addresses)


def _single_view(
    key: str,
    label: str,
    counts: Mapping[str, int],
    names: Mapping[str, str],
    chosen: str,
    addresses: Addresses,
) -> FacetView:
    address = addresses.without(key)
    options = [
        Option(value, names[value], number, value == chosen, address([] if value == chosen else [value]))
        for value, number in counts.items()
    ]
    return FacetView(key, label, options, len(options))


def _span_name(span: str) -> str:
    low, _dash, high = span.partition("-")
    if not low:
        return _("up to %(price)s") % {"price": _whole(high)}
    if not high:
        return _("from %(price)s") % {"price": _whole(low)}
    return f"{_whole(low)} – {_whole(high)}"


def _whole(amount: str) -> str:
    return money(Money.of(amount, "CNY"), whole=True)


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def points_of(result: DirectoryResult, addresses: Addresses) -> list[dict[str, object]]:
    """Return the cities of the matches as points of a map; each narrows the list to its city."""
    in_chinese = reads_chinese()
    address = addresses.without("city")
    return [
        {
            "name": place.named(in_chinese),
            "lat": place.latitude,
            "lon": place.longitude,
            "value": number,
            "url": address([place.city]),
        }
        for place, number in result.places
        if place.latitude is not None
    ]
