"""Certifying who does the work: documents, experience, referees, the test, the level; what expires stops work."""

import datetime as dt
import threading

import pytest
from django.db import connection
from tests.conftest import Member

from triallink.domains.quality.access import require_able
from triallink.domains.quality.errors import (
    AttemptOver,
    AttemptRunning,
    AttemptTooEarly,
    CredentialRunOut,
    CredentialStepNotPossible,
    FileMissing,
    LevelNotReached,
    NotTested,
    NotThisPerson,
    WordsMissing,
)
from triallink.domains.quality.jobs import do_the_morning
from triallink.domains.quality.knowledge_bank import RIGHT, bank, faults_of_bank, latest_bank, questions_for
from triallink.domains.quality.models import (
    Certificate,
    Credential,
    CredentialReminder,
    KnowledgeTest,
    Professional,
    SupplierProfile,
)
from triallink.domains.quality.selectors import able_to_work, may_do
from triallink.domains.quality.services.certificates import grant_certificate
from triallink.domains.quality.services.credentials import (
    add_experience,
    attach_document,
    judge_experience,
    refuse_credential,
    verify_credential,
)
from triallink.domains.quality.services.knowledge_tests import begin_test, end_test
from triallink.domains.quality.services.referees import answer_for_referee, name_referee
from triallink.domains.quality.services.talent import add_credential, add_professional
from triallink.engines.qualification import KNOWLEDGE_RULES
from triallink.foundation.models import Notice
from triallink.kernel.clock import FixedClock
from triallink.kernel.refusals import NotAllowed, NotFound, Refusal

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def yun(gao: Member) -> Professional:
    """Gao's own record as a freelance CRA."""
    return add_professional(name="Gao Yun", role="CRA", level="junior", by=gao.actor)


def right_places(test: KnowledgeTest, how_many: int) -> dict[str, int]:
    """Return answers of which the first so many are right."""
    return {
        code: order.index(RIGHT) if n < how_many else order.index(RIGHT + 1)
        for n, (code, order) in enumerate(test.drawn)
    }


def verified_gcp(
    yun: Professional, gao: Member, hua: Member, clock: FixedClock, days: int = 700
) -> Credential:
    held = add_credential(
        professional_id=yun.pk,
        kind="gcp",
        expires_on=clock.now().date() + days * DAY,
        by=gao.actor,
        clock=clock,
    )
    attach_document(credential_id=held.pk, content=b"gcp", file_name="gcp.pdf", by=gao.actor, clock=clock)
    return verify_credential(credential_id=held.pk, by=hua.actor, clock=clock)


def passed(yun: Professional, gao: Member, clock: FixedClock, right: int = 20) -> KnowledgeTest:
    test = begin_test(professional_id=yun.pk, by=gao.actor, clock=clock)
    return end_test(test_id=test.pk, positions=right_places(test, right), by=gao.actor, clock=clock)


def test_the_bank_is_sound_and_large_enough_for_both_roles():
    assert faults_of_bank(latest_bank()) == []
    assert len(bank(latest_bank())) >= 60
    for role in ("CRA", "CRC"):
        assert len(questions_for(role, latest_bank())) >= 2 * KNOWLEDGE_RULES.questions
    assert all("ICH" in one["cites"] for one in bank(latest_bank()).values())


def test_a_credential_is_verified_from_its_document_by_the_operator_once(
    yun: Professional, gao: Member, hua: Member, ben: Member, clock: FixedClock
):
    held = add_credential(professional_id=yun.pk, kind="gcp", by=gao.actor, clock=clock)
    with pytest.raises(NotAllowed):
        verify_credential(credential_id=held.pk, by=gao.actor, clock=clock)
    with pytest.raises(FileMissing):
        verify_credential(credential_id=held.pk, by=hua.actor, clock=clock)
    with pytest.raises(NotFound):
        attach_document(credential_id=held.pk, content=b"x", file_name="x", by=ben.actor, clock=clock)
    attach_document(credential_id=held.pk, content=b"x", file_name="x.pdf", by=gao.actor, clock=clock)
    with pytest.raises(WordsMissing):
        refuse_credential(credential_id=held.pk, why="", by=hua.actor, clock=clock)
    refuse_credential(credential_id=held.pk, why="Another name.", by=hua.actor, clock=clock)
    with pytest.raises(CredentialStepNotPossible):
        verify_credential(credential_id=held.pk, by=hua.actor, clock=clock)
    attach_document(credential_id=held.pk, content=b"y", file_name="y.pdf", by=gao.actor, clock=clock)
    assert verify_credential(credential_id=held.pk, by=hua.actor, clock=clock).verification == "verified"


def test_a_draw_is_proved_by_its_seed_and_the_clock_of_the_server_decides(
    yun: Professional, gao: Member, clock: FixedClock
):
    test = begin_test(professional_id=yun.pk, seed=7, by=gao.actor, clock=clock)
    assert test.due_at - test.started_at == dt.timedelta(minutes=KNOWLEDGE_RULES.minutes)
    with pytest.raises(AttemptRunning):
        begin_test(professional_id=yun.pk, by=gao.actor, clock=clock)
    clock.move(dt.timedelta(minutes=KNOWLEDGE_RULES.minutes, seconds=30))
    late = end_test(test_id=test.pk, positions=right_places(test, 20), by=gao.actor, clock=clock)
    assert (late.state, late.right_count) == ("lapsed", 0)
    with pytest.raises(AttemptOver):
        end_test(test_id=test.pk, positions={}, by=gao.actor, clock=clock)
    clock.move(2 * DAY)
    again = begin_test(professional_id=yun.pk, seed=7, by=gao.actor, clock=clock)
    assert again.drawn == test.drawn


def test_who_fails_waits_longer_each_time_and_a_pass_needs_sixteen_of_twenty(
    yun: Professional, gao: Member, clock: FixedClock
):
    assert passed(yun, gao, clock, right=15).state == "failed"
    with pytest.raises(AttemptTooEarly):
        begin_test(professional_id=yun.pk, by=gao.actor, clock=clock)
    clock.move(DAY)
    assert passed(yun, gao, clock, right=0).state == "failed"
    clock.move(6 * DAY)
    with pytest.raises(AttemptTooEarly):
        begin_test(professional_id=yun.pk, by=gao.actor, clock=clock)
    clock.move(DAY)
    ended = passed(yun, gao, clock, right=16)
    assert (ended.state, ended.right_count) == ("passed", 16)


def test_nobody_takes_a_test_for_somebody_else(
    yun: Professional, gao: Member, ben: Member, clock: FixedClock
):
    with pytest.raises(NotFound):
        begin_test(professional_id=yun.pk, by=ben.actor, clock=clock)
    staff = add_professional(name="Mei", role="CRA", by=ben.actor)
    with pytest.raises(NotThisPerson):
        begin_test(professional_id=staff.pk, by=ben.actor, clock=clock)
    writer = add_professional(name="Wen", role="MW", by=gao.actor)
    with pytest.raises(NotTested):
        begin_test(professional_id=writer.pk, by=gao.actor, clock=clock)
    test = begin_test(professional_id=yun.pk, by=gao.actor, clock=clock)
    with pytest.raises(NotFound):
        end_test(test_id=test.pk, positions={}, by=ben.actor, clock=clock)


def test_a_level_is_granted_on_verified_facts_only(
    yun: Professional, gao: Member, hua: Member, clock: FixedClock
):
    SupplierProfile.objects.create(organization=gao.organization)
    with pytest.raises(LevelNotReached):
        grant_certificate(professional_id=yun.pk, level="junior", by=hua.actor, clock=clock)
    verified_gcp(yun, gao, hua, clock)
    passed(yun, gao, clock)
    with pytest.raises(NotAllowed):
        grant_certificate(professional_id=yun.pk, level="junior", by=gao.actor, clock=clock)
    grant_certificate(professional_id=yun.pk, level="junior", by=hua.actor, clock=clock)
    done = add_experience(
        professional_id=yun.pk, role="CRA", therapeutic_area="oncology", phase="3", months=40, studies=5,
        by=gao.actor, clock=clock,
    )  # fmt: skip
    referee = name_referee(
        professional_id=yun.pk, name="Dr Li", employer="Harbor", email="li@example.org", relation="Lead",
        by=gao.actor, clock=clock,
    )  # fmt: skip
    with pytest.raises(LevelNotReached):
        grant_certificate(professional_id=yun.pk, level="senior", by=hua.actor, clock=clock)
    with pytest.raises(WordsMissing):
        judge_experience(experience_id=done.pk, is_confirmed=False, by=hua.actor, clock=clock)
    judge_experience(experience_id=done.pk, is_confirmed=True, by=hua.actor, clock=clock)
    with pytest.raises(CredentialStepNotPossible):
        judge_experience(experience_id=done.pk, is_confirmed=True, by=hua.actor, clock=clock)
    answer_for_referee(
        referee_id=referee.pk, is_confirmed=True, answer="Reliable.", by=hua.actor, clock=clock
    )
    assert not may_do(yun.pk, "urgent_cover")
    senior = grant_certificate(professional_id=yun.pk, level="senior", by=hua.actor, clock=clock)
    yun.refresh_from_db()
    assert yun.level == "senior"
    assert [may_do(yun.pk, work) for work in ("urgent_cover", "data_entry", "mentoring")] == [
        True,
        True,
        False,
    ]
    assert sorted(Certificate.objects.values_list("state", flat=True)) == ["replaced", "valid"]
    assert SupplierProfile.objects.get().is_qualified
    clock.at = dt.datetime.combine(senior.expires_on + DAY, dt.time(6), dt.UTC)
    do_the_morning(clock)
    assert not may_do(yun.pk, "data_entry")
    assert not SupplierProfile.objects.get().is_qualified


def test_a_credential_is_reminded_of_three_times_then_stops_new_work_until_renewed(
    yun: Professional, gao: Member, hua: Member, clock: FixedClock
):
    held = verified_gcp(yun, gao, hua, clock, days=61)
    for _ in range(63):
        do_the_morning(clock)
        clock.move(DAY)
    assert sorted(CredentialReminder.objects.values_list("days", flat=True)) == [0, 7, 30, 60]
    assert Notice.objects.filter(kind="credential_expiring", person_id=gao.person.pk).count() == 4
    today = clock.now().date()
    assert held.expires_on < today
    assert not able_to_work(Professional.objects.filter(pk=yun.pk), today).exists()
    with pytest.raises(CredentialRunOut):
        require_able(yun.pk, today)
    verified_gcp(yun, gao, hua, clock)
    require_able(yun.pk, today)
    assert able_to_work(Professional.objects.filter(pk=yun.pk), today).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_hand_ins_at_once_one_counts(yun: Professional, gao: Member, clock: FixedClock):
    test = begin_test(professional_id=yun.pk, by=gao.actor, clock=clock)
    barrier, said = threading.Barrier(2), []

    def race(right: int) -> None:
        try:
            barrier.wait(timeout=60)
            end_test(test_id=test.pk, positions=right_places(test, right), by=gao.actor, clock=clock)
            said.append("ended")
        except Refusal as refusal:
            said.append(refusal.code)
        finally:
            connection.close()

    racers = [threading.Thread(target=race, args=(right,)) for right in (20, 0)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(said) == 2
    assert said.count("ended") == 1
