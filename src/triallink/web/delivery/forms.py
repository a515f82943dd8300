"""Forms that several pages of MY-PMCP share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from triallink.domains.delivery.access import people_of_study
from triallink.domains.studies.models import Study


class SecretForm(forms.Form):
    """What a signer proves who they are with."""

    secret = forms.CharField(
        label=gettext_lazy("Password or one-time code"),
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class ActionForm(forms.Form):
    """Something to be done by somebody."""

    text = forms.CharField(label=gettext_lazy("What is to be done"), max_length=400)
    owner_id = forms.TypedChoiceField(
        label=gettext_lazy("Owner"), coerce=int, empty_value=None, required=False
    )
    due_on = forms.DateField(label=gettext_lazy("By"), widget=forms.DateInput())

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner_id"].choices = [("", "–"), *people]  # type: ignore[attr-defined]


def people_choices(study: Study) -> list[tuple[int, str]]:
    """Return the people of a study as choices."""
    return [(person.pk, str(person)) for person in people_of_study(study)]
