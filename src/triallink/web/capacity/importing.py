"""Import calendars from a table or iCalendar; every refused row is shown with its reason."""

import io
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from triallink.domains.capacity.access import require_seller
from triallink.domains.capacity.errors import RowsRefused
from triallink.domains.capacity.services.imports import import_calendar
from triallink.domains.quality.selectors import own_professionals
from triallink.foundation.files import read_limited
from triallink.foundation.sentences import sentence, sentence_of
from triallink.kernel.refusals import Refusal
from triallink.web.answers import render_page
from triallink.web.capacity.forms import ImportForm
from triallink.web.capacity.frame import Tab, actor_of, name_of, tabs

MOST_MB = 5
SHOWN = 100
EXAMPLES = (("hours", 8, ""), ("leave", "", ""), ("commitment", 4, "MON-301"))


@dataclass(frozen=True)
class ImportPage:
    """The form and what was wrong with a file: row, column, sentence."""

    tabs: list[Tab]
    form: ImportForm
    findings: list[tuple[int, str, str]]


def calendar_import(request: HttpRequest) -> HttpResponse:
    """Read a calendar file."""
    actor = actor_of(request)
    require_seller(actor)
    form = ImportForm(request.POST or None, request.FILES or None, actor=actor)
    findings: list[tuple[int, str, str]] = []
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            count = import_calendar(
                content=read_limited(upload, MOST_MB),
                file_name=upload.name,
                professional_id=form.cleaned_data["professional_id"],
                by=actor,
            )
            messages.success(request, _("%(count)s rows are imported.") % {"count": count})
            return HttpResponseRedirect(reverse("capacity:calendar"))
        except RowsRefused as refusal:
            form.add_error("file", sentence_of(refusal))
            findings = [
                (row, column, sentence(template, params))
                for row, column, template, params in refusal.findings[:SHOWN]
            ]
        except Refusal as refusal:
            form.add_error("file", sentence_of(refusal))
    page = ImportPage(tabs(actor, "calendar"), form, findings)
    return render_page(request, "capacity/import.html", page, status=422 if form.errors else 200)


def template(request: HttpRequest) -> HttpResponse:
    """Send a table to fill in, with one's own people."""
    actor = actor_of(request)
    require_seller(actor)
    from openpyxl import Workbook  # loads slowly

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Calendar")
    sheet.append(["person", "day", "until", "kind", "hours", "note"])
    people = own_professionals(to=actor)[: len(EXAMPLES)]
    for one, (kind, hours, note) in zip(people, EXAMPLES, strict=False):
        sheet.append([name_of(one), "2026-12-07", "2026-12-07", kind, hours, note])
    stream = io.BytesIO()
    book.save(stream)
    return HttpResponse(
        stream.getvalue(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="calendar.xlsx"'},
    )
