"""Forms of the study pages; the services decide, the forms only read."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from triallink.domains.studies.models import STUDY_STATES
from triallink.engines.demand import ASSUMPTIONS
from triallink.foundation.sentences import bilingual
from triallink.kernel.money import MINOR_DIGITS
from triallink.kernel.vocabulary import PHASES, THERAPEUTIC_AREAS
from triallink.web.wording import choices_of

STUDY_TYPES = {
    "interventional": _("Interventional"),
    "observational": _("Observational"),
    "expanded_access": _("Expanded access"),
}


class PlanForm(forms.Form):
    """What a study is and how large it is planned."""

    title_en = forms.CharField(
        label=_("Title in English"), required=False, widget=forms.Textarea({"rows": 2})
    )
    title_zh = forms.CharField(
        label=_("Title in Chinese"), required=False, widget=forms.Textarea({"rows": 2})
    )
    acronym = forms.CharField(label=_("Acronym"), required=False, max_length=40)
    registry_number = forms.CharField(label=_("Registry number"), required=False, max_length=40)
    phase = forms.ChoiceField(label=_("Phase"), choices=lambda: choices_of(PHASES))
    study_type = forms.ChoiceField(label=_("Type of study"), choices=list(STUDY_TYPES.items()))
    therapeutic_area = forms.ChoiceField(
        label=_("Therapeutic area"), choices=lambda: choices_of(THERAPEUTIC_AREAS)
    )
    indication_en = forms.CharField(label=_("Indication in English"), required=False, max_length=300)
    indication_zh = forms.CharField(label=_("Indication in Chinese"), required=False, max_length=300)
    state = forms.ChoiceField(label=_("State"), choices=lambda: choices_of(STUDY_STATES), initial="planned")
    planned_subjects = forms.IntegerField(label=_("Planned subjects"), required=False, min_value=1)
    planned_sites = forms.IntegerField(label=_("Planned sites"), required=False, min_value=1)
    start_on = forms.DateField(label=_("Planned start"), required=False, widget=forms.DateInput())
    enrollment_months = forms.IntegerField(label=_("Months of enrollment"), required=False, min_value=1)
    follow_up_months = forms.IntegerField(
        label=_("Months from last enrollment to last visit"), required=False, min_value=0
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in MINOR_DIGITS])


class NewStudyForm(PlanForm):
    """A study typed in by hand."""

    code = forms.CharField(label=_("Study code"), max_length=40, help_text=_("Usually the protocol number."))
    field_order = ("code",)


class ImportForm(forms.Form):
    """A protocol file."""

    file = forms.FileField(label=_("Protocol file"))
    code = forms.CharField(
        label=_("Study code"),
        required=False,
        max_length=40,
        help_text=_("Left empty, the protocol's own number is taken."),
    )
    record_number = forms.CharField(
        label=_("NCT number"),
        required=False,
        max_length=11,
        help_text=_("Only for a table of the registry with several studies."),
    )


class VersionForm(forms.Form):
    """The next version of a protocol."""

    file = forms.FileField(label=_("Protocol file"))
    note = forms.CharField(label=_("What changed"), required=False, max_length=500)


class SiteForm(forms.Form):
    """A site typed in by hand, or what a study plans for one."""

    number = forms.CharField(label=_("Site number"), required=False, max_length=20)
    name_en = forms.CharField(label=_("Name in English"), required=False, max_length=200)
    name_zh = forms.CharField(label=_("Name in Chinese"), required=False, max_length=200)
    country = forms.CharField(label=_("Country code"), max_length=2, initial="CN")
    province = forms.CharField(label=_("Province or state"), required=False, max_length=80)
    city = forms.CharField(label=_("City"), required=False, max_length=80)
    investigator = forms.CharField(label=_("Investigator"), required=False, max_length=120)
    planned_subjects = forms.IntegerField(label=_("Planned subjects"), min_value=0, initial=0)

    def clean_country(self) -> str:
        """Country codes are capital letters."""
        return str(self.cleaned_data["country"]).upper()


class AssumptionForm(forms.Form):
    """Every assumption of the catalogue, with its limits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for spec in ASSUMPTIONS:
            self.fields[spec.key] = forms.FloatField(
                label=bilingual(spec.label),
                help_text=bilingual(spec.rationale),
                min_value=spec.minimum,
                max_value=spec.maximum,
                initial=spec.default,
                widget=forms.NumberInput({"step": "any"}),
            )
        self.fields["note"] = forms.CharField(label=_("Why these figures"), required=False, max_length=500)

    def figures(self) -> dict[str, float]:
        """Return the assumptions as typed."""
        return {spec.key: self.cleaned_data[spec.key] for spec in ASSUMPTIONS}
