"""Small helps for the pages of accounts."""

from django import forms
from django.http import HttpRequest

from triallink.foundation.sentences import sentence_of
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import Refusal


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def beside(form: forms.Form, refusal: Refusal) -> None:
    """Put a refusal beside its field, or on top of the form if it has none."""
    form.add_error(refusal.field if refusal.field in form.fields else None, sentence_of(refusal))


def status_of(form: forms.Form) -> int:
    """Return 422 for a form that was refused, 200 for one not yet sent."""
    return 422 if form.is_bound else 200
