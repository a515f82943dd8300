"""Who fits a request and which requests fit a supplier, over real rows."""

import datetime as dt

import pytest

from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models import Listing, Request, ServiceType
from triallink.domains.marketplace.selectors.fit import best_suppliers, fitting_requests
from triallink.domains.marketplace.services.listings import publish_listing, withdraw_listing
from triallink.domains.quality.models import (
    Credential,
    Professional,
    Qualification,
    QualificationApplication,
    SupplierProfile,
)
from triallink.kernel.refusals import NotFound

SERVICE = "monitoring_visit"


@pytest.fixture
def sellers(market):
    """Ben is near and cheap, Fei far and dear; Gao offers nothing that is asked for."""
    market.service(SERVICE)
    market.service("other_service")
    for seller, city, price in ((market.ben, "Shanghai", 100_00), (market.fei, "Chengdu", 300_00)):
        Organization.objects.filter(pk=seller.organization.pk).update(
            city=city,
            latitude=31.2 if city == "Shanghai" else 30.6,
            longitude=121.5 if city == "Shanghai" else 104.1,
        )
        SupplierProfile.objects.create(organization=seller.organization)
        publish_listing(service=SERVICE, price_minor=price, by=seller.actor)
    SupplierProfile.objects.create(organization=market.gao.organization)
    publish_listing(service="other_service", price_minor=100, by=market.gao.actor)
    return market


def test_best_suppliers_are_ranked_with_points_that_add_up(sellers):
    request = sellers.draft()
    report = best_suppliers(request.pk, to=sellers.ada.actor, clock=sellers.clock)
    assert [one.organization_id for one in report.best] == [
        sellers.ben.organization.pk,
        sellers.fei.organization.pk,
    ]
    for one in report.best:
        assert one.score == pytest.approx(sum(share.points for share in one.shares))
        assert sum(share.weight for share in one.shares) == pytest.approx(100)
    assert report.services == [SERVICE]


def test_a_supplier_is_qualified_within_its_scope_only(sellers):
    request, ben = sellers.draft(), sellers.ben

    def qualified() -> list[str]:
        report = best_suppliers(request.pk, to=sellers.ada.actor, clock=sellers.clock)
        return next(one for one in report.best if one.organization_id == ben.organization.pk).qualified

    assert qualified() == []
    day = sellers.clock.now().date()
    application = QualificationApplication.objects.create(
        organization=ben.organization, questionnaire="cro", questionnaire_version=1, state="approved",
        created_at=sellers.clock.now(), decided_at=sellers.clock.now(),
    )  # fmt: skip
    held = Qualification.objects.create(
        organization=ben.organization, application=application, valid_from_on=day, requalify_on=day,
        expires_on=day + dt.timedelta(days=1), scope=[{"services": ["monitoring"], "areas": [], "regions": ["Shanghai"]}],
    )  # fmt: skip
    assert qualified() == [SERVICE]
    for block in (
        {"services": ["data"], "regions": []},
        {"services": ["monitoring"], "regions": ["Beijing"]},
    ):
        held.scope = [{**block, "areas": []}]
        held.save()
        assert qualified() == []
    held.scope = [{"services": ["monitoring"], "areas": [], "regions": []}]
    held.save()
    assert qualified() == [SERVICE]
    sellers.clock.move(dt.timedelta(days=2))
    assert qualified() == []


def test_a_service_not_offered_counts_nothing(sellers):
    request = sellers.draft()
    alone = best_suppliers(request.pk, to=sellers.ada.actor, clock=sellers.clock).best[0].score
    line = request.lines.last()
    line.service = ServiceType.objects.get(code="other_service")
    line.save()
    halved = best_suppliers(request.pk, to=sellers.ada.actor, clock=sellers.clock).best
    ben = next(one for one in halved if one.organization_id == sellers.ben.organization.pk)
    assert ben.score == pytest.approx(alone / 2)
    assert ben.missing == {"other_service": ()}


def test_who_cannot_do_the_work_is_named_with_the_reason(sellers):
    request = sellers.draft()
    request.lines.update(required_credentials=["gcp"])
    nurse = Professional.objects.create(
        organization=sellers.ben.organization, name="A", role="CRA", level="junior", free_hours_per_week=10
    )
    Credential.objects.create(professional=nurse, kind="gcp", expires_on=dt.date(2099, 1, 1))
    report = best_suppliers(request.pk, to=sellers.ada.actor, clock=sellers.clock)
    assert [one.organization_id for one in report.best] == [sellers.ben.organization.pk]
    (unable,) = report.excluded
    assert [one.code for one in unable.missing[SERVICE]] == ["credential_missing"]


def test_a_listing_for_other_provinces_is_no_offer(sellers):
    Listing.objects.filter(organization=sellers.ben.organization).update(provinces=["Sichuan"])
    report = best_suppliers(sellers.draft().pk, to=sellers.ada.actor, clock=sellers.clock)
    assert [one.organization_id for one in report.best] == [sellers.fei.organization.pk]


def test_only_the_buyer_sees_who_fits(sellers):
    request = sellers.published()
    for stranger in (sellers.ben.actor, sellers.fei.actor):
        with pytest.raises(NotFound):
            best_suppliers(request.pk, to=stranger, clock=sellers.clock)


def test_open_requests_are_ranked_for_a_supplier_until_their_deadline(sellers):
    request = sellers.published()
    (found,) = fitting_requests(to=sellers.ben.actor, clock=sellers.clock)
    assert found.request == request
    assert found.fit.score > 0
    assert fitting_requests(to=sellers.gao.actor, clock=sellers.clock) == []
    sellers.clock.move(dt.timedelta(days=11))
    assert fitting_requests(to=sellers.ben.actor, clock=sellers.clock) == []


def test_drafts_invited_only_and_unaccepted_confidential_requests_do_not_show(sellers):
    sellers.draft()
    sellers.published(visibility="invited", invite=(sellers.fei,))
    sellers.published(nda_text="Keep it secret.")
    assert fitting_requests(to=sellers.ben.actor, clock=sellers.clock) == []
    assert len(fitting_requests(to=sellers.fei.actor, clock=sellers.clock)) == 1


def test_a_supplier_without_a_live_listing_is_offered_nothing(sellers):
    sellers.published()
    withdraw_listing(listing_id=sellers.ben.organization.listings.get().pk, by=sellers.ben.actor)
    assert fitting_requests(to=sellers.ben.actor, clock=sellers.clock) == []


def test_ranking_costs_the_same_few_queries_however_many_offer(sellers, django_assert_max_num_queries):
    service = ServiceType.objects.get(code=SERVICE)
    request = sellers.draft()
    for n in range(30):
        organization = Organization.objects.create(kind="smo", name_en=f"S{n}")
        SupplierProfile.objects.create(organization=organization)
        Listing.objects.create(
            organization=organization, service=service, price_minor=100 + n, published_at=sellers.clock.now()
        )
    with django_assert_max_num_queries(8):
        assert len(best_suppliers(request.pk, to=sellers.ada.actor, clock=sellers.clock).best) == 10
    assert Request.objects.count() == 1
