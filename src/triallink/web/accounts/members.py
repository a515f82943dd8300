"""Who belongs to the organization, in which roles, and who is invited."""

import datetime as dt
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts import selectors, services
from triallink.domains.accounts.models import ROLES, Invitation, Membership
from triallink.kernel.refusals import N_, Refusal
from triallink.web.accounts.entry import actor_of, beside, status_of
from triallink.web.accounts.organization import Tabs, tabs_of
from triallink.web.answers import answer, render_page
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.wording import choices_of

MEMBERS = ListSpec(
    name="members",
    columns=(
        Column("name", N_("Name"), sort=("person__name", "id"), value=lambda m: m.person.name),
        Column("email", N_("E-mail address"), sort=("person__email",), value=lambda m: m.person.email),
        Column("roles", N_("Roles"), value=lambda m: [gettext(ROLES[role]) for role in m.roles]),
        Column("joined_at", N_("Since"), sort=("joined_at", "id")),
    ),
    search=("person__name", "person__email"),
    facets=(Facet("role", N_("Role"), "roles", names=ROLES, is_array=True, shown=10),),
    default_sort="name",
)


class RolesForm(forms.Form):
    """What a member may do."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=lambda: choices_of(ROLES),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without any, a member reads and comments."),
    )


class InviteForm(RolesForm):
    """Whom to invite, to do what."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    field_order = ("email", "roles")


@dataclass(frozen=True)
class InvitationRow:
    """An invitation that was not yet accepted."""

    invitation: Invitation
    is_expired: bool
    roles: list[str]


@dataclass(frozen=True)
class MembersPage:
    """Members and open invitations."""

    tabs: Tabs
    listing: Listing
    words: dict[str, str]
    own_person_id: int
    invitations: list[InvitationRow]


@dataclass(frozen=True)
class MemberPage:
    """One member, to give other roles to or to let go."""

    member: Membership
    form: RolesForm
    is_self: bool


@dataclass(frozen=True)
class InvitePage:
    """A form to invite somebody."""

    form: InviteForm


def members(request: HttpRequest) -> HttpResponse:
    """List the members and who is invited."""
    actor = actor_of(request)
    rows = selectors.members_of(to=actor)
    if wants_export(request):
        return export(request, MEMBERS, rows)
    now = timezone.now()
    open_ones = selectors.open_invitations(to=actor) if actor.has("administrator") else []
    page = MembersPage(
        tabs=tabs_of(selectors.organization_of(actor), actor),
        listing=MEMBERS.read(request, rows),
        words=ROLES,
        own_person_id=actor.own_person_id,
        invitations=[_row(invitation, now) for invitation in open_ones],
    )
    return answer(request, "accounts/members.html", "list", page)


def member(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Give a member other roles."""
    actor = actor_of(request)
    actor.require("administrator")
    found = selectors.member_of(membership_id, to=actor)
    form = RolesForm(request.POST or None, initial={"roles": found.roles})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_roles(membership_id=membership_id, roles=form.cleaned_data["roles"], by=actor)
            messages.success(request, gettext("The roles are saved."))
            return HttpResponseRedirect(reverse("accounts:members"))
        except Refusal as refusal:
            beside(form, refusal)
    page = MemberPage(found, form, found.person_id == actor.person_id)
    return render_page(request, "accounts/member.html", page, status=status_of(form))


@require_POST
def end(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Let a member go, or leave."""
    actor = actor_of(request)
    why = request.POST.get("why", "").strip()[:1000]
    services.end_membership(membership_id=membership_id, by=actor, why=why)
    return HttpResponseRedirect(reverse("accounts:members" if actor.has("administrator") else "home"))


def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody by e-mail."""
    actor = actor_of(request)
    actor.require("administrator")
    form = InviteForm(request.POST or None, initial={"roles": ["member"]})
    if request.method == "POST" and form.is_valid():
        try:
            services.invite(by=actor, **form.cleaned_data)
            sent = gettext("The invitation to %(email)s is on its way.")
            messages.success(request, sent % {"email": form.cleaned_data["email"]})
            return HttpResponseRedirect(reverse("accounts:members"))
        except Refusal as refusal:
            beside(form, refusal)
    return render_page(request, "accounts/invite.html", InvitePage(form), status=status_of(form))


@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    services.revoke_invitation(invitation_id=invitation_id, by=actor_of(request))
    return HttpResponseRedirect(reverse("accounts:members"))


def _row(invitation: Invitation, now: dt.datetime) -> InvitationRow:
    return InvitationRow(invitation, invitation.expires_at <= now, [ROLES[role] for role in invitation.roles])
