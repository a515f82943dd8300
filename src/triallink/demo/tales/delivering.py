"""Contracts in motion: milestones returned, accepted and paid, changes, disputes, and every way to end."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from triallink.demo.stage import Stage, Tale, Work
from triallink.demo.tales.at_work import (
    accept,
    buy_directly,
    by_the_hour,
    change_order,
    fund,
    give_back,
    hand_in,
    milestones,
    quality,
    rate,
)
from triallink.demo.tales.open import HANGZHOU, SHANGHAI
from triallink.domains.contracts import services
from triallink.domains.contracts.evidence import Requirement
from triallink.domains.contracts.models import Contract, ContractLine
from triallink.domains.contracts.services.drafting import MilestonePlan
from triallink.domains.contracts.services.endings import expire_contract
from triallink.domains.delivery.models import PlanItem
from triallink.domains.delivery.services import (
    approve_timesheet,
    submit_timesheet,
    tie_milestone,
    write_hours,
)
from triallink.domains.delivery.services.timesheets import HoursLine

QUARTERS = 4
WEEKS_WORKED = 8
# Signed reports of interim visits that the first year's monitoring asks for before it pays the reports.
REPORTS_NEEDED = 3


def pay_hours_by_quarter(stage: Stage, contract: Contract, begins: float) -> None:
    """Split the hours of a draft into quarters, each with its day."""
    for line in ContractLine.objects.filter(contract=contract, unit="hour").order_by("position"):
        services.replace_milestones(
            contract_id=contract.pk,
            line_id=line.pk,
            plan=[
                MilestonePlan(
                    name={"en": f"Hours of quarter {number}", "zh": f"第{number}季度工时"},
                    share_percent=100 // QUARTERS,
                    evidence={"en": "Hours by coordinator and week", "zh": "按人员和周列出的工时表"},
                    due_on=(stage.ago(begins) + dt.timedelta(days=91 * number)).date(),
                    code=f"Q{number}",
                )
                for number in range(1, QUARTERS + 1)
            ],
            by=stage.who("lin"),
            clock=stage.clock,
        )


def ask_for_signed_reports(stage: Stage, contract: Contract) -> None:
    """Let nobody accept the reports of a draft before so many visit reports are signed."""
    row = contract.milestones.get(line__position=1, code="REPORT")
    asked = Requirement("visit_report_signed", {"visit_kind": "interim"}, REPORTS_NEEDED)
    services.require_evidence(
        milestone_id=row.pk, requirements=[asked], by=stage.who("lin"), clock=stage.clock
    )


def coalition_at_work(stage: Stage, contract: Contract) -> Iterator[dt.datetime]:
    """Funded, a milestone returned and then accepted, one waiting for an answer, a change waiting for signatures."""
    yield stage.ago(198)
    fund(stage, contract, "shen", 40)
    first, second = milestones(contract, 1)[0], milestones(contract, 2)[0]
    third = milestones(contract, 3)[0]
    yield stage.ago(110)
    hand_in(stage, first, "luo", "First quarter of coordination. 第一季度协调工作。")
    yield stage.ago(106)
    give_back(stage, first, "lin")
    yield stage.ago(101)
    hand_in(stage, first, "luo", "Corrected. 已更正。")
    yield stage.ago(98)
    accept(stage, first, "lin")
    yield stage.ago(92)
    hand_in(stage, second, "liang")
    yield stage.ago(86)
    accept(stage, second, "lin")
    yield stage.ago(8)
    hand_in(stage, milestones(contract, 1)[1], "luo", "Second quarter. 第二季度。")
    yield stage.ago(5)
    accept(stage, milestones(contract, 1)[1], "lin")
    yield stage.ago(4)
    hand_in(stage, third, "luo", "Nine site contracts signed. 九家中心合同均已签署。")
    yield stage.ago(2)
    line = contract.lines.get(position=3)
    change = {
        "op": "quantity", "line": 3, "quantity": str(line.quantity + 3),
        "unit_price_minor": line.unit_price_minor,
    }  # fmt: skip
    reason = "Three more sites in Chengdu. 成都新增三家中心。"
    change_order(stage, contract, "luo", [change], reason, ["luo"])


def auction_winner_at_work(stage: Stage, contract: Contract) -> Iterator[dt.datetime]:
    """Paid on signed visit reports; a change in force, a dispute settled, a second one still open."""
    yield stage.ago(135)
    fund(stage, contract, "shen", 80)
    visits, reports = milestones(contract, 1)[:2]
    disputed = milestones(contract, 2)[0]
    yield stage.ago(110)
    hand_in(stage, visits, "wang")
    yield stage.ago(105)
    accept(stage, visits, "lin")
    yield stage.ago(100)
    added = {
        "op": "add", "line": 1, "name": {"en": "Co-monitoring of two new sites", "zh": "两家新中心协同监查"},
        "amount_minor": 4_800_000, "due_on": stage.ahead(60).date().isoformat(),
    }  # fmt: skip
    change_order(
        stage, contract, "lin", [added], "Two sites were opened in addition. 新增两家中心。", ["wang", "shen"]
    )
    yield stage.ago(70)
    hand_in(stage, disputed, "wang")
    yield stage.ago(66)
    give_back(stage, disputed, "lin")
    yield stage.ago(60)
    dispute = services.open_dispute(
        contract_id=contract.pk,
        subject="Visits of the second region 第二区域的访视",
        text="All visits took place; the log proves it. 访视均已完成，日志可证。",
        claim_minor=disputed.amount_minor,
        milestone_id=disputed.pk,
        by=stage.who("wang"),
        clock=stage.clock,
    )
    yield stage.ago(57)
    services.take_up_dispute(dispute_id=dispute.pk, by=stage.who("ma"), clock=stage.clock)
    services.add_statement(
        dispute_id=dispute.pk,
        text="Two of the visits were remote. 其中两次为远程访视。",
        content="Visit log 访视日志\n".encode(),
        file_name="visit-log.txt",
        by=stage.who("lin"),
        clock=stage.clock,
    )
    yield stage.ago(52)
    proposal = services.propose_settlement(
        dispute_id=dispute.pk,
        amount_minor=disputed.amount_minor * 4 // 5,
        text="Remote visits count four fifths. 远程访视按五分之四计。",
        by=stage.who("ma"),
        clock=stage.clock,
    )
    yield stage.ago(50)
    for person in ("wang", "shen"):
        services.agree_settlement(
            proposal_id=proposal.pk, secret=stage.password, by=stage.who(person), clock=stage.clock
        )
    yield stage.ago(20)
    hand_in(stage, reports, "wang", "The visit reports are signed. 监查报告均已签署。")
    yield stage.ago(17)
    # Nothing is paid without its facts: the evidence is looked up in MY-PMCP.
    accept(stage, reports, "lin")
    yield stage.ago(6)
    services.open_dispute(
        contract_id=contract.pk,
        subject="Late answers to queries 质疑答复延迟",
        text="Queries stay open for three weeks. 质疑三周未答复。",
        by=stage.who("lin"),
        clock=stage.clock,
    )


def freelancer_completes(stage: Stage, contract: Contract) -> Iterator[dt.datetime]:
    """Everything reached, paid and rated by both sides."""
    yield stage.ago(111)
    fund(stage, contract, "han")
    for number, row in enumerate(milestones(contract)):
        yield stage.ago(100 - 12 * number)
        hand_in(stage, row, "cra")
        yield stage.ago(97 - 12 * number)
        accept(stage, row, "han")
    yield stage.ago(40)
    services.complete_contract(contract_id=contract.pk, by=stage.who("han"), clock=stage.clock)
    yield stage.ago(38)
    rate(stage, contract, "han", 5, "Quick, careful, always reachable. 快速、细致、随时可联系。")
    yield stage.ago(36)
    rate(stage, contract, "cra", 4, "Clear tasks, prompt acceptance. 任务清晰，验收及时。")


def just_completed(stage: Stage) -> Iterator[dt.datetime]:
    """Completed last week; the buyer has rated, the supplier has not."""
    title = {"en": "Start-up project management of CALM SKIN", "zh": "CALM SKIN启动阶段项目管理"}
    work = Work("PROJECT_MANAGEMENT", 2, SHANGHAI)
    contract = yield from buy_directly(
        stage, "lin", "wang", title, work, begun=170, study="NL-214", rules=quality
    )
    fund(stage, contract, "shen", 110)
    for number, row in enumerate(milestones(contract)):
        yield stage.ago(130 - 20 * number)
        hand_in(stage, row, "wang")
        yield stage.ago(126 - 20 * number)
        accept(stage, row, "lin")
    yield stage.ago(7)
    services.complete_contract(contract_id=contract.pk, by=stage.who("lin"), clock=stage.clock)
    yield stage.ago(5)
    rate(stage, contract, "lin", 4, "Good work. 工作扎实。")


def ended_early(stage: Stage) -> Iterator[dt.datetime]:
    """An arm was stopped; both sides valued the work in progress."""
    title = {"en": "Project management of the stopped arm", "zh": "终止组项目管理"}
    work = Work("PROJECT_MANAGEMENT", 2, SHANGHAI)
    contract = yield from buy_directly(
        stage, "han", "wang", title, work, begun=140, study="FH-07", rules=quality
    )
    fund(stage, contract, "han", 110)
    first, second = milestones(contract)
    yield stage.ago(100)
    hand_in(stage, first, "wang")
    yield stage.ago(96)
    accept(stage, first, "han")
    yield stage.ago(60)
    proposal = services.propose_termination(
        contract_id=contract.pk,
        reason="The arm was stopped for futility. 该组因无效终止。",
        percents={second.pk: 40},
        secret=stage.password,
        by=stage.who("han"),
        clock=stage.clock,
    )
    yield stage.ago(55)
    services.agree_termination(
        termination_id=proposal.pk, secret=stage.password, by=stage.who("wang"), clock=stage.clock
    )


def paid_by_the_hour(stage: Stage) -> Iterator[dt.datetime]:
    """Each approved week is paid; four fifths of the hours are used, and the work is on hold."""
    title = {"en": "Coordinator hours during the safety run-in", "zh": "安全导入期CRC工时"}
    work = Work("CRC_HOURS", 360, HANGZHOU)
    contract = yield from buy_directly(
        stage, "lin", "chen", title, work, begun=95, study="NL-214", rules=by_the_hour
    )
    fund(stage, contract, "shen", 90)
    coordinator, line = stage.who("xu"), contract.lines.get(position=1)
    for week in range(WEEKS_WORKED):
        yield stage.ago(83 - 7 * week)
        monday = _monday(stage.clock.now().date())
        luck = stage.luck("coordinator hours", week)
        sheet = write_hours(
            week_on=monday,
            lines=[
                HoursLine(
                    on=monday + dt.timedelta(days=day),
                    study_id=stage.study_of["NL-214"],
                    hours=Decimal(luck.choice(("7", "7.5", "8"))),
                    contract_line_id=line.pk,
                    note="Screening and data entry 筛选与录入" if day == 0 else "",
                )
                for day in range(5)
            ],
            by=coordinator,
            clock=stage.clock,
        )
        submit_timesheet(timesheet_id=sheet.pk, by=coordinator, clock=stage.clock)
        yield stage.ago(81 - 7 * week)
        approve_timesheet(timesheet_id=sheet.pk, by=stage.who("chen"), clock=stage.clock)
        services.collect_by_facts(study_id=contract.study_id, clock=stage.clock)
    yield stage.ago(20)
    services.suspend_contract(
        contract_id=contract.pk,
        why="The data monitoring committee asked for a pause. 数据监查委员会要求暂停。",
        by=stage.who("lin"),
        clock=stage.clock,
    )


def _monday(day: dt.date) -> dt.date:
    """Return the Monday of the last whole week before a day."""
    return day - dt.timedelta(days=day.weekday() + 7)


def past_its_end(stage: Stage) -> Iterator[dt.datetime]:
    """Expired with its milestones open, waiting for a renewal."""
    title = {"en": "Close-out support", "zh": "关闭中心支持"}
    contract = yield from buy_directly(
        stage, "han", "chen", title, Work("SITE_CLOSEOUT", 2, HANGZHOU), begun=100, study="FH-07", ends=9
    )
    yield stage.ago(8)
    assert expire_contract(contract_id=contract.pk, clock=stage.clock)


def plan_names_what_is_paid(stage: Stage) -> Iterator[dt.datetime]:
    """The plan's milestones name the payable milestones that wait for them."""
    yield stage.ago(1.5)
    for code, of_contract, in_plan in (
        ("NL-118", ("SITE_STARTUP", "CONTRACT"), "S_CTA"),
        ("NL-118", ("SITE_STARTUP", "INITIATION"), "S_SIV"),
        ("NL-118", ("MONITORING_ONSITE", "REPORT"), "S_LSI"),
    ):
        study_id = stage.study_of[code]
        payable = Contract.objects.filter(study_id=study_id, state="signed").values("pk")
        row = (
            PlanItem.objects.filter(plan__study_id=study_id, code=in_plan, kind="milestone")
            .order_by("position")
            .first()
        )
        step = (
            ContractLine.objects.filter(contract__in=payable, service__code=of_contract[0])
            .order_by("pk")[0]
            .milestones.get(code=of_contract[1])
        )
        assert row is not None
        tie_milestone(item_id=row.pk, contract_milestone_id=step.pk, by=stage.who("lin"), clock=stage.clock)


DELIVERING: tuple[Tale, ...] = (
    just_completed,
    ended_early,
    paid_by_the_hour,
    past_its_end,
    plan_names_what_is_paid,
)
