"""Calendars: make-up days, imports with located refusals, commitments, counsel, cover."""

import datetime as dt

import pytest
from tests.domains.capacity.hours_scene import Hours, next_monday

from triallink.domains.capacity.errors import FileUnreadable, RowsRefused, TimeTaken
from triallink.domains.capacity.models import Commitment, Leave, StaffDay
from triallink.domains.capacity.selectors.calendars import staff_grid, utilization
from triallink.domains.capacity.selectors.counsel import counsel_for_need, counsel_for_offer
from triallink.domains.capacity.selectors.cover import substitutes, uncovered
from triallink.domains.capacity.services.calendars import (
    post_commitment,
    set_public_day,
    withdraw_commitment,
)
from triallink.domains.capacity.services.cover import cover_booking, report_illness
from triallink.domains.capacity.services.imports import import_calendar
from triallink.domains.capacity.work_calendar import WorkCalendar
from triallink.kernel.refusals import NotAllowed

pytestmark = pytest.mark.django_db


def minutes_on(person, day: dt.date) -> int:
    return StaffDay.objects.get(professional=person, day=day).workable_minutes


def test_the_published_calendar_of_2026_knows_its_make_up_days():
    calendar = WorkCalendar(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    # State Council notice for 2026: worked weekends and the holidays they make up for.
    worked = {day.isoformat() for day, fact in calendar.facts.items() if fact.kind == "makeup"}
    assert worked == {
        "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
    }  # fmt: skip
    assert [calendar.is_worked(dt.date(2026, 10, day)) for day in (1, 7, 8, 10, 11)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    # A week with three working days means three fifths of the hours.
    monday = dt.date(2026, 5, 4)
    assert calendar.quota(20, monday, monday, monday + dt.timedelta(days=6)) == 16 * 60


def test_the_operators_own_day_goes_first_and_open_calendars_follow(hours: Hours, hua):
    (mei,) = hours.hire("Mei")
    day = next_monday(2)
    set_public_day(
        day=day, kind="holiday", name={"en": "Storm", "zh": "台风"}, by=hua.actor, clock=hours.clock
    )
    assert minutes_on(mei, day) == 0
    set_public_day(
        day=day, kind="normal", name={"en": "Storm", "zh": "台风"}, by=hua.actor, clock=hours.clock
    )
    assert minutes_on(mei, day) == 480
    with pytest.raises(NotAllowed):
        set_public_day(day=day, kind="holiday", name={}, by=hours.fei.actor, clock=hours.clock)


def test_a_table_is_imported_whole_or_not_at_all(hours: Hours):
    mei, _bo = hours.hire("Mei", "Bo")
    day = next_monday()
    good = f"姓名,日期,截止,类型,工时,备注\nMei,{day},,工时,6,\nMei,{day + dt.timedelta(days=1)},,年假,,\nBo,{day},,占用,3,MON-1\n"
    assert (
        import_calendar(content=good.encode(), file_name="a.csv", by=hours.fei.actor, clock=hours.clock) == 3
    )
    assert minutes_on(mei, day) == 360
    assert (Leave.objects.count(), Commitment.objects.get().title) == (1, "MON-1")
    assert (
        import_calendar(content=good.encode(), file_name="a.csv", by=hours.fei.actor, clock=hours.clock) == 3
    )
    assert Leave.objects.count() == 1
    bad = f"person,day,kind,hours\nMei,{day},hours,5\nNobody,{day},hours,5\nMei,31.3.2026,hours,5\nMei,{day},nap,5\nMei,{day},hours,many\n"
    with pytest.raises(RowsRefused) as refused:
        import_calendar(content=bad.encode(), file_name="b.csv", by=hours.fei.actor, clock=hours.clock)
    assert [(row, column) for row, column, _, _ in refused.value.findings] == [
        (3, "person"),
        (4, "day"),
        (5, "kind"),
        (6, "hours"),
    ]
    assert minutes_on(mei, day) == 360
    with pytest.raises(FileUnreadable):
        import_calendar(content=b"\x00\x01", file_name="c.xlsx", by=hours.fei.actor, clock=hours.clock)


def test_an_icalendar_file_becomes_leave_and_commitments(hours: Hours):
    (mei,) = hours.hire("Mei")
    day = next_monday().strftime("%Y%m%d")
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
        f"BEGIN:VEVENT\r\nDTSTART;TZID=Asia/Shanghai:{day}T090000\r\nDTEND;TZID=Asia/Shanghai:{day}T113000\r\nSUMMARY:Visit\r\n  at site\r\nEND:VEVENT\r\n"
        f"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{(next_monday() + dt.timedelta(days=2)).strftime('%Y%m%d')}\r\nSUMMARY:Away\r\nEND:VEVENT\r\n"
        f"BEGIN:VEVENT\r\nDTSTART:{day}T010000Z\r\nDTEND:{day}T020000Z\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    rows = import_calendar(
        content=text.encode(),
        file_name="a.ics",
        professional_id=mei.pk,
        by=hours.fei.actor,
        clock=hours.clock,
    )
    assert rows == 2
    row = StaffDay.objects.get(professional=mei, day=next_monday())
    assert (row.committed_minutes, Commitment.objects.get().title) == (150, "Visit at site")
    assert StaffDay.objects.get(professional=mei, day=next_monday() + dt.timedelta(days=2)).leave_count == 1
    with pytest.raises(RowsRefused):
        import_calendar(
            content=b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT\nEND:VCALENDAR", file_name="a.ics",
            professional_id=mei.pk, by=hours.fei.actor, clock=hours.clock,
        )  # fmt: skip


def test_a_source_posts_again_and_replaces_what_it_took(hours: Hours):
    (mei,) = hours.hire("Mei")
    day = next_monday()
    for minutes in (240, 300):
        commitment = post_commitment(
            professional_id=mei.pk, days={day: minutes}, source_kind="contract", source_reference="CTR-1",
            by=hours.fei.actor, clock=hours.clock,
        )  # fmt: skip
    assert StaffDay.objects.get(professional=mei, day=day).committed_minutes == 300
    with pytest.raises(TimeTaken):
        post_commitment(
            professional_id=mei.pk, days={day: 240}, source_kind="timesheet", source_reference="T-1",
            by=hours.fei.actor, clock=hours.clock,
        )  # fmt: skip
    withdraw_commitment(commitment_id=commitment.pk, by=hours.fei.actor, clock=hours.clock)
    assert StaffDay.objects.get(professional=mei, day=day).committed_minutes == 0


def test_idle_hours_and_the_grid_count_what_is_left(hours: Hours):
    mei, bo = hours.hire("Mei", "Bo")
    hours.booked(hours.offer(mei))
    use = utilization(weeks=4, to=hours.fei.actor, clock=hours.clock)
    assert sum(use.booked) == 1200
    assert sum(use.free) == sum(use.workable) - 1200
    grid = staff_grid(first=next_monday(), weeks=2, to=hours.fei.actor)
    assert [row.professional for row in grid.rows] == [bo, mei]


def test_a_need_is_told_the_lowest_public_price_or_the_nearest_week(hours: Hours):
    mei, bo = hours.hire("Mei", "Bo")
    hours.offer(mei, instant_price_minor=15_000)
    need = hours.need(ceiling_minor=14_000)
    assert counsel_for_need(need, to=hours.ada.actor, clock=hours.clock)[0][1] == {
        "price": "¥150.00",
        "count": 1,
    }
    hours.offer(bo, start_on=next_monday(2), end_on=next_monday(6) - dt.timedelta(days=1))
    kinds = [template for template, _ in counsel_for_need(need, to=hours.ada.actor, clock=hours.clock)]
    assert "From week %(week)s (%(day)s) it would match %(count)s offers." in kinds
    assert counsel_for_need(need, to=hours.fei.actor, clock=hours.clock) == []


def test_an_offer_is_not_told_a_ceiling_few_buyers_stand_behind(hours: Hours):
    (mei,) = hours.hire("Mei")
    offer = hours.offer(mei, floor_minor=15_000, instant_price_minor=None)
    hours.need(ceiling_minor=14_000)
    assert counsel_for_offer(offer, to=hours.fei.actor, clock=hours.clock) == [
        ["A lower floor would match %(count)s needs.", {"count": 1}]
    ]


def test_illness_uncovers_booked_days_and_the_nearest_substitute_comes_first(hours: Hours):
    mei, bo = hours.hire("Mei", "Bo")
    (far,) = hours.hire("Far", city="Suzhou")
    booking = hours.booked(hours.offer(mei))
    post_commitment(
        professional_id=mei.pk, days={next_monday(): 60}, source_kind="manual", source_reference="x",
        by=hours.fei.actor, clock=hours.clock,
    )  # fmt: skip
    last = next_monday() + dt.timedelta(days=4)
    assert report_illness(
        professional_id=mei.pk, start_on=next_monday(), end_on=last, by=hours.fei.actor, clock=hours.clock
    ) == [booking]
    assert sum(uncovered(booking, clock=hours.clock).values()) == 600
    found = substitutes(booking, to=hours.fei.actor, clock=hours.clock)
    assert [one.professional for one in found] == [bo, far]
    assert found[0].minutes < found[1].minutes
    new = cover_booking(booking_id=booking.pk, professional_id=bo.pk, by=hours.fei.actor, clock=hours.clock)
    booking.refresh_from_db()
    assert (new.price_minor, new.replaces, booking.state) == (booking.price_minor, booking, "confirmed")
    assert uncovered(booking, clock=hours.clock) == {}
