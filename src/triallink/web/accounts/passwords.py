"""Passwords: a new one by e-mail, a new one knowing the present one."""

from dataclasses import dataclass
from typing import Any

from allauth.account import views
from django import forms
from django.views.generic import TemplateView

from triallink.web.doors import open_to_strangers


@dataclass(frozen=True)
class PasswordPage:
    """A form about a password; none if the link is no longer good."""

    form: forms.Form | None


class ResetView(views.PasswordResetView):
    """Ask for a link to set a new password; the answer is the same for unknown addresses."""

    template_name = "accounts/password_reset.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        return {"page": PasswordPage(super().get_context_data(**kwargs)["form"])}


class ResetSentView(TemplateView):
    """Say that a letter is on its way."""

    template_name = "accounts/password_reset_sent.html"


class ResetFromLinkView(views.PasswordResetFromKeyView):
    """Set a new password after following the link."""

    template_name = "accounts/password_new.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        if kwargs.get("token_fail"):
            return {"page": PasswordPage(None)}
        return {"page": PasswordPage(super().get_context_data(**kwargs)["form"])}


class ResetDoneView(TemplateView):
    """Say that the new password is good from now on."""

    template_name = "accounts/password_reset_done.html"


class ChangeView(views.PasswordChangeView):
    """Set a new password, knowing the present one."""

    template_name = "accounts/password_change.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        return {"page": PasswordPage(super().get_context_data(**kwargs)["form"])}


class SetView(views.PasswordSetView):
    """Set the first password of somebody who came in through OpenID."""

    template_name = "accounts/password_change.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        return {"page": PasswordPage(super().get_context_data(**kwargs)["form"])}


reset = open_to_strangers(ResetView.as_view())
reset_sent = open_to_strangers(ResetSentView.as_view())
reset_from_link = open_to_strangers(ResetFromLinkView.as_view())
reset_done = open_to_strangers(ResetDoneView.as_view())
change = ChangeView.as_view()
set_first = SetView.as_view()
