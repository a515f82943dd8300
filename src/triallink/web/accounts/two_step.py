"""Two-step sign-in: setting up one-time codes, recovery codes, the second step, and proving it again."""

from dataclasses import dataclass
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.totp.internal.auth import TOTP
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from triallink.web.doors import open_to_strangers

# How one may prove again who one is, by allauth's names.
WAYS = {"reauthenticate": _("Use the password"), "mfa_reauthenticate": _("Use a one-time code")}


@dataclass(frozen=True)
class CodePage:
    """A form that asks for a password or a code; others say how else one may prove it."""

    form: forms.Form
    next: str = ""
    others: tuple[tuple[str | Promise, str], ...] = ()


@dataclass(frozen=True)
class ActivatePage:
    """What an authenticator application needs: a picture, and the same as text."""

    form: forms.Form
    picture: str
    secret: str


@dataclass(frozen=True)
class RecoveryCodesPage:
    """Recovery codes, shown once; afterwards only how many are left."""

    codes: list[str]
    left: int

    @property
    def file(self) -> str:
        """Return the codes as text, one a line."""
        return "\n".join(self.codes) + "\n"


class SecondStepView(mfa.AuthenticateView):
    """Ask for a one-time code after the password."""

    template_name = "accounts/second_step.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        return {"page": CodePage(super().get_context_data(**kwargs)["form"])}


class Again:
    """Turns the context of allauth's reauthentication views into a page."""

    template_name = "accounts/again.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        known = super().get_context_data(**kwargs)  # type: ignore[misc]
        others = tuple((WAYS[m["id"]], m["url"]) for m in known["reauthentication_alternatives"])
        return {"page": CodePage(known["form"], known["redirect_field_value"] or "", others)}


class AgainByPasswordView(Again, account.ReauthenticateView):
    """Ask for the password again before something that matters."""


class AgainByCodeView(Again, mfa.ReauthenticateView):
    """Ask for a one-time code before something that matters."""


class ActivateView(totp.ActivateTOTPView):
    """Set up an authenticator application."""

    template_name = "accounts/two_step_on.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        known = super().get_context_data(**kwargs)
        form = known["form"]
        return {"page": ActivatePage(form, known["totp_svg_data_uri"], _in_fours(form.secret))}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Turn it on; the code that proved it is used up."""
        response: HttpResponse = super().form_valid(form)
        own = Authenticator.objects.get(user_id=self.request.user.pk, type=Authenticator.Type.TOTP)
        TOTP(own).validate_code(form.cleaned_data["code"])
        return response


class DeactivateView(totp.DeactivateTOTPView):
    """Turn one-time codes off."""

    template_name = "accounts/two_step_off.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        return {"page": CodePage(super().get_context_data(**kwargs)["form"])}


class RecoveryCodesView(recovery.ViewRecoveryCodesView):
    """Show the recovery codes once."""

    template_name = "accounts/recovery_codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        known = super().get_context_data(**kwargs)
        codes = known["unused_codes"]
        return {"page": RecoveryCodesPage(codes if known["can_view_codes"] else [], len(codes))}


class NewRecoveryCodesView(recovery.GenerateRecoveryCodesView):
    """Make new recovery codes; the old ones no longer work."""

    template_name = "accounts/recovery_codes_new.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let in only somebody whose sign-in takes two steps."""
        if not Authenticator.objects.filter(user_id=request.user.pk, type=Authenticator.Type.TOTP).exists():
            return HttpResponseRedirect(reverse("mfa_index"))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page and nothing else."""
        return {"page": CodePage(super().get_context_data(**kwargs)["form"])}


def _in_fours(secret: str) -> str:
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))


second_step = open_to_strangers(SecondStepView.as_view())
again_by_password = AgainByPasswordView.as_view()
again_by_code = AgainByCodeView.as_view()
activate = ActivateView.as_view()
deactivate = DeactivateView.as_view()
recovery_codes = RecoveryCodesView.as_view()
new_recovery_codes = NewRecoveryCodesView.as_view()
