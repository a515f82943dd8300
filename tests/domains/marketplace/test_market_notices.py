"""Who hears of what; no notice tells a price or, before the opening, who bids."""

from tests.domains.marketplace.test_awards import award, evaluated

from triallink.domains.marketplace.services.awards import file_objection
from triallink.domains.marketplace.services.questions import answer_question, ask_question
from triallink.foundation.models import Notice
from triallink.foundation.outbox import dispatch_waiting


def told(member) -> set[str]:
    while dispatch_waiting():
        pass
    return set(Notice.objects.filter(person_id=member.person.pk).values_list("kind", flat=True))


def test_everybody_hears_what_concerns_them_and_nobody_a_price(market, hua, eve):
    request = market.published(invite=(market.ben,))
    assert told(market.ben) == {"invitation"}
    assert told(market.fei) == set()
    question = ask_question(request_id=request.pk, text="Which EDC?", by=market.fei.actor, clock=market.clock)
    answer_question(question_id=question.pk, answer="Ours", by=market.ada.actor, clock=market.clock)
    assert "question" in told(market.ada)
    assert {"question"} <= told(market.ben) & told(market.fei)
    ben, fei = market.bid(request, market.ben, 777_77), market.bid(request, market.fei, 666_66)
    before = told(market.ada)
    assert "closing" not in before
    evaluated(market, request)
    assert "closing" in told(market.ada)
    made = award(market, request, winner=fei, losers=[ben])
    assert {"award"} <= told(market.ben) & told(market.fei)
    file_objection(award_id=made.pk, grounds="Misread", by=market.ben.actor, clock=market.clock)
    assert "objection" in told(hua)
    assert told(eve) == set()
    words = str(list(Notice.objects.values_list("template", "params", "url")))
    assert not any(price in words for price in ("777", "666", "15554", "13333"))
