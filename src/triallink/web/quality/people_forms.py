"""Forms of freelancer certification."""

from django import forms
from django.utils.translation import gettext_lazy

from triallink.kernel.vocabulary import (
    CREDENTIAL_KINDS,
    LEVELS,
    PHASES,
    PROFESSIONAL_ROLES,
    THERAPEUTIC_AREAS,
)
from triallink.web.quality.forms import day_field, words_field
from triallink.web.wording import choices_of


class OwnCredentialForm(forms.Form):
    """A credential with its document."""

    kind = forms.ChoiceField(label=gettext_lazy("Credential"), choices=lambda: choices_of(CREDENTIAL_KINDS))
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160, required=False)
    issued_by = forms.CharField(label=gettext_lazy("Issued by"), max_length=160, required=False)
    number = forms.CharField(label=gettext_lazy("Number"), max_length=80, required=False)
    issued_on = day_field(gettext_lazy("Issued on"), is_required=False)
    expires_on = day_field(gettext_lazy("Valid until"), is_required=False)
    file = forms.FileField(label=gettext_lazy("Document"), required=False)


class DocumentForm(forms.Form):
    """The document of a credential."""

    file = forms.FileField(label=gettext_lazy("Document"))


class ExperienceForm(forms.Form):
    """Work done."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=lambda: choices_of(PROFESSIONAL_ROLES))
    therapeutic_area = forms.ChoiceField(
        label=gettext_lazy("Therapeutic area"), choices=lambda: choices_of(THERAPEUTIC_AREAS)
    )
    phase = forms.ChoiceField(label=gettext_lazy("Phase"), choices=lambda: choices_of(PHASES))
    months = forms.IntegerField(label=gettext_lazy("Months"), min_value=1, max_value=600)
    studies = forms.IntegerField(label=gettext_lazy("Studies"), min_value=0, max_value=300)
    employer = forms.CharField(label=gettext_lazy("Employer"), max_length=160, required=False)


class RefereeForm(forms.Form):
    """Somebody who can confirm the work."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    employer = forms.CharField(label=gettext_lazy("Employer"), max_length=160)
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    relation = forms.CharField(label=gettext_lazy("How you worked together"), max_length=160)


class WhyForm(forms.Form):
    """Why something cannot be verified."""

    why = words_field(gettext_lazy("Reason"), rows=2)


class JudgeForm(forms.Form):
    """Confirm, or say why not."""

    is_confirmed = forms.TypedChoiceField(
        choices=[("yes", gettext_lazy("Confirm")), ("no", gettext_lazy("Refuse"))],
        coerce=lambda value: value == "yes",
    )
    words = forms.CharField(max_length=2000, required=False)


class LevelForm(forms.Form):
    """The level to certify."""

    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=lambda: choices_of(LEVELS))
