"""The sites of a study."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from triallink.domains.studies import selectors, services
from triallink.domains.studies.models import StudySite
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.navigation import StudyMark
from triallink.web.studies.entry import beside, status_of, whole
from triallink.web.studies.forms import SiteForm
from triallink.web.studies.frame import actor_of, entered

PER_PAGE = 50


@dataclass(frozen=True)
class SiteListPage:
    """The sites a study plans with, on a map and in a list."""

    in_study: StudyMark
    pages: Page[StudySite]
    points: list[dict[str, Any]]
    is_abroad: bool
    q: str
    subjects: int
    may_change: bool


@dataclass(frozen=True)
class SitePage:
    """A form about one site."""

    in_study: StudyMark
    form: SiteForm
    site: StudySite | None


def site_list(request: HttpRequest, study_id: int) -> HttpResponse:
    """Show the sites."""
    _study, mark, may_change = entered(request, study_id)
    found = selectors.sites(study_id, to=actor_of(request))
    everywhere = list(found)
    q = request.GET.get("q", "").strip().lower()
    shown = [s for s in everywhere if q in f"{s.number} {s.name_en} {s.name_zh} {s.city} {s.country}".lower()]
    page = SiteListPage(
        in_study=mark,
        pages=Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
        points=[
            {
                "name": site.name_en or site.name_zh,
                "lat": site.latitude,
                "lon": site.longitude,
                "value": site.planned_subjects or 1,
            }
            for site in everywhere
            if site.latitude is not None
        ],
        is_abroad=any(site.country != "CN" for site in everywhere),
        q=q,
        subjects=sum(site.planned_subjects for site in everywhere),
        may_change=may_change,
    )
    return answer(request, "studies/sites.html", "results", page)


def add_site(request: HttpRequest, study_id: int) -> HttpResponse:
    """Add a site: a hospital of the directory (organization_id), or one typed in."""
    _study, mark, _may = entered(request, study_id)
    if request.method == "POST" and request.POST.get("organization_id"):
        services.add_site(
            study_id=study_id, organization_id=whole(request.POST["organization_id"]), by=actor_of(request)
        )
        return HttpResponseRedirect(reverse("studies:sites", args=[study_id]))
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_site(study_id=study_id, by=actor_of(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("studies:sites", args=[study_id]))
        except Refusal as refusal:
            beside(form, refusal)
    return render_page(request, "studies/site.html", SitePage(mark, form, None), status=status_of(form))


def edit_site(request: HttpRequest, study_id: int, site_id: int) -> HttpResponse:
    """Change what the study plans for a site."""
    _study, mark, _may = entered(request, study_id)
    site = selectors.sites(study_id, to=actor_of(request)).filter(pk=site_id).first()
    if site is None:
        raise NotFound
    form = SiteForm(
        request.POST or None, initial={name: getattr(site, name) for name in SiteForm.base_fields}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.update_site(
                study_id=study_id, site_id=site_id, by=actor_of(request), **form.cleaned_data
            )
            return HttpResponseRedirect(reverse("studies:sites", args=[study_id]))
        except Refusal as refusal:
            beside(form, refusal)
    return render_page(request, "studies/site.html", SitePage(mark, form, site), status=status_of(form))


@require_POST
def remove_site(request: HttpRequest, study_id: int, site_id: int) -> HttpResponse:
    """Take a site out of the plan."""
    services.remove_site(
        study_id=study_id, site_id=site_id, why=request.POST.get("why", ""), by=actor_of(request)
    )
    return HttpResponseRedirect(reverse("studies:sites", args=[study_id]))
