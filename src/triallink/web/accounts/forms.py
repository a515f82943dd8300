"""Forms of the entrance and of security: allauth's, with our labels and without placeholders."""

import contextlib
from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.socialaccount import forms as social
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from triallink.foundation.vault import is_sealed, seal, unseal

EMAIL = _("E-mail address")
PASSWORD = _("Password")
NEW_PASSWORD = _("New password")
AGAIN = _("New password, once more")
CODE = _("Code")
PASSWORD_HELP = _("At least 10 characters; not a common word, not your name.")


class Plain:
    """Gives allauth's fields our labels and helps, and takes its placeholders away."""

    labels: dict[str, Any] = {}
    helps: dict[str, Any] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, "")


class SignInForm(Plain, account.LoginForm):
    """E-mail address and password."""

    labels = {"login": EMAIL, "password": PASSWORD, "remember": _("Keep me signed in for 14 days")}


class NewPersonFields(forms.Form):
    """What a new person says besides the e-mail address."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language() or settings.LANGUAGE_CODE


class SignUpForm(Plain, NewPersonFields, account.SignupForm):
    """A new account."""

    field_order = ("name", "email", "password1", "language")
    labels = {"email": EMAIL, "password1": PASSWORD}
    helps = {"password1": PASSWORD_HELP, "email": _("We send a code to this address.")}


class OpenIdSignUpForm(Plain, NewPersonFields, social.SignupForm):
    """A new account whose password is kept elsewhere."""

    field_order = ("name", "email", "language")
    labels = {"email": EMAIL}


class ConfirmForm(Plain, account.ConfirmEmailVerificationCodeForm):
    """The code that was sent to the e-mail address."""

    labels = {"code": CODE}


class ResetPasswordForm(Plain, account.ResetPasswordForm):
    """Where to send the link for a new password."""

    labels = {"email": EMAIL}


class NewPasswordForm(Plain, account.ResetPasswordKeyForm):
    """A new password, after following the link."""

    labels = {"password1": NEW_PASSWORD, "password2": AGAIN}
    helps = {"password1": PASSWORD_HELP}


class ChangePasswordForm(Plain, account.ChangePasswordForm):
    """A new password, knowing the present one."""

    labels = {"oldpassword": _("Present password"), "password1": NEW_PASSWORD, "password2": AGAIN}
    helps = {"password1": PASSWORD_HELP}


class SetPasswordForm(Plain, account.SetPasswordForm):
    """The first password of somebody who came in through OpenID."""

    labels = {"password1": NEW_PASSWORD, "password2": AGAIN}
    helps = {"password1": PASSWORD_HELP}


class ReauthenticateForm(Plain, account.ReauthenticateForm):
    """The password again, before something that matters."""

    labels = {"password": PASSWORD}


class ReauthenticateByCodeForm(Plain, mfa.ReauthenticateForm):
    """A one-time code, before something that matters."""

    labels = {"code": CODE}


class SecondStepForm(Plain, mfa.AuthenticateForm):
    """A one-time code or a recovery code, after the password."""

    labels = {"code": CODE}
    helps = {"code": _("Six digits of your authenticator application, or one of your recovery codes.")}


class ActivateForm(Plain, totp.ActivateTOTPForm):
    """The first code of a new authenticator application."""

    labels = {"code": CODE}
    helps = {"code": _("The six digits the application shows now.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let allauth see the secret that waits in the session, which is kept in the database, and seal it again."""
        session = context.request.session
        waiting = session.pop(SECRET_SESSION_KEY, "")
        if is_sealed(waiting):
            # Sealed with a key that is gone since: a new secret is made, and shown.
            with contextlib.suppress(ValueError):
                session[SECRET_SESSION_KEY] = unseal(waiting)
        super().__init__(*args, **kwargs)
        session[SECRET_SESSION_KEY] = seal(self.secret)
