"""Requests whose bids lie open: waiting for evaluation, evaluated, awarded with an objection."""

import datetime as dt
from collections.abc import Iterator

from triallink.demo.stage import Stage, Tale, Work
from triallink.demo.tales.judging import Offered, award, judge, sell
from triallink.demo.tales.open import BEIJING, HANGZHOU, NANJING, PAYMENT, SHANGHAI
from triallink.domains.marketplace.services.awards import file_objection
from triallink.domains.marketplace.services.evaluations import (
    appoint_evaluators,
    declare_conflict,
)
from triallink.domains.marketplace.services.terms import RequestTerms


def waiting_for_evaluation(stage: Stage) -> Iterator[dt.datetime]:
    """Four bids lie open, one of a coalition; the second evaluator has not declared interests yet."""
    yield stage.ago(24)
    request = stage.draft(
        "lin",
        RequestTerms(
            title={
                "en": "Start-up and coordinators for HARVEST in four cities",
                "zh": "HARVEST四城市中心启动与CRC服务",
            },
            requirements="Named coordinators; replacement within ten days. 指定CRC人员，10天内完成替换。",
            payment_terms=PAYMENT,
            bids_due_at=stage.ago(2),
            max_suppliers=2,
            is_partial_award_allowed=True,
        ),
        (
            Work("SITE_STARTUP", 6, SHANGHAI),
            Work("CRC_HOURS", 5200, SHANGHAI),
            Work("SITE_STARTUP", 5, HANGZHOU),
            Work("CRC_HOURS", 4100, HANGZHOU),
            Work("CRC_HOURS", 3600, BEIJING),
            Work("PATIENT_RECRUITMENT", 140),
        ),
        study="NL-118",
    )
    stage.publish(request, "lin")
    yield stage.ago(10)
    stage.bid(request, "luo", 0.98, bundle=True, staff=True, partners=("liang", "crc"))
    yield stage.ago(6)
    stage.bid(request, "chen", 1.04, bundle=True, staff=True)
    yield stage.ago(5)
    stage.bid(request, "smo:4", 1.1, staff=True)
    yield stage.ago(3)
    stage.bid(
        request, "smo:6", 0.71, message="Opening offer for a first project together. 首次合作优惠报价。"
    )
    yield stage.ago(1.9)
    stage.close(request)
    lead, evaluator = stage.who("lin"), stage.company.people["zhou"]
    appoint_evaluators(request_id=request.pk, person_ids=[evaluator.pk], by=lead, clock=stage.clock)
    declare_conflict(request_id=request.pk, has_conflict=False, by=lead, clock=stage.clock)


def evaluated_pharmacovigilance(stage: Stage) -> Iterator[dt.datetime]:
    """Evaluated by two people and ready to award."""
    offered = (
        Offered("wang", 1.02, staff=True, bundle=True),
        Offered("cro:1", 1.11),
        Offered("cro:5", 0.95, staff=True),
    )
    request = yield from sell(
        stage,
        "lin",
        RequestTerms(
            title={"en": "Safety and medical monitoring of NL-214", "zh": "NL-214药物警戒与医学监查"},
            requirements="24-hour reporting line in Chinese and English. 24小时中英文报告热线。",
            payment_terms=PAYMENT,
            bids_due_at=stage.ago(12),
        ),
        (Work("PHARMACOVIGILANCE", 18), Work("MEDICAL_MONITORING", 18), Work("MEDICAL_WRITING", 1)),
        offered,
        published=stage.ago(33),
        study="NL-214",
    )
    yield stage.ago(10)
    judge(stage, request, "lin", "zhou")


def awarded_with_an_objection(stage: Stage) -> Iterator[dt.datetime]:
    """Awarded four days ago; a loser objects, so the standstill cannot end yet."""
    offered = (Offered("chen", 0.99, staff=True), Offered("liang", 0.94), Offered("smo:3", 1.07))
    request = yield from sell(
        stage,
        "lin",
        RequestTerms(
            title={
                "en": "Recruitment support for NL-214 in Jiangsu and Shanghai",
                "zh": "NL-214江苏与上海受试者招募",
            },
            requirements="Recruitment plan per site; no payment for screen failures above 40 %.\n分中心招募计划，筛选失败率超40%部分不付费。",
            payment_terms=PAYMENT,
            bids_due_at=stage.ago(14),
        ),
        (Work("PATIENT_RECRUITMENT", 80, NANJING), Work("PATIENT_RECRUITMENT", 60, SHANGHAI)),
        offered,
        published=stage.ago(35),
        study="NL-214",
    )
    yield stage.ago(9)
    judge(stage, request, "lin", "zhou")
    yield stage.ago(4)
    made = award(stage, request, "lin", "chen")
    yield stage.ago(1)
    file_objection(
        award_id=made.pk,
        grounds=(
            "Our price is lower and our coverage of Jiangsu is not reflected in the scores.\n"
            "我方报价更低，且评分未体现我方在江苏的覆盖。"
        ),
        by=stage.who("liang"),
        clock=stage.clock,
    )


DECIDED: tuple[Tale, ...] = (
    waiting_for_evaluation,
    evaluated_pharmacovigilance,
    awarded_with_an_objection,
)
