"""Forms of hours. The rules are the services'; a form only reads what was typed."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from triallink.domains.accounts.models import Organization
from triallink.domains.capacity.models import (
    CONFIRM_RULES,
    LEAVE_KINDS,
    PUBLIC_DAY_KINDS,
    URGENCIES,
)
from triallink.domains.capacity.services.orders import NeedTerms, OfferTerms
from triallink.domains.quality.models import Professional
from triallink.domains.quality.selectors import own_professionals
from triallink.domains.studies.selectors import studies
from triallink.foundation.sentences import sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.money import Money
from triallink.kernel.refusals import Refusal
from triallink.kernel.vocabulary import CREDENTIAL_KINDS, LEVELS, PROFESSIONAL_ROLES, THERAPEUTIC_AREAS
from triallink.web.capacity.frame import name_of, named
from triallink.web.wording import choices_of, word

ANYBODY = ""


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


def known_cities() -> list[tuple[str, str]]:
    """Return the cities where professionals live or hospitals are."""
    rows = {
        *Organization.objects.exclude(city="").values_list("city", "city_zh"),
        *Professional.objects.exclude(city="").values_list("city", "city_zh"),
    }
    names = {city: named(city, zh) for city, zh in sorted(rows)}
    return sorted(names.items(), key=lambda pair: pair[0])


def known_sites() -> list[tuple[str, str]]:
    """Return the hospitals of the directory, by city."""
    rows = Organization.objects.filter(kind="site", is_active=True).order_by("city", "name_en")
    return [
        ("", "–"),
        *((str(row.pk), f"{name_of(row)} · {named(row.city, row.city_zh)}") for row in rows[:2000]),
    ]


def _minor(amount: Decimal | None) -> int | None:
    return None if amount is None else Money.of(amount, "CNY").minor


class OfferForm(forms.Form):
    """Hours for sale."""

    professional_id = forms.TypedChoiceField(
        label=_("Whose hours"), coerce=int, empty_value=None, required=False
    )
    role = forms.ChoiceField(
        label=_("Role, if anybody of it"), choices=words_of(PROFESSIONAL_ROLES), required=False, initial="CRC"
    )
    level = forms.ChoiceField(label=_("Lowest level"), choices=words_of(LEVELS), required=False)
    hours_per_week = forms.IntegerField(label=_("Hours a week"), min_value=1, initial=20)
    least_hours_per_week = forms.IntegerField(
        label=_("Smallest booking, hours a week"), min_value=1, initial=4
    )
    start_on = forms.DateField(label=_("First day"), widget=forms.DateInput)
    end_on = forms.DateField(label=_("Last day"), widget=forms.DateInput)
    floor = forms.DecimalField(
        label=_("Floor price per hour"),
        max_digits=8,
        decimal_places=2,
        help_text=_("Sealed: only the batch clearing reads it, nobody else ever sees it."),
    )
    instant_price = forms.DecimalField(
        label=_("Public price per hour"),
        max_digits=8,
        decimal_places=2,
        required=False,
        help_text=_("Buyers book at once at this price. Empty: only the batch clearing trades the offer."),
    )
    cities = forms.MultipleChoiceField(
        label=_("Cities"),
        choices=known_cities,
        required=False,
        widget=forms.SelectMultiple,
        help_text=_("Empty: where the people live."),
    )
    confirm_rule = forms.ChoiceField(label=_("Confirmation"), choices=words_of(CONFIRM_RULES))
    notice_days = forms.IntegerField(
        label=_("Free cancellation until, days before"), min_value=0, max_value=60, initial=7
    )
    fee_percent = forms.IntegerField(
        label=_("Fee for later cancellation, %"), min_value=0, max_value=100, initial=50
    )
    conditions = forms.CharField(
        label=_("Conditions"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["professional_id"].choices = [  # type: ignore[attr-defined]
            (ANYBODY, _("Anybody of the role (pool)")),
            *(
                (
                    one.pk,
                    f"{name_of(one)} · {word(PROFESSIONAL_ROLES, one.role)} · {named(one.city, one.city_zh)}",
                )
                for one in own_professionals(to=actor)
            ),
        ]

    def terms(self) -> OfferTerms:
        """Return the terms as typed."""
        values = dict(self.cleaned_data)
        floor, instant = values.pop("floor"), values.pop("instant_price")
        return OfferTerms(floor_minor=_minor(floor) or 0, instant_price_minor=_minor(instant), **values)


class NeedForm(forms.Form):
    """Hours wanted."""

    role = forms.ChoiceField(label=_("Role"), choices=words_of(PROFESSIONAL_ROLES), initial="CRC")
    level = forms.ChoiceField(label=_("Lowest level"), choices=words_of(LEVELS))
    site_id = forms.TypedChoiceField(
        label=_("Site"), choices=known_sites, coerce=int, empty_value=None, required=False
    )
    city = forms.ChoiceField(
        label=_("City, if no site"), choices=lambda: [("", "–"), *known_cities()], required=False
    )
    hours_per_week = forms.IntegerField(label=_("Hours a week"), min_value=1, initial=16)
    block_hours = forms.IntegerField(
        label=_("May be split into blocks of, hours"),
        min_value=0,
        max_value=40,
        initial=0,
        required=False,
        help_text=_("0: one person does all of it."),
    )
    start_on = forms.DateField(label=_("First day"), widget=forms.DateInput)
    end_on = forms.DateField(label=_("Last day"), widget=forms.DateInput)
    ceiling = forms.DecimalField(
        label=_("Ceiling per hour"),
        max_digits=8,
        decimal_places=2,
        help_text=_("Sealed: only the batch clearing reads it, nobody else ever sees it."),
    )
    urgency = forms.ChoiceField(label=_("Urgency"), choices=words_of(URGENCIES))
    therapeutic_area = forms.ChoiceField(
        label=_("Therapeutic area"),
        choices=lambda: [("", "–"), *choices_of(THERAPEUTIC_AREAS)],
        required=False,
    )
    required_credentials = forms.MultipleChoiceField(
        label=_("Required credentials"),
        choices=words_of(CREDENTIAL_KINDS),
        required=False,
        widget=forms.SelectMultiple,
    )
    study_id = forms.TypedChoiceField(label=_("Study"), coerce=int, empty_value=None, required=False)
    about = forms.CharField(
        label=_("What is to be done"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = studies(to=actor).values_list("pk", "code")[:500]
        self.fields["study_id"].choices = [("", "–"), *((pk, code) for pk, code in rows)]  # type: ignore[attr-defined]

    def terms(self) -> NeedTerms:
        """Return the terms as typed."""
        values = dict(self.cleaned_data)
        ceiling = values.pop("ceiling")
        values["block_hours"] = values["block_hours"] or 0
        return NeedTerms(ceiling_minor=_minor(ceiling) or 0, **values)


class FindForm(forms.Form):
    """What hours are searched for."""

    role = forms.ChoiceField(label=_("Role"), choices=words_of(PROFESSIONAL_ROLES), initial="CRC")
    level = forms.ChoiceField(label=_("Lowest level"), choices=words_of(LEVELS), required=False)
    city = forms.ChoiceField(
        label=_("City"), choices=lambda: [("", _("Anywhere")), *known_cities()], required=False
    )
    site_id = forms.TypedChoiceField(
        label=_("Site"), choices=known_sites, coerce=int, empty_value=None, required=False
    )
    hours_per_week = forms.IntegerField(label=_("Hours a week"), min_value=1, max_value=60)
    start_on = forms.DateField(label=_("First day"), widget=forms.DateInput)
    end_on = forms.DateField(label=_("Last day"), widget=forms.DateInput)
    most = forms.DecimalField(
        label=_("At most per hour"), max_digits=8, decimal_places=2, required=False, min_value=0
    )
    minutes = forms.IntegerField(label=_("Travel at most, minutes"), required=False, min_value=1)


class LeaveForm(forms.Form):
    """Days on which somebody does not work."""

    kind = forms.ChoiceField(label=_("Reason"), choices=words_of(LEAVE_KINDS))
    start_on = forms.DateField(label=_("First day"), widget=forms.DateInput)
    end_on = forms.DateField(label=_("Last day"), widget=forms.DateInput)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)


class CommitmentForm(forms.Form):
    """Work elsewhere, entered by hand."""

    title = forms.CharField(label=_("What for"), max_length=200)
    start_on = forms.DateField(label=_("First day"), widget=forms.DateInput)
    end_on = forms.DateField(label=_("Last day"), widget=forms.DateInput)
    hours = forms.DecimalField(
        label=_("Hours on each working day"), max_digits=4, decimal_places=1, min_value=Decimal("0.5")
    )


class BulkForm(forms.Form):
    """One change of many people's days."""

    start_on = forms.DateField(label=_("First day"), widget=forms.DateInput)
    end_on = forms.DateField(label=_("Last day"), widget=forms.DateInput)
    hours = forms.DecimalField(
        label=_("Hours a working day"),
        max_digits=4,
        decimal_places=1,
        min_value=Decimal(0),
        max_value=Decimal(12),
    )


class ImportForm(forms.Form):
    """A calendar file."""

    file = forms.FileField(label=_("File"))
    professional_id = forms.TypedChoiceField(
        label=_("Whose calendar (iCalendar only)"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["professional_id"].choices = [  # type: ignore[attr-defined]
            ("", "–"),
            *((one.pk, name_of(one)) for one in own_professionals(to=actor)),
        ]


class PublicDayForm(forms.Form):
    """A holiday or make-up day."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput)
    kind = forms.ChoiceField(label=_("Kind"), choices=words_of(PUBLIC_DAY_KINDS))
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120)


class ReasonForm(forms.Form):
    """Why."""

    why = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea({"rows": 2}))
