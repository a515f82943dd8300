"""How allauth speaks here: our sentences, our letters, our way of keeping a new person."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_email
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django import forms
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import LANGUAGES, Person
from triallink.domains.accounts.services import register
from triallink.foundation.vault import seal, unseal
from triallink.web.accounts.letters import SAID, letter

TOO_MANY = _("Too many attempts. Wait some minutes, then try again.")


def source_of(request: HttpRequest) -> str:
    """Return where a request comes from, as the audit trail writes it."""
    return f"web {request.META.get('REMOTE_ADDR', '')}"


class AccountAdapter(DefaultAccountAdapter):
    """Signing up and in."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "email_taken": _("Somebody already has an account with this e-mail address."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_code": _("The code is not right."),
        "incorrect_password": _("The password is not right."),
        "invalid_password_reset": _("This link was used or has expired."),
        "rate_limited": TOO_MANY,
        "too_many_login_attempts": TOO_MANY,
    }

    def save_user(self, request: HttpRequest, user: Person, form: forms.Form, commit: bool = True) -> Person:
        """Keep a new person with the name and the language they gave."""
        data = form.cleaned_data
        user_email(user, data["email"])
        if not self.is_email_verified(request, data["email"]):
            # An invitation's link proves one mailbox only: another address needs a code of its own.
            self.unstash_verified_email(request)
        user.name, user.language = data["name"].strip(), data["language"]
        if data.get("password1"):
            user.set_password(data["password1"])
        else:
            user.set_unusable_password()
        return register(person=user, source=source_of(request)) if commit else user

    def reauthenticate(self, user: Person, password: str) -> bool:
        """Return whether the password is right; a wrong one counts as a wrong sign-in."""
        return self.authenticate(context.request, email=user.email, password=password) == user

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead somebody who belongs nowhere yet to the choice of an organization."""
        person = request.user
        if isinstance(person, Person) and actor_for(person).organization_id is None:
            return reverse("accounts:organization-new")
        return super().get_login_redirect_url(request)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Lead a new person to the choice of an organization."""
        return self.get_login_redirect_url(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return to the security page."""
        return reverse("mfa_index")

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say only what the next page does not show by itself."""
        words = message or (gettext(SAID[message_template]) if message_template in SAID else "")
        if words:
            messages.add_message(request, level, words, extra_tags=extra_tags)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Write a letter in the language of the person it goes to."""
        to = [email] if isinstance(email, str) else email
        reader = context.get("user") or Person.objects.filter(email__in=to).first()
        language = reader.language if isinstance(reader, Person) else get_language() or "en"
        subject, body = letter(template_prefix, {**context, "email": to[0]}, language)
        return EmailMessage(subject, body, self.get_from_email(), to, headers=headers)


class SecondStepAdapter(DefaultMFAAdapter):
    """One-time codes."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("The code is not right, or it was already used. Wait for the next one."),
        "rate_limited": TOO_MANY,
        "unverified_email": _("Confirm your e-mail address first."),
    }

    def encrypt(self, text: str) -> str:
        """Keep the secret of a phone, and the seed of recovery codes, sealed."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return unseal(encrypted_text)


class OpenIdAdapter(DefaultSocialAccountAdapter):
    """Signing in through an OpenID Connect provider."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Person:
        """Take the name and the language from what the provider says."""
        person: Person = super().populate_user(request, sociallogin, data)
        person.name = (data.get("name") or person.email.partition("@")[0])[:120]
        language = get_language() or "en"
        person.language = language if language in dict(LANGUAGES) else "en"
        return person

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: forms.Form | None = None
    ) -> Person:
        """Keep the new person, then tie the provider's account to them."""
        person = sociallogin.user
        person.set_unusable_password()
        if form is not None:
            person.name, person.language = form.cleaned_data["name"].strip(), form.cleaned_data["language"]
            user_email(person, form.cleaned_data["email"])
        register(person=person, source=source_of(request))
        sociallogin.save(request)
        return person

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        """Fill the form with what the provider knows."""
        return {**super().get_signup_form_initial_data(sociallogin), "name": sociallogin.user.name}
