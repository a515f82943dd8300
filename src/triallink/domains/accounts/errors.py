"""What accounts refuses."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class InvitationUnusable(Refusal):
    """The invitation expired, was revoked or was used."""

    code = "invitation_unusable"
    message = N_("This invitation has expired or was already used. Ask for a new one.")


class InvitationForSomebodyElse(Refusal):
    """The invitation names another address."""

    code = "invitation_for_somebody_else"
    status = 403
    message = N_("This invitation was sent to another e-mail address.")


class AlreadyMember(Refusal):
    """The person belongs to the organization."""

    code = "already_member"
    message = N_("%(email)s already belongs to this organization.")


class LastAdministrator(Refusal):
    """Nobody would be left to let others in."""

    code = "last_administrator"
    message = N_("An organization keeps at least one administrator. Make somebody else administrator first.")


class RoleUnknown(Invalid):
    """A role outside the list."""

    code = "role_unknown"
    message = N_("There is no role called %(role)s.")


class NameMissing(Invalid):
    """An organization needs a name."""

    code = "name_missing"
    message = N_("Give the name in English or in Chinese.")


class KindUnknown(Invalid):
    """An organization is of one of the known kinds."""

    code = "organization_kind_unknown"
    message = N_("Choose what kind of organization this is.")


class ScopeUnknown(Invalid):
    """A token asked for a scope that does not exist."""

    code = "scope_unknown"
    message = N_("There is no scope called %(scope)s.")


class TimeZoneUnknown(Invalid):
    """A time zone outside the IANA list."""

    code = "time_zone_unknown"
    message = N_("There is no time zone called %(time_zone)s.")


class LanguageUnknown(Invalid):
    """A language the pages are not written in."""

    code = "language_unknown"
    message = N_("The pages are in English and Chinese.")


class EmailTaken(Invalid):
    """One person per e-mail address."""

    code = "email_taken"
    message = N_("Somebody already has an account with the address %(email)s.")


class OperatorExists(Refusal):
    """One platform has one operator."""

    code = "operator_exists"
    message = N_("This platform already has an operator. Its administrators invite others.")


class VaultKeyMissing(Refusal):
    """Secrets were sealed with a key that is no longer given."""

    code = "vault_key_missing"
    message = N_(
        "None of TRIALLINK_VAULT_KEYS opens %(lost)s of the %(total)s secrets. Nothing was changed: add the key "
        "they were sealed with. Where none was ever set, that is TRIALLINK_SECRET_KEY."
    )
