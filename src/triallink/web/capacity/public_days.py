"""Holidays and make-up days: published ones, and what the operator states."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from triallink.domains.capacity.access import OPERATOR_ROLES
from triallink.domains.capacity.models import PUBLIC_DAY_KINDS
from triallink.domains.capacity.selectors.calendars import public_days
from triallink.domains.capacity.services.calendars import set_public_day
from triallink.domains.capacity.work_calendar import PublicDayFact
from triallink.kernel.refusals import NotAllowed
from triallink.web.answers import render_page
from triallink.web.capacity.forms import PublicDayForm, done
from triallink.web.capacity.frame import Tab, actor_of, tabs

YEARS = (2020, 2035)


@dataclass(frozen=True)
class PublicDaysPage:
    """A year's public days."""

    tabs: list[Tab]
    year: int
    days: list[PublicDayFact]
    kinds: dict[str, str]
    form: PublicDayForm | None
    has_makeup: bool


def public_days_page(request: HttpRequest) -> HttpResponse:
    """Show a year's public days; the operator corrects them."""
    actor = actor_of(request)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else timezone.localdate().year
    year = min(max(year, YEARS[0]), YEARS[1])
    may_state = actor.is_operator and actor.has(*OPERATOR_ROLES)
    form = PublicDayForm(request.POST or None) if may_state else None
    if request.method == "POST" and form is not None and form.is_valid():
        values = form.cleaned_data
        name = {"en": values["name_en"], "zh": values["name_zh"]}
        if done(form, lambda: set_public_day(day=values["day"], kind=values["kind"], name=name, by=actor)):
            messages.success(request, _("The day is set; calendars that were as usual follow it."))
            return HttpResponseRedirect(f"{reverse('capacity:public-days')}?year={values['day'].year}")
    elif request.method == "POST" and form is None:
        raise NotAllowed
    days = public_days(year)
    page = PublicDaysPage(
        tabs(actor, "public-days"), year, days, PUBLIC_DAY_KINDS, form, any(d.kind == "makeup" for d in days)
    )
    status = 422 if form is not None and form.errors else 200
    return render_page(request, "capacity/public_days.html", page, status=status)
