"""The comparison matrix: bids side by side, line by line, with every score taken apart."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import mean, median

from triallink.domains.marketplace.access.requests import request_for, require_bid_reader
from triallink.domains.marketplace.models import (
    BidScore,
    ConsensusScore,
    EvaluationNote,
    Evaluator,
    Request,
    RequestLine,
)
from triallink.domains.marketplace.models.requests import CRITERIA
from triallink.domains.marketplace.selectors.offers import Offer, OfferedLine, offers_of
from triallink.engines.evaluation import (
    abnormally_low,
    coverage_score,
    experience_score,
    price_score,
    quality_score,
    speed_score,
    weighted_total,
)
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

# What a service costs in a province by the price index, in minor units per unit of the service, or None if too
# few suppliers stand behind the figure: (lines, currency) -> line id -> price.
IndexPrices = Callable[[Sequence[RequestLine], str], dict[int, int]]


def no_index(lines: Sequence[RequestLine], currency: str) -> dict[int, int]:
    """Return no index price for any line."""
    return {}


@dataclass(frozen=True)
class Cell:
    """One bid's offer for one line."""

    offered: OfferedLine | None
    amount_minor: int | None  # as part of the bid's lowest price: its share of a bundle, if one is taken
    is_lowest: bool
    against_index: float | None  # 0.1 is ten percent above the index
    coverage: float  # 0 not offered, 0.5 offered, 1 offered and present in the province


@dataclass(frozen=True)
class Score:
    """A criterion's score of one bid: by formula, by each evaluator, as agreed; and its points of the total."""

    criterion: str
    weight: int
    computed: float
    given: tuple[tuple[str, float, str], ...]  # evaluator, score, note
    agreed: float | None
    reason: str

    @property
    def suggested(self) -> float:
        """Return the evaluators' mean, or the formula's result if nobody scored."""
        return mean(score for _, score, _ in self.given) if self.given else self.computed

    @property
    def counting(self) -> float:
        """Return the score that counts: the agreed one, or so far the suggested one."""
        return self.suggested if self.agreed is None else self.agreed

    @property
    def points(self) -> float:
        """Return what it adds to the total."""
        return self.weight * self.counting / 100


@dataclass(frozen=True)
class Column:
    """One bid."""

    offer: Offer
    cells: tuple[Cell, ...]
    scores: tuple[Score, ...]
    total: float
    rank: int
    is_abnormally_low: bool
    is_complete: bool
    notes: tuple[EvaluationNote, ...]


@dataclass(frozen=True)
class Matrix:
    """The bids of a request side by side, best first."""

    request: Request
    lines: tuple[RequestLine, ...]
    columns: tuple[Column, ...]
    index_minor: dict[int, int]
    evaluators: tuple[Evaluator, ...]
    is_agreed: bool


def evaluation_matrix(
    request_id: int, *, to: Actor, index: IndexPrices = no_index, clock: Clock = system_clock
) -> Matrix:
    """Return the opened bids of a request compared, for whoever may look into them.

    index  where the price index's figures come from.

    Refuses: NotFound, StepNotPossible, NotEvaluator, DeclarationMissing.
    """
    request = request_for(to, request_id, clock=clock)
    require_bid_reader(to, request)
    return compare(request, reader_id=to.organization_id, index=index)


def compare(request: Request, *, reader_id: int | None, index: IndexPrices = no_index) -> Matrix:
    """Return the opened bids of a request compared; the caller has checked the person."""
    lines = tuple(request.lines.select_related("service", "site"))
    offers = offers_of(request, reader_id=reader_id)
    index_minor = index(lines, request.currency)
    amounts = {offer.bid_id: offer.priced(list(offer.lines))[1] for offer in offers}
    computed = _computed(request, lines, offers, amounts)
    given, agreed, notes = _judgements(request)
    is_low = dict(zip((o.bid_id for o in offers), _low(lines, offers), strict=True))
    lowest = {
        line.pk: min((a[line.pk] / float(o.lines[line.pk].quantity) for o in offers
                      if line.pk in (a := amounts[o.bid_id])), default=None)
        for line in lines
    }  # fmt: skip
    columns = []
    for offer in offers:
        scores = tuple(
            Score(
                criterion=criterion,
                weight=request.weights.get(criterion, 0),
                computed=computed[offer.bid_id][criterion],
                given=tuple(given[offer.bid_id, criterion]),
                agreed=agreed.get((offer.bid_id, criterion), (None, ""))[0],
                reason=agreed.get((offer.bid_id, criterion), (None, ""))[1],
            )
            for criterion in CRITERIA
        )
        total = weighted_total({s.criterion: s.counting for s in scores}, request.weights)
        cells = tuple(
            _cell(line, offer, amounts[offer.bid_id].get(line.pk), lowest[line.pk], index_minor.get(line.pk))
            for line in lines
        )
        columns.append((total, offer, cells, scores, is_low[offer.bid_id], len(offer.lines) == len(lines)))
    columns.sort(key=lambda entry: (-entry[0], entry[1].total_minor, entry[1].submitted_at))
    return Matrix(
        request=request,
        lines=lines,
        columns=tuple(
            Column(offer, cells, scores, total, rank, low, complete, tuple(notes[offer.bid_id]))
            for rank, (total, offer, cells, scores, low, complete) in enumerate(columns, start=1)
        ),
        index_minor=index_minor,
        evaluators=tuple(Evaluator.objects.filter(request=request).select_related("person").order_by("id")),
        is_agreed=bool(agreed),
    )


def _cell(
    line: RequestLine, offer: Offer, amount: int | None, lowest: float | None, index_minor: int | None
) -> Cell:
    offered = offer.lines.get(line.pk)
    if offered is None or amount is None:
        return Cell(None, None, False, None, 0.0)
    unit = amount / float(offered.quantity)
    return Cell(
        offered=offered,
        amount_minor=amount,
        is_lowest=lowest is not None and unit <= lowest,
        against_index=unit / index_minor - 1 if index_minor else None,
        coverage=_presence(line, offer),
    )


def _presence(line: RequestLine, offer: Offer) -> float:
    """Return 0, 0.5 or 1: not offered, offered, offered with presence where the work is."""
    if line.pk not in offer.lines:
        return 0.0
    if not line.province:
        return 1.0
    staffed = {staff.province for staff in offer.staffing if staff.line_id == line.pk}
    return 1.0 if line.province in offer.record.provinces | staffed else 0.5


def _computed(
    request: Request,
    lines: Sequence[RequestLine],
    offers: Sequence[Offer],
    amounts: dict[int, dict[int, int]],
) -> dict[int, dict[str, float]]:
    prices = _price_scores(request, lines, offers, amounts)
    shortest = min((offer.lead_time_days for offer in offers), default=0)
    return {
        offer.bid_id: {
            "price": prices[offer.bid_id],
            "quality": quality_score(offer.record.rating_sum, offer.record.rating_count),
            "experience": experience_score(offer.record.completed),
            "coverage": coverage_score([_presence(line, offer) for line in lines]),
            "speed": speed_score(offer.lead_time_days, shortest),
        }
        for offer in offers
    }


def _price_scores(
    request: Request,
    lines: Sequence[RequestLine],
    offers: Sequence[Offer],
    amounts: dict[int, dict[int, int]],
) -> dict[int, float]:
    """Return lowest ÷ own over the totals; where lines are awarded separately, line by line.

    A line weighs as much as the median price of it does, and gives nothing to a bid that leaves it out.
    """
    if not request.is_partial_award_allowed:
        lowest = min((offer.total_minor for offer in offers), default=0)
        return {offer.bid_id: price_score(offer.total_minor, lowest) for offer in offers}
    units = {
        offer.bid_id: {
            key: amounts[offer.bid_id][key] / float(line.quantity) for key, line in offer.lines.items()
        }
        for offer in offers
    }
    scores: dict[int, float] = dict.fromkeys(units, 0.0)
    weight_sum = 0.0
    for line in lines:
        priced = {bid_id: unit[line.pk] for bid_id, unit in units.items() if line.pk in unit}
        if not priced:
            continue
        weight = median(priced.values()) * float(line.quantity)
        weight_sum += weight
        lowest_unit = min(priced.values())
        for bid_id, unit in priced.items():
            scores[bid_id] += weight * price_score(unit, lowest_unit)
    return {bid_id: score / weight_sum if weight_sum else 0.0 for bid_id, score in scores.items()}


def _low(lines: Sequence[RequestLine], offers: Sequence[Offer]) -> list[bool]:
    """Return which totals are abnormally low, among the bids that offer every line."""
    whole = [offer for offer in offers if len(offer.lines) == len(lines)]
    flags = dict(
        zip((offer.bid_id for offer in whole), abnormally_low([o.total_minor for o in whole]), strict=True)
    )
    return [flags.get(offer.bid_id, False) for offer in offers]


def _judgements(
    request: Request,
) -> tuple[
    dict[tuple[int, str], list[tuple[str, float, str]]],
    dict[tuple[int, str], tuple[float, str]],
    dict[int, list[EvaluationNote]],
]:
    given = defaultdict(list)
    for row in BidScore.objects.filter(bid__request=request, evaluator__has_conflict=False).select_related(
        "evaluator__person"
    ):
        given[row.bid_id, row.criterion].append((row.evaluator.person.name, float(row.score), row.note))
    agreed = {
        (row.bid_id, row.criterion): (float(row.score), row.reason)
        for row in ConsensusScore.objects.filter(bid__request=request)
    }
    notes = defaultdict(list)
    for note in EvaluationNote.objects.filter(bid__request=request).select_related("person"):
        notes[note.bid_id].append(note)
    return given, agreed, notes


def rounded(score: float) -> Decimal:
    """Return a score as it is stored, with two places."""
    return Decimal(str(score)).quantize(Decimal("0.01"))
