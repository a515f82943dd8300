"""The comparison matrix: bids side by side, line by line, with every score taken apart."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import mean, median
from typing import NamedTuple

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
    shared_weights,
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


class Cell(NamedTuple):
    """One bid's offer for one line."""

    offered: OfferedLine | None
    amount_minor: int | None  # as part of the bid's lowest price: its share of a bundle, if one is taken
    is_lowest: bool
    against_index: float | None  # 0.1 is ten percent above the index
    coverage: (
        float | None
    )  # 0 not offered, 0.5 offered, 1 and present in the province; None: the line has no place


NOT_OFFERED = Cell(None, None, False, None, 0.0)


@dataclass(frozen=True)
class Score:
    """A criterion's score of one bid: by formula, by each evaluator, as agreed; and its points of the total."""

    criterion: str
    weight: int
    share: (
        float  # the percent it counts: its weight, and its part of the weight of criteria that do not apply
    )
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
        return self.share * self.counting / 100


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
    shares: dict[str, float]  # the percent each criterion that applies counts


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
    # The services' long texts would be read once per line, for nothing.
    unread = ("service__description", "service__default_milestones")
    lines = tuple(request.lines.select_related("service", "site").defer(*unread))
    offers = offers_of(request, reader_id=reader_id)
    index_minor = index(lines, request.currency)
    amounts = {offer.bid_id: offer.priced(offer.lines)[1] for offer in offers}
    units = {offer.bid_id: _unit_prices(offer, amounts[offer.bid_id]) for offer in offers}
    lowest: dict[int, float] = {}
    for own in units.values():
        for line_id, unit in own.items():
            lowest[line_id] = min(unit, lowest.get(line_id, unit))
    levels = {offer.bid_id: _levels(lines, offer) for offer in offers}
    computed = _computed(request, lines, offers, units, levels)
    shares = shared_weights(request.weights, applying_criteria(request, lines))
    given, agreed, notes = _judgements(request)
    is_low = dict(zip((o.bid_id for o in offers), _low(lines, offers), strict=True))
    columns = []
    for offer in offers:
        bid_id = offer.bid_id
        scores = tuple(
            Score(
                criterion=criterion,
                weight=request.weights.get(criterion, 0),
                share=share,
                computed=computed[bid_id][criterion],
                given=tuple(given[bid_id, criterion]),
                agreed=agreed.get((bid_id, criterion), (None, ""))[0],
                reason=agreed.get((bid_id, criterion), (None, ""))[1],
            )
            for criterion, share in shares.items()
        )
        total = weighted_total({s.criterion: s.counting for s in scores}, shares)
        cells = _cells(lines, offer, amounts[bid_id], units[bid_id], levels[bid_id], lowest, index_minor)
        columns.append((total, offer, cells, scores, is_low[bid_id], len(offer.lines) == len(lines)))
    columns.sort(key=lambda entry: (-entry[0], entry[1].total_minor, entry[1].submitted_at))
    return Matrix(
        request=request,
        lines=lines,
        columns=tuple(
            Column(offer, cells, scores, total, rank, low, complete, tuple(notes[offer.bid_id]))
            for rank, (total, offer, cells, scores, low, complete) in enumerate(columns, start=1)
        ),
        index_minor=index_minor,
        evaluators=evaluators_of(request),
        is_agreed=bool(agreed),
        shares=shares,
    )


def applying_criteria(request: Request, lines: Sequence[RequestLine] | None = None) -> list[str]:
    """Return the criteria bids are compared by: coverage only where some line names a place."""
    if lines is None:
        has_place = request.lines.exclude(province="").exists()
    else:
        has_place = any(line.province for line in lines)
    return [criterion for criterion in CRITERIA if criterion != "coverage" or has_place]


def evaluators_of(request: Request) -> tuple[Evaluator, ...]:
    """Return who evaluates, in the order of appointment; the caller has checked the viewer."""
    return tuple(Evaluator.objects.filter(request=request).select_related("person").order_by("id"))


def _unit_prices(offer: Offer, amounts: dict[int, int]) -> dict[int, float]:
    """Return line -> price per unit offered, as part of the bid's lowest price."""
    return {key: amounts[key] / float(line.quantity) for key, line in offer.lines.items()}


def _cells(
    lines: Sequence[RequestLine],
    offer: Offer,
    amounts: dict[int, int],
    units: dict[int, float],
    levels: Sequence[float | None],
    lowest: dict[int, float],
    index_minor: dict[int, int],
) -> tuple[Cell, ...]:
    cells = []
    for line, level in zip(lines, levels, strict=True):
        offered = offer.lines.get(line.id)
        if offered is None:
            cells.append(NOT_OFFERED)
            continue
        unit, at_index = units[line.id], index_minor.get(line.id)
        against = unit / at_index - 1 if at_index else None
        cells.append(Cell(offered, amounts[line.id], unit <= lowest[line.id], against, level))
    return tuple(cells)


def _levels(lines: Sequence[RequestLine], offer: Offer) -> list[float | None]:
    """Return per line 0, 0.5 or 1: not offered, offered, offered with presence where the work is; None: no place."""
    staffed = {(staff.line_id, staff.province) for staff in offer.staffing}
    here, offered = offer.record.provinces, offer.lines
    return [
        None
        if not line.province
        else 0.0
        if line.id not in offered
        else 1.0
        if line.province in here or (line.id, line.province) in staffed
        else 0.5
        for line in lines
    ]


def _computed(
    request: Request,
    lines: Sequence[RequestLine],
    offers: Sequence[Offer],
    units: dict[int, dict[int, float]],
    levels: dict[int, list[float | None]],
) -> dict[int, dict[str, float]]:
    """Return bid -> criterion -> score by formula; coverage only if some line has a place."""
    prices = _price_scores(request, lines, offers, units)
    shortest = min((offer.lead_time_days for offer in offers), default=0)
    found = {}
    for offer in offers:
        found[offer.bid_id] = {
            "price": prices[offer.bid_id],
            "quality": quality_score(offer.record.rating_sum, offer.record.rating_count),
            "experience": experience_score(offer.record.completed),
            "speed": speed_score(offer.lead_time_days, shortest),
        }
        coverage = coverage_score(levels[offer.bid_id])
        if coverage is not None:
            found[offer.bid_id]["coverage"] = coverage
    return found


def _price_scores(
    request: Request,
    lines: Sequence[RequestLine],
    offers: Sequence[Offer],
    units: dict[int, dict[int, float]],
) -> dict[int, float]:
    """Return lowest ÷ own over the totals; where lines are awarded separately, line by line.

    A line weighs as much as the median price of it does, and gives nothing to a bid that leaves it out.
    """
    if not request.is_partial_award_allowed:
        lowest = min((offer.total_minor for offer in offers), default=0)
        return {offer.bid_id: price_score(offer.total_minor, lowest) for offer in offers}
    scores: dict[int, float] = dict.fromkeys(units, 0.0)
    weight_sum = 0.0
    for line in lines:
        priced = {bid_id: unit[line.id] for bid_id, unit in units.items() if line.id in unit}
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
    agreed = {}
    if request.state != "closed":  # agreeing is what ends that state
        for score in ConsensusScore.objects.filter(bid__request=request):
            agreed[score.bid_id, score.criterion] = (float(score.score), score.reason)
    notes = defaultdict(list)
    for note in EvaluationNote.objects.filter(bid__request=request).select_related("person"):
        notes[note.bid_id].append(note)
    return given, agreed, notes


def rounded(score: float) -> Decimal:
    """Return a score as it is stored, with two places."""
    return Decimal(str(score)).quantize(Decimal("0.01"))
