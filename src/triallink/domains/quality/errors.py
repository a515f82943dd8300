"""What quality refuses."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class CodeUnknown(Invalid):
    """A code outside its closed list."""

    code = "code_unknown"
    message = N_("%(value)s is not one of the choices.")


class ProfileNotForThisKind(Refusal):
    """A sponsor has no supplier profile, and only a hospital has a site profile."""

    code = "profile_not_for_this_kind"
    status = 403
    message = N_("Your kind of organization has no such profile.")


class NameMissing(Invalid):
    """A professional without a name."""

    code = "name_missing"
    message = N_("Please give a name in at least one language.")


class NumberOutOfRange(Invalid):
    """A number outside what can be true."""

    code = "number_out_of_range"
    message = N_("Give a number from %(low)s to %(high)s.")


class TooManyDepartments(Invalid):
    """More departments than a hospital can have."""

    code = "too_many_departments"
    message = N_("List at most %(most)s departments.")


class CredentialDatesReversed(Invalid):
    """A credential that ends before it begins."""

    code = "credential_dates_reversed"
    message = N_("A credential cannot expire before it is issued.")
