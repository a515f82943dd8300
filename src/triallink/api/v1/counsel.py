"""The engine's counsel on a request: who fits, coalitions and team, the optimal award, a bidder's fit check."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Router, Schema, Status

from triallink.api.v1.core import actor_of, scope
from triallink.domains.marketplace.access.requests import may_read_bids, own_request_for
from triallink.domains.marketplace.models import Request
from triallink.domains.marketplace.selectors.fit import SupplierFit, best_suppliers
from triallink.domains.marketplace.selectors.line_fits import fit_check
from triallink.domains.marketplace.services.counsel import (
    AWARDING,
    SOURCING,
    ask_awarding,
    ask_sourcing,
    counsel_of,
)
from triallink.foundation.models import Job
from triallink.kernel.refusals import NotFound

router = Router()
Id = Path(ge=1, lt=2**63)


class CounselOut(Schema):
    """A counsel under way or done; result is empty until the state is done."""

    job_id: int
    state: str
    done: int
    total: int
    result: dict[str, Any]


class ReasonOut(Schema):
    """A sentence with its parameters and what it adds."""

    code: str
    template: str
    params: dict[str, Any]


class LineFitOut(Schema):
    """One line against the caller's organization."""

    line_id: int
    can_serve: bool
    score: float
    exclusions: list[ReasonOut]
    missing_credentials: list[str]
    price_minor: int | None
    index_minor: int | None
    asked_hours: float
    free_hours: float | None


class FitCheckOut(Schema):
    """A request against the caller's organization."""

    request_id: int
    served: int
    lacks_hours: bool
    asked_hours: float
    free_hours: float | None
    lines: list[LineFitOut]


class SupplierFitOut(Schema):
    """A supplier against a request: points by feature, or why not."""

    organization_id: int
    score: float
    points: dict[str, float]
    covered: list[str]
    exclusions: list[ReasonOut]


class FitReportOut(Schema):
    """The best suppliers of a request, and those that cannot do it."""

    best: list[SupplierFitOut]
    excluded: list[SupplierFitOut]


@router.get("/{request_id}/fit", auth=scope("requests:read"), response=FitReportOut)
def get_fit(request: HttpRequest, request_id: int = Id) -> dict[str, Any]:
    """Return who fits a request of the caller's, best first, and who does not and why."""
    found = best_suppliers(request_id, to=actor_of(request))
    return {"best": [_fit(one) for one in found.best], "excluded": [_fit(one) for one in found.excluded]}


@router.get("/{request_id}/fit-check", auth=scope("requests:read"), response=FitCheckOut)
def get_fit_check(request: HttpRequest, request_id: int = Id) -> dict[str, Any]:
    """Return how the caller's own organization fits a request, line by line."""
    found = fit_check(request_id, to=actor_of(request))
    return {
        "request_id": found.request.pk,
        "served": found.served,
        "lacks_hours": found.lacks_hours,
        "asked_hours": found.asked_hours,
        "free_hours": found.free_hours,
        "lines": [
            {
                "line_id": one.line.pk,
                "can_serve": one.can_serve,
                "score": one.score,
                "exclusions": _reasons(one.exclusions),
                "missing_credentials": one.missing_credentials,
                "price_minor": one.price_minor,
                "index_minor": one.index_minor,
                "asked_hours": one.asked_hours,
                "free_hours": one.free_hours,
            }
            for one in found.lines
        ],
    }


@router.get("/{request_id}/sourcing", auth=scope("requests:read"), response=CounselOut)
def get_sourcing(request: HttpRequest, request_id: int = Id) -> dict[str, Any]:
    """Return the coalitions and the named team last worked out for a request of the caller's."""
    return _counsel(SOURCING, own_request_for(actor_of(request), request_id))


@router.post("/{request_id}/sourcing", auth=scope("requests:write"), response={202: CounselOut})
def post_sourcing(request: HttpRequest, request_id: int = Id) -> Status[dict[str, Any]]:
    """Ask for coalitions and team; the worker works them out."""
    return Status(202, _job(ask_sourcing(request_id=request_id, by=actor_of(request))))


@router.get("/{request_id}/optimum", auth=scope("requests:read"), response=CounselOut)
def get_optimum(request: HttpRequest, request_id: int = Id) -> dict[str, Any]:
    """Return the optimal award, its alternatives and what each loser lacked, as last worked out."""
    actor = actor_of(request)
    row = own_request_for(actor, request_id)
    if not may_read_bids(actor, row):
        raise NotFound
    return _counsel(AWARDING, row)


@router.post("/{request_id}/optimum", auth=scope("requests:write"), response={202: CounselOut})
def post_optimum(request: HttpRequest, request_id: int = Id) -> Status[dict[str, Any]]:
    """Ask for the optimal award; the worker works it out."""
    return Status(202, _job(ask_awarding(request_id=request_id, by=actor_of(request))))


def _counsel(kind: str, row: Request) -> dict[str, Any]:
    found = counsel_of(kind, row)
    if found is None:
        raise NotFound
    return _job(found)


def _job(row: Job) -> dict[str, Any]:
    return {
        "job_id": row.pk,
        "state": row.state,
        "done": row.done,
        "total": row.total,
        "result": row.result if row.state == "done" else {},
    }


def _fit(one: SupplierFit) -> dict[str, Any]:
    return {
        "organization_id": one.organization_id,
        "score": one.score,
        "points": {share.feature: share.points for share in one.shares},
        "covered": one.covered,
        "exclusions": [reason for several in one.missing.values() for reason in _reasons(several)],
    }


def _reasons(exclusions: Any) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "template": one.template,
            "params": {key: _plain(v) for key, v in one.params.items()},
        }
        for one in exclusions
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list, set, frozenset)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
