"""The pages of certification: a freelancer's own, the test, and the operator's desk."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.conftest import Member
from tests.web.quality.test_qualification_pages import address, browser

from triallink.domains.quality.knowledge_bank import RIGHT
from triallink.domains.quality.models import Certificate, Credential, KnowledgeTest, Professional
from triallink.domains.quality.services.talent import add_professional


@pytest.fixture
def yun(gao: Member) -> Professional:
    """Gao's own record."""
    return add_professional(name="Gao Yun", role="CRC", level="junior", by=gao.actor)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_freelancer_is_certified_page_by_page(gao: Member, hua: Member, yun: Professional, language: str):
    for member in (gao, hua):
        member.person.language = language
        member.person.save()
    client, desk = browser(gao), browser(hua)
    own = client.get(address("own-certification"))
    assert own["Location"] == address("person-detail", yun.pk)
    paper = SimpleUploadedFile("gcp.pdf", b"paper")
    client.post(address("credential-add", yun.pk), {"kind": "gcp", "expires_on": "2099-01-01", "file": paper})
    held = Credential.objects.get()
    assert client.get(address("document-file", held.pk)).content == b"paper"
    client.post(
        address("experience-add", yun.pk),
        {"role": "CRC", "therapeutic_area": "oncology", "phase": "3", "months": "40", "studies": "5"},
    )
    refused = client.post(address("referee-add", yun.pk), {"name": "Dr Li", "email": "nobody"})
    assert refused.status_code == 422
    client.post(
        address("referee-add", yun.pk),
        {"name": "Dr Li", "employer": "Harbor", "email": "li@example.org", "relation": "Lead"},
    )
    assert "Gao Yun" in desk.get(address("credential-list"), {"verification": "waiting"}).content.decode()
    assert desk.post(address("person-certify", yun.pk), {"level": "junior"}).status_code == 422
    assert desk.post(address("credential-refuse", held.pk), {"why": ""}).status_code == 422
    desk.post(address("credential-verify", held.pk))
    desk.post(address("experience-judge", yun.experience.get().pk), {"is_confirmed": "yes", "words": ""})
    desk.post(address("referee-answer", yun.referees.get().pk), {"is_confirmed": "yes", "words": "Reliable."})
    begun = client.post(address("test-begin", yun.pk))
    test = KnowledgeTest.objects.get()
    assert begun["Location"] == address("test-detail", test.pk)
    page = client.get(begun["Location"]).content.decode()
    assert page.count("<fieldset") == 20
    answers = {f"answer_{code}": str(order.index(RIGHT)) for code, order in test.drawn}
    client.post(begun["Location"], answers)
    assert "20" in client.get(begun["Location"]).content.decode()
    assert client.post(address("test-begin", yun.pk)).status_code == 302
    desk.post(address("person-certify", yun.pk), {"level": "senior"})
    assert Certificate.objects.get().level == "senior"
    assert Certificate.objects.get().number in client.get(address("person-detail", yun.pk)).content.decode()
    for name in ("credential-list", "person-list"):
        table = desk.get(address(name), {"export": "csv", "q": "Gao"}).content.decode("utf-8-sig")
        assert len(table.splitlines()) == 2


def test_strangers_see_nobody_and_a_failed_test_says_when_to_come_back(
    gao: Member, ben: Member, eve: Member, yun: Professional
):
    client = browser(gao)
    client.post(address("test-begin", yun.pk))
    test = KnowledgeTest.objects.get()
    client.post(address("test-detail", test.pk), {})
    assert KnowledgeTest.objects.get().state == "failed"
    assert client.post(address("test-begin", yun.pk)).status_code == 422
    for stranger in (ben, eve):
        assert browser(stranger).get(address("person-detail", yun.pk)).status_code == 404
        assert browser(stranger).get(address("test-detail", test.pk)).status_code == 404
        assert "Gao Yun" not in browser(stranger).get(address("credential-list")).content.decode()


def test_a_member_without_a_record_is_told_how_to_begin(gao: Member):
    assert "professional record" in browser(gao).get(address("own-certification")).content.decode()
