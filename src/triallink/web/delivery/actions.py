"""Actions: added to a visit or a record, and closed."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from triallink.domains.delivery import services
from triallink.domains.delivery.access import record_for, visit_for
from triallink.kernel.refusals import Refusal
from triallink.web.delivery.forms import ActionForm, people_choices
from triallink.web.delivery.records import record_page
from triallink.web.delivery.visits import visit_page
from triallink.web.studies.entry import beside
from triallink.web.studies.frame import actor_of


@require_POST
def add_to_visit(request: HttpRequest, visit_id: int) -> HttpResponse:
    """Add an action to a visit."""
    visit = visit_for(visit_id, to=actor_of(request))
    form = ActionForm(request.POST, people=people_choices(visit.study))
    if form.is_valid():
        try:
            services.add_action(
                study_id=visit.study_id, visit_id=visit_id, by=actor_of(request), **form.cleaned_data
            )
            return HttpResponseRedirect(reverse("delivery:visit", args=[visit_id]) + "#actions")
        except Refusal as refusal:
            beside(form, refusal)
    return visit_page(request, visit_id, action=form)


@require_POST
def add_to_record(request: HttpRequest, record_id: int) -> HttpResponse:
    """Add an action to a record."""
    record = record_for(record_id, to=actor_of(request))
    form = ActionForm(request.POST, people=people_choices(record.study))
    if form.is_valid():
        try:
            services.add_action(
                study_id=record.study_id, record_id=record_id, by=actor_of(request), **form.cleaned_data
            )
            return HttpResponseRedirect(reverse("delivery:record", args=[record_id]) + "#actions")
        except Refusal as refusal:
            beside(form, refusal)
    return record_page(request, record_id, action=form)


@require_POST
def close(request: HttpRequest, action_id: int) -> HttpResponse:
    """Say that an action is done."""
    services.close_action(action_id=action_id, note=request.POST.get("note", ""), by=actor_of(request))
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("delivery:my-day")
    return HttpResponseRedirect(back)
