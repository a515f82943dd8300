"""Comparing the bank's statement with the book, and resolving what differs."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.db import transaction

from triallink.domains.ledger.errors import FindingResolved, ResolutionDoesNotFit
from triallink.domains.ledger.events import DifferenceFound, DifferenceResolved
from triallink.domains.ledger.models import (
    Entry,
    Finding,
    PaymentOrder,
    Posting,
    StatementLine,
)
from triallink.domains.ledger.rail.choosing import bank_rail
from triallink.domains.ledger.services.posting import Purse, book, require_bookkeeper, reverse
from triallink.domains.ledger.services.purses import client_account, move
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import NotFound

# The bank may write a movement of the last minute on its next statement.
GRACE = dt.timedelta(days=1)
# A message of the bank may come this long after the money.
LATEST_MESSAGE = dt.timedelta(days=3)
ORDER_KIND = "payment_order"


@dataclass
class Sides:
    """What book and bank say of one reference."""

    book: list[int] = field(default_factory=list)
    bank: list[int] = field(default_factory=list)
    last_booked_on: dt.date = dt.date.min
    last_moved_on: dt.date = dt.date.min
    order_id: int | None = None

    def difference(self, until: dt.date) -> str:
        """Return the kind of the difference, or "" if both agree or the bank still has time."""
        booked, moved = sum(self.book), sum(self.bank)
        if booked == moved:
            return ""
        if not self.bank:
            return "missing_at_bank" if self.last_booked_on + GRACE <= until else ""
        if not any(self.book) or booked == 0:
            is_awaited = self.order_id is not None and self.last_moved_on + LATEST_MESSAGE > until
            return "" if is_awaited else "missing_in_book"
        repeats = len(self.bank) != len(set(self.bank))
        return "duplicate_at_bank" if repeats and set(self.bank) <= set(self.book) else "amount_differs"


@transaction.atomic
def import_statement(*, day: dt.date, by: Actor, clock: Clock = system_clock) -> int:
    """Fetch the bank's statement of a day and keep its lines; return how many were new.

    Refuses: NotAllowed.
    """
    require_bookkeeper(by)
    rail = bank_rail(clock)
    lines = [
        StatementLine(
            rail=rail.name,
            day=day,
            number=line.number,
            reference=line.reference,
            amount_minor=line.amount.minor,
            currency=line.amount.currency,
            text=line.text[:200],
        )
        for line in rail.statement(day)
    ]
    kept = StatementLine.objects.filter(rail=rail.name, day=day)
    before = kept.count()
    StatementLine.objects.bulk_create(lines, ignore_conflicts=True)
    return kept.count() - before


@transaction.atomic
def reconcile(*, until: dt.date, by: Actor, clock: Clock = system_clock) -> list[Finding]:
    """Compare bank and book up to a day and return the new differences.

    A difference that is open already is not found again, and is closed when both sides have come to agree; one that
    was left to the bank is found again only when the figures change.
    Refuses: NotAllowed.
    Emits: DifferenceFound.
    """
    require_bookkeeper(by)
    known = {(finding.reference, finding.currency): finding for finding in Finding.objects.order_by("id")}
    found, compared = [], compare(until)
    _close_what_agrees(compared, until, by, clock)
    for (reference, currency), sides in sorted(compared.items()):
        kind = sides.difference(until)
        booked, moved = sum(sides.book), sum(sides.bank)
        last = known.get((reference, currency))
        if not kind or (
            last and (last.resolved_at is None or (last.book_minor, last.bank_minor) == (booked, moved))
        ):
            continue
        found.append(
            Finding(
                reference=reference,
                currency=currency,
                kind=kind,
                order_id=sides.order_id,
                book_minor=booked,
                bank_minor=moved,
                found_at=clock.now(),
            )
        )
    for finding in found:
        finding.save(force_insert=True)
    for finding in found:
        record(
            DifferenceFound(finding_id=finding.pk, kind=finding.kind),
            by=by,
            about=("finding", finding.pk),
            change={"difference": [finding.book_minor, finding.bank_minor]},
            clock=clock,
        )
    return found


@transaction.atomic
def resolve_finding(
    *, finding_id: int, resolution: str, why: str, by: Actor, clock: Clock = system_clock
) -> Finding:
    """Resolve a difference; what has to move is booked as a correction or a reversal.

    resolution  one of RESOLUTIONS: "adjust" books the difference for the organization of the order, "suspense"
    against the account to be clarified, "reverse" takes our posting back, "bank_error" books nothing.
    Refuses: NotAllowed, NotFound, FindingResolved, ResolutionDoesNotFit, InsufficientFunds, PeriodClosed.
    Emits: DifferenceResolved.
    """
    require_bookkeeper(by)
    finding = (
        Finding.objects.select_for_update(of=("self",)).select_related("order").filter(pk=finding_id).first()
    )
    if finding is None:
        raise NotFound
    if finding.resolved_at is not None:
        raise FindingResolved
    if resolution not in resolutions_of(finding):
        raise ResolutionDoesNotFit(field="resolution")
    finding.posting = _posting_for(finding, resolution, why, by, clock)
    finding.resolution, finding.why = resolution, why
    finding.resolved_by_label, finding.resolved_at = by.label, clock.now()
    finding.save(update_fields=["posting", "resolution", "why", "resolved_by_label", "resolved_at"])
    record(
        DifferenceResolved(finding_id=finding.pk, resolution=resolution),
        by=by,
        about=("finding", finding.pk),
        why=why,
        change={"resolution": [None, resolution]},
        clock=clock,
    )
    return finding


def resolutions_of(finding: Finding) -> list[str]:
    """Return the ways out that fit a difference."""
    fitting = ["suspense", "bank_error"]
    if finding.order is not None and finding.kind in ("amount_differs", "missing_in_book"):
        fitting.insert(0, "adjust")
    if finding.kind == "missing_at_bank":
        fitting.insert(0, "reverse")
    return fitting


def compare(until: dt.date) -> dict[tuple[str, str], Sides]:
    """Return what book and bank say of every reference up to a day, by reference and currency."""
    sides: defaultdict[tuple[str, str], Sides] = defaultdict(Sides)
    orders = dict(PaymentOrder.objects.values_list("pk", "reference"))
    by_correction = dict(Finding.objects.filter(posting__isnull=False).values_list("posting_id", "reference"))
    entries = Entry.objects.filter(account__kind="bank", posting__booked_on__lte=until).values_list(
        "posting_id", "posting__about_kind", "posting__about_id", "posting__key", "posting__booked_on",
        "account__currency", "amount_minor",
    )  # fmt: skip
    for posting_id, kind, about_id, key, booked_on, currency, minor in entries:
        of_order = orders.get(about_id) if kind == ORDER_KIND else None
        side = sides[of_order or by_correction.get(posting_id) or key, currency]
        # The bank stands on the debit side: what came in is negative in the book and positive on the statement.
        side.book.append(-minor)
        side.last_booked_on = max(side.last_booked_on, booked_on)
        side.order_id = about_id if of_order else side.order_id
    by_reference = {reference: pk for pk, reference in orders.items()}
    for reference, currency, minor, day in StatementLine.objects.filter(day__lte=until).values_list(
        "reference", "currency", "amount_minor", "day"
    ):
        side = sides[reference, currency]
        side.bank.append(minor)
        side.last_moved_on = max(side.last_moved_on, day)
        side.order_id = by_reference.get(reference)
    return dict(sides)


def _close_what_agrees(
    compared: dict[tuple[str, str], Sides], until: dt.date, by: Actor, clock: Clock
) -> None:
    """Close the open differences of references on which bank and book have come to agree."""
    for finding in Finding.objects.select_for_update().filter(resolved_at=None):
        sides = compared.get((finding.reference, finding.currency))
        if sides is not None and not sides.difference(until):
            finding.resolution, finding.resolved_by_label, finding.resolved_at = (
                "agreed",
                by.label,
                clock.now(),
            )
            finding.save(update_fields=["resolution", "resolved_by_label", "resolved_at"])


def _posting_for(finding: Finding, resolution: str, why: str, by: Actor, clock: Clock) -> Posting | None:
    """Book what a resolution moves; None if it moves nothing."""
    if resolution == "bank_error":
        return None
    if resolution == "reverse":
        return reverse(posting_id=_booked(finding).pk, reason=why, by=by, clock=clock)
    amount = Money(abs(finding.difference_minor), finding.currency)
    bank = Purse("bank", finding.currency)
    if resolution == "adjust" and finding.order is not None:
        other = client_account(finding.order.organization_id, finding.currency)
    else:
        other = Purse("suspense", finding.currency)
    entries = move(bank, other, amount) if finding.difference_minor > 0 else move(other, bank, amount)
    return book(
        kind="correction",
        entries=entries,
        key=f"finding:{finding.pk}",
        reason=why or finding.reference,
        about=(ORDER_KIND, finding.order_id) if finding.order_id else ("", 0),
        by=by,
        clock=clock,
    ).posting


def _booked(finding: Finding) -> Posting:
    """Return the posting on the bank account that the bank's statement does not show."""
    postings = Posting.objects.filter(entries__account__kind="bank", reversed_by__isnull=True)
    if finding.order_id:
        found = postings.filter(about_kind=ORDER_KIND, about_id=finding.order_id).order_by("-id").first()
    else:
        found = postings.filter(key=finding.reference).first()
    if found is None:
        raise ResolutionDoesNotFit(field="resolution")
    return found
