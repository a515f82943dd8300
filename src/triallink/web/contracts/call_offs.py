"""Call-offs of hours: the list, and one with its framework, its terms and what became of its hours."""

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from triallink.domains.accounts.models import Organization
from triallink.domains.contracts import selectors
from triallink.domains.contracts.models import CALL_OFF_STATES, CallOff
from triallink.foundation.audit import timeline
from triallink.foundation.models import AuditLine
from triallink.foundation.sentences import reads_chinese
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_, NotFound
from triallink.kernel.vocabulary import PROFESSIONAL_ROLES
from triallink.web.answers import answer, render_page
from triallink.web.contracts.frame import actor_of
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.wording import word

CALL_OFF_TONES = {"in_force": "good", "replaced": "info", "cancelled": "calm"}


def place_of(row: CallOff) -> str:
    """Return where the hours are worked: the site, or the city."""
    if row.booking.site is not None:
        return name_of(row.booking.site)
    return (row.booking.city_zh if reads_chinese() else "") or row.booking.city


def name_of(organization: Organization) -> str:
    """Return what an organization is called in the reader's language."""
    return organization.name_in("zh" if reads_chinese() else "en")


def person_of(row: CallOff) -> str:
    """Return who was booked; both sides know since they confirmed."""
    one = row.booking.professional
    return (one.name_zh if reads_chinese() else one.name) or one.name


CALL_OFFS_FILE = ListSpec(
    name="call-offs",
    columns=(
        Column("reference", N_("Call-off"), sort=("framework__reference", "number")),
        Column("booking", N_("Booking"), sort=("booking__reference",), value=lambda row: row.booking.reference),
        Column("buyer", N_("Buyer"), sort=("framework__buyer__name_en",), value=lambda row: name_of(row.framework.buyer)),
        Column(
            "seller", N_("Supplier"), sort=("framework__seller__name_en",), value=lambda row: name_of(row.framework.seller)
        ),
        Column("person", N_("Person"), value=person_of),
        Column("role", N_("Role"), value=lambda row: word(PROFESSIONAL_ROLES, row.booking.role)),
        Column("place", N_("Place"), value=place_of),
        Column("window", N_("Window"), sort=("start_on",), value=lambda row: f"{row.start_on} – {row.end_on}"),
        Column("hours", N_("Hours"), sort=("minutes",), value=lambda row: row.minutes / 60, is_number=True),
        Column("standing", N_("Hours that stand"), value=lambda row: row.standing_minutes / 60, is_number=True),
        Column("price", N_("Price per hour"), value=lambda row: Money(row.price_minor, row.currency), is_number=True),
        Column("amount", N_("Amount"), value=lambda row: Money(row.amount_minor, row.currency), is_number=True),
        Column("fee", N_("Fee owed"), value=lambda row: Money(row.fee_minor, row.currency), is_number=True),
        Column("state", N_("State"), sort=("state",), value=lambda row: word(CALL_OFF_STATES, row.state)),
    ),
    search=(
        "framework__reference", "booking__reference", "booking__city", "booking__city_zh",
        "framework__buyer__name_en", "framework__buyer__name_zh", "framework__seller__name_en",
        "framework__seller__name_zh",
    ),
    facets=(
        Facet("state", N_("State"), "state", names=CALL_OFF_STATES),
        Facet("role", N_("Role"), "booking__role", names=PROFESSIONAL_ROLES),
    ),
    default_sort="-reference",
)  # fmt: skip

# The page has less room than the file.
CALL_OFFS = replace(
    CALL_OFFS_FILE,
    columns=(
        Column("reference", N_("Call-off"), sort=("framework__reference", "number")),
        Column("person", N_("Person and place")),
        Column("partner", N_("With")),
        Column("window", N_("Window"), sort=("start_on",)),
        Column("hours", N_("Hours"), sort=("minutes",), is_number=True),
        Column("amount", N_("Amount"), sort=("amount_minor",), is_number=True),
        Column("state", N_("State"), sort=("state",)),
    ),
)


@dataclass(frozen=True)
class CallOffRow:
    """A call-off as its reader names things."""

    row: CallOff
    person: str
    place: str
    partner: str


@dataclass(frozen=True)
class CallOffListPage:
    """The call-offs of the viewer's organization."""

    listing: Listing
    shown: dict[int, CallOffRow]
    states: dict[str, str]
    tones: dict[str, str]


@dataclass(frozen=True)
class CallOffPage:
    """One call-off under its framework."""

    call_off: CallOff
    person: str
    place: str
    buyer: str
    seller: str
    role: str
    standing_minutes: int
    past_minutes: int
    amount_minor: int  # of the hours that stand
    siblings: list[CallOff]
    states: dict[str, str]
    tones: dict[str, str]
    timeline: list[AuditLine]


def call_off_list(request: HttpRequest) -> HttpResponse:
    """Show the call-offs of the viewer's organization."""
    actor = actor_of(request)
    rows = selectors.call_offs(to=actor, today=timezone.localdate())
    if wants_export(request):
        return export(request, CALL_OFFS_FILE, rows)
    listing = CALL_OFFS.read(request, rows)
    shown = {
        row.pk: CallOffRow(
            row,
            person_of(row),
            place_of(row),
            name_of(
                row.framework.seller
                if row.framework.buyer_id == actor.organization_id
                else row.framework.buyer
            ),
        )
        for row in listing.rows
    }
    page = CallOffListPage(listing, shown, CALL_OFF_STATES, CALL_OFF_TONES)
    return answer(request, "contracts/call_offs.html", "list", page)


def call_off_detail(request: HttpRequest, call_off_id: int) -> HttpResponse:
    """Show one call-off."""
    rows = selectors.call_offs(to=actor_of(request), today=timezone.localdate())
    row = rows.filter(pk=call_off_id).first()
    if row is None:
        raise NotFound
    framework = row.framework
    page = CallOffPage(
        call_off=row,
        person=person_of(row),
        place=place_of(row),
        buyer=name_of(framework.buyer),
        seller=name_of(framework.seller),
        role=word(PROFESSIONAL_ROLES, row.booking.role),
        standing_minutes=row.standing_minutes,
        past_minutes=row.past_minutes,
        amount_minor=row.standing_minutes * row.price_minor // 60,
        siblings=list(rows.filter(framework=framework).exclude(pk=row.pk)[:10]),
        states=CALL_OFF_STATES,
        tones=CALL_OFF_TONES,
        timeline=timeline("call_off", row.pk),
    )
    return render_page(request, "contracts/call_off.html", page)
