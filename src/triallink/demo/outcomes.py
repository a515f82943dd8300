"""What became of the trials' requests: bids in bulk, then every state step by step.

The guards of the marketplace are not gone around: a request is inserted as a draft, its lines while it is one;
bids come while it is published (a demo request takes them by the story's clock), under each bidder's own name;
then every request walks the table of transitions by plain updates.
"""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from random import Random

from django.db import transaction

from triallink.demo.bulk import copy_in
from triallink.demo.supply import unit_price
from triallink.demo.trials import Trial
from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models import Award, AwardLine, Bid, BidLine, BidSeal, LossLetter, Request
from triallink.domains.marketplace.selectors.receipts import canonical_content
from triallink.domains.marketplace.services.bid_content import amount_of
from triallink.foundation.tenancy import reading_as

BATCH = 500
WALKS = {
    "published": (),
    "cancelled": ("cancelled",),
    "closed": ("closed",),
    "failed": ("closed", "failed"),
    "evaluated": ("closed", "evaluated"),
    "awarded": ("closed", "evaluated", "awarded"),
}
NOT_CHOSEN = "Another offer was better value overall. 其他报价综合更优。"
REASON = "Best value overall. 综合最优。"
NO_BID = "No bid was usable. 无有效报价。"


class Outcomes:
    """Lets suppliers bid and buyers decide."""

    def __init__(self, seed: int, now: dt.datetime, suppliers: Sequence[Organization]) -> None:
        self.rng = Random(f"triallink-outcomes-{seed}")
        self.now = now
        self.suppliers = list(suppliers)

    def happen(self, trials: Sequence[Trial]) -> None:
        """Bring every trial's request to its fate."""
        live = [trial for trial in trials if trial.fate != "draft"]
        self._move(live, "published")
        bids = self._bid(live)
        for step in range(max(len(walk) for walk in WALKS.values())):
            for target in dict.fromkeys(walk[step] for walk in WALKS.values() if len(walk) > step):
                moving = [trial for trial in live if WALKS[trial.fate][step : step + 1] == (target,)]
                if target == "awarded":
                    self._award(moving, bids)
                self._move(moving, target)

    def _move(self, trials: Sequence[Trial], state: str) -> None:
        for batch in _batches(trials):
            for trial in batch:
                request = trial.request
                request.state = state
                if state == "closed":
                    request.closed_at = request.closes_at
                if state == "failed":
                    request.ended_reason = NO_BID
                if state == "cancelled":
                    request.ended_reason = "The study was put off. 研究推迟。"
            with transaction.atomic():
                Request.objects.bulk_update(
                    [trial.request for trial in batch], ["state", "closed_at", "ended_reason"]
                )

    def _bid(self, trials: Sequence[Trial]) -> dict[int, list[tuple[Bid, dict[int, BidLine]]]]:
        """Write and submit the bids; return request -> its bids with their lines."""
        drafted = [
            (trial, supplier)
            for trial in trials
            for supplier in self.rng.sample(self.suppliers, 0 if trial.fate in ("failed", "cancelled") else 3)
        ]
        bids = copy_in([self._bid_of(trial, supplier) for trial, supplier in drafted])
        by_bidder: dict[int, list[tuple[Trial, Bid]]] = defaultdict(list)
        for (trial, supplier), bid in zip(drafted, bids, strict=True):
            by_bidder[supplier.pk].append((trial, bid))
        found: dict[int, list[tuple[Bid, dict[int, BidLine]]]] = defaultdict(list)
        for bidder_id, own in by_bidder.items():
            with reading_as(bidder_id):
                for bid, lines in self._seal(own):
                    found[bid.request_id].append((bid, lines))
        return found

    def _bid_of(self, trial: Trial, supplier: Organization) -> Bid:
        request = trial.request
        assert request.published_at is not None
        assert request.bids_due_at is not None
        latest = min(request.bids_due_at, self.now)
        at = request.published_at + (latest - request.published_at) * self.rng.uniform(0.3, 0.95)
        return Bid(request=request, organization=supplier, version=1, created_at=at)

    def _seal(self, own: Sequence[tuple[Trial, Bid]]) -> list[tuple[Bid, dict[int, BidLine]]]:
        """Write the contents of one bidder's bids and hand them in."""
        made, seals = [], []
        for trial, bid in own:
            lines = self._priced(trial, bid)
            salt = hashlib.sha256(f"{trial.request.reference}/{bid.organization_id}/1".encode()).hexdigest()
            total = sum(line.amount_minor for line in lines)
            seals.append(
                BidSeal(bid=bid, nonce=salt, total_minor=total, lead_time_days=self.rng.choice((7, 14, 21)))
            )
            made.append((bid, {line.line_id: line for line in lines}))
        BidSeal.objects.bulk_create(seals)
        BidLine.objects.bulk_create([line for _, lines in made for line in lines.values()], batch_size=2_000)
        for (bid, offered), seal in zip(made, seals, strict=True):
            bid.seal = seal
            none = dict.fromkeys(("bundles", "staffing", "members", "shares", "files"), ())
            bid._prefetched_objects_cache = {"lines": tuple(offered.values()), **none}  # type: ignore[attr-defined]
            bid.receipt_sha256 = hashlib.sha256(canonical_content(bid)).hexdigest()
            bid.state, bid.submitted_at = "submitted", bid.created_at
        Bid.objects.bulk_update([bid for bid, _ in made], ["receipt_sha256", "state", "submitted_at"])
        return made

    def _priced(self, trial: Trial, bid: Bid) -> list[BidLine]:
        level = self.rng.uniform(0.85, 1.2)
        rows = []
        for line in trial.lines:
            price = max(1, round(unit_price(line.service) * level * self.rng.uniform(0.93, 1.08))) * 100
            rows.append(
                BidLine(
                    bid=bid,
                    line=line,
                    unit_price_minor=price,
                    quantity=line.quantity,
                    amount_minor=amount_of(price, line.quantity, "CNY"),
                )
            )
        return rows

    def _award(self, trials: Sequence[Trial], bids: dict[int, list[tuple[Bid, dict[int, BidLine]]]]) -> None:
        """Give each request to its cheapest bid."""
        awards, awarded, letters = [], [], []
        for trial in trials:
            offers = sorted(
                bids[trial.request.pk], key=lambda offer: sum(row.amount_minor for row in offer[1].values())
            )
            won, offered = offers[0]
            award = self._award_of(trial, sum(row.amount_minor for row in offered.values()))
            awards.append(award)
            awarded += [
                AwardLine(
                    award=award,
                    line=row.line,
                    bid=won,
                    quantity=row.quantity,
                    unit_price_minor=row.unit_price_minor,
                    amount_minor=row.amount_minor,
                )
                for row in offered.values()
            ]
            letters += [
                LossLetter(award=award, bid=bid, reason=NOT_CHOSEN, sent_at=award.awarded_at)
                for bid, _ in offers[1:]
            ]
        copy_in(awards)
        copy_in(awarded)
        copy_in(letters)

    def _award_of(self, trial: Trial, total_minor: int) -> Award:
        closed = trial.request.closes_at
        assert closed is not None
        awarded = min(closed + dt.timedelta(days=self.rng.randint(7, 20)), self.now - dt.timedelta(hours=6))
        ends = awarded + trial.request.standstill
        return Award(
            request=trial.request,
            reason=REASON,
            total_minor=total_minor,
            awarded_at=awarded,
            standstill_ends_at=ends,
            standstill_ended_at=ends if ends <= self.now else None,
        )


def _batches(trials: Sequence[Trial]) -> Iterator[Sequence[Trial]]:
    for start in range(0, len(trials), BATCH):
        yield trials[start : start + BATCH]
