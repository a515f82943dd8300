"""The pages of the process library."""

import pytest
from tests.conftest import Member
from tests.web.quality.test_qualification_pages import address, browser

from triallink.domains.quality.models import ProcessTemplate
from triallink.domains.quality.services.library import sync_library

TYPED = {"title_en": "Own", "title_zh": "自有", "cites": "ICH E6(R3) 2.8", "lines": "Look | 查看\nAsk | 询问"}


@pytest.fixture
def consent(db: None) -> ProcessTemplate:
    """The platform's checklist of consent."""
    sync_library()
    return ProcessTemplate.objects.get(kind="checklist", code="CO01", organization=None)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_library_is_read_searched_and_exported(ada: Member, consent: ProcessTemplate, language: str):
    ada.person.language = language
    ada.person.save()
    client = browser(ada)
    page = client.get(address("library"), {"kind": "checklist", "q": "consent"}).content.decode()
    assert ("单例受试者知情同意" if language == "zh-hans" else "Consent of one participant") in page
    table = client.get(address("library"), {"kind": "milestone", "export": "csv"})
    assert len(table.content.decode("utf-8-sig").splitlines()) > 30
    for kind in ("sop", "milestone", "checklist"):
        one = ProcessTemplate.objects.filter(kind=kind).first()
        assert client.get(address("template-detail", one.pk)).status_code == 200
    assert client.get(address("template-version", consent.pk, 9)).status_code == 404


def test_a_template_is_copied_previewed_saved_and_approved(ada: Member, consent: ProcessTemplate):
    client = browser(ada)
    assert client.get(address("template-edit", consent.pk)).status_code == 403
    copied = client.post(address("template-copy", consent.pk))
    own = ProcessTemplate.objects.get(organization=ada.organization)
    assert copied["Location"] == address("template-edit", own.pk)
    shown = client.post(copied["Location"], {**TYPED, "act": "preview"}).content.decode()
    assert "询问" in shown
    assert own.versions.get().title["en"] == "Consent of one participant"
    refused = client.post(copied["Location"], {**TYPED, "lines": "Only English", "act": "save"})
    assert refused.status_code == 422
    client.post(copied["Location"], {**TYPED, "act": "save"})
    early = client.post(address("template-approve", own.pk), {"effective_on": "2020-01-01"})
    assert early.status_code == 422
    client.post(address("template-approve", own.pk), {"effective_on": "2099-01-01"})
    assert own.versions.get().state == "approved"
    assert client.post(address("template-copy", consent.pk)).status_code == 422


def test_a_new_template_is_written(hua: Member, eve: Member, consent: ProcessTemplate):
    client = browser(hua)
    given = {**TYPED, "kind": "sop", "code": "SOP77", "stage": "conduct", "purpose": "Why | 目的"}
    assert "目的" not in client.get(address("template-new")).content.decode()
    assert client.post(address("template-new"), {**given, "act": "preview"}).status_code == 200
    made = client.post(address("template-new"), {**given, "act": "save"})
    one = ProcessTemplate.objects.get(code="SOP77")
    assert made["Location"] == address("template-detail", one.pk)
    assert browser(eve).get(made["Location"]).status_code == 404
