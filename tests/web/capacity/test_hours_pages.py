"""Every page of hours answers those it is for, and refuses the others."""

import datetime as dt

import pytest
from django.test import Client
from tests.domains.capacity.conftest import hours  # noqa: F401 - the scene
from tests.domains.capacity.hours_scene import Hours, next_monday

from triallink.domains.capacity.models import BookedDay, Booking, Need, Offer, StaffDay
from triallink.domains.capacity.services.cover import report_illness
from triallink.kernel.clock import system_clock

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db


def client_of(member, language: str = "en") -> Client:
    member.person.language = language
    member.person.save()
    client = Client()
    client.force_login(member.person, backend=BACKEND)
    return client


@pytest.fixture
def busy(hours: Hours) -> Hours:
    """A market with an offer, a need, a booking and a gap to cover."""
    hours.clock = system_clock
    mei, _bo = hours.hire("Mei", "Bo")
    offer = hours.offer(mei)
    hours.offer(role="CRC", hours_per_week=40)
    need = hours.need()
    hours.booked(offer, need_id=need.pk)
    hours.hold(offer)
    return hours


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_answers_in_both_languages(busy: Hours, language: str):
    offer, need, booking = Offer.objects.earliest("pk"), Need.objects.get(), Booking.objects.earliest("pk")
    mei = busy.people[0]
    pages = {
        busy.fei: [
            "", "calendar/", f"calendar/{mei.pk}/", "offers/", "offers/new/", f"offers/{offer.pk}/", "bookings/",
            f"bookings/{booking.pk}/", "book/", f"book/CRC/Shanghai/{next_monday()}/", "ill/", "cover/",
            f"ill/?professional={mei.pk}&start_on={next_monday()}&end_on={next_monday()}",
        ],
        busy.ada: [
            "", "needs/", "needs/new/", f"needs/{need.pk}/", "find/", "find/?view=map", f"find/?need={need.pk}",
            "bookings/", f"bookings/{booking.pk}/", "book/", f"bookings/{booking.pk + 1}/",
        ],
    }  # fmt: skip
    for member, paths in pages.items():
        client = client_of(member, language)
        for path in paths:
            answer = client.get(f"/hours/{path}")
            assert answer.status_code == 200, (path, answer.status_code)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_operator_sees_the_market_takes_its_tables_and_sets_a_schedule(busy: Hours, hua, language: str):
    client = client_of(hua, language)
    page = client.get("/hours/market/").content.decode()
    assert page.count('class="chart"') >= 3, "pressure, liquidity and fill rate have figures"
    for figure in ("pressure", "shadow-prices", "liquidity", "fill-rate", "time-to-match", "price-index"):
        for kind in ("csv", "xlsx"):
            answer = client.get("/hours/market/", {"figure": figure, "export": kind})
            assert (answer.status_code, f"market-{figure}" in answer["Content-Disposition"]) == (200, True)
    form = {"role": "CRC", "weekdays": ["0", "3"], "at": "02:30", "respond_hours": "12", "is_active": "on"}
    assert client.post("/hours/clearing/schedule/", form).status_code == 302
    assert "02:30" in client.get("/hours/clearing/").content.decode()
    assert client.post("/hours/clearing/schedule/", {**form, "weekdays": []}).status_code == 422
    assert "/hours/holidays/" in page
    assert client_of(busy.fei, language).get("/hours/market/").status_code == 403


def test_a_sponsor_finds_holds_books_and_cancels(busy: Hours):
    client = client_of(busy.ada)
    offer = Offer.objects.earliest("pk")
    window = {
        "role": "CRC",
        "hours_per_week": 4,
        "start_on": next_monday(3),
        "end_on": next_monday(4) - dt.timedelta(days=1),
    }
    page = client.get("/hours/find/", {**window, "city": "Shanghai"})
    assert page.content.decode().count("Hold for 10 minutes") == 2
    held = client.post(f"/hours/offers/{offer.pk}/hold/", {**window, "site_id": busy.site.pk})
    booking = Booking.objects.latest("pk")
    assert held["Location"] == f"/hours/bookings/{booking.pk}/"
    client.post(f"/hours/bookings/{booking.pk}/book/")
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    client.post(f"/hours/bookings/{booking.pk}/cancel/", {"why": "Not needed"})
    booking.refresh_from_db()
    assert (booking.state, booking.ended_reason) == ("cancelled", "Not needed")


def test_many_days_are_changed_at_once_and_taken_ones_are_refused(busy: Hours):
    client = client_of(busy.fei)
    mei, bo = busy.people
    form = {
        "start_on": next_monday(5),
        "end_on": next_monday(5) + dt.timedelta(days=6),
        "hours": "6",
        "professional": [mei.pk, bo.pk],
    }
    assert client.post("/hours/calendar/bulk/", form).status_code == 302
    assert list(StaffDay.objects.filter(day=next_monday(5)).values_list("workable_minutes", flat=True)) == [
        360,
        360,
    ]
    refused = client.post(
        "/hours/calendar/bulk/", {**form, "start_on": next_monday(), "end_on": next_monday(), "hours": "1"}
    )
    assert refused.status_code == 422
    assert "Mei has taken hours" in refused.content.decode()


def test_a_substitute_is_booked_with_one_click(busy: Hours):
    mei, bo = busy.people
    report_illness(professional_id=mei.pk, start_on=next_monday(), end_on=next_monday(), by=busy.fei.actor)
    client = client_of(busy.fei)
    booking = Booking.objects.earliest("pk")
    assert "Book the substitute" in client.get("/hours/cover/").content.decode()
    client.post(f"/hours/bookings/{booking.pk}/cover/{bo.pk}/")
    new = Booking.objects.latest("pk")
    assert (new.professional, new.state, new.replaces) == (bo, "confirmed", booking)
    assert not BookedDay.objects.filter(professional=None).exists()


def test_lists_are_exported(busy: Hours):
    for member, path in (
        (busy.fei, "offers"),
        (busy.ada, "needs"),
        (busy.fei, "bookings"),
        (busy.ada, "book"),
    ):
        client = client_of(member)
        assert client.get(f"/hours/{path}/?export=csv")["Content-Type"].startswith("text/csv")
        assert client.get(f"/hours/{path}/?export=xlsx").content[:2] == b"PK"


def test_those_it_is_not_for_are_refused(busy: Hours, eve, chen):
    offer, need, booking = Offer.objects.earliest("pk"), Need.objects.get(), Booking.objects.earliest("pk")
    stranger = client_of(eve)
    for path in (
        f"offers/{offer.pk}/",
        f"needs/{need.pk}/",
        f"bookings/{booking.pk}/",
        f"calendar/{busy.people[0].pk}/",
    ):
        assert stranger.get(f"/hours/{path}").status_code in (403, 404)
    assert stranger.post(f"/hours/bookings/{booking.pk}/cancel/", {"why": "x"}).status_code == 404
    assert client_of(chen).get("/hours/needs/new/").status_code == 403
    assert client_of(busy.ada).get("/hours/offers/new/").status_code == 403


def test_queries_do_not_grow_with_rows(busy: Hours, django_assert_max_num_queries):
    busy.hire(*[f"Person {n}" for n in range(12)])
    for _n in range(5):
        busy.offer(role="CRC", hours_per_week=40)
    for member, path, most in (
        (busy.fei, "calendar/", 20),
        (busy.ada, "find/", 26),
        (busy.ada, "book/", 16),
        (busy.fei, "offers/", 20),
    ):
        client = client_of(member)
        with django_assert_max_num_queries(most):
            assert client.get(f"/hours/{path}").status_code == 200
