"""A referee is asked by letter and answers through its link: once, in time, from outside; the operator judges."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.core import mail
from tests.conftest import Member
from tests.web.quality.test_qualification_pages import browser

from triallink.domains.quality.errors import (
    CredentialStepNotPossible,
    LettersUsedUp,
    RefereeLinkOver,
    RefereeOwnSide,
    WordsMissing,
)
from triallink.domains.quality.models import Professional, Referee
from triallink.domains.quality.referee_links import VALID_FOR, referee_behind, token_of
from triallink.domains.quality.selectors import facts_of
from triallink.domains.quality.services.referees import (
    answer_as_referee,
    answer_for_referee,
    ask_referee_again,
    name_referee,
    write_to_referee,
)
from triallink.domains.quality.services.talent import add_professional
from triallink.foundation.models import AuditLine, Notice
from triallink.foundation.outbox import dispatch_waiting
from triallink.kernel.actor import NOBODY
from triallink.kernel.clock import FixedClock, system_clock
from triallink.kernel.refusals import NotAllowed, NotFound

pytestmark = pytest.mark.django_db
WORDS = "We ran three oncology studies together."


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands on today."""
    return FixedClock(system_clock.now())


@pytest.fixture
def yun(gao: Member) -> Professional:
    """Gao's own record."""
    return add_professional(name="Gao Yun", name_zh="高云", role="CRA", level="junior", by=gao.actor)


@pytest.fixture
def referee(yun: Professional, gao: Member, clock: FixedClock) -> Referee:
    """Dr Li, named by Gao."""
    return name_referee(
        professional_id=yun.pk, name="Dr Li", employer="Harbor", email="li@example.com", relation="Study lead",
        by=gao.actor, clock=clock,
    )  # fmt: skip


def settle() -> None:
    while dispatch_waiting():
        pass


def test_the_letter_reaches_a_stranger_whose_answer_the_operator_reads_and_judges(
    referee: Referee, gao: Member, hua: Member, client
):
    settle()
    (letter,) = mail.outbox
    assert letter.to == ["li@example.com"]
    assert "Gao Yun" in letter.body
    assert "高云" in letter.body
    (address,) = set(re.findall(r"https?://[^/]+(/quality/references/\S+)", letter.body))
    assert "Gao Yun" in client.get(address).content.decode()
    assert client.post(address, {"is_confirmed": "yes", "words": " "}).status_code == 422
    thanks = client.post(address, {"is_confirmed": "yes", "words": WORDS})
    assert thanks.status_code == 200
    assert client.get(address).status_code == 410
    assert client.post(address, {"is_confirmed": "no", "words": "Changed"}).status_code == 410
    referee.refresh_from_db()
    assert (referee.state, referee.said, referee.said_is_confirmed) == ("answered", WORDS, True)
    assert (
        AuditLine.objects.filter(object_kind="professional").latest("id").actor_label
        == "Dr Li <li@example.com>"
    )
    settle()
    assert Notice.objects.filter(person_id=hua.person.pk, kind="referee_answered").exists()
    place = f"/quality/people/{referee.professional_id}/"
    assert WORDS in browser(hua).get(place).content.decode()
    assert WORDS not in browser(gao).get(place).content.decode()
    assert facts_of(referee.professional, dt.date(2026, 1, 1)).references == 0
    answer_for_referee(referee_id=referee.pk, is_confirmed=True, by=hua.actor)
    assert facts_of(referee.professional, dt.date(2026, 1, 1)).references == 1
    with pytest.raises(CredentialStepNotPossible):
        answer_for_referee(referee_id=referee.pk, is_confirmed=False, answer="x", by=hua.actor)


def test_a_forged_an_expired_and_an_overtaken_link_open_nothing(
    referee: Referee, gao: Member, clock: FixedClock, client
):
    token = token_of(referee)
    for forged in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "nonsense",
        token_of(Referee(pk=99, letters=1)),
    ):
        with pytest.raises(NotFound):
            referee_behind(forged, clock=clock)
        assert client.get(f"/quality/references/{forged}/").status_code == 404
    clock.move(VALID_FOR)
    assert referee_behind(token, clock=clock) == referee
    clock.move(dt.timedelta(seconds=1))
    with pytest.raises(RefereeLinkOver):
        answer_as_referee(token=token, is_confirmed=True, words=WORDS, by=NOBODY, clock=clock)
    again = ask_referee_again(referee_id=referee.pk, by=gao.actor, clock=clock)
    with pytest.raises(RefereeLinkOver):
        referee_behind(token, clock=clock)
    assert referee_behind(token_of(again), clock=clock) == referee
    assert not write_to_referee(referee_id=referee.pk, letter=1)
    assert write_to_referee(referee_id=referee.pk, letter=2)
    ask_referee_again(referee_id=referee.pk, by=gao.actor, clock=clock)
    with pytest.raises(LettersUsedUp):
        ask_referee_again(referee_id=referee.pk, by=gao.actor, clock=clock)


def test_nobody_vouches_for_their_own_side(
    referee: Referee, yun: Professional, gao: Member, ben: Member, hua: Member, clock: FixedClock
):
    with pytest.raises(RefereeOwnSide):
        name_referee(
            professional_id=yun.pk, name="Myself", employer="Gao", email=gao.person.email.upper(),
            relation="Self", by=gao.actor,
        )  # fmt: skip
    token = token_of(referee)
    with pytest.raises(RefereeOwnSide):
        answer_as_referee(token=token, is_confirmed=True, words=WORDS, by=gao.actor, clock=clock)
    with pytest.raises(WordsMissing):
        answer_as_referee(token=token, is_confirmed=True, words=" ", by=NOBODY, clock=clock)
    with pytest.raises(WordsMissing):
        answer_for_referee(referee_id=referee.pk, is_confirmed=True, by=hua.actor)
    with pytest.raises(NotFound):
        ask_referee_again(referee_id=referee.pk, by=ben.actor)
    with pytest.raises(NotAllowed):
        ask_referee_again(referee_id=referee.pk, by=replace(gao.actor, roles=frozenset({"member"})))
    with pytest.raises(NotAllowed):
        answer_for_referee(referee_id=referee.pk, is_confirmed=True, answer="Fine", by=gao.actor)
    answer_as_referee(token=token, is_confirmed=False, words="I do not know them.", by=ben.actor, clock=clock)
    with pytest.raises(CredentialStepNotPossible):
        ask_referee_again(referee_id=referee.pk, by=gao.actor)
