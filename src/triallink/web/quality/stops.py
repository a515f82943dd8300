"""Suspensions, and the calendar of qualifications that run out."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts.models import ORGANIZATION_KINDS
from triallink.domains.quality.access import require_operator
from triallink.domains.quality.models import QUALIFICATION_STATES
from triallink.domains.quality.selectors import qualifications, suspendable, suspensions
from triallink.domains.quality.services.suspensions import lift_suspension, suspend_supplier
from triallink.kernel.refusals import N_
from triallink.web.answers import answer, render_page
from triallink.web.delivery.frame import today
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.quality.applications import is_desk
from triallink.web.quality.forms import ReasonForm, SuspensionForm
from triallink.web.quality.frame import QUALIFICATION_TONES, FormPage, actor_of, name_of, scope_line, tried
from triallink.web.studies.entry import status_of
from triallink.web.wording import word

SOON = dt.timedelta(days=90)
SUSPENSIONS = ListSpec(
    name="suspensions",
    columns=(
        Column("organization", N_("Organization"), sort=("organization__name_en",), value=lambda row: name_of(row.organization)),
        Column("kind", N_("Kind"), sort=("organization__kind",), value=lambda row: word(ORGANIZATION_KINDS, row.organization.kind)),
        Column("reason", N_("Reason")),
        Column("began", N_("Since"), sort=("began_at",), value=lambda row: row.began_at),
        Column("lifted", N_("Lifted"), sort=("lifted_at",), value=lambda row: row.lifted_at),
    ),
    search=("organization__name_en", "organization__name_zh", "reason"),
    facets=(Facet("kind", N_("Kind"), "organization__kind", names=ORGANIZATION_KINDS),),
    default_sort="-began",
)  # fmt: skip
CALENDAR = ListSpec(
    name="qualifications",
    columns=(
        Column("organization", N_("Organization"), sort=("organization__name_en",), value=lambda row: name_of(row.organization)),
        Column("kind", N_("Kind"), sort=("organization__kind",), value=lambda row: word(ORGANIZATION_KINDS, row.organization.kind)),
        Column("scope", N_("Scope"), value=lambda row: scope_line(row.scope)),
        Column("since", N_("Since"), sort=("valid_from_on",), value=lambda row: row.valid_from_on),
        Column("requalify", N_("Next look"), sort=("requalify_on",), value=lambda row: row.requalify_on),
        Column("expires", N_("Valid until"), sort=("expires_on",), value=lambda row: row.expires_on),
        Column("state", N_("State"), sort=("state", "pk"), value=lambda row: word(QUALIFICATION_STATES, row.state)),
    ),
    search=("organization__name_en", "organization__name_zh"),
    facets=(
        Facet("state", N_("State"), "state", names=QUALIFICATION_STATES),
        Facet("kind", N_("Kind"), "organization__kind", names=ORGANIZATION_KINDS),
    ),
    default_sort="requalify",
)  # fmt: skip


@dataclass(frozen=True)
class SuspensionListPage:
    """Suspensions."""

    listing: Listing
    is_desk: bool
    kinds: dict[str, str]


@dataclass(frozen=True)
class CalendarPage:
    """Qualifications by the day of the next look."""

    listing: Listing
    today: dt.date
    soon: dt.date
    tones: dict[str, str]
    states: dict[str, str]
    kinds: dict[str, str]


SUSPENDABLE_LIST = ListSpec(
    name="suppliers",
    columns=(
        Column("organization", N_("Organization"), sort=("name_en",), value=name_of),
        Column("kind", N_("Kind"), sort=("kind", "name_en"), value=lambda row: word(ORGANIZATION_KINDS, row.kind)),
        Column("city", N_("City"), sort=("city", "name_en")),
        Column("do", "", value=lambda row: ""),
    ),
    search=("name_en", "name_zh", "city", "registration_number"),
    facets=(Facet("kind", N_("Kind"), "kind", names=ORGANIZATION_KINDS),),
    default_sort="organization",
)  # fmt: skip


@dataclass(frozen=True)
class SuspendablePage:
    """Suppliers that may be suspended, to choose one."""

    listing: Listing
    kinds: dict[str, str]


def suspension_list(request: HttpRequest) -> HttpResponse:
    """Show the suspensions: all to the operator, to a supplier its own."""
    actor = actor_of(request)
    rows = suspensions(to=actor)
    if wants_export(request):
        return export(request, SUSPENSIONS, rows)
    page = SuspensionListPage(SUSPENSIONS.read(request, rows), is_desk(actor), ORGANIZATION_KINDS)
    return answer(request, "quality/suspensions.html", "list", page)


def suspension_new(request: HttpRequest) -> HttpResponse:
    """Stop a supplier."""
    actor = actor_of(request)
    require_operator(actor)
    chosen = request.POST.get("organization_id") or request.GET.get("organization", "")
    one = suspendable(to=actor).filter(pk=chosen).first() if chosen.isdecimal() else None
    if one is None and request.method == "GET":
        page = SuspendablePage(SUSPENDABLE_LIST.read(request, suspendable(to=actor)), ORGANIZATION_KINDS)
        return answer(request, "quality/suspendable.html", "list", page)
    form = SuspensionForm(request.POST or None, initial={"organization_id": chosen})
    back = reverse("quality:suspension-list")
    if tried(form, lambda: suspend_supplier(by=actor, **form.cleaned_data)):
        messages.success(request, _("The supplier is suspended; buyers with live contracts are told."))
        return HttpResponseRedirect(back)
    shown = FormPage(
        title=_("Suspend %(name)s") % {"name": name_of(one)} if one else _("Suspend a supplier"),
        sentence=_("From this moment nobody finds, matches, invites or books it; live contracts are warned."),
        trail=[(_("Suspensions"), back)],
        form=form,
        submit=_("Suspend"),
        cancel=back,
    )
    return render_page(request, "quality/form.html", shown, status=status_of(form))


@require_POST
def suspension_lift(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Let a supplier sell again."""
    form = ReasonForm(request.POST)
    back = reverse("quality:suspension-list")
    if tried(
        form,
        lambda: lift_suspension(organization_id=organization_id, by=actor_of(request), **form.cleaned_data),
    ):
        messages.success(request, _("The suspension is lifted."))
        return HttpResponseRedirect(back)
    page = FormPage(
        title=_("Lift the suspension"),
        sentence="",
        trail=[(_("Suspensions"), back)],
        form=form,
        submit=_("Lift the suspension"),
        cancel=back,
    )
    return render_page(request, "quality/form.html", page, status=422)


def calendar(request: HttpRequest) -> HttpResponse:
    """Show the qualifications by the day of the next look."""
    rows = qualifications(to=actor_of(request))
    if wants_export(request):
        return export(request, CALENDAR, rows)
    page = CalendarPage(
        CALENDAR.read(request, rows),
        today(),
        today() + SOON,
        QUALIFICATION_TONES,
        QUALIFICATION_STATES,
        ORGANIZATION_KINDS,
    )
    return answer(request, "quality/calendar.html", "list", page)
