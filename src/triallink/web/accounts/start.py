"""The first steps of a new person: found an organization, or accept an invitation to one."""

from dataclasses import dataclass
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts import selectors, services
from triallink.domains.accounts.models import ROLES, Invitation, Organization
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_, Refusal
from triallink.web.accounts.entry import actor_of, beside, status_of
from triallink.web.answers import render_page
from triallink.web.doors import open_to_strangers
from triallink.web.middleware import ORGANIZATION_KEY

KINDS = {
    "sponsor": (N_("Sponsor"), N_("You run studies and buy services.")),
    "cro": (N_("CRO"), N_("You offer monitoring, data, statistics and more, and may buy services too.")),
    "smo": (N_("SMO"), N_("You offer coordinators and start-up work at sites.")),
    "site": (N_("Hospital / site"), N_("You run studies on your premises.")),
    "freelancer": (N_("Freelancer"), N_("You offer your own work; the organization is you alone.")),
}


class FoundForm(forms.Form):
    """A new organization."""

    kind = forms.ChoiceField(
        label=_("What are you?"), choices=[(code, words[0]) for code, words in KINDS.items()]
    )
    name_en = forms.CharField(label=_("Name in English"), max_length=160, required=False)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=160, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    registration_number = forms.CharField(
        label=_("Registration number"),
        max_length=60,
        required=False,
        help_text=_("Unified social credit code, or the number in your country's register."),
    )


@dataclass(frozen=True)
class StartPage:
    """What a new person chooses from."""

    form: FoundForm
    kinds: list[tuple[str, str, str]]
    chosen: str
    invitations: list[Invitation]
    has_organization: bool


@dataclass(frozen=True)
class InvitationPage:
    """An invitation as whoever follows its link sees it; none if the link opens nothing."""

    token: str
    organization: Organization | None
    inviter: str
    email: str
    roles: list[str]
    is_signed_in: bool
    is_for_reader: bool
    sign_in_url: str
    sign_up_url: str


def start(request: HttpRequest) -> HttpResponse:
    """Found an organization, or see who invites."""
    actor = actor_of(request)
    form = FoundForm(request.POST or None, initial={"name_en": actor.label})
    if request.method == "POST" and form.is_valid():
        try:
            organization = services.found_organization(by=actor, **form.cleaned_data)
            request.session[ORGANIZATION_KEY] = organization.pk
            return HttpResponseRedirect(reverse("home"))
        except Refusal as refusal:
            beside(form, refusal)
    page = StartPage(
        form=form,
        kinds=[(code, *words) for code, words in KINDS.items()],
        chosen=form["kind"].value() or "",
        invitations=selectors.invitations_to(to=actor),
        has_organization=actor.organization_id is not None,
    )
    return render_page(request, "accounts/start.html", page, status=status_of(form))


@open_to_strangers
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation: accept it, or first sign in or up."""
    found = selectors.invitation_of_token(token)
    actor = actor_of(request)
    if found is not None and actor.person_id is None:
        # The link came by e-mail, so whoever follows it reads that mailbox: no second code is needed.
        get_adapter().stash_verified_email(request, found.email)
    page = _invitation_page(token, found, actor)
    return render_page(request, "accounts/invitation.html", page, status=200 if found else 404)


@require_POST
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Join the organization that invites."""
    membership = services.accept_invitation(token=token, by=actor_of(request))
    request.session[ORGANIZATION_KEY] = membership.organization_id
    return HttpResponseRedirect(reverse("home"))


def _invitation_page(token: str, found: Invitation | None, actor: Actor) -> InvitationPage:
    back = reverse("accounts:invitation", args=[token])
    email = found.email if found else ""
    reader = None if actor.person_id is None else selectors.person_of(actor)
    return InvitationPage(
        token=token,
        organization=found.organization if found else None,
        inviter=found.invited_by.name if found else "",
        email=email,
        roles=[ROLES[role] for role in found.roles] if found else [],
        is_signed_in=reader is not None,
        is_for_reader=reader is not None and reader.email == email,
        sign_in_url=with_next("account_login", back),
        sign_up_url=with_next("account_signup", back),
    )


def with_next(name: str, back: str) -> str:
    """Return the address of a page that leads back to another one."""
    return f"{reverse(name)}?{urlencode({'next': back})}"
