"""A sponsor asks the engine, three SMOs bid together for 40 sites, and the sponsor accepts them; in both languages."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.conftest import PASSWORD, Member
from tests.web.market.test_request_pages import browser

from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Membership, Organization, Person
from triallink.domains.marketplace.models import Award, Bid, Listing, SuggestedCoalition
from triallink.domains.marketplace.services.requests import set_lines
from triallink.domains.marketplace.services.terms import LineTerms
from triallink.domains.quality.models import SupplierProfile
from triallink.foundation.jobs import run_job
from triallink.foundation.models import Job

PROVINCES = {"Jiangsu": 14, "Zhejiang": 13, "Anhui": 13}


def smo(name: str, province: str, price_minor: int, market) -> Member:
    """Return the lead of an SMO that lists coordination in one province only."""
    organization = Organization.objects.create(
        kind="smo", name_en=f"{name} SMO", name_zh=name, province=province
    )
    person = Person.objects.create_user(f"{name.lower()}@example.org", PASSWORD, name=name)
    Membership.objects.create(
        person=person, organization=organization, roles=["administrator", "business_lead"]
    )
    SupplierProfile.objects.create(organization=organization, is_listed=True)
    Listing.objects.create(
        organization=organization,
        service=market.service(),
        provinces=[province],
        price_minor=price_minor,
        published_at=market.clock.now(),
    )
    return Member(person, organization, actor_for(person, source="test"))


def run_jobs() -> None:
    """Do what waits for the worker."""
    for job in Job.objects.filter(state="queued"):
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.state, job.error) == ("done", "")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_sponsor_accepts_a_coalition_of_three_smos_for_forty_sites(market, language):
    members = [
        smo(name, place, 80_00, market) for name, place in zip(["Lin", "Qiu", "Wei"], PROVINCES, strict=True)
    ]
    by_id = {member.organization.pk: member for member in members}
    request = market.draft(
        is_demo=False, procedure="direct", bids_due_at=dt.datetime(2099, 5, 1, tzinfo=dt.UTC)
    )
    service = market.service()
    lines = [
        LineTerms(service_id=service.pk, quantity=Decimal(10), province=province, city=f"{province} {n}")
        for province, count in PROVINCES.items()
        for n in range(count)
    ]
    set_lines(request_id=request.pk, lines=lines, by=market.ada.actor, clock=market.clock)
    ada, base = browser(market.ada, language), f"/market/requests/{request.pk}"
    assert ada.post(f"{base}/sourcing/ask/").status_code == 302
    run_jobs()
    page = ada.get(f"{base}/sourcing/").content.decode()
    assert all(member.organization.name_in(language[:2]) in page for member in members)
    ada.post(f"{base}/sourcing/{Job.objects.latest('pk').pk}/0/")
    suggestion = SuggestedCoalition.objects.get()
    assert (set(suggestion.member_ids), len(suggestion.coverage)) == (set(by_id), 40)
    assert ada.post(f"{base}/publish/").status_code == 302
    lead = by_id[suggestion.lead_id]
    partners = [member for member in members if member is not lead]
    client = browser(lead, language)
    assert "bid-as-coalition" in client.get(f"{base}/fit-check/").content.decode()
    position = dict(request.lines.values_list("pk", "position"))
    shares = {
        partner.organization.pk: ", ".join(
            str(position[line]) for line, who in suggestion.coverage if who == partner.organization.pk
        )
        for partner in partners
    }
    form = client.get(f"{base}/bid/edit/?coalition={suggestion.pk}").content.decode()
    assert all(f'value="{lines_of}"' in form for lines_of in shares.values())
    typed = {f"price_{line}": "78" for line in position} | {
        "lead_time_days": 7,
        "share_organization": list(shares),
        "share_percent": ["100"] * len(shares),
        "share_lines": list(shares.values()),
    }
    assert client.post(f"{base}/bid/edit/", typed).status_code == 302
    bid = Bid.objects.get()
    for partner in partners:
        browser(partner, language).post(f"/market/requests/bids/{bid.pk}/confirm/")
    client.post(f"/market/requests/bids/{bid.pk}/submit/")
    # A direct purchase may be closed before its deadline.
    ada.post(f"{base}/close/")
    ada.post(f"{base}/evaluation/declare/", {"has_conflict": "no"})
    ada.post(f"{base}/evaluation/agree/")
    assert ada.post(f"{base}/optimum/ask/").status_code == 302
    run_jobs()
    assert 'data-testid="take-over"' in ada.get(f"{base}/optimum/").content.decode()
    assert "checked" in ada.get(f"{base}/award/?option=0").content.decode()
    ada.post(f"{base}/award/", {"whole": bid.pk, "reason": "Covers every site at the least price"})
    award = Award.objects.get()
    assert (award.lines.count(), award.total_minor) == (40, 40 * 10 * 78_00)
