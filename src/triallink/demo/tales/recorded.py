"""Records of studies: deviations with their CAPA, issues, risks, decisions, minutes, training and delegation logs."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from triallink.demo.stage import Stage, Tale
from triallink.domains.delivery import services
from triallink.domains.delivery.models import StudyRecord
from triallink.domains.studies.models import StudySite

STUDY = "NL-118"


def deviation_and_its_capa(stage: Stage) -> Iterator[dt.datetime]:
    """A deviation is assessed and closed; its CAPA has a root cause, is done and found effective."""
    yield stage.ago(112)
    deviation = _open(
        stage, "deviation", "Consent form of an old version 使用旧版知情同意书", 0,
        severity="major", category="consent", subject="001-002", found_on=_today(stage),
        what="The version before the amendment was signed. 签署的是修订前版本。",
        cause="The new version had not replaced the old one in the folder. 文件夹中旧版未替换。",
        impact="Consented again at the next visit; no effect on data. 下次访视重新签署，对数据无影响。",
    )  # fmt: skip
    yield stage.ago(110)
    _step(stage, deviation, "assess", "lin")
    capa = _open(
        stage, "capa", "Old versions leave the site on the day of approval 批准当日收回旧版文件", 0, deviation,
        severity="major", what="A withdrawn version was used. 使用了已作废的版本。",
    )  # fmt: skip
    action = services.add_action(
        study_id=capa.study_id, record_id=capa.pk, text="Collect old versions at all sites 回收各中心旧版文件",
        owner_id=stage.company.people["zhou"].pk, due_on=stage.ago(85).date(), by=stage.who("lin"),
        clock=stage.clock,
    )  # fmt: skip
    yield stage.ago(104)
    services.change_record(
        record_id=capa.pk,
        title=capa.title,
        values={
            **capa.values,
            "root_cause": "Nobody was named to withdraw versions. 未指定收回旧版的负责人。",
            "method": "whys",
            "correction": "Consent repeated with the current version. 以现行版本重新知情同意。",
            "prevention": "The monitor collects old versions with the release letter. 监查员随放行函收回旧版。",
            "measure": "No withdrawn version found at the next three visits. 之后三次访视未发现作废版本。",
        },
        owner_id=capa.owner_id,
        by=stage.who("zhou"),
        clock=stage.clock,
    )
    _step(stage, capa, "plan", "lin")
    yield stage.ago(88)
    services.close_action(
        action_id=action.pk, note="Five sites done. 五家中心完成。", by=stage.who("zhou"), clock=stage.clock
    )
    _step(stage, deviation, "close", "lin")
    _step(stage, capa, "done", "zhou")
    yield stage.ago(40)
    capa.refresh_from_db()
    services.change_record(
        record_id=capa.pk,
        title=capa.title,
        values={**capa.values, "check_on": _today(stage), "effective": "yes"},
        owner_id=capa.owner_id,
        by=stage.who("zhou"),
        clock=stage.clock,
    )
    _step(stage, capa, "close", "lin")


def overdue_capa(stage: Stage) -> Iterator[dt.datetime]:
    """A second CAPA has stayed open too long and was escalated."""
    yield stage.ago(34)
    deviation = _open(
        stage, "deviation", "Visit 4 outside its window 第4次访视超窗", 1,
        severity="major", category="visit", subject="002-004", found_on=_today(stage),
        what="The visit took place nine days late. 访视延迟九天。",
    )  # fmt: skip
    yield stage.ago(33)
    capa = _open(
        stage, "capa", "Visit windows are watched by the coordinator 由协调员监控访视窗口", 1, deviation,
        severity="critical", what="Visits out of window at one site. 一家中心访视超窗。",
    )  # fmt: skip
    services.add_action(
        study_id=capa.study_id, record_id=capa.pk, text="Reminder list per week 每周提醒清单",
        owner_id=capa.owner_id, due_on=stage.ago(20).date(), by=stage.who("lin"), clock=stage.clock,
    )  # fmt: skip
    yield stage.ago(15)
    services.escalate_overdue(by=stage.who("lin"), clock=stage.clock)
    services.write_comment(
        record_id=capa.pk,
        text="@[Zhou Wenbo 周文博] please finish the root cause this week. 请本周完成根因分析。",
        by=stage.who("lin"),
        clock=stage.clock,
    )


def log_of_the_study(stage: Stage) -> Iterator[dt.datetime]:
    """Months of risks, issues, decisions, minutes, and the site's training and delegation logs."""
    yield stage.ago(150)
    training = _open(
        stage, "training", "Protocol training of site 001 001中心方案培训", 0,
        course="protocol", trainee="Song Jia 宋佳", trained_on=_today(stage),
    )  # fmt: skip
    delegation = _open(
        stage, "delegation", "Delegation of Song Jia 宋佳授权", 0,
        delegate="Song Jia 宋佳", role="crc", duties="Data entry, queries 数据录入、质疑答复", from_on=_today(stage),
    )  # fmt: skip
    yield stage.ago(149)
    _step(stage, training, "sign", "lin")
    _step(stage, delegation, "sign", "lin")
    yield stage.ago(97)
    _open(
        stage, "risk", "Enrollment slower than planned 入组慢于计划", None,
        level="high", probability="4", impact="4",
        mitigation="Two more sites and referral letters. 增加两家中心并发出转诊函。",
    )  # fmt: skip
    yield stage.ago(90)
    decision = _open(
        stage, "decision", "Open two more sites 增开两家中心", None,
        what="Sites 006 and 007 are opened. 增开006与007中心。", why="Enrollment is behind. 入组落后。",
        decided_on=_today(stage),
    )  # fmt: skip
    _step(stage, decision, "take", "lin")
    for month, ago in enumerate((89, 59, 29)):
        yield stage.ago(ago)
        minutes = _open(
            stage, "minutes", f"Monthly project meeting {month + 1} 项目月会（第{month + 1}次）", None,
            met_on=_today(stage), present="Lin Xiaoyu, Zhou Wenbo, Wang Hai 林晓雨、周文博、王海",
            minutes="Status, risks, next visits. 进度、风险与后续访视。",
        )  # fmt: skip
        if month < 2:
            _step(stage, minutes, "agree", "lin")
    yield stage.ago(25)
    issue = _open(
        stage, "issue", "Courier delays of laboratory samples 实验室样本物流延误", 2,
        priority="high", what="Samples of two sites arrived after 96 hours. 两家中心的样本超过96小时才到达。",
    )  # fmt: skip
    _step(stage, issue, "begin", "zhou")


def _open(
    stage: Stage, kind: str, title: str, site: int | None, parent: StudyRecord | None = None, **values: str
) -> StudyRecord:  # fmt: skip
    """Open a record at the site of a place in the study's order, or for the study as a whole."""
    study_id = stage.study_of[STUDY]
    sites = StudySite.objects.filter(study_id=study_id).order_by("number")
    owner = stage.company.people["zhou"]
    kept: dict[str, Any] = dict(values)
    return services.open_record(
        study_id=study_id,
        kind=kind,
        title=title,
        values=kept,
        site_id=None if site is None else sites[site].pk,
        owner_id=owner.pk,
        parent_id=parent.pk if parent else None,
        by=stage.who("lin"),
        clock=stage.clock,
    )


def _step(stage: Stage, record: StudyRecord, step: str, who: str) -> None:
    services.take_step(
        record_id=record.pk, step=step, secret=stage.password, by=stage.who(who), clock=stage.clock
    )


def _today(stage: Stage) -> str:
    return str(stage.clock.now().date())


RECORDED: tuple[Tale, ...] = (deviation_and_its_capa, overdue_capa, log_of_the_study)
