"""What a supplier and a site say of themselves, through their pages."""

from triallink.domains.marketplace.models import Listing
from triallink.domains.quality.models import Credential, Professional, SiteProfile

PERSON = {
    "name": "Wu Lan",
    "role": "CRA",
    "level": "senior",
    "years_experience": "4",
    "studies_completed": "3",
    "price": "260.50",
    "free_hours_per_week": "16",
    "travel_km": "100",
    "is_listed": "on",
}


def test_a_supplier_declares_its_profile_then_lists_a_service_and_changes_its_price(fei, browse):
    client = browse(fei)
    assert "Declare your supplier profile first" in client.get("/my/services/").content.decode()
    client.post("/my/profile/", {"therapeutic_areas": ["oncology"], "phases": ["3"], "is_listed": "on"})
    client.post("/my/services/new/", {"service": "CRC_HOURS", "price": "180.50", "lead_time_days": "7"})
    listing = Listing.objects.get()
    assert listing.price_minor == 18_050
    client.post(f"/my/services/{listing.pk}/price/", {"price": "190"})
    live = Listing.objects.get(is_active=True)
    assert live.price_minor == 19_000
    client.post(f"/my/services/{live.pk}/withdraw/")
    assert not Listing.objects.filter(is_active=True).exists()


def test_a_refusal_stands_beside_its_field_and_nothing_typed_is_lost(directory, fei, browse):
    answer = browse(fei).post(
        "/my/services/new/",
        {"service": "CRC_HOURS", "price": "99", "lead_time_days": "7", "note_en": "Fast and careful"},
    )
    text = answer.content.decode()
    assert "already offers this service" in text
    assert "Fast and careful" in text


def test_people_are_added_changed_credentialed_and_let_go(fei, browse):
    client = browse(fei)
    client.post("/my/people/new/", PERSON)
    person = Professional.objects.get(name="Wu Lan")
    assert person.hourly_price_minor == 26_050
    client.post(f"/my/people/{person.pk}/", {**PERSON, "free_hours_per_week": "8"})
    client.post(f"/my/people/{person.pk}/credentials/", {"kind": "gcp", "expires_on": "2020-01-01"})
    text = client.get("/my/people/").content.decode()
    assert "Wu Lan" in text
    assert "expired" in text
    credential = Credential.objects.get()
    client.post(f"/my/credentials/{credential.pk}/remove/")
    client.post(f"/my/people/{person.pk}/retire/")
    person.refresh_from_db()
    assert (person.free_hours_per_week, person.is_active) == (8, False)


def test_impossible_hours_are_refused_beside_the_field(fei, browse):
    answer = browse(fei).post("/my/people/new/", {**PERSON, "free_hours_per_week": "90"})
    assert "Give a number from 0 to 60." in answer.content.decode()


def test_a_site_declares_its_profile(chen, browse):
    client = browse(chen)
    client.post(
        "/my/profile/", {"grade": "3A", "therapeutic_areas": ["rare"], "is_listed": "on", "beds": "800"}
    )
    assert chen.organization.site_profile.beds == 800


def test_other_organizations_reach_none_of_it(directory, ben, browse):
    client = browse(ben)
    nurse, listing = (
        directory.nurse,
        Listing.objects.filter(organization=directory.nurse.organization).first(),
    )
    assert client.get(f"/my/people/{nurse.pk}/").status_code == 404
    assert client.get(f"/my/services/{listing.pk}/price/").status_code == 404
    for path in (
        f"/my/people/{nurse.pk}/retire/",
        f"/my/people/{nurse.pk}/credentials/",
        f"/my/services/{listing.pk}/withdraw/",
        f"/my/credentials/{nurse.credentials.first().pk}/remove/",
    ):
        assert client.post(path, {"kind": "gcp"}).status_code == 404


def test_a_site_declares_its_departments_and_nothing_typed_is_lost(chen, ben, browse):
    client, path = browse(chen), "/my/profile/departments/"
    rows = {
        "name_en": ["Cardiology", "", "Oncology"],
        "name_zh": ["心内科", "", ""],
        "area": ["cardiology", "other", "oncology"],
        "investigators": ["4", "", "many"],
    }
    wrong = client.post(path, rows)
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.content.decode()
    assert client.post(path, {**rows, "investigators": ["4", "", "2"]}).status_code == 302
    profile = SiteProfile.objects.get(organization=chen.organization)
    assert profile.departments == [
        {"en": "Cardiology", "zh": "心内科", "area": "cardiology", "investigators": 4},
        {"en": "Oncology", "zh": "", "area": "oncology", "investigators": 2},
    ]
    assert 'value="心内科"' in client.get(path).content.decode()
    client.post(path, {**rows, "investigators": ["4", "", "2"], "remove": ["0"]})
    profile.refresh_from_db()
    assert [unit["en"] for unit in profile.departments] == ["Oncology"]
    assert client.post(path, {**rows, "area": ["magic", "other", "oncology"]}).status_code == 422
    assert browse(ben).get(path).status_code == 403
