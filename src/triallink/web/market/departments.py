"""The departments of one's own hospital, row by row."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from triallink.domains.quality.errors import ProfileNotForThisKind
from triallink.domains.quality.selectors import own_site_profile
from triallink.domains.quality.services.profiles import MOST_DEPARTMENTS, Department, set_departments
from triallink.foundation.sentences import sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import Refusal
from triallink.kernel.vocabulary import THERAPEUTIC_AREAS
from triallink.web.answers import render_page
from triallink.web.wording import choices_of

FIELDS = ("name_en", "name_zh", "area", "investigators")
BLANK_ROWS = 2


@dataclass(frozen=True)
class DepartmentRow:
    """A department as typed."""

    name_en: str = ""
    name_zh: str = ""
    area: str = "other"
    investigators: str = ""

    @property
    def is_empty(self) -> bool:
        """Return whether no name was typed."""
        return not self.name_en and not self.name_zh

    def department(self) -> Department:
        """Return what was typed; ValueError if the number is none."""
        return Department(self.name_en, self.name_zh, self.area, int(self.investigators or 0))


@dataclass(frozen=True)
class DepartmentsPage:
    """The rows, and what was refused."""

    rows: list[DepartmentRow]
    blank: DepartmentRow
    areas: list[tuple[str, str]]
    refusal: str


def departments(request: HttpRequest) -> HttpResponse:
    """Show and take the departments of the viewer's hospital."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.organization_kind != "site":
        raise ProfileNotForThisKind
    refusal = ""
    if request.method == "POST":
        rows = _typed(request)
        try:
            set_departments(departments=[row.department() for row in rows], by=actor)
            messages.success(request, _("The departments are saved; the directory shows them in a moment."))
            return HttpResponseRedirect(reverse("market:site-detail", args=[actor.own_organization_id]))
        except ValueError:
            refusal = _("The number of investigators is a whole number.")
        except Refusal as no:
            if no.status == 403:
                raise
            refusal = sentence_of(no)
    else:
        profile = own_site_profile(to=actor)
        rows = [_row(unit) for unit in profile.departments] if profile else []
    page = DepartmentsPage(
        rows=[*rows, *[DepartmentRow()] * BLANK_ROWS],
        blank=DepartmentRow(),
        areas=choices_of(THERAPEUTIC_AREAS),
        refusal=refusal,
    )
    return render_page(request, "market/own_departments.html", page, status=422 if refusal else 200)


def _typed(request: HttpRequest) -> list[DepartmentRow]:
    columns = [request.POST.getlist(name)[: 2 * MOST_DEPARTMENTS] for name in FIELDS]
    removed = set(request.POST.getlist("remove"))
    rows = [DepartmentRow(*(value.strip() for value in values)) for values in zip(*columns, strict=False)]
    return [row for n, row in enumerate(rows) if str(n) not in removed and not row.is_empty]


def _row(unit: dict[str, object]) -> DepartmentRow:
    return DepartmentRow(
        name_en=str(unit.get("en", "")),
        name_zh=str(unit.get("zh", "")),
        area=str(unit.get("area", "other")),
        investigators=str(unit.get("investigators", 0)),
    )
