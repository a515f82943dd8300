"""Requests that are still open, or ended before anybody bid."""

import datetime as dt
from collections.abc import Iterator

from triallink.demo.stage import Stage, Tale, Work
from triallink.domains.marketplace.services.invitations import (
    accept_nda,
    decline_invitation,
    invite_suppliers,
)
from triallink.domains.marketplace.services.questions import answer_question, ask_question
from triallink.domains.marketplace.services.requests import cancel_request, extend_deadline
from triallink.domains.marketplace.services.terms import AuctionTerms, RequestTerms

SHANGHAI = ("Shanghai", "Shanghai", "上海")
BEIJING = ("Beijing", "Beijing", "北京")
HANGZHOU = ("Zhejiang", "Hangzhou", "杭州")
NANJING = ("Jiangsu", "Nanjing", "南京")
GUANGZHOU = ("Guangdong", "Guangzhou", "广州")
CHENGDU = ("Sichuan", "Chengdu", "成都")
WUHAN = ("Hubei", "Wuhan", "武汉")
PAYMENT = "Invoices are paid within 30 days of an accepted milestone. 里程碑验收后30天内付款。"
NDA = (
    "Everything in this request is confidential and may be used for preparing a bid only.\n"
    "本需求的全部内容均属保密信息，仅可用于编制报价。"
)


def draft_of_laboratory_work(stage: Stage) -> Iterator[dt.datetime]:
    """A draft that its owner has yet to publish."""
    yield stage.ago(3)
    stage.draft(
        "lin",
        RequestTerms(
            title={
                "en": "Central laboratory and image reading for NL-118",
                "zh": "NL-118中心实验室与独立影像阅片",
            },
            requirements="Two readers and an adjudicator; results within 5 working days.\n双人阅片加仲裁，5个工作日内出具结果。",
            payment_terms=PAYMENT,
            bids_due_at=stage.ahead(21),
            max_suppliers=2,
            is_partial_award_allowed=True,
        ),
        (Work("CENTRAL_LAB", 460), Work("IMAGING_READ", 2300), Work("DRUG_SUPPLY_LOGISTICS", 42)),
        study="NL-118",
    )


def open_monitoring(stage: Stage) -> Iterator[dt.datetime]:
    """An open request with questions, sealed bids and a draft bid."""
    yield stage.ago(12)
    request = stage.draft(
        "lin",
        RequestTerms(
            title={
                "en": "Monitoring of 12 sites of NL-214 in East China",
                "zh": "NL-214华东12家中心监查服务",
            },
            requirements=(
                "One CRA for at most six sites; visit reports within 10 working days.\n"
                "每名CRA负责不超过6家中心，监查报告10个工作日内提交。"
            ),
            payment_terms=PAYMENT,
            question_deadline_at=stage.ahead(5),
            bids_due_at=stage.ahead(9),
            max_suppliers=2,
            is_partial_award_allowed=True,
        ),
        (
            Work("MONITORING_ONSITE", 48, SHANGHAI, "Four visits a year at each site 每家中心每年4次"),
            Work("MONITORING_ONSITE", 36, HANGZHOU),
            Work("MONITORING_ONSITE", 24, NANJING),
            Work("MONITORING_REMOTE", 96),
            Work("SITE_CLOSEOUT", 12),
        ),
        study="NL-214",
    )
    stage.publish(request, "lin")
    yield stage.ago(9)
    first = ask_question(
        request_id=request.pk,
        text="May remote visits replace on-site visits when a site enrols nobody? 无入组的中心可否以远程监查代替现场监查？",
        by=stage.who("wang"),
        clock=stage.clock,
    )
    yield stage.ago(8)
    answer_question(
        question_id=first.pk,
        answer="Yes, after two quarters without a new subject and with our consent. 可以：连续两个季度无新受试者且经我方同意。",
        by=stage.who("lin"),
        clock=stage.clock,
    )
    yield stage.ago(6)
    stage.bid(request, "wang", 1.08, bundle=True, staff=True)
    yield stage.ago(4)
    stage.bid(request, "cro:2", 1.12)
    yield stage.ago(2)
    stage.save(request, "cra", 0.97, message="I live in Hangzhou. 本人常驻杭州。")
    yield stage.ago(1)
    ask_question(
        request_id=request.pk,
        text="Which EDC will the monitors work in? 监查使用哪套EDC系统？",
        by=stage.who("liang"),
        clock=stage.clock,
    )


def open_central_services(stage: Stage) -> Iterator[dt.datetime]:
    """The central services of the imported study, open to everybody."""
    yield stage.ago(8)
    request = stage.draft(
        "lin",
        RequestTerms(
            title={"en": "Central services for LANTERN (NL-301)", "zh": "NL-301项目中心化服务"},
            requirements="One team for the whole study; both languages. 全程固定团队，中英双语。",
            payment_terms=PAYMENT,
            bids_due_at=stage.ahead(19),
            max_suppliers=3,
            is_partial_award_allowed=True,
        ),
        (
            Work("PROJECT_MANAGEMENT", 26),
            Work("DATA_MANAGEMENT", 22),
            Work("PHARMACOVIGILANCE", 22),
            Work("ETMF_MANAGEMENT", 26),
            Work("RTSM_SETUP", 1),
        ),
        study="NL-301",
    )
    stage.publish(request, "lin")
    yield stage.ago(2)
    stage.bid(request, "cro:5", 1.07)


def invited_coordinators(stage: Stage) -> Iterator[dt.datetime]:
    """A direct purchase among invited suppliers behind an NDA."""
    yield stage.ago(7)
    request = stage.draft(
        "lin",
        RequestTerms(
            title={"en": "Coordinator hours at six hospitals for NL-118", "zh": "NL-118六家医院CRC工时"},
            requirements="Oncology experience of at least two years. 至少两年肿瘤项目经验。",
            nda_text=NDA,
            payment_terms=PAYMENT,
            procedure="direct",
            visibility="invited",
            bids_due_at=stage.ahead(6),
            standstill_days=0,
        ),
        (
            Work("CRC_HOURS", 4200, SHANGHAI),
            Work("CRC_HOURS", 3100, NANJING),
            Work("PATIENT_RECRUITMENT", 90),
        ),
        study="NL-118",
    )
    invite_suppliers(
        request_id=request.pk,
        organization_ids=[stage.who(key).own_organization_id for key in ("chen", "liang", "luo", "crc")],
        by=stage.who("lin"),
        clock=stage.clock,
    )
    stage.publish(request, "lin")
    yield stage.ago(6)
    accept_nda(request_id=request.pk, by=stage.who("chen"), clock=stage.clock)
    yield stage.ago(5)
    decline_invitation(
        request_id=request.pk,
        reason="Our coordinators are fully booked until summer. 我们的协调员档期已满。",
        by=stage.who("luo"),
        clock=stage.clock,
    )
    yield stage.ago(3)
    stage.save(request, "chen", 1.02, staff=True)
    accept_nda(request_id=request.pk, by=stage.who("liang"), clock=stage.clock)
    yield stage.ago(2)
    stage.bid(request, "liang", 1.05, staff=True)


def auction_of_data_management(stage: Stage) -> Iterator[dt.datetime]:
    """A reverse auction that takes place in two days."""
    yield stage.ago(14)
    request = stage.draft(
        "lin",
        RequestTerms(
            title={"en": "Data management and statistics of NL-214", "zh": "NL-214数据管理与统计分析"},
            requirements="CDISC data sets and a locked database eight weeks after the last visit.\n提交CDISC数据集，末次访视后8周锁库。",
            payment_terms=PAYMENT,
            procedure="auction",
            bids_due_at=stage.ahead(2),
            auction=AuctionTerms(round_minutes=10, pause_minutes=5, step_minor=100_000),
        ),
        (
            Work("EDC_BUILD", 1),
            Work("DATA_MANAGEMENT", 18),
            Work("BIOSTATISTICS", 1),
            Work("MEDICAL_WRITING", 2),
        ),
        study="NL-214",
    )
    stage.publish(request, "lin")
    for days, bidder, factor in ((8, "cro:1", 1.2), (6, "wang", 1.15), (3, "cro:3", 1.22)):
        yield stage.ago(days)
        stage.bid(request, bidder, factor)


def auction_about_to_run(stage: Stage) -> Iterator[dt.datetime]:
    """A reverse auction whose first round begins twenty minutes after the world was loaded."""
    yield stage.ago(11)
    request = stage.draft(
        "han",
        RequestTerms(
            title={"en": "Coordinator hours for BREEZE (FH-07)", "zh": "FH-07项目CRC工时采购"},
            requirements="Coordinators at 28 sites, from the first subject to close-out. 28家中心全程派驻CRC。",
            payment_terms=PAYMENT,
            procedure="auction",
            bids_due_at=stage.now + dt.timedelta(minutes=20),
            auction=AuctionTerms(round_minutes=15, pause_minutes=5, step_minor=500_000),
        ),
        (Work("CRC_HOURS", 26_000, GUANGZHOU), Work("CRC_HOURS", 18_000, CHENGDU), Work("SITE_STARTUP", 28)),
        study="FH-07",
    )
    stage.publish(request, "han")
    for days, bidder, factor in ((7, "chen", 1.1), (5, "liang", 1.06), (4, "luo", 1.13), (2, "smo:5", 1.09)):
        yield stage.ago(days)
        stage.bid(request, bidder, factor)


def open_writing(stage: Stage) -> Iterator[dt.datetime]:
    """An open request with more time given."""
    yield stage.ago(16)
    request = stage.draft(
        "han",
        RequestTerms(
            title={
                "en": "Protocol, report and translations for the kidney registry",
                "zh": "肾病登记研究方案、报告撰写与翻译",
            },
            requirements="Chinese and English versions of every document. 全部文件须提供中英文版本。",
            payment_terms=PAYMENT,
            bids_due_at=stage.ago(1),
        ),
        (Work("MEDICAL_WRITING", 3), Work("TRANSLATION", 6), Work("ETHICS_SUBMISSION", 40)),
        study="FH-12",
    )
    stage.publish(request, "han")
    yield stage.ago(5)
    stage.bid(request, "cro:4", 1.04)
    yield stage.ago(3)
    extend_deadline(
        request_id=request.pk,
        bids_due_at=stage.ahead(13),
        why="Two bidders asked for time over the holidays. 应两家报价方请求，假期顺延。",
        by=stage.who("han"),
        clock=stage.clock,
    )


def open_startup(stage: Stage) -> Iterator[dt.datetime]:
    """An open request published this week."""
    yield stage.ago(4)
    request = stage.draft(
        "han",
        RequestTerms(
            title={"en": "Feasibility and start-up of 28 asthma sites", "zh": "28家哮喘中心可行性调研与启动"},
            payment_terms=PAYMENT,
            bids_due_at=stage.ahead(17),
            max_suppliers=3,
            is_partial_award_allowed=True,
        ),
        (
            Work("SITE_FEASIBILITY", 10, GUANGZHOU),
            Work("SITE_STARTUP", 10, GUANGZHOU),
            Work("SITE_FEASIBILITY", 10, CHENGDU),
            Work("SITE_STARTUP", 10, CHENGDU),
            Work("SITE_STARTUP", 8, WUHAN),
            Work("INVESTIGATOR_TRAINING", 28),
        ),
        study="FH-07",
    )
    stage.publish(request, "han")
    yield stage.ago(1)
    stage.bid(request, "luo", 1.03, bundle=True, staff=True)


def cancelled_audit(stage: Stage) -> Iterator[dt.datetime]:
    """A request its buyer gave up."""
    yield stage.ago(60)
    request = stage.draft(
        "lin",
        RequestTerms(
            title={"en": "Quality audits of four phase 1 units", "zh": "四家一期病房质量稽查"},
            bids_due_at=stage.ago(40),
        ),
        (Work("QUALITY_AUDIT", 8, BEIJING),),
        study="NL-402",
    )
    stage.publish(request, "lin")
    yield stage.ago(52)
    cancel_request(
        request_id=request.pk,
        why="The study keeps one unit only; our own auditors visit it. 研究仅保留一家病房，由内部稽查。",
        by=stage.who("lin"),
        clock=stage.clock,
    )


def failed_for_want_of_bids(stage: Stage) -> Iterator[dt.datetime]:
    """A request on which nobody bid."""
    yield stage.ago(75)
    request = stage.draft(
        "lin",
        RequestTerms(
            title={"en": "Weekend infusion support in Wuhan", "zh": "武汉周末输注访视支持"},
            bids_due_at=stage.ago(61),
        ),
        (Work("CRC_HOURS", 120, WUHAN),),
        study="NL-214",
    )
    stage.publish(request, "lin")
    yield stage.ago(60.5)
    stage.close(request)


OPEN: tuple[Tale, ...] = (
    draft_of_laboratory_work,
    open_monitoring,
    open_central_services,
    invited_coordinators,
    auction_of_data_management,
    auction_about_to_run,
    open_writing,
    open_startup,
    cancelled_audit,
    failed_for_want_of_bids,
)
