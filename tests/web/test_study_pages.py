"""The pages of a study: each renders in both languages, lists export, and a damaged file is refused in place."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.conftest import Member

from triallink.domains.studies import services
from triallink.domains.studies.models import Study

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PROTOCOL = Path("tests/vectors/protocol/usdm_small.json")


@pytest.fixture
def study(ada: Member, chen: Member) -> Study:
    """A study with a protocol, a site and its demand."""
    study = services.import_study(content=PROTOCOL.read_bytes(), file_name="p.json", by=ada.actor)
    services.add_site(study_id=study.pk, organization_id=chen.organization.pk, by=ada.actor)
    services.propose_demand(study_id=study.pk, by=ada.actor)
    return study


@pytest.fixture(params=["en", "zh-hans"])
def browser(request, ada: Member) -> Client:
    """Ada, signed in, reading one of the two languages."""
    ada.person.language = request.param
    ada.person.save()
    client = Client()
    client.force_login(ada.person, backend=BACKEND)
    return client


PAGES = ["detail", "edit", "protocol", "protocol-add", "schedule", "sites", "site-add", "demand"]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_study_is_shown(name: str, study: Study, browser: Client):
    answer = browser.get(reverse(f"studies:{name}", args=[study.pk]))
    assert answer.status_code == 200
    assert study.code in answer.content.decode()


def test_the_list_searches_and_exports(study: Study, browser: Client):
    address = reverse("studies:list")
    assert study.code in browser.get(address, {"q": study.code}).content.decode()
    assert study.code not in browser.get(address, {"q": "zzzz"}).content.decode()
    exported = browser.get(address, {"export": "csv"})
    assert exported["Content-Type"].startswith("text/csv")


def test_a_damaged_file_is_refused_with_its_places_and_keeps_the_form(study: Study, browser: Client):
    with PROTOCOL.open("rb") as whole:
        upload = SimpleUploadedFile("cut.json", whole.read(500))
        answer = browser.post(reverse("studies:import"), {"file": upload, "code": "KEEP-ME"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "KEEP-ME" in page
    assert re.search(r'<code class="break-anywhere">\d+:\d+</code>', page)
    assert Study.objects.count() == 1


def test_two_versions_are_compared(study: Study, browser: Client, ada: Member):
    changed = PROTOCOL.read_text(encoding="utf-8").replace("Screening", "Run-in")
    row = services.add_protocol_version(
        study_id=study.pk, content=changed.encode(), file_name="p2.json", by=ada.actor
    )
    answer = browser.get(reverse("studies:protocol-diff", args=[study.pk, 1, row.number]))
    assert "Run-in" in answer.content.decode()


def test_demand_shows_its_arithmetic_and_keeps_wrong_figures(study: Study, browser: Client):
    page = browser.get(reverse("studies:demand", args=[study.pk])).content.decode()
    assert page.count("demand-line") > 16
    answer = browser.post(
        reverse("studies:demand-propose", args=[study.pk]), {"note": "x", "startup_months": "999"}
    )
    assert answer.status_code == 422
    assert 'value="999"' in answer.content.decode()
