"""What studies refuse."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class StudyCodeTaken(Refusal):
    """The sponsor has a study of this code."""

    code = "study_code_taken"
    message = N_("You already have a study with the code %(study_code)s.")


class StudyCodeMissing(Invalid):
    """A study needs a code."""

    code = "study_code_missing"
    message = N_("Give the study a code, such as its protocol number.")


class TitleMissing(Invalid):
    """A study needs a title."""

    code = "title_missing"
    message = N_("Give the title in English or in Chinese.")


class WordUnknown(Invalid):
    """A value outside a closed list."""

    code = "word_unknown"
    message = N_("“%(value)s” is not one of the choices.")


class NumberOutOfRange(Invalid):
    """A planned number outside its limits."""

    code = "number_out_of_range"
    message = N_("Give a number from %(minimum)s to %(maximum)s.")


class SameProtocol(Refusal):
    """The file says exactly what the present version says."""

    code = "same_protocol"
    message = N_("This file says exactly what version %(number)s says. No new version was made.")


class SiteNumberTaken(Refusal):
    """The study has a site of this number."""

    code = "site_number_taken"
    message = N_("The study already has a site numbered %(number)s.")


class AssumptionOutOfRange(Invalid):
    """An assumption outside its limits or unknown."""

    code = "assumption_out_of_range"
    message = N_("“%(key)s”: %(value)s is not between %(minimum)s and %(maximum)s.")


class BasisIncomplete(Invalid):
    """Demand cannot be computed from these facts."""

    code = "basis_incomplete"
    message = N_("Demand needs at least one country with sites, subjects and months of enrollment.")


class RecordNotInFile(Invalid):
    """A registry file holds no such record."""

    code = "record_not_in_file"
    message = N_("The file holds no study record that can be imported.")
