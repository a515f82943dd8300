"""The page behind the link of a referee's letter; whoever holds the link needs no account."""

from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from triallink.domains.quality.errors import RefereeLinkOver
from triallink.domains.quality.models import Referee
from triallink.domains.quality.referee_links import referee_behind
from triallink.domains.quality.services.referees import answer_as_referee
from triallink.kernel.clock import system_clock
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import render_page
from triallink.web.doors import open_to_strangers
from triallink.web.quality.forms import words_field
from triallink.web.quality.frame import actor_of, tried
from triallink.web.quality.people import name_in_words
from triallink.web.wording import word


class ReferenceForm(forms.Form):
    """What a referee says."""

    is_confirmed = forms.TypedChoiceField(
        label=gettext_lazy("Do you confirm this work?"),
        choices=[("yes", gettext_lazy("Yes, I confirm it")), ("no", gettext_lazy("No, I do not"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    words = words_field(
        gettext_lazy("What you know of this work"),
        rows=5,
        help_text=gettext_lazy("When and in which role you worked together, and how it was."),
    )


@dataclass(frozen=True)
class ReferencePage:
    """The question to the referee, or that there is nothing to answer any more."""

    referee: Referee | None
    name: str
    role: str
    organization: str
    form: ReferenceForm
    is_thanked: bool


@open_to_strangers
@never_cache
@require_http_methods(["GET", "POST"])
def reference(request: HttpRequest, token: str) -> HttpResponse:
    """Ask a referee, and keep the answer."""
    form = ReferenceForm(request.POST or None)
    try:
        row = referee_behind(token, clock=system_clock)
    except RefereeLinkOver as over:
        return render_page(
            request,
            "quality/reference.html",
            ReferencePage(None, "", "", "", form, is_thanked=False),
            status=over.status,
        )
    one = row.professional
    given = tried(
        form,
        lambda: answer_as_referee(token=token, by=actor_of(request), **form.cleaned_data),
    )
    page = ReferencePage(
        referee=row,
        name=name_in_words(one),
        role=word(PROFESSIONAL_ROLES, one.role),
        organization=str(one.organization),
        form=form,
        is_thanked=given,
    )
    refused = form.is_bound and not given
    return render_page(request, "quality/reference.html", page, status=422 if refused else 200)
