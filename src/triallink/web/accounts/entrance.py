"""The way in: signing in, signing up, confirming the address, the demo cast; and the way out."""

from dataclasses import dataclass
from typing import Any

from allauth.account import views
from allauth.account.internal.flows.logout import logout
from allauth.socialaccount.adapter import get_adapter as openid_adapter
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from triallink.domains.accounts.models import ORGANIZATION_KINDS, ROLES, Membership, Person
from triallink.foundation.sentences import reads_chinese
from triallink.kernel.refusals import NotFound
from triallink.web.doors import open_to_strangers

DEMO_CAST_SIZE = 40


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demo world to sign in as."""

    person_id: int
    name: str
    organization: str
    kind: str
    roles: list[str]


@dataclass(frozen=True)
class EntrancePage:
    """A form before somebody is signed in."""

    form: forms.Form
    next: str
    sign_in_url: str
    sign_up_url: str
    openid: list[tuple[str, str]]
    demo: list[DemoPerson]


@dataclass(frozen=True)
class ConfirmPage:
    """Asks for the code that was sent."""

    form: forms.Form
    email: str
    can_resend: bool


class Entrance:
    """Turns the context of allauth's entrance views into a page."""

    request: HttpRequest
    shows_demo = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        known = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {
            "page": EntrancePage(
                form=known["form"],
                next=known["redirect_field_value"] or "",
                sign_in_url=known["login_url"],
                sign_up_url=known["signup_url"],
                openid=openid_doors(self.request, known["redirect_field_value"] or ""),
                demo=demo_cast() if self.shows_demo else [],
            )
        }

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Show the form again, with what is wrong."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class SignInView(Entrance, views.LoginView):
    """Sign in with e-mail address and password."""

    template_name = "accounts/sign_in.html"
    shows_demo = True


class SignUpView(Entrance, views.SignupView):
    """Make an account."""

    template_name = "accounts/sign_up.html"


class ConfirmView(views.ConfirmEmailVerificationCodeView):
    """Prove that the e-mail address is one's own, by the code sent to it."""

    template_name = "accounts/confirm.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        known = super().get_context_data(**kwargs)
        return {"page": ConfirmPage(known["verify_form"], known["email"], known["can_resend"])}


class ClosedView(TemplateView):
    """Tell somebody that their account is closed."""

    template_name = "accounts/closed.html"


sign_in = open_to_strangers(SignInView.as_view())
sign_up = open_to_strangers(SignUpView.as_view())
confirm = open_to_strangers(ConfirmView.as_view())
closed = open_to_strangers(ClosedView.as_view())


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    logout(request)
    return HttpResponseRedirect("/")


@open_to_strangers
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as somebody of the demo world, without a password; only where the demo is on."""
    wanted = request.POST.get("person_id", "")
    if not settings.DEMO or not wanted.isdecimal() or len(wanted) > 18:
        raise NotFound
    person = Person.objects.filter(pk=int(wanted), is_demo=True, is_active=True).first()
    if person is None:
        raise NotFound
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return HttpResponseRedirect(reverse("home"))


def demo_cast() -> list[DemoPerson]:
    """Return the people of the demo world to sign in as, each with their first organization."""
    if not settings.DEMO:
        return []
    memberships = (
        Membership.objects.filter(person__is_demo=True, person__is_active=True, ended_at=None)
        .select_related("person", "organization")
        .order_by("person_id", "id")[: DEMO_CAST_SIZE * 2]
    )
    first: dict[int, Membership] = {}
    for membership in memberships:
        first.setdefault(membership.person_id, membership)
    language = "zh" if reads_chinese() else "en"
    return [
        DemoPerson(
            person_id=membership.person_id,
            name=membership.person.name,
            organization=membership.organization.name_in(language),
            kind=ORGANIZATION_KINDS[membership.organization.kind],
            roles=[ROLES[role] for role in membership.roles],
        )
        for membership in list(first.values())[:DEMO_CAST_SIZE]
    ]


def openid_doors(request: HttpRequest, next_page: str) -> list[tuple[str, str]]:
    """Return the name and the address of every OpenID provider that was set up."""
    providers = openid_adapter().list_providers(request)
    return [(p.name, p.get_login_url(request, next=next_page or None)) for p in providers]
