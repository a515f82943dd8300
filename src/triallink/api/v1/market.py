"""The service catalogue, the directory, own listings, and what services cost."""

from collections.abc import Mapping
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.api.v1.paging import CursorUnknown
from triallink.domains.marketplace.directory.searching import LAST_RESULT, PAGE_SIZE, DirectorySearch
from triallink.domains.marketplace.models import Listing, ServiceType
from triallink.domains.marketplace.selectors.catalogue import service_type, service_types
from triallink.domains.marketplace.selectors.directory import search_directory
from triallink.domains.marketplace.selectors.listings import own_listings
from triallink.domains.marketplace.selectors.prices import price_index
from triallink.domains.marketplace.selectors.profiles import directory_rows
from triallink.domains.marketplace.services import listings
from triallink.engines.pricing import Cell
from triallink.kernel.refusals import NotFound

router = Router()
Id = Path(ge=1, lt=2**63)
Code = Path(max_length=32)


class Bilingual(Schema):
    """A text in both languages."""

    en: str
    zh: str


class MilestoneOut(Schema):
    """A payable step of a service."""

    code: str
    name: Bilingual
    share_percent: int
    due: int
    evidence: Bilingual


class ServiceOut(Schema):
    """One kind of service that can be bought."""

    code: str
    name: Bilingual
    description: Bilingual
    category: str
    unit: str
    roles: list[str]
    required_credentials: list[str]
    default_milestones: list[MilestoneOut]
    is_active: bool


class ListPriceOut(Schema):
    """A list price."""

    service: str
    price_minor: int
    currency: str


class SupplierOut(Schema):
    """A supplier as the directory shows it."""

    id: int
    name_en: str
    name_zh: str
    type: str
    city: str
    city_zh: str
    province: str
    areas: list[str]
    offers: list[ListPriceOut]
    people: dict[str, int]
    free_hours_per_week: int
    rating: float | None
    ratings: int
    completed_contracts: int
    is_qualified: bool


class TalentOut(Schema):
    """A professional as the directory shows them: without a name unless they are shown by name."""

    id: int
    code: str
    name_en: str
    name_zh: str
    employer_id: int
    role: str
    level: str
    areas: list[str]
    credentials: list[str]
    languages: list[str]
    years_experience: int
    studies_completed: int
    city: str
    city_zh: str
    province: str
    hourly_price_minor: int | None
    currency: str
    free_hours_per_week: int
    rating: float | None
    ratings: int


class ListedSiteOut(Schema):
    """A site as the directory shows it."""

    id: int
    name_en: str
    name_zh: str
    city: str
    city_zh: str
    province: str
    grade: str
    beds: int | None
    areas: list[str]
    departments: int
    has_phase1_unit: bool
    ethics_meeting_days: int | None
    contract_median_days: int | None
    ongoing_studies: int
    completed_studies: int


class DirectoryPage(Schema):
    """One page of matches with the numbers of every facet."""

    total: int
    is_partial: bool = Field(description="Nothing has all the words; these have some of them.")
    next_cursor: str
    facets: dict[str, dict[str, int]]


class SupplierPage(DirectoryPage):
    """Suppliers."""

    items: list[SupplierOut]


class TalentPage(DirectoryPage):
    """Professionals."""

    items: list[TalentOut]


class ListedSitePage(DirectoryPage):
    """Sites."""

    items: list[ListedSiteOut]


class Asked(Schema):
    """What every part of the directory can be asked for; several values of one filter are repeated."""

    q: str = Field("", max_length=200, description="Words in English or Chinese; the last may be unfinished.")
    province: list[str] = Field([], max_length=20)
    city: list[str] = Field([], max_length=20)
    area: list[str] = Field([], max_length=20)
    phase: list[str] = Field([], max_length=20)
    sort: str = Field("", max_length=20)
    cursor: str = Field("", max_length=6, description="`next_cursor` of the page before.")


class AskedSuppliers(Asked):
    """Filters of suppliers."""

    service: list[str] = Field([], max_length=20)
    type: list[str] = Field([], max_length=5)
    role: list[str] = Field([], max_length=20)
    price: str = Field("", max_length=30, description='"100-200" of the one service asked for, major units.')
    hours: float | None = Field(None, ge=0, le=100_000)
    rating: float | None = Field(None, ge=0, le=5)


class AskedTalent(Asked):
    """Filters of professionals."""

    role: list[str] = Field([], max_length=20)
    level: list[str] = Field([], max_length=5)
    credential: list[str] = Field([], max_length=20)
    language: list[str] = Field([], max_length=5)
    price: str = Field("", max_length=30, description='"100-200" an hour, major units.')
    hours: float | None = Field(None, ge=0, le=60)
    rating: float | None = Field(None, ge=0, le=5)


class AskedSites(Asked):
    """Filters of sites."""

    grade: list[str] = Field([], max_length=5)


class ListingOut(Schema):
    """A live listing of one's own."""

    id: int
    service: str
    provinces: list[str]
    price_minor: int
    currency: str
    lead_time_days: int
    capacity_per_month: int | None
    note_en: str
    note_zh: str


class ListingIn(Schema):
    """A service to offer."""

    service: str = Field(max_length=32)
    price_minor: int = Field(ge=1, lt=10**13)
    currency: Literal["CNY", "USD", "EUR", "GBP", "CHF", "HKD", "JPY", "KRW", "SGD"] = "CNY"
    provinces: list[str] = Field([], max_length=40)
    lead_time_days: int = Field(14, ge=0, le=365)
    capacity_per_month: int | None = Field(None, ge=1, le=100_000)
    note_en: str = Field("", max_length=500)
    note_zh: str = Field("", max_length=500)


class PriceIn(Schema):
    """Another list price."""

    price_minor: int = Field(ge=1, lt=10**13)


class CellOut(Schema):
    """What may be told of one province (empty: the nation) in one quarter; prices in minor units."""

    region: str
    period: str
    suppliers: int | None
    q1: float | None
    median: float | None
    q3: float | None
    hidden: Literal["", "few", "complement"]


class PriceIndexOut(Schema):
    """What one service costs."""

    service: str
    currency: str
    quarters: list[str]
    listed: list[CellOut]
    awarded: list[CellOut]


@router.get("/services", auth=scope("market:read"), response=list[ServiceOut])
def list_services(request: HttpRequest) -> list[ServiceType]:
    """Return the service catalogue."""
    return service_types(to=actor_of(request))


@router.get("/services/{code}", auth=scope("market:read"), response=ServiceOut)
def get_service(request: HttpRequest, code: str = Code) -> ServiceType:
    """Return one service, a retired one too."""
    return service_type(code, to=actor_of(request))


@router.get("/services/{code}/prices", auth=scope("market:read"), response=PriceIndexOut)
def get_prices(request: HttpRequest, code: str = Code) -> dict[str, Any]:
    """Return what a service costs by province and quarter; a figure rests on at least three suppliers."""
    service_type(code, to=actor_of(request))
    index = price_index(code, to=actor_of(request))
    return {
        "service": index.service,
        "currency": index.currency,
        "quarters": index.quarters,
        "listed": [_cell(cell) for cell in index.listed],
        "awarded": [_cell(cell) for cell in index.awarded],
    }


@router.get("/suppliers", auth=scope("market:read"), response=SupplierPage)
def find_suppliers(request: HttpRequest, asked: Query[AskedSuppliers]) -> dict[str, Any]:
    """Search the suppliers."""
    return _found(request, "supplier", asked)


@router.get("/suppliers/{supplier_id}", auth=scope("market:read"), response=SupplierOut)
def get_supplier(request: HttpRequest, supplier_id: int = Id) -> dict[str, Any]:
    """Return one supplier."""
    return _one(request, "supplier", supplier_id)


@router.get("/talent", auth=scope("market:read"), response=TalentPage)
def find_talent(request: HttpRequest, asked: Query[AskedTalent]) -> dict[str, Any]:
    """Search the professionals."""
    return _found(request, "talent", asked)


@router.get("/talent/{professional_id}", auth=scope("market:read"), response=TalentOut)
def get_talent(request: HttpRequest, professional_id: int = Id) -> dict[str, Any]:
    """Return one professional."""
    return _one(request, "talent", professional_id)


@router.get("/sites", auth=scope("market:read"), response=ListedSitePage)
def find_sites(request: HttpRequest, asked: Query[AskedSites]) -> dict[str, Any]:
    """Search the sites."""
    return _found(request, "site", asked)


@router.get("/sites/{site_id}", auth=scope("market:read"), response=ListedSiteOut)
def get_site(request: HttpRequest, site_id: int = Id) -> dict[str, Any]:
    """Return one site."""
    return _one(request, "site", site_id)


@router.get("/listings", auth=scope("market:read"), response=list[ListingOut])
def list_listings(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what one's own organization offers."""
    return [_listing(row) for row in own_listings(to=actor_of(request))]


@router.post("/listings", auth=scope("market:write"), response={201: ListingOut})
def publish_listing(request: HttpRequest, given: ListingIn) -> Status[dict[str, Any]]:
    """Offer a service at a list price."""
    row = listings.publish_listing(**given.dict(), by=actor_of(request))
    return Status(201, _listing(row))


@router.post("/listings/{listing_id}/price", auth=scope("market:write"), response={201: ListingOut})
def change_price(request: HttpRequest, given: PriceIn, listing_id: int = Id) -> Status[dict[str, Any]]:
    """Offer the same service at another list price; the listing that takes over is answered."""
    row = listings.change_listing_price(
        listing_id=listing_id, price_minor=given.price_minor, by=actor_of(request)
    )
    return Status(201, _listing(row))


@router.post("/listings/{listing_id}/withdraw", auth=scope("market:write"), response={204: None})
def withdraw_listing(request: HttpRequest, listing_id: int = Id) -> Status[None]:
    """No longer offer a service."""
    listings.withdraw_listing(listing_id=listing_id, by=actor_of(request))
    return Status(204, None)


def _found(request: HttpRequest, kind: str, asked: Asked) -> dict[str, Any]:
    """Search one part of the directory; the cursor is the number of the page."""
    last = LAST_RESULT // PAGE_SIZE
    if asked.cursor and not (
        asked.cursor.isascii() and asked.cursor.isdigit() and 1 < int(asked.cursor) <= last
    ):
        raise CursorUnknown(field="cursor")
    given = asked.dict(exclude={"cursor"})
    lists = {
        name: value if isinstance(value, list) else [str(value)]
        for name, value in given.items()
        if value not in ("", None, [])
    }
    search = DirectorySearch.of(kind, {**lists, "page": [asked.cursor or "1"]})
    result = search_directory(search, viewer=actor_of(request))
    is_more = result.total > search.page * search.page_size and search.page < last
    return {
        "items": [_row(kind, row) for row in result.rows],
        "total": result.total,
        "is_partial": result.is_partial,
        "next_cursor": str(search.page + 1) if is_more else "",
        "facets": result.counts,
    }


def _one(request: HttpRequest, kind: str, row_id: int) -> dict[str, Any]:
    rows = directory_rows(kind, [row_id], to=actor_of(request))
    if not rows:
        raise NotFound
    return _row(kind, rows[0])


def _row(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the directory under the names of the API."""
    if kind == "supplier":
        more = {
            "offers": [
                {"service": code, "price_minor": minor, "currency": currency}
                for code, minor, currency in row["offers"]
            ],
            "people": row["roles"],
            "free_hours_per_week": row["hours"],
            "completed_contracts": row["contracts"],
        }
    elif kind == "talent":
        more = {
            "years_experience": row["years"],
            "studies_completed": row["studies"],
            "hourly_price_minor": row["price_minor"],
            "free_hours_per_week": row["hours"],
        }
    else:
        more = {
            "ethics_meeting_days": row["ethics_days"],
            "contract_median_days": row["contract_days"],
            "ongoing_studies": row["ongoing"],
            "completed_studies": row["completed"],
        }
    return {**row, **more}


def _listing(row: Listing) -> dict[str, Any]:
    names = (
        "id",
        "provinces",
        "price_minor",
        "currency",
        "lead_time_days",
        "capacity_per_month",
        "note_en",
        "note_zh",
    )
    return {"service": row.service.code, **{name: getattr(row, name) for name in names}}


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "region": cell.region,
        "period": cell.period,
        "suppliers": cell.suppliers,
        "q1": cell.q1,
        "median": cell.median,
        "q3": cell.q3,
        "hidden": cell.reason,
    }
