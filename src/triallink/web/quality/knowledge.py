"""Taking the knowledge test, and reading how it ended."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.quality.access import own_test
from triallink.domains.quality.certification_words import TOPICS
from triallink.domains.quality.errors import AttemptTooEarly
from triallink.domains.quality.knowledge_bank import RIGHT, bank
from triallink.domains.quality.models import TEST_STATES, KnowledgeTest
from triallink.domains.quality.services.knowledge_tests import begin_test, end_test, may_begin_at
from triallink.engines.qualification import KNOWLEDGE_RULES
from triallink.foundation.sentences import bilingual, sentence_of
from triallink.kernel.refusals import Refusal
from triallink.web.answers import render_page
from triallink.web.jinja import instant
from triallink.web.quality.frame import actor_of
from triallink.web.quality.people import person_detail
from triallink.web.wording import word


@dataclass(frozen=True)
class ShownQuestion:
    """A question as it was drawn: its options in the order shown; after the end, whether it was right."""

    code: str
    topic: str
    text: str
    cites: str
    options: list[str]
    is_right: bool


@dataclass(frozen=True)
class TestPage:
    """A test: the questions while it runs, the result afterwards."""

    test: KnowledgeTest
    state: str
    questions: list[ShownQuestion]
    pass_share: float
    next_at: dt.datetime | None


@require_POST
def begin(request: HttpRequest, professional_id: int) -> HttpResponse:
    """Begin a test."""
    try:
        test = begin_test(professional_id=professional_id, by=actor_of(request))
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return person_detail(request, professional_id, message=_sentence(refusal))
    return HttpResponseRedirect(reverse("quality:test-detail", args=[test.pk]))


def test_detail(request: HttpRequest, test_id: int) -> HttpResponse:
    """Show the questions, take the answers, show the result."""
    actor = actor_of(request)
    test = own_test(test_id, to=actor)
    if request.method == "POST":
        typed = {code: request.POST.get(f"answer_{code}", "") for code, _order in test.drawn}
        positions = {code: int(text) for code, text in typed.items() if text.isascii() and text.isdigit()}
        try:
            end_test(test_id=test_id, positions=positions, by=actor)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
        return HttpResponseRedirect(reverse("quality:test-detail", args=[test_id]))
    page = TestPage(
        test=test,
        state=word(TEST_STATES, test.state),
        questions=_shown(test),
        pass_share=KNOWLEDGE_RULES.pass_share,
        next_at=may_begin_at(test.professional_id),
    )
    return render_page(request, "quality/test.html", page)


def _shown(test: KnowledgeTest) -> list[ShownQuestion]:
    questions = bank(test.bank_version)
    return [
        ShownQuestion(
            code=code,
            topic=word(TOPICS, questions[code]["topic"]),
            text=str(bilingual(questions[code]["text"])),
            cites=questions[code]["cites"],
            options=[str(bilingual(questions[code]["options"][place])) for place in order],
            is_right=test.answers.get(code) == RIGHT,
        )
        for code, order in test.drawn
    ]


def _sentence(refusal: Refusal) -> str:
    if isinstance(refusal, AttemptTooEarly):
        return _("You may try again from %(at)s.") % {"at": instant(parse_datetime(refusal.params["at"]))}
    return sentence_of(refusal)
