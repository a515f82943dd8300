"""Hours: one's own week, the weeks of the organization, one week to approve."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.delivery import services
from triallink.domains.delivery.models import TIMESHEET_STATES, Timesheet, TimesheetEntry
from triallink.domains.delivery.selectors import work
from triallink.domains.delivery.selectors.plan import my_items
from triallink.domains.delivery.services.timesheets import APPROVERS, Burn, HoursLine, burn, lines_to_book
from triallink.domains.studies.access import visible_studies
from triallink.foundation.sentences import bilingual, sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.delivery.frame import today
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.studies.entry import whole
from triallink.web.studies.frame import actor_of

TONES = {"draft": "calm", "submitted": "info", "approved": "good", "returned": "bad"}
ROWS = 8

SHEETS = ListSpec(
    name="timesheets",
    columns=(
        Column("week_on", N_("Week of"), sort=("week_on", "person__name")),
        Column("person", N_("Person"), sort=("person__name",)),
        Column("total", N_("Hours"), sort=("total",), is_number=True),
        Column("state", N_("State"), sort=("state",), value=lambda row: _(TIMESHEET_STATES[row.state])),
    ),
    search=("person__name",),
    facets=(Facet("state", N_("State"), "state", names=TIMESHEET_STATES),),
    default_sort="-week_on",
)


@dataclass(frozen=True)
class WeekRow:
    """One thing worked on, with the hours of seven days as typed."""

    about: str
    hours: list[str]
    note: str
    total: str


@dataclass(frozen=True)
class Warned:
    """A contract line and how its hours are used."""

    name: str
    burn: Burn


@dataclass(frozen=True)
class WeekPage:
    """One's own week."""

    sheet: Timesheet | None
    monday: dt.date
    days: list[dt.date]
    rows: list[WeekRow]
    choices: list[tuple[str, str]]
    totals: list[str]
    state: str
    tone: str
    is_writable: bool
    before: dt.date
    after: dt.date
    warnings: list[Warned]
    message: str
    is_approver: bool


@dataclass(frozen=True)
class SheetListPage:
    """The weeks of the organization."""

    listing: Listing
    tones: dict[str, str]
    words: dict[str, str]


@dataclass(frozen=True)
class SheetPage:
    """One week of somebody."""

    sheet: Timesheet
    entries: list[TimesheetEntry]
    total: Decimal
    state: str
    tone: str
    may_decide: bool
    warnings: list[Warned]


def week(
    request: HttpRequest, message: str = "", typed: list[tuple[str, list[str], str]] | None = None
) -> HttpResponse:
    """Show and keep one's own week."""
    actor = actor_of(request)
    monday = monday_of(request)
    sheet = work.timesheet_of(to=actor, week_on=monday)
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    rows = _typed_rows(typed) if typed is not None else _rows(sheet, days)
    rows += [WeekRow("", [""] * 7, "", "") for _ in range(max(ROWS - len(rows), 2))]
    page = WeekPage(
        sheet=sheet,
        monday=monday,
        days=days,
        rows=rows,
        choices=choices_for(actor, sheet),
        totals=[_sum(row.hours[number] for row in rows) for number in range(7)],
        state=_(TIMESHEET_STATES[sheet.state]) if sheet else "",
        tone=TONES[sheet.state] if sheet else "calm",
        is_writable=sheet is None or sheet.state in ("draft", "returned"),
        before=monday - dt.timedelta(days=7),
        after=monday + dt.timedelta(days=7),
        warnings=warnings_for(actor),
        message=message,
        is_approver=actor.has(*APPROVERS),
    )
    return render_page(request, "delivery/week.html", page, status=422 if message else 200)


@require_POST
def write(request: HttpRequest) -> HttpResponse:
    """Keep the week, and hand it in if that was pressed."""
    monday = monday_of(request)
    typed = _posted(request)
    try:
        sheet = services.write_hours(week_on=monday, lines=_lines(typed, monday), by=actor_of(request))
        if request.POST.get("act") == "submit":
            services.submit_timesheet(timesheet_id=sheet.pk, by=actor_of(request))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return week(request, sentence_of(refusal), typed)
    except InvalidOperation:
        return week(request, _("Hours are numbers, such as 7.5."), typed)
    return HttpResponseRedirect(f"{reverse('delivery:hours')}?week={monday}")


def sheet_list(request: HttpRequest) -> HttpResponse:
    """Show the weeks of the organization, or one's own."""
    rows = work.timesheets(to=actor_of(request))
    if wants_export(request):
        return export(request, SHEETS, rows)
    page = SheetListPage(SHEETS.read(request, rows), TONES, TIMESHEET_STATES)
    return answer(request, "delivery/sheets.html", "list", page)


def sheet(request: HttpRequest, timesheet_id: int) -> HttpResponse:
    """Show one week."""
    actor = actor_of(request)
    found = work.timesheet_for(timesheet_id, to=actor)
    entries = work.entries_of(found, to=actor)
    lines = {entry.contract_line_id: entry.contract_line for entry in entries if entry.contract_line}
    may_decide = (
        found.state == "submitted"
        and found.organization_id == actor.organization_id
        and actor.has(*APPROVERS)
        and (found.person_id != actor.person_id or actor.organization_kind == "freelancer")
    )
    page = SheetPage(
        sheet=found,
        entries=entries,
        total=sum((entry.hours for entry in entries), Decimal(0)),
        state=_(TIMESHEET_STATES[found.state]),
        tone=TONES[found.state],
        may_decide=may_decide,
        warnings=[
            Warned(_line_words(line), burn(line, today())) for line in lines.values() if line.unit == "hour"
        ],
    )
    return render_page(request, "delivery/sheet.html", page)


@require_POST
def approve(request: HttpRequest, timesheet_id: int) -> HttpResponse:
    """Approve a week."""
    services.approve_timesheet(timesheet_id=timesheet_id, by=actor_of(request))
    return HttpResponseRedirect(reverse("delivery:sheet", args=[timesheet_id]))


@require_POST
def return_sheet(request: HttpRequest, timesheet_id: int) -> HttpResponse:
    """Return a week."""
    services.return_timesheet(
        timesheet_id=timesheet_id, why=request.POST.get("why", ""), by=actor_of(request)
    )
    return HttpResponseRedirect(reverse("delivery:sheet", args=[timesheet_id]))


def monday_of(request: HttpRequest) -> dt.date:
    """Return the Monday of the week asked for, this week's by default."""
    asked = request.GET.get("week", "") or request.POST.get("week", "")
    try:
        day = dt.date.fromisoformat(asked)
    except ValueError:
        day = today()
    return day - dt.timedelta(days=day.weekday())


def choices_for(actor: Actor, sheet: Timesheet | None) -> list[tuple[str, str]]:
    """Return what hours may be written on: "study:line:task" and its words."""
    found = {
        f"{line.contract.study_id}:{line.pk}:": f"{line.contract.study.code} · {_line_words(line)}"
        for line in lines_to_book(actor)
        if line.contract.study
    }
    for item in my_items(to=actor, until=today() + dt.timedelta(days=14))[:40]:
        where = f" {item.site.number}" if item.site else ""
        found[f"{item.plan.study_id}::{item.pk}"] = f"{item.plan.study.code} · {bilingual(item.name)}{where}"
    for study in visible_studies(to=actor).exclude(state__in=["closed", "stopped"]).order_by("code")[:60]:
        found[f"{study.pk}::"] = f"{study.code} · {_('other work')}"
    if sheet:
        for entry in sheet.entries.select_related("study", "contract_line__service", "plan_item"):
            found.setdefault(_key(entry), entry.study.code)
    return list(found.items())


def warnings_for(actor: Actor) -> list[Warned]:
    """Return the lines of the actor's contracts paid by the hour that are near their cap."""
    if actor.organization_id is None:
        return []
    found = [
        Warned(_line_words(line), burn(line, today())) for line in lines_to_book(actor) if line.unit == "hour"
    ]
    return [one for one in found if one.burn.is_warning]


def _line_words(line: object) -> str:
    return f"{line.contract.reference} {bilingual(line.service.name)}"  # type: ignore[attr-defined]


def _key(entry: TimesheetEntry) -> str:
    return f"{entry.study_id}:{entry.contract_line_id or ''}:{entry.plan_item_id or ''}"


def _rows(sheet: Timesheet | None, days: list[dt.date]) -> list[WeekRow]:
    if sheet is None:
        return []
    by_key: dict[str, dict[dt.date, TimesheetEntry]] = {}
    for entry in sheet.entries.order_by("pk"):
        by_key.setdefault(_key(entry), {})[entry.on] = entry
    rows = []
    for key, entries in by_key.items():
        hours = [f"{entries[day].hours:g}" if day in entries else "" for day in days]
        note = next((entry.note for entry in entries.values() if entry.note), "")
        rows.append(WeekRow(key, hours, note, _sum(hours)))
    return rows


def _typed_rows(typed: list[tuple[str, list[str], str]]) -> list[WeekRow]:
    return [WeekRow(about, hours, note, _sum(hours)) for about, hours, note in typed]


def _posted(request: HttpRequest) -> list[tuple[str, list[str], str]]:
    rows = []
    for number in range(60):
        if f"about_{number}" not in request.POST:
            break
        hours = [request.POST.get(f"hours_{number}_{day}", "").strip() for day in range(7)]
        about = request.POST[f"about_{number}"]
        if about or any(hours):
            rows.append((about, hours, request.POST.get(f"note_{number}", "")))
    return rows


def _lines(typed: list[tuple[str, list[str], str]], monday: dt.date) -> list[HoursLine]:
    lines = []
    for about, hours, note in typed:
        study, line, item = ([*about.split(":"), "", "", ""])[:3]
        for day, text in enumerate(hours):
            if text and whole(study):
                lines.append(
                    HoursLine(
                        on=monday + dt.timedelta(days=day),
                        study_id=whole(study),
                        hours=Decimal(text.replace(",", ".")),
                        contract_line_id=whole(line) or None,
                        plan_item_id=whole(item) or None,
                        note=note,
                    )
                )
    return lines


def _sum(texts: object) -> str:
    total = Decimal(0)
    for text in texts:  # type: ignore[attr-defined]
        try:
            total += Decimal(text.replace(",", ".")) if text else 0
        except InvalidOperation:
            continue
    return f"{total:g}" if total else ""
