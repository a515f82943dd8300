"""What racing processes do. Imported first by the fork server, which sets Django up once for all of them."""

import os
import time

import django

if os.environ.get("TRIALLINK_RACE_DATABASE"):
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TRIALLINK_RACE_DATABASE"]
    django.setup()


def actor_of(person_id: int):
    """Return a person as an actor."""
    from triallink.domains.accounts.access import actor_for
    from triallink.domains.accounts.models import Person

    return actor_for(Person.objects.get(pk=person_id), source="race")


def answer(call) -> str:
    """Return "ok", or the code of the refusal."""
    from triallink.kernel.refusals import Refusal

    try:
        call()
    except Refusal as refusal:
        return refusal.code
    return "ok"


def submit(bid_id: int, person_id: int, at: float, results) -> None:
    """Hand a bid in at an instant (seconds since the epoch)."""
    from triallink.domains.marketplace.services.bids import submit_bid

    by = actor_of(person_id)
    time.sleep(max(0.0, at - time.time()))
    results.put((bid_id, answer(lambda: submit_bid(bid_id=bid_id, by=by))))


def save(request_id: int, line_ids: list[int], prices: list[int], person_id: int, at: float, results) -> None:
    """Write the organization's draft over and over, every line at one price."""
    from triallink.domains.marketplace.services.bid_content import BidContent, LineOffer
    from triallink.domains.marketplace.services.bids import save_bid

    by = actor_of(person_id)
    time.sleep(max(0.0, at - time.time()))
    for price in prices:
        content = BidContent(lines=tuple(LineOffer(line, price) for line in line_ids))
        said = answer(lambda content=content: save_bid(request_id=request_id, content=content, by=by))
        results.put((person_id, price, said))


def close(request_id: int, until: float, results) -> None:
    """Try to close a request over and over; tell how often it was this process that did it."""
    from triallink.domains.marketplace.services.closing import close_request

    closed = 0
    while time.time() < until:
        closed += close_request(request_id=request_id)
        time.sleep(0.02)
    results.put(closed)


def award(
    request_id: int, winner: int, loser: int, lines: list[int], person_id: int, at: float, results
) -> None:
    """Award a request whole."""
    from triallink.domains.marketplace.services.awards import AwardChoice, award_request

    by = actor_of(person_id)
    time.sleep(max(0.0, at - time.time()))
    choices = [AwardChoice(line, winner) for line in lines]
    results.put(
        answer(
            lambda: award_request(
                request_id=request_id, choices=choices, reason="race", letters={loser: "race"}, by=by
            )
        )
    )


def call(request_id: int, person_id: int, amounts: list[int], at: float, results) -> None:
    """Call prices in an auction, each one twice under the same key, as a nervous page would."""
    from triallink.domains.marketplace.services.auctions import place_auction_bid

    by = actor_of(person_id)
    time.sleep(max(0.0, at - time.time()))
    answers = []
    for n, amount in enumerate(amounts):
        for _ in range(2):
            key = f"{person_id}-{n}"
            bid = place_auction_bid(request_id=request_id, amount_minor=amount, client_key=key, by=by)
        answers.append((bid.sequence, bid.is_accepted))
    results.put((person_id, answers))
