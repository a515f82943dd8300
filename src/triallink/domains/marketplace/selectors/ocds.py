"""Published requests and awards as OCDS 1.1 releases (Open Contracting Data Standard), for everybody.

Open requests only. Bids are never published; an award names its suppliers and values. A release is identified by
a hash of its content, because the standard wants a release never to change: what changes is a new release.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db.models import Prefetch, QuerySet

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models import Award, AwardLine, Request, RequestLine
from triallink.kernel.money import Money

OCID_PREFIX = "ocds-triallink"
PAGE_SIZE = 100
METHODS = {"direct": "direct", "sealed": "open", "auction": "open"}
METHOD_DETAILS = {
    "direct": "Direct purchase",
    "sealed": "Sealed bids",
    "auction": "Reverse auction in three rounds after sealed bids",
}
STATUSES = {
    "published": "active",
    "closed": "active",
    "evaluated": "active",
    "awarded": "complete",
    "contracted": "complete",
    "failed": "unsuccessful",
    "cancelled": "cancelled",
}


def published_requests() -> QuerySet[Request]:
    """Return the requests that are open data, oldest publication first."""
    lines = RequestLine.objects.select_related("service").order_by("position")
    awarded = AwardLine.objects.select_related("line__service", "bid__organization").order_by(
        "line__position"
    )
    awards = Award.objects.filter(annulled_at=None).prefetch_related(Prefetch("lines", awarded))
    return (
        Request.objects.filter(visibility="open", published_at__isnull=False)
        .select_related("buyer")
        .prefetch_related(Prefetch("lines", lines), Prefetch("awards", awards, to_attr="awards_in_force"))
        .order_by("published_at", "id")
    )


def ocid_of(request: Request) -> str:
    """Return the id of the contracting process."""
    return f"{OCID_PREFIX}-{request.reference}"


def releases_of(request: Request) -> list[dict[str, Any]]:
    """Return the releases of one request from `published_requests()`: its tender, and its award if there is one."""
    releases = [_release(request, "tender", request.published_at, tender=_tender(request))]
    for award in request.awards_in_force:  # type: ignore[attr-defined]
        suppliers = {row.bid.organization for row in award.lines.all()}
        releases.append(
            _release(
                request,
                "award",
                award.awarded_at,
                awards=[_award(request, award, supplier) for supplier in sorted(suppliers, key=_by_id)],
                suppliers=sorted(suppliers, key=_by_id),
                tender={"id": request.reference, "status": STATUSES[request.state]},
            )
        )
    return releases


def release_package(
    requests: Iterable[Request], *, uri: str, at: dt.datetime, links: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return a release package around the releases of some requests."""
    package: dict[str, Any] = {
        "uri": uri,
        "version": "1.1",
        "publishedDate": _instant(at),
        "publisher": {"name": "Trial.Link"},
        "license": "https://creativecommons.org/publicdomain/zero/1.0/",
        "releases": [release for request in requests for release in releases_of(request)],
    }
    return {**package, "links": links} if links else package


def _by_id(organization: Organization) -> int:
    return organization.pk


def _release(
    request: Request,
    tag: str,
    at: dt.datetime | None,
    *,
    suppliers: Sequence[Organization] = (),
    **content: Any,
) -> dict[str, Any]:
    assert at is not None
    ocid = ocid_of(request)
    body = {
        "ocid": ocid,
        "date": _instant(at),
        "tag": [tag],
        "initiationType": "tender",
        "language": "en",
        "parties": [
            _party(request.buyer, ["buyer", "procuringEntity"]),
            *(_party(supplier, ["supplier", "tenderer"]) for supplier in suppliers),
        ],
        "buyer": _reference(request.buyer),
        **content,
    }
    digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return {"id": f"{ocid}-{tag}-{digest[:16]}", **body}


def _tender(request: Request) -> dict[str, Any]:
    # Lines behind confidentiality terms are for those who accepted them.
    is_confidential = bool(request.nda_text)
    questions, bids = request.question_deadline_at, request.bids_due_at
    tender: dict[str, Any] = {
        "id": request.reference,
        "title": request.title.get("en") or request.title.get("zh") or request.reference,
        "status": STATUSES[request.state],
        "procurementMethod": METHODS[request.procedure],
        "procurementMethodDetails": METHOD_DETAILS[request.procedure],
        "mainProcurementCategory": "services",
        "awardCriteria": "ratedCriteria",
        "awardCriteriaDetails": ", ".join(
            f"{name} {weight} %" for name, weight in request.weights.items() if weight
        ),
        "submissionMethod": [
            "electronicAuction" if request.procedure == "auction" else "electronicSubmission"
        ],
        "procuringEntity": _reference(request.buyer),
        "tenderPeriod": _period(request.published_at, bids),
        "enquiryPeriod": _period(request.published_at, questions),
        "awardPeriod": _period(request.closes_at, None),
    }
    if request.title.get("zh"):
        tender["title_zh"] = request.title["zh"]
    if request.start_on or request.end_on:
        tender["contractPeriod"] = _period(request.start_on, request.end_on)
    if not is_confidential:
        tender["description"] = request.requirements
        tender["items"] = [_item(line) for line in request.lines.all()]
    return {key: value for key, value in tender.items() if value not in ("", {}, [])}


def _award(request: Request, award: Award, supplier: Organization) -> dict[str, Any]:
    rows = [row for row in award.lines.all() if row.bid.organization_id == supplier.pk]
    found = {
        "id": f"{request.reference}-{award.pk}-{supplier.pk}",
        "title": request.title.get("en") or request.title.get("zh") or request.reference,
        "status": "active" if award.standstill_ended_at else "pending",
        "date": _instant(award.awarded_at),
        "value": _value(sum(row.amount_minor for row in rows), request.currency),
        "suppliers": [_reference(supplier)],
    }
    if not request.nda_text:
        found["items"] = [
            {
                **_item(row.line),
                "quantity": float(row.quantity),
                "unit": {**_item(row.line)["unit"], "value": _value(row.unit_price_minor, request.currency)},
            }
            for row in rows
        ]
    return found


def _item(line: RequestLine) -> dict[str, Any]:
    return {
        "id": str(line.position),
        "description": line.description or line.service.name.get("en") or line.service.code,
        "classification": {
            "scheme": "x_triallink-service",
            "id": line.service.code,
            "description": line.service.name.get("en") or line.service.code,
        },
        "quantity": float(line.quantity),
        "unit": {"name": line.unit},
    }


def _party(organization: Organization, roles: list[str]) -> dict[str, Any]:
    party: dict[str, Any] = {
        **_reference(organization),
        "roles": roles,
        "address": {
            key: value
            for key, value in (
                ("locality", organization.city),
                ("region", organization.province),
                ("countryName", organization.country),
            )
            if value
        },
    }
    if organization.registration_number:
        party["identifier"] = {
            "scheme": "x_registration",
            "id": organization.registration_number,
            "legalName": organization.name_en or organization.name_zh,
        }
    return party


def _reference(organization: Organization) -> dict[str, Any]:
    return {"id": f"TL-{organization.pk}", "name": organization.name_en or organization.name_zh}


def _value(minor: int, currency: str) -> dict[str, Any]:
    return {"amount": float(Money(minor, currency).amount), "currency": currency}


def _period(start: dt.datetime | dt.date | None, end: dt.datetime | dt.date | None) -> dict[str, str]:
    found = {"startDate": start, "endDate": end}
    return {key: _instant(value) for key, value in found.items() if value is not None}


def _instant(value: dt.datetime | dt.date) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{value.isoformat()}T00:00:00Z"
