"""The enrollment tracker: sites, curve, forecast with its band, reporting, and a subject's visits."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.delivery import services
from triallink.domains.delivery.selectors import work
from triallink.kernel.refusals import N_, Refusal
from triallink.web.answers import answer
from triallink.web.delivery.frame import may_work, today
from triallink.web.listing import Column, Listing, ListSpec, export, wants_export
from triallink.web.navigation import StudyMark
from triallink.web.studies.entry import beside, status_of
from triallink.web.studies.frame import actor_of, entered

SITES = ListSpec(
    name="enrollment",
    columns=(
        Column("number", N_("Site"), sort=("number",)),
        Column("planned", N_("Planned"), sort=("planned",), is_number=True),
        Column("screened", N_("Screened"), sort=("screened",), is_number=True),
        Column("failed", N_("Screen failures"), sort=("failed",), is_number=True),
        Column("enrolled", N_("Enrolled"), sort=("enrolled",), is_number=True),
        Column("completed", N_("Completed"), sort=("completed",), is_number=True),
        Column("counted_on", N_("As of"), value=lambda row: row.counted_on),
    ),
    search=lambda rows, text: [
        row
        for row in rows
        if text.lower()
        in f"{row.site.number} {row.site.name_en} {row.site.name_zh} {row.site.country}".lower()
    ],
    default_sort="number",
    page_size=60,
)


class CountForm(forms.Form):
    """What a site has reached."""

    site_id = forms.TypedChoiceField(label=gettext_lazy("Site"), coerce=int)
    on = forms.DateField(label=gettext_lazy("By the end of"), widget=forms.DateInput())
    screened = forms.IntegerField(label=gettext_lazy("Screened"), min_value=0)
    failed = forms.IntegerField(label=gettext_lazy("Screen failures"), min_value=0)
    enrolled = forms.IntegerField(label=gettext_lazy("Enrolled"), min_value=0)
    completed = forms.IntegerField(label=gettext_lazy("Completed"), min_value=0, initial=0)

    def __init__(self, *args: Any, sites: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site_id"].choices = sites  # type: ignore[attr-defined]


class SubjectForm(forms.Form):
    """An enrolled subject whose visits are to be laid out."""

    site_id = forms.TypedChoiceField(label=gettext_lazy("Site"), coerce=int)
    subject_number = forms.CharField(label=gettext_lazy("Subject number"), max_length=40)
    enrolled_on = forms.DateField(label=gettext_lazy("First treatment on"), widget=forms.DateInput())

    def __init__(self, *args: Any, sites: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site_id"].choices = sites  # type: ignore[attr-defined]


@dataclass(frozen=True)
class EnrollmentPage:
    """A study's enrollment."""

    in_study: StudyMark
    found: work.Enrollment
    listing: Listing
    countries: list[tuple[str, int, int]]
    option: dict[str, Any]
    rows: list[list[Any]]
    form: CountForm
    subject: SubjectForm
    may_work: bool


def tracker(
    request: HttpRequest, study_id: int, form: CountForm | None = None, subject: SubjectForm | None = None
) -> HttpResponse:
    """Show the tracker."""
    _study, mark, _may = entered(request, study_id)
    found = work.enrollment(study_id, to=actor_of(request), today=today())
    if wants_export(request):
        return export(request, SITES, found.sites)
    sites = [
        (row.site.pk, f"{row.site.number} {row.site.name_en or row.site.name_zh}") for row in found.sites
    ]
    sent = form or subject
    page = EnrollmentPage(
        in_study=mark,
        found=found,
        listing=SITES.read(request, found.sites),
        countries=_countries(found),
        option=chart(found),
        rows=[
            [day.isoformat(), round(mean), round(low), round(high)] for day, mean, low, high in found.forecast
        ],
        form=form or CountForm(sites=sites, initial={"on": today()}),
        subject=subject or SubjectForm(sites=sites, initial={"enrolled_on": today()}),
        may_work=may_work(actor_of(request)) and bool(sites),
    )
    return answer(request, "delivery/enrollment.html", "list", page, status=status_of(sent) if sent else 200)


@require_POST
def report(request: HttpRequest, study_id: int) -> HttpResponse:
    """Report a site's totals."""
    study, _mark, _may = entered(request, study_id)
    form = CountForm(request.POST, sites=_sites(study))
    if form.is_valid():
        try:
            services.report_enrollment(study_id=study_id, by=actor_of(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("delivery:enrollment", args=[study_id]))
        except Refusal as refusal:
            beside(form, refusal)
    return tracker(request, study_id, form=form)


@require_POST
def plan_subject(request: HttpRequest, study_id: int) -> HttpResponse:
    """Lay out a subject's visits."""
    study, _mark, _may = entered(request, study_id)
    form = SubjectForm(request.POST, sites=_sites(study))
    if form.is_valid():
        try:
            services.plan_subject(study_id=study_id, by=actor_of(request), **form.cleaned_data)
            address = reverse("delivery:plan", args=[study_id])
            return HttpResponseRedirect(f"{address}?level=subject&q={form.cleaned_data['subject_number']}")
        except Refusal as refusal:
            beside(form, refusal)
    return tracker(request, study_id, subject=form)


def chart(found: work.Enrollment) -> dict[str, Any]:
    """Return the curve, the plan and the forecast's band as an ECharts option."""

    def points(rows: list[Any]) -> list[list[Any]]:
        return [[day.isoformat() if isinstance(day, dt.date) else day, value] for day, value in rows]

    low = [(day, low) for day, _mean, low, _high in found.forecast]
    width = [(day, high - low) for day, _mean, low, high in found.forecast]
    names = [_("Enrolled"), _("Plan"), _("Forecast"), _("80 % band")]
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"data": names, "top": 0},
        "grid": {"left": 44, "right": 20, "top": 36, "bottom": 28},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": names[0], "type": "line", "step": "end", "showSymbol": False, "data": points(found.curve)},
            {"name": names[1], "type": "line", "showSymbol": False, "lineStyle": {"type": "dashed"}, "data": points(found.plan_curve)},
            {"name": "low", "type": "line", "stack": "band", "showSymbol": False, "lineStyle": {"opacity": 0}, "tooltip": {"show": False}, "data": points(low)},
            {"name": names[3], "type": "line", "stack": "band", "showSymbol": False, "lineStyle": {"opacity": 0}, "areaStyle": {"opacity": 0.2}, "data": points(width)},
            {"name": names[2], "type": "line", "showSymbol": False, "data": points([(day, mean) for day, mean, _l, _h in found.forecast])},
        ],
    }  # fmt: skip


def _sites(study: Any) -> list[tuple[int, str]]:
    return [
        (site.pk, f"{site.number} {site.name_en or site.name_zh}") for site in study.sites.order_by("number")
    ]


def _countries(found: work.Enrollment) -> list[tuple[str, int, int]]:
    totals: dict[str, list[int]] = {}
    for row in found.sites:
        country = totals.setdefault(row.site.country, [0, 0])
        country[0] += row.planned
        country[1] += row.enrolled
    return [(code, planned, enrolled) for code, (planned, enrolled) in sorted(totals.items())]
