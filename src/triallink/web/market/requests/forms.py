"""The forms of the wizard and of the small actions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from triallink.domains.marketplace.models.auctions import REVEALS
from triallink.domains.marketplace.models.requests import CRITERIA, PROCEDURES, VISIBILITIES
from triallink.kernel.money import MINOR_DIGITS


def _choices(words: dict[str, str]) -> list[tuple[str, object]]:
    return [(code, _(label)) for code, label in words.items()]


class WhatForm(forms.Form):
    """What is asked for."""

    title_en = forms.CharField(label=_("Title in English"), max_length=200, required=False)
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=200, required=False)
    requirements = forms.CharField(
        label=_("Requirements"),
        widget=forms.Textarea(attrs={"rows": 6}),
        required=False,
        help_text=_("What a bidder must know and be able to do."),
    )
    payment_terms = forms.CharField(
        label=_("Payment terms"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    start_on = forms.DateField(label=_("Work starts on"), widget=forms.DateInput, required=False)
    end_on = forms.DateField(label=_("Work ends on"), widget=forms.DateInput, required=False)


class ProcedureForm(forms.Form):
    """How bids are taken, and by when."""

    procedure = forms.ChoiceField(
        label=_("Procedure"), choices=_choices(PROCEDURES), widget=forms.RadioSelect
    )
    visibility = forms.ChoiceField(
        label=_("Who may bid"), choices=_choices(VISIBILITIES), widget=forms.RadioSelect
    )
    bids_due_at = forms.DateTimeField(
        label=_("Bids due"),
        widget=forms.DateTimeInput,
        required=False,
        help_text=_("By the server's clock, in your time zone. An auction starts at this instant."),
    )
    question_deadline_at = forms.DateTimeField(
        label=_("Questions until"), widget=forms.DateTimeInput, required=False
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in MINOR_DIGITS])
    standstill_days = forms.IntegerField(
        label=_("Standstill (days)"),
        min_value=0,
        max_value=60,
        help_text=_("How long bidders who did not win may object."),
    )
    is_partial_award_allowed = forms.BooleanField(label=_("Lines may be awarded separately"), required=False)
    max_suppliers = forms.IntegerField(label=_("Suppliers at most"), min_value=1, max_value=99)
    nda_text = forms.CharField(
        label=_("Confidentiality terms"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text=_("If you write some, bidders accept them before they see lines and requirements."),
    )
    round_minutes = forms.IntegerField(
        label=_("Auction: minutes per round"), min_value=1, max_value=240, required=False
    )
    pause_minutes = forms.IntegerField(
        label=_("Auction: minutes between rounds"), min_value=0, max_value=1440, required=False
    )
    reveals = forms.ChoiceField(
        label=_("Auction: what a bidder sees"), choices=_choices(REVEALS), required=False
    )
    step = forms.DecimalField(
        label=_("Auction: smallest step"), min_value=0, decimal_places=2, required=False
    )


class CriteriaForm(forms.Form):
    """The weight of each criterion in percent."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for code, label in CRITERIA.items():
            self.fields[code] = forms.IntegerField(label=_(label), min_value=0, max_value=100)


class ExtendForm(forms.Form):
    """A later deadline, and why."""

    bids_due_at = forms.DateTimeField(label=_("New deadline"), widget=forms.DateTimeInput)
    why = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), required=False)


class TextForm(forms.Form):
    """Some words: a reason, a question, an answer."""

    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 3}), required=False)


class BidTermsForm(forms.Form):
    """What a bid says besides prices."""

    lead_time_days = forms.IntegerField(
        label=_("Start within (days)"), min_value=0, max_value=730, initial=14
    )
    valid_until_on = forms.DateField(label=_("Valid until"), widget=forms.DateInput, required=False)
    message = forms.CharField(
        label=_("Message to the buyer"), widget=forms.Textarea(attrs={"rows": 4}), required=False
    )
