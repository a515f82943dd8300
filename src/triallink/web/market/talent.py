"""The people of the actor's own organization and their credentials."""

import datetime as dt
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.quality.access import own_professional
from triallink.domains.quality.models import Credential, Professional
from triallink.domains.quality.selectors import credentials_of, own_professionals
from triallink.domains.quality.services.talent import (
    add_credential,
    add_professional,
    remove_credential,
    update_professional,
)
from triallink.kernel.actor import Actor
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import CREDENTIAL_KINDS, LEVELS, PROFESSIONAL_ROLES, THERAPEUTIC_AREAS
from triallink.web.answers import answer, render_page
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.market.forms import CredentialForm, ProfessionalForm, done
from triallink.web.market.naming import WORDS, Words, name_of_professional
from triallink.web.market.own import MANAGES, FormPage
from triallink.web.wording import word

SOON = dt.timedelta(days=60)
NAME = Column("name", N_("Name"), sort=("name",), value=name_of_professional)
ROLE = Column("role", N_("Role"), sort=("role", "name"), value=lambda p: word(PROFESSIONAL_ROLES, p.role))
CITY = Column("city", N_("City"), sort=("city", "name"))
CREDENTIALS = Column("credentials", N_("Credentials"), value=lambda p: _credentials(p))
HOURS = Column(
    "hours",
    N_("Free hours a week"),
    sort=("free_hours_per_week",),
    value=lambda p: p.free_hours_per_week,
    is_number=True,
)
PRICE = Column(
    "price", N_("Price per hour"), sort=("hourly_price_minor",), value=lambda p: _price(p), is_number=True
)
PEOPLE = ListSpec(
    name="people",
    columns=(NAME, ROLE, CITY, CREDENTIALS, HOURS, PRICE),
    search=("name", "name_zh", "city", "city_zh"),
    facets=(
        Facet("role", N_("Role"), "role", names=PROFESSIONAL_ROLES),
        Facet("level", N_("Level"), "level", names=LEVELS),
        Facet("area", N_("Therapeutic area"), "therapeutic_areas", names=THERAPEUTIC_AREAS, is_array=True),
    ),
    default_sort="name",
)
# The file has room for what the page has not.
PEOPLE_FILE = replace(
    PEOPLE,
    columns=(
        NAME,
        ROLE,
        Column("level", N_("Level"), value=lambda p: word(LEVELS, p.level)),
        CITY,
        Column(
            "areas",
            N_("Therapeutic areas"),
            value=lambda p: ", ".join(word(THERAPEUTIC_AREAS, area) for area in p.therapeutic_areas),
        ),
        CREDENTIALS,
        HOURS,
        PRICE,
    ),
)


@dataclass(frozen=True)
class PeoplePage:
    """The organization's people."""

    listing: Listing
    may_change: bool
    today: dt.date
    soon: dt.date
    words: Words = WORDS


@dataclass(frozen=True)
class ProfessionalPage:
    """One professional: details and credentials."""

    professional: Professional
    name: str
    form: ProfessionalForm
    credential_form: CredentialForm
    credentials: list[Credential]
    today: dt.date
    words: Words = WORDS


def people_list(request: HttpRequest) -> HttpResponse:
    """Show the people who do the work."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    people = own_professionals(to=actor)
    if wants_export(request):
        return export(request, PEOPLE_FILE, people)
    today = timezone.localdate()
    page = PeoplePage(PEOPLE.read(request, people), actor.has(*MANAGES), today, today + SOON)
    return answer(request, "market/own_talent.html", "list", page)


def professional_new(request: HttpRequest) -> HttpResponse:
    """Add somebody."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    actor.require(*MANAGES)
    form = ProfessionalForm(request.POST or None)
    if form.is_valid() and done(form, lambda: add_professional(**form.details(), by=actor)):
        messages.success(request, _("The person is added."))
        return HttpResponseRedirect(reverse("market:own-talent"))
    page = FormPage(
        title=_("Add a person"),
        sentence=_("Other organizations see a code, unless the person agreed to be named."),
        trail=[(_("My people"), reverse("market:own-talent"))],
        form=form,
        submit=_("Add the person"),
        cancel=reverse("market:own-talent"),
    )
    return render_page(request, "market/form.html", page)


def professional_edit(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Change what is said of somebody."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    professional = own_professional(professional_id, to=actor)
    form = ProfessionalForm(request.POST or None, initial=_initial(professional))
    if form.is_valid() and done(
        form, lambda: update_professional(professional_id=professional_id, **form.details(), by=actor)
    ):
        messages.success(request, _("The person's details are saved."))
        return HttpResponseRedirect(reverse("market:professional-edit", args=[professional_id]))
    return _professional_page(request, professional, form, CredentialForm())


@require_POST
def professional_retire(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Let somebody go: no longer listed, no longer offered."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    update_professional(professional_id=professional_id, is_active=False, by=actor)
    messages.success(request, _("The person no longer belongs to your people."))
    return HttpResponseRedirect(reverse("market:own-talent"))


@require_POST
def credential_add(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Add a credential."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    professional = own_professional(professional_id, to=actor)
    form = CredentialForm(request.POST)
    if form.is_valid() and done(
        form, lambda: add_credential(professional_id=professional_id, **form.cleaned_data, by=actor)
    ):
        messages.success(request, _("The credential is added."))
        return HttpResponseRedirect(reverse("market:professional-edit", args=[professional_id]))
    return _professional_page(request, professional, ProfessionalForm(initial=_initial(professional)), form)


@require_POST
def credential_remove(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Take a credential away that was entered by mistake."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    professional_id = remove_credential(credential_id=credential_id, by=actor)
    messages.success(request, _("The credential is taken away."))
    return HttpResponseRedirect(reverse("market:professional-edit", args=[professional_id]))


def _professional_page(
    request: HttpRequest, professional: Professional, form: ProfessionalForm, credential_form: CredentialForm
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = ProfessionalPage(
        professional=professional,
        name=name_of_professional(professional),
        form=form,
        credential_form=credential_form,
        credentials=credentials_of(professional.pk, to=actor),
        today=timezone.localdate(),
    )
    return render_page(request, "market/professional.html", page)


def _initial(professional: Professional) -> dict[str, object]:
    values = {name: getattr(professional, name) for name in ProfessionalForm.base_fields if name != "price"}
    return {**values, "price": price.amount if (price := _price(professional)) else None}


def _price(professional: Professional) -> Money | None:
    minor = professional.hourly_price_minor
    return None if minor is None else Money(minor, professional.currency)


def _credentials(professional: Professional) -> str:
    kinds = dict.fromkeys(credential.kind for credential in professional.credentials.all())
    return ", ".join(word(CREDENTIAL_KINDS, kind) for kind in kinds)
