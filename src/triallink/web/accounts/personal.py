"""A person's own pages: profile, security, a copy of one's data, closing the account."""

import zoneinfo
from dataclasses import dataclass
from typing import Any

import orjson
from allauth.mfa.models import Authenticator
from axes.models import AccessLog
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts import selectors, services
from triallink.domains.accounts.models import ORGANIZATION_KINDS, ROLES, Membership, Person
from triallink.foundation.signatures import NotReauthenticated
from triallink.kernel.refusals import Refusal
from triallink.web.accounts.entry import actor_of, beside, status_of
from triallink.web.answers import render_page

SHOWN_SIGN_INS = 8
PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS


class ProfileForm(forms.Form):
    """Name, language and time zone."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(zone, zone) for zone in sorted(zoneinfo.available_timezones())]
    )


class CloseForm(forms.Form):
    """The proof that it is the person who closes the account."""

    understood = forms.BooleanField(label=_("I understand that this cannot be undone."))
    secret = forms.CharField(
        label=_("Password or one-time code"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@dataclass(frozen=True)
class ProfilePage:
    """What a person says of themselves."""

    form: ProfileForm
    email: str
    memberships: list[Membership]
    kinds: dict[str, str]
    words: dict[str, str]


@dataclass(frozen=True)
class SecurityPage:
    """How a person's account is protected."""

    has_password: bool
    has_two_steps: bool
    codes_left: int
    sign_ins: list[AccessLog]


@dataclass(frozen=True)
class ClosePage:
    """The last form of an account."""

    form: CloseForm


def profile(request: HttpRequest) -> HttpResponse:
    """Show and change name, language and time zone."""
    actor = actor_of(request)
    person = selectors.person_of(actor)
    initial = {"name": person.name, "language": person.language, "time_zone": person.time_zone}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_profile(by=actor, **form.cleaned_data)
            with override(form.cleaned_data["language"]):
                messages.success(request, gettext("Your profile is saved."))
            return HttpResponseRedirect(reverse("accounts:profile"))
        except Refusal as refusal:
            beside(form, refusal)
    page = ProfilePage(
        form, person.email, selectors.memberships_of(to=actor), kinds=ORGANIZATION_KINDS, words=ROLES
    )
    return render_page(request, "accounts/profile.html", page, status=status_of(form))


def security(request: HttpRequest) -> HttpResponse:
    """Show how the account is protected, and who signed in lately."""
    person = selectors.person_of(actor_of(request))
    page = SecurityPage(
        has_password=person.has_usable_password(),
        has_two_steps=_has_two_steps(person),
        codes_left=_codes_left(person),
        sign_ins=list(
            AccessLog.objects.filter(username=person.email).order_by("-attempt_time")[:SHOWN_SIGN_INS]
        ),
    )
    return render_page(request, "accounts/security.html", page)


@require_POST
def leave(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Leave one of one's organizations, whichever one acts for now."""
    services.leave_organization(membership_id=membership_id, by=actor_of(request))
    return HttpResponseRedirect(reverse("accounts:profile"))


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Give the person a copy of everything held about them."""
    data = services.export_own_data(by=actor_of(request))
    day = timezone.localdate().isoformat()
    return HttpResponse(
        orjson.dumps(data, default=str, option=PRETTY),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="triallink-my-data-{day}.json"'},
    )


def close(request: HttpRequest) -> HttpResponse:
    """Close the account, after proof and with the consequences said."""
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.deactivate_person(secret=form.cleaned_data["secret"], by=actor_of(request))
            logout(request)
            messages.success(request, gettext("Your account is closed."))
            return HttpResponseRedirect("/")
        except NotReauthenticated:
            form.add_error("secret", gettext("The password or the code is not right."))
        except Refusal as refusal:
            beside(form, refusal)
    return render_page(request, "accounts/close.html", ClosePage(form), status=status_of(form))


def _has_two_steps(person: Person) -> bool:
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()


def _codes_left(person: Person) -> int:
    found = Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES).first()
    wrapped: Any = found.wrap() if found else None
    return len(wrapped.get_unused_codes()) if wrapped else 0
