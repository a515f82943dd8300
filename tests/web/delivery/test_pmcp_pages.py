"""The pages of MY-PMCP: each renders in both languages; forms keep what was typed; the feed needs its secret."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.conftest import PASSWORD, Member
from tests.domains.delivery.conftest import Scene, clock, scene, study  # noqa: F401 - fixtures
from tests.domains.delivery.test_work_services import answers, conducted

from triallink.domains.delivery import services
from triallink.domains.delivery.services.timesheets import HoursLine
from triallink.domains.studies.services import add_site, create_study
from triallink.web.delivery.icalendar import Entry, calendar_text

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def full(scene: Scene, ada: Member, ben: Member) -> dict[str, str]:
    """A study in the doing; the address of every page of it."""
    visit = conducted(scene, ben, "interim")
    services.save_report(
        visit_id=visit.pk, answers=answers("interim"), summary="x", by=ben.actor, clock=scene.clock
    )
    record = services.open_record(
        study_id=scene.study.pk, kind="deviation", title="Late visit", visit_id=visit.pk,
        values={"severity": "major", "category": "visit", "found_on": "2026-03-02", "what": "x"},
        site_id=scene.sites[0].pk, owner_id=ada.person.pk, by=ben.actor, clock=scene.clock,
    )  # fmt: skip
    services.add_action(
        study_id=scene.study.pk, text="Call", due_on=dt.date(2026, 3, 9), owner_id=ada.person.pk,
        visit_id=visit.pk, by=ben.actor, clock=scene.clock,
    )  # fmt: skip
    day = scene.clock.now().date()
    services.report_enrollment(
        study_id=scene.study.pk, site_id=scene.sites[0].pk, on=day, screened=9, failed=3, enrolled=5, completed=1,
        by=ben.actor, clock=scene.clock,
    )  # fmt: skip
    sheet = services.write_hours(
        week_on=day, lines=[HoursLine(day, scene.study.pk, Decimal(4))], by=ada.actor, clock=scene.clock
    )
    task = scene.plan.items.get(key="study:PROTOCOL:draft")
    services.change_item(
        item_id=task.pk, duration_days=20, hours=Decimal(80), assignee_id=ada.person.pk, not_before_on=None,
        by=ada.actor, clock=scene.clock,
    )  # fmt: skip
    study = [scene.study.pk]
    names = ("plan", "plan-board", "plan-gantt", "visits", "records", "record-new", "enrollment", "status")
    pages = {name: reverse(f"delivery:{name}", args=study) for name in names}
    pages |= {f"records {kind}": pages["records"] + f"?kind={kind}" for kind in ("capa", "deviation")}
    pages |= {f"gantt {zoom}": pages["plan-gantt"] + f"?zoom={zoom}&links=all" for zoom in ("month", "week")}
    pages |= {
        "milestone": reverse("delivery:item", args=[task.parent_id]),
        "task": reverse("delivery:item", args=[task.pk]),
        "visit": reverse("delivery:visit", args=[visit.pk]),
        "record": reverse("delivery:record", args=[record.pk]),
        "record-edit": reverse("delivery:record-edit", args=[record.pk]),
        "sheet": reverse("delivery:sheet", args=[sheet.pk]),
        "week": f"{reverse('delivery:hours')}?week={day}",
    }
    own = ("cockpit", "my-day", "calendar", "workload", "hours", "sheets")
    return pages | {name: reverse(f"delivery:{name}") for name in own}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_shown(language: str, full: dict[str, str], ada: Member):
    ada.person.language = language
    ada.person.save()
    client = Client()
    client.force_login(ada.person, backend=BACKEND)
    broken = {name: client.get(path).status_code for name, path in full.items()}
    assert {name: status for name, status in broken.items() if status != 200} == {}


def test_a_report_is_written_submitted_and_signed_in_the_pages(scene: Scene, ada: Member, ben: Member):
    visit = conducted(scene, ben, "initiation")
    author, signer = Client(), Client()
    author.force_login(ben.person, backend=BACKEND)
    signer.force_login(ada.person, backend=BACKEND)
    path = reverse("delivery:visit-report", args=[visit.pk])
    typed = {f"value_{code}": given["value"] for code, given in answers("initiation").items()}
    missing = author.post(path, {"value_I1": "yes", "comment_I1": "KEEP ME", "act": "submit"})
    assert missing.status_code == 422
    assert "KEEP ME" in missing.content.decode()
    assert author.post(path, {**typed, "act": "submit"}).status_code == 302
    sign = reverse("delivery:visit-sign", args=[visit.pk])
    assert signer.post(sign, {"secret": "wrong"}).status_code == 422
    assert signer.post(sign, {"secret": PASSWORD}).status_code == 302
    letter = signer.get(reverse("delivery:visit-paper", args=[visit.pk, "letter"]))
    assert letter["Content-Type"] == "application/pdf"


def test_a_week_is_typed_and_refused_hours_stay_in_the_form(scene: Scene, ada: Member):
    client = Client()
    client.force_login(ada.person, backend=BACKEND)
    path = reverse("delivery:hours-write")
    row = {"week": "2026-03-02", "about_0": f"{scene.study.pk}::", "hours_0_1": "7.3", "note_0": "KEEP ME"}
    refused = client.post(path, row)
    assert refused.status_code == 422
    assert "KEEP ME" in refused.content.decode()
    assert client.post(path, {**row, "hours_0_1": "7,5", "act": "submit"}).status_code == 302
    assert ada.person.timesheets.get().state == "submitted"


def test_the_calendar_feed_opens_with_its_secret_only_and_the_newest(full: dict[str, str], ada: Member):
    old = services.make_calendar_feed(by=ada.actor)
    new = services.make_calendar_feed(by=ada.actor)
    stranger = Client()
    found = stranger.get(reverse("delivery:feed", args=[new]))
    assert found["Content-Type"].startswith("text/calendar")
    assert found.content.count(b"BEGIN:VEVENT") >= 2
    assert stranger.get(reverse("delivery:feed", args=[old])).status_code == 404


def test_calendar_lines_are_folded_between_characters():
    text = calendar_text([Entry("a", dt.date(2026, 3, 2), "监查访视，中心；" * 12, "http://x/")])
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "监查访视" in text.replace("\r\n ", "")


def test_the_cockpit_asks_as_often_for_four_studies_as_for_one(scene: Scene, ada: Member):
    client = Client()
    client.force_login(ada.person, backend=BACKEND)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("delivery:cockpit")).status_code == 200
        return len(caught)

    queries()  # what a process asks once: content types, caches
    one = queries()
    for number in range(3):
        study = create_study(code=f"MORE-{number}", title_en="x", planned_subjects=9, by=ada.actor)
        add_site(study_id=study.pk, name_en="Third Hospital", country="CN", by=ada.actor)
        services.generate_plan(study_id=study.pk, by=ada.actor, clock=scene.clock)
    assert queries() <= one
