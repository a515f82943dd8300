"""Forms of the contract pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class TermsForm(forms.Form):
    """The terms of a draft."""

    acceptance_days = forms.IntegerField(
        label=_("Working days to accept a milestone"),
        help_text=_("After that, a milestone with its evidence counts as accepted."),
    )
    payment_days = forms.IntegerField(label=_("Days to pay an invoice"))
    start_on = forms.DateField(label=_("Start"), required=False, widget=forms.DateInput())
    end_on = forms.DateField(label=_("End"), required=False, widget=forms.DateInput())
    special_terms = forms.CharField(
        label=_("Special terms"), required=False, max_length=10_000, widget=forms.Textarea({"rows": 5})
    )


class SignForm(forms.Form):
    """The signer proves who they are, and says what the signature means."""

    secret = forms.CharField(
        label=_("Password or one-time code"),
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        help_text=_("You sign with your own password, or with the code of your authenticator."),
    )
    is_agreed = forms.BooleanField(label=_("I have read the contract and sign for my organization."))


class ReasonForm(forms.Form):
    """Why somebody will not sign."""

    why = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3}))
