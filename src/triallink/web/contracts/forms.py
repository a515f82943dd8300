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


class UploadForm(forms.Form):
    """A file at a milestone."""

    name = forms.CharField(
        label=_("Name"),
        max_length=160,
        help_text=_("The same name again makes the next version."),
    )
    file = forms.FileField(label=_("File"))
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )


class NoteForm(forms.Form):
    """A word with a submission."""

    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )


class AcceptForm(forms.Form):
    """The signature under an acceptance; a reason where evidence is missing."""

    override_reason = forms.CharField(
        label=_("Why accept without the missing evidence"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("It is signed with your acceptance and shown for ever."),
    )
    secret = forms.CharField(
        label=_("Password or one-time code"), widget=forms.PasswordInput({"autocomplete": "current-password"})
    )


class ReturnForm(forms.Form):
    """Why a milestone comes back."""

    reasons = forms.CharField(label=_("Reasons"), max_length=4000, widget=forms.Textarea({"rows": 3}))


class AmountForm(forms.Form):
    """An amount of money in major units."""

    amount = forms.DecimalField(label=_("Amount"), min_value=0, max_digits=14, decimal_places=2)


class SecretForm(forms.Form):
    """The signer proves who they are."""

    secret = forms.CharField(
        label=_("Password or one-time code"), widget=forms.PasswordInput({"autocomplete": "current-password"})
    )


class DisputeForm(forms.Form):
    """What one side holds against the other."""

    subject = forms.CharField(label=_("What it is about"), max_length=200)
    milestone_id = forms.TypedChoiceField(
        label=_("Milestone"), required=False, coerce=int, empty_value=None, choices=[]
    )
    amount = forms.DecimalField(
        label=_("Amount claimed"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    text = forms.CharField(label=_("What happened"), max_length=8000, widget=forms.Textarea({"rows": 5}))


class StatementForm(forms.Form):
    """Something said or shown in a dispute."""

    text = forms.CharField(label=_("Statement"), max_length=8000, widget=forms.Textarea({"rows": 3}))
    file = forms.FileField(label=_("Evidence"), required=False)


class SettlementForm(forms.Form):
    """What the mediator proposes."""

    amount = forms.DecimalField(label=_("To the supplier"), min_value=0, max_digits=14, decimal_places=2)
    text = forms.CharField(label=_("Reasons"), max_length=4000, widget=forms.Textarea({"rows": 3}))


class RatingForm(forms.Form):
    """A word on the other side."""

    stars = forms.TypedChoiceField(
        label=_("Stars"),
        coerce=int,
        choices=[(n, "★" * n) for n in (5, 4, 3, 2, 1)],
    )
    text = forms.CharField(
        label=_("In a few words"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )


class ChangeForm(forms.Form):
    """A change order: any of an end, a line's quantity and price, a new milestone."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea({"rows": 2}))
    end_on = forms.DateField(
        label=_("New end of the contract"), required=False, widget=forms.DateInput({"type": "date"})
    )
    line = forms.TypedChoiceField(
        label=_("Line to change"), required=False, coerce=int, empty_value=None, choices=[]
    )
    quantity = forms.DecimalField(
        label=_("New quantity"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    price = forms.DecimalField(
        label=_("New price per unit"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    milestone_en = forms.CharField(label=_("New milestone, in English"), required=False, max_length=160)
    milestone_zh = forms.CharField(label=_("New milestone, in Chinese"), required=False, max_length=160)
    milestone_amount = forms.DecimalField(
        label=_("Worth"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    removed = forms.TypedMultipleChoiceField(
        label=_("Milestones to take out"),
        required=False,
        coerce=int,
        choices=[],
        widget=forms.CheckboxSelectMultiple,
    )
