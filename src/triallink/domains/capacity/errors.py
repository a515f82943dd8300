"""What capacity refuses."""

from triallink.kernel.refusals import N_, Invalid, Refusal


class HoursTaken(Refusal):
    """The hours asked for are no longer free."""

    code = "hours_taken"
    message = N_("These hours are no longer free. Search again: what is shown there is free now.")


class TimeTaken(Refusal):
    """A leave, a commitment or a shorter day meets hours that are taken."""

    code = "time_taken"
    message = N_("%(name)s has taken hours on %(day)s: move the booking or the commitment first.")


class NoCalendar(Refusal):
    """There is no calendar that far ahead."""

    code = "no_calendar"
    message = N_("The calendar does not reach %(day)s.")


class DatesTurned(Invalid):
    """The end lies before the start."""

    code = "dates_turned"
    message = N_("The last day lies before the first.")


class WindowPast(Invalid):
    """The window begins in the past."""

    code = "window_past"
    message = N_("The first week has already passed.")


class WindowTooLong(Invalid):
    """The window is longer than the calendars reach."""

    code = "window_too_long"
    message = N_("At most %(weeks)s weeks can be traded at a time.")


class HoursOutOfRange(Invalid):
    """A number of hours that nobody can work."""

    code = "hours_out_of_range"
    message = N_("Give a number of hours from %(minimum)s to %(maximum)s.")


class PriceOutOfRange(Invalid):
    """A price that is not positive."""

    code = "price_out_of_range"
    message = N_("Give a price above zero.")


class PriceBelowFloor(Invalid):
    """The public price is below the seller's own floor."""

    code = "price_below_floor"
    message = N_("The price for instant booking is not below your own floor.")


class TermsOutOfRange(Invalid):
    """A cancellation term outside its limits."""

    code = "terms_out_of_range"
    message = N_("Give a whole number from %(minimum)s to %(maximum)s.")


class WordUnknown(Invalid):
    """A code outside its closed list."""

    code = "word_unknown"
    message = N_("“%(word)s” is not one of the choices.")


class PlaceMissing(Invalid):
    """Neither a site nor a city is named."""

    code = "place_missing"
    message = N_("Name a site or a city.")


class NobodyFree(Invalid):
    """The offer exceeds what its people have free."""

    code = "nobody_free"
    message = N_("In the week of %(week)s only %(free)s hours are free, not %(wanted)s.")


class WrongState(Refusal):
    """The order or booking cannot take this step now."""

    code = "wrong_state"
    message = N_("This step is not possible any more: somebody has acted or the time is over.")


class HoldOver(Refusal):
    """The ten minutes are over."""

    code = "hold_over"
    message = N_("The hold has run out; the hours are free for others again.")


class NotForSale(Refusal):
    """The offer has no price for instant booking."""

    code = "not_for_sale"
    message = N_("This offer is only traded in the batch clearing.")


class OwnHours(Refusal):
    """Buyer and seller are the same organization."""

    code = "own_hours"
    message = N_("These are your own hours.")


class NotQualified(Refusal):
    """The professional does not fulfil what the need asks for."""

    code = "not_qualified"
    message = N_("This person does not fulfil what the need asks for.")


class ClearingUnderWay(Refusal):
    """Another clearing runs."""

    code = "clearing_under_way"
    message = N_("A clearing is already under way.")


class FileUnreadable(Invalid):
    """An uploaded file cannot be read at all."""

    code = "file_unreadable"
    message = N_("This file cannot be read: give an XLSX, CSV or iCalendar (.ics) file.")


class RowsRefused(Invalid):
    """Some rows of an import are wrong; nothing was imported. `findings` says which and why."""

    code = "rows_refused"
    message = N_("%(count)s rows cannot be read; nothing was imported.")

    def __init__(self, *, findings: list[tuple[int, str, str, dict[str, object]]], **params: object) -> None:
        super().__init__(field="file", count=len(findings), **params)
        self.findings = findings  # (row, column, template, params)
