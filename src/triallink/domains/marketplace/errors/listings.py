"""What listings and directories refuse."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class ServiceUnknown(Invalid):
    """A service outside the catalogue."""

    code = "service_unknown"
    message = N_("There is no service called %(service)s.")


class PriceNotPositive(Invalid):
    """A price of nothing or less."""

    code = "price_not_positive"
    message = N_("The price must be more than zero.")


class ListingExists(Refusal):
    """One live listing per service."""

    code = "listing_exists"
    message = N_("Your organization already offers this service. Change its price or withdraw it first.")


class ListingEnded(Refusal):
    """The listing is no longer live."""

    code = "listing_ended"
    message = N_("This listing has ended.")


class ProfileMissing(Refusal):
    """Nobody finds a listing without a profile."""

    code = "profile_missing"
    message = N_("Declare your supplier profile first, so that your services can be found.")


class SearchNameMissing(Invalid):
    """A saved search without a name."""

    code = "search_name_missing"
    message = N_("Please give this search a name.")


class TooManySavedSearches(Refusal):
    """A person keeps at most fifty searches."""

    code = "too_many_saved_searches"
    message = N_("You keep %(limit)s searches already. Delete one first.")
