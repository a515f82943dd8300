"""Forms of what a supplier or a site declares. The rules are the services'; a form only reads what was typed."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from triallink.domains.quality.vocabulary import SITE_GRADES
from triallink.foundation.sentences import sentence_of
from triallink.kernel.money import Money
from triallink.kernel.refusals import Refusal
from triallink.kernel.vocabulary import (
    CREDENTIAL_KINDS,
    LEVELS,
    PHASES,
    PROFESSIONAL_ROLES,
    PROVINCES,
    SPOKEN_LANGUAGES,
    THERAPEUTIC_AREAS,
)
from triallink.web.market.naming import services_by_name
from triallink.web.wording import choices_of

Words = Any  # text, or a label that is translated when it is shown


def done(form: forms.Form, work: Callable[[], Any]) -> bool:
    """Do the work and return whether it was done; a refusal is put beside its field."""
    try:
        work()
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, sentence_of(refusal))
        return False
    return True


def words_of(names: Mapping[str, str]) -> Callable[[], list[tuple[str, str]]]:
    """Return choices that are translated when the form is shown."""
    return lambda: choices_of(names)


def several(label: Words, names: Mapping[str, str], help_text: Words = "") -> forms.MultipleChoiceField:
    """Return a field for several codes of a closed list."""
    return forms.MultipleChoiceField(
        label=label,
        choices=words_of(names),
        required=False,
        help_text=help_text,
        widget=forms.SelectMultiple,
    )


class ListingForm(forms.Form):
    """A service offered at a list price."""

    service = forms.ChoiceField(label=gettext_lazy("Service"), choices=services_by_name)
    price = forms.DecimalField(
        label=gettext_lazy("List price per unit"), max_digits=12, decimal_places=2, help_text="CNY"
    )
    provinces = several(
        gettext_lazy("Provinces"), PROVINCES, gettext_lazy("Leave empty if the price holds everywhere.")
    )
    lead_time_days = forms.IntegerField(
        label=gettext_lazy("Lead time, days"), min_value=0, max_value=365, initial=14
    )
    capacity_per_month = forms.IntegerField(
        label=gettext_lazy("Units a month"), min_value=1, max_value=100_000, required=False
    )
    note_en = forms.CharField(label=gettext_lazy("Note in English"), max_length=500, required=False)
    note_zh = forms.CharField(label=gettext_lazy("Note in Chinese"), max_length=500, required=False)

    def terms(self) -> dict[str, Any]:
        """Return the arguments of publish_listing."""
        terms = dict(self.cleaned_data)
        terms["price_minor"] = Money.of(terms.pop("price"), "CNY").minor
        return terms


class PriceForm(forms.Form):
    """Another list price."""

    price = forms.DecimalField(label=gettext_lazy("New list price"), max_digits=12, decimal_places=2)


class SupplierProfileForm(forms.Form):
    """What a supplier declares about its scope."""

    therapeutic_areas = several(gettext_lazy("Therapeutic areas"), THERAPEUTIC_AREAS)
    phases = several(gettext_lazy("Phases"), PHASES)
    provinces = several(
        gettext_lazy("Provinces"), PROVINCES, gettext_lazy("Leave empty if you work everywhere.")
    )
    languages = several(gettext_lazy("Languages"), SPOKEN_LANGUAGES)
    is_listed = forms.BooleanField(
        label=gettext_lazy("Show us in the directory"), required=False, initial=True
    )


class SiteProfileForm(forms.Form):
    """What a hospital declares as a trial site."""

    grade = forms.ChoiceField(label=gettext_lazy("Hospital grade"), choices=words_of(SITE_GRADES))
    beds = forms.IntegerField(label=gettext_lazy("Beds"), required=False)
    therapeutic_areas = several(gettext_lazy("Therapeutic areas"), THERAPEUTIC_AREAS)
    phases = several(gettext_lazy("Phases"), PHASES)
    has_phase1_unit = forms.BooleanField(label=gettext_lazy("Phase 1 unit"), required=False)
    gcp_registration = forms.CharField(label=gettext_lazy("GCP registration"), max_length=60, required=False)
    ethics_meeting_days = forms.IntegerField(label=gettext_lazy("Ethics review, days"), required=False)
    contract_median_days = forms.IntegerField(label=gettext_lazy("Contract, days"), required=False)
    is_listed = forms.BooleanField(
        label=gettext_lazy("Show us in the directory"), required=False, initial=True
    )


class ProfessionalForm(forms.Form):
    """Somebody who does the work."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=60, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=words_of(PROFESSIONAL_ROLES))
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=words_of(LEVELS))
    therapeutic_areas = several(gettext_lazy("Therapeutic areas"), THERAPEUTIC_AREAS)
    phases = several(gettext_lazy("Phases"), PHASES)
    languages = several(gettext_lazy("Languages"), SPOKEN_LANGUAGES)
    city = forms.CharField(label=gettext_lazy("City"), max_length=80, required=False)
    city_zh = forms.CharField(label=gettext_lazy("City in Chinese"), max_length=80, required=False)
    province = forms.ChoiceField(
        label=gettext_lazy("Province"), choices=lambda: [("", "–"), *choices_of(PROVINCES)], required=False
    )
    years_experience = forms.IntegerField(label=gettext_lazy("Years of experience"), initial=0)
    studies_completed = forms.IntegerField(label=gettext_lazy("Completed studies"), initial=0)
    price = forms.DecimalField(
        label=gettext_lazy("Price per hour"), max_digits=8, decimal_places=2, required=False, help_text="CNY"
    )
    free_hours_per_week = forms.IntegerField(label=gettext_lazy("Free hours a week"), initial=0)
    available_from_on = forms.DateField(
        label=gettext_lazy("Available from"), required=False, widget=forms.DateInput
    )
    travel_km = forms.IntegerField(label=gettext_lazy("Travels up to, km"), initial=50)
    is_listed = forms.BooleanField(label=gettext_lazy("Show in the directory"), required=False, initial=True)
    is_named = forms.BooleanField(
        label=gettext_lazy("Show by name"),
        required=False,
        help_text=gettext_lazy("The person agreed; otherwise other organizations see a code."),
    )

    def details(self) -> dict[str, Any]:
        """Return the details of add_professional and update_professional."""
        details = dict(self.cleaned_data)
        price = details.pop("price")
        details["hourly_price_minor"] = None if price is None else Money.of(price, "CNY").minor
        return details


class CredentialForm(forms.Form):
    """A certificate, licence or degree."""

    kind = forms.ChoiceField(label=gettext_lazy("Credential"), choices=words_of(CREDENTIAL_KINDS))
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160, required=False)
    issued_by = forms.CharField(label=gettext_lazy("Issued by"), max_length=160, required=False)
    number = forms.CharField(label=gettext_lazy("Number"), max_length=80, required=False)
    issued_on = forms.DateField(label=gettext_lazy("Issued on"), required=False, widget=forms.DateInput)
    expires_on = forms.DateField(label=gettext_lazy("Valid until"), required=False, widget=forms.DateInput)
