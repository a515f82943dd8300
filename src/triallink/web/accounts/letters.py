"""What allauth's letters and messages say here, by the names it gives them."""

from typing import Any

from django.utils.translation import gettext, override

from triallink.kernel.refusals import N_

LETTERS = {
    "account/email/email_confirmation": (
        N_("%(code)s is your code for Trial.Link"),
        N_(
            "Enter this code in the page where you gave your e-mail address:\n\n    %(code)s\n\n"
            "It is good for 15 minutes. If you did not ask for it, do nothing.\n"
        ),
    ),
    "account/email/account_already_exists": (
        N_("You already have an account on Trial.Link"),
        N_(
            "Somebody, probably you, tried to sign up with %(email)s, but there already is an account with "
            "this address.\n\nForgot the password? Set a new one here:\n%(password_reset_url)s\n"
        ),
    ),
    "account/email/password_reset_key": (
        N_("Set a new password for Trial.Link"),
        N_(
            "Follow this link to set a new password:\n%(password_reset_url)s\n\n"
            "If you did not ask for it, do nothing: your password stays as it is.\n"
        ),
    ),
    "account/email/unknown_account": (
        N_("There is no account for you on Trial.Link"),
        N_(
            "Somebody, probably you, asked for a new password for %(email)s, but there is no account with this "
            "address.\n\nYou can sign up here:\n%(signup_url)s\n"
        ),
    ),
}
CHANGES = {
    "account/email/password_changed": N_("Your password was changed."),
    "account/email/password_reset": N_("Your password was reset."),
    "account/email/password_set": N_("A password was set."),
    "mfa/email/totp_activated": N_("Signing in now takes a one-time code."),
    "mfa/email/totp_deactivated": N_("Signing in no longer takes a one-time code."),
    "mfa/email/recovery_codes_generated": N_("New recovery codes were made; the old ones no longer work."),
    "socialaccount/email/account_connected": N_("Signing in through OpenID was connected."),
}
CHANGED_SUBJECT = N_("Your Trial.Link account changed")
CHANGED = N_(
    "%(what)s\n\nFrom: %(ip)s, %(user_agent)s\n\n"
    "If this was not you, set a new password at once and write to us.\n"
)

# Messages worth saying; the others only repeat what the page shows.
SAID = {
    "account/messages/password_changed.txt": N_("Your password was changed."),
    "account/messages/password_set.txt": N_("A password was set."),
    "mfa/messages/totp_activated.txt": N_("Signing in now takes a one-time code."),
    "mfa/messages/totp_deactivated.txt": N_("Signing in no longer takes a one-time code."),
    "account/messages/email_confirmed.txt": N_("Your e-mail address is confirmed."),
}


def letter(name: str, context: dict[str, Any], language: str) -> tuple[str, str]:
    """Return the subject and the body of a letter in a language."""
    known = LETTERS.get(name.removesuffix("_signup"))
    with override(language):
        if known is None:
            return gettext(CHANGED_SUBJECT), gettext(CHANGED) % {**context, "what": gettext(CHANGES[name])}
        subject, body = known
        return gettext(subject) % context, gettext(body) % context
