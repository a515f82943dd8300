"""Personal tokens for the API and the command line."""

from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from triallink.domains.accounts import selectors, services
from triallink.domains.accounts.models import ApiToken
from triallink.domains.accounts.services.tokens import SCOPE_WORDS
from triallink.kernel.refusals import Refusal
from triallink.web.accounts.entry import actor_of, beside, status_of
from triallink.web.answers import render_page
from triallink.web.wording import choices_of

VALID_DAYS = [("30", _("30 days")), ("90", _("90 days")), ("365", _("one year")), ("0", _("without end"))]


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What uses it, for you to know."))
    valid_days = forms.ChoiceField(label=_("Good for"), choices=VALID_DAYS, initial="90")
    scopes = forms.MultipleChoiceField(
        label=_("May do"),
        choices=lambda: choices_of(SCOPE_WORDS),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Never more than your own roles allow."),
    )


@dataclass(frozen=True)
class TokensPage:
    """A person's tokens; the secret of a new one is shown only in this answer."""

    tokens: list[tuple[ApiToken, bool]]
    words: dict[str, str]
    form: TokenForm
    secret: str
    has_organization: bool


def tokens(request: HttpRequest) -> HttpResponse:
    """List the tokens and make new ones."""
    actor = actor_of(request)
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            _token, secret = services.create_token(
                name=wanted["name"],
                scopes=wanted["scopes"],
                valid_days=int(wanted["valid_days"]) or None,
                by=actor,
            )
            form = TokenForm()
        except Refusal as refusal:
            beside(form, refusal)
    now = timezone.now()
    page = TokensPage(
        tokens=[
            (token, token.expires_at is not None and token.expires_at <= now)
            for token in selectors.tokens_of(to=actor)
        ],
        words=SCOPE_WORDS,
        form=form,
        secret=secret,
        has_organization=actor.organization_id is not None,
    )
    return render_page(request, "accounts/tokens.html", page, status=status_of(form))


@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of one's own tokens."""
    services.revoke_token(token_id=token_id, by=actor_of(request))
    return HttpResponseRedirect(reverse("accounts:tokens"))
