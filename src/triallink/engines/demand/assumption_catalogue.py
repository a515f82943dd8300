"""Every figure a proposal rests on: its unit, default, limits, and where it comes from.

A default is where a planner starts, not a truth: each study replaces them by its own figures.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class AssumptionSpec:
    """One editable figure. `label` and `rationale` are {"en": …, "zh": …}."""

    key: str
    group: str
    unit: str
    default: float
    minimum: float
    maximum: float
    label: dict[str, str]
    rationale: dict[str, str]


GROUPS = {
    "timeline": {"en": "Timeline and subjects", "zh": "时间与受试者"},
    "startup": {"en": "Start-up and submissions", "zh": "启动与递交"},
    "monitoring": {"en": "Monitoring", "zh": "监查"},
    "site": {"en": "Work at the site", "zh": "中心工作"},
    "data": {"en": "Data, statistics and writing", "zh": "数据、统计与撰写"},
    "oversight": {"en": "Management and safety", "zh": "管理与安全"},
    "supply": {"en": "Laboratory, imaging and supply", "zh": "实验室、影像与供应"},
}

_PLANNING = (
    "Planning figure to start from; replace it with your own experience.",
    "规划起始值，请以本单位经验替换。",
)


def _spec(
    group: str,
    key: str,
    unit: str,
    figures: tuple[float, float, float],
    label: tuple[str, str],
    rationale: tuple[str, str] = _PLANNING,
) -> AssumptionSpec:
    default, minimum, maximum = figures
    return AssumptionSpec(
        key, group, unit, default, minimum, maximum,
        {"en": label[0], "zh": label[1]}, {"en": rationale[0], "zh": rationale[1]},
    )  # fmt: skip


_TIMELINE = (
    _spec("timeline", "startup_months", "month", (4, 0, 36), ("Months from contract to first site open", "合同至首家中心启动的月数"),
          ("Ethics review and hospital contracts take most of it; in China often three to six months.", "主要为伦理审查与医院合同用时，国内常见三至六个月。")),
    _spec("timeline", "closeout_months", "month", (3, 0, 24), ("Months from last visit to database lock and close-out", "末次访视至锁库与关闭的月数")),
    _spec("timeline", "screen_failure_percent", "%", (30, 0, 95), ("Screen failures, share of screened subjects", "筛选失败率（占筛选受试者）"),
          ("Differs most between indications; use the rate of a comparable study when you have one.", "各适应症差异很大，如有可比研究请采用其数据。")),
    _spec("timeline", "dropout_percent", "%", (15, 0, 95), ("Subjects who leave early, share of enrolled", "提前退出率（占入组受试者）"),
          ("Somebody who leaves early is counted with half of the visits.", "提前退出者按一半访视计算。")),
)  # fmt: skip

_STARTUP = (
    _spec("startup", "feasibility_ratio", "ratio", (2, 1, 10), ("Sites asked per site chosen", "每家入选中心对应的调研中心数"),
          ("About half of the sites asked are interested and suitable.", "约半数受访中心有意向且合适。")),
    _spec("startup", "feasibility_hours", "hour", (6, 0, 80), ("Hours per site asked", "每家中心可行性调研工时")),
    _spec("startup", "qualification_ratio", "ratio", (1.25, 1, 5), ("Qualification visits per site chosen", "每家入选中心对应的资质考察次数"),
          ("One site in five that is visited is not chosen.", "每五家考察中心约有一家未入选。")),
    _spec("startup", "qualification_visit_hours", "hour", (16, 1, 80), ("Hours per qualification visit", "每次资质考察工时"),
          ("Preparation 3, travel 4, at the site 5, report and follow-up 4.", "准备3、差旅4、现场5、报告与跟进4。")),
    _spec("startup", "startup_hours", "hour", (45, 0, 300), ("Start-up hours per site", "每家中心启动工时"),
          ("Essential documents, hospital contract and budget, system accounts.", "必备文件、医院合同与预算、系统账号。")),
    _spec("startup", "regulatory_hours", "hour", (80, 0, 600), ("Hours per country submission to the authority", "每个国家向监管机构递交的工时")),
    _spec("startup", "ethics_hours", "hour", (16, 0, 200), ("Hours per site for the ethics submission", "每家中心伦理递交工时"),
          ("One submission per site, as in China; a central opinion needs less.", "按每家中心单独递交（如中国）；中心伦理可减少。")),
    _spec("startup", "amendments", "document", (2, 0, 30), ("Substantial amendments during the study", "研究期间实质性修订次数"),
          ("Most phase II and III protocols are amended two to three times.", "多数II、III期方案修订两至三次。")),
    _spec("startup", "regulatory_amendment_hours", "hour", (24, 0, 300), ("Authority hours per amendment and country", "每次修订每个国家的监管递交工时")),
    _spec("startup", "ethics_amendment_hours", "hour", (5, 0, 100), ("Ethics hours per amendment and site", "每次修订每家中心的伦理递交工时")),
    _spec("startup", "training_hours", "hour", (6, 0, 100), ("Training hours per site", "每家中心培训工时"),
          ("Protocol, GCP and system training of the site staff (ICH E6, 4.1 and 4.2).", "中心人员的方案、GCP与系统培训（ICH E6 4.1、4.2）。")),
)  # fmt: skip

_MONITORING = (
    _spec("monitoring", "initiation_visit_hours", "hour", (20, 1, 80), ("Hours per initiation visit", "每次启动访视工时"),
          ("Preparation 5, travel 4, at the site 7, report and follow-up 4.", "准备5、差旅4、现场7、报告与跟进4。")),
    _spec("monitoring", "interim_interval_weeks", "week", (8, 1, 52), ("Weeks between on-site visits", "现场监查间隔周数"),
          ("Four to twelve weeks by risk; ICH E6 (R2) 5.18.3 asks for a risk-based choice.", "按风险四至十二周；ICH E6 (R2) 5.18.3 要求基于风险确定。")),
    _spec("monitoring", "interim_visit_hours", "hour", (13, 1, 80), ("Fixed hours per on-site visit", "每次现场监查固定工时"),
          ("Preparation 2, travel 4, site file and drug count 3, report and follow-up 4.", "准备2、差旅4、文件夹与药品核查3、报告与跟进4。")),
    _spec("monitoring", "verified_percent", "%", (40, 0, 100), ("Subject visits verified against source", "原始数据核查的受试者访视比例"),
          ("Targeted verification; 100 % is rarely needed (ICH E6 (R2) 5.18.4).", "采用针对性核查，极少需要100%（ICH E6 (R2) 5.18.4）。")),
    _spec("monitoring", "verification_hours", "hour", (0.5, 0, 10), ("Hours to verify one subject visit", "核查每次受试者访视工时")),
    _spec("monitoring", "remote_interval_weeks", "week", (4, 1, 52), ("Weeks between remote visits", "远程监查间隔周数")),
    _spec("monitoring", "remote_visit_hours", "hour", (4, 0.5, 40), ("Hours per remote visit", "每次远程监查工时")),
    _spec("monitoring", "closeout_visit_hours", "hour", (18, 1, 80), ("Hours per close-out visit", "每次关闭访视工时"),
          ("Preparation 4, travel 4, at the site 6, report and follow-up 4.", "准备4、差旅4、现场6、报告与跟进4。")),
)  # fmt: skip

_SITE = (
    _spec("site", "recruitment_hours", "hour", (2, 0, 40), ("Recruitment hours per screened subject", "每名筛选受试者的招募工时"),
          ("Chart search, first call, appointment.", "病历检索、首次联系、预约。")),
    _spec("site", "consent_hours", "hour", (1.5, 0, 20), ("CRC hours for informed consent", "知情同意CRC工时")),
    _spec("site", "crc_visit_hours", "hour", (1.5, 0, 20), ("CRC hours per visit at the site, before its activities", "每次现场访视CRC基础工时"),
          ("Reminder, reception, source record, data entry, stipend.", "提醒、接待、原始记录、数据录入、补贴。")),
    _spec("site", "crc_remote_visit_hours", "hour", (0.5, 0, 20), ("CRC hours per remote contact, before its activities", "每次远程随访CRC基础工时")),
    _spec("site", "crc_activity_hours", "hour", (0.25, 0, 10), ("CRC hours per activity of a visit", "访视中每项活动的CRC工时"),
          ("A quarter of an hour to accompany and record one activity of the schedule.", "陪同并记录一项日程活动约需一刻钟。")),
    _spec("site", "crc_weekly_hours", "hour", (3, 0, 40), ("CRC hours per week and site that no visit explains", "每家中心每周固定CRC工时"),
          ("Queries, filing, drug accountability, safety reports, monitor visits.", "质疑、归档、药品清点、安全报告、配合监查。")),
)  # fmt: skip

_DATA = (
    _spec("data", "edc_base_hours", "hour", (120, 0, 1000), ("Database build, fixed hours", "建库固定工时")),
    _spec("data", "edc_activity_hours", "hour", (8, 0, 100), ("Build hours per different activity", "每种活动的建库工时"),
          ("Form, edit checks and test of one activity of the schedule.", "日程中一种活动的表单、核查与测试。")),
    _spec("data", "edc_standard_activities", "form", (8, 0, 50), ("Forms every study has besides its schedule", "日程之外的标准表单数"),
          ("Adverse events, medication, history, deviations, withdrawal and the like.", "不良事件、合并用药、病史、方案偏离、退出等。")),
    _spec("data", "cleaning_hours", "hour", (0.35, 0, 10), ("Cleaning hours per subject visit", "每次受试者访视的数据清理工时")),
    _spec("data", "data_monthly_hours", "hour", (30, 0, 400), ("Data management hours per month", "每月数据管理工时")),
    _spec("data", "lock_hours", "hour", (120, 0, 1000), ("Hours for database lock", "锁库工时")),
    _spec("data", "statistics_base_hours", "hour", (320, 0, 3000), ("Statistics, fixed hours", "统计固定工时"),
          ("Analysis plan, randomization list, shells, tables and listings, review.", "分析计划、随机表、模板、图表与审阅。")),
    _spec("data", "statistics_endpoint_hours", "hour", (24, 0, 300), ("Statistics hours per endpoint", "每个终点的统计工时")),
    _spec("data", "writing_documents", "document", (4, 1, 60), ("Documents to write, without amendments", "撰写文件数（不含修订）"),
          ("Protocol, informed consent, investigator summary, study report (ICH E3).", "方案、知情同意书、研究者摘要、研究报告（ICH E3）。")),
    _spec("data", "writing_hours", "hour", (90, 1, 800), ("Writing hours per document", "每份文件撰写工时")),
    _spec("data", "amendment_writing_hours", "hour", (24, 0, 300), ("Writing hours per amendment", "每次修订撰写工时")),
    _spec("data", "translated_documents", "document", (10, 0, 200), ("Documents to translate per further language", "每种附加语言的翻译文件数")),
    _spec("data", "translation_hours", "hour", (8, 0, 100), ("Hours per translated document", "每份文件翻译工时")),
)  # fmt: skip

_OVERSIGHT = (
    _spec("oversight", "management_monthly_hours", "hour", (60, 0, 600), ("Project management hours per month", "每月项目管理工时")),
    _spec("oversight", "management_site_hours", "hour", (1.5, 0, 40), ("Project management hours per site and month", "每家中心每月项目管理工时")),
    _spec("oversight", "medical_monthly_hours", "hour", (20, 0, 400), ("Medical monitoring hours per month", "每月医学监查工时")),
    _spec("oversight", "medical_subject_hours", "hour", (1, 0, 40), ("Medical monitoring hours per enrolled subject", "每名入组受试者医学监查工时")),
    _spec("oversight", "serious_event_percent", "%", (12, 0, 300), ("Serious adverse events per 100 enrolled subjects", "每百名入组受试者严重不良事件数"),
          ("Differs between indications; oncology studies often exceed 40.", "各适应症不同，肿瘤研究常超过40。")),
    _spec("oversight", "serious_event_hours", "hour", (10, 0, 100), ("Hours per serious adverse event", "每例严重不良事件处理工时")),
    _spec("oversight", "safety_base_hours", "hour", (80, 0, 800), ("Safety set-up hours", "药物警戒准备工时")),
    _spec("oversight", "safety_monthly_hours", "hour", (10, 0, 200), ("Safety hours per month", "每月药物警戒工时")),
    _spec("oversight", "tmf_study_documents", "document", (250, 0, 5000), ("Documents of the study file", "研究层面文件数"),
          ("The TMF Reference Model lists about 250 artifacts.", "TMF参考模型约列250类文件。")),
    _spec("oversight", "tmf_country_documents", "document", (40, 0, 1000), ("Documents per country", "每个国家文件数")),
    _spec("oversight", "tmf_site_documents", "document", (70, 0, 1000), ("Documents per site", "每家中心文件数")),
    _spec("oversight", "tmf_document_hours", "hour", (0.25, 0, 5), ("Hours to file and check a document", "每份文件归档与核查工时")),
    _spec("oversight", "audited_percent", "%", (10, 0, 100), ("Sites audited", "稽查中心比例"),
          ("One site in ten, chosen by risk (ICH E6 (R2) 5.19).", "按风险抽取十分之一的中心（ICH E6 (R2) 5.19）。")),
    _spec("oversight", "audit_hours", "hour", (40, 1, 200), ("Hours per site audit", "每次中心稽查工时")),
)  # fmt: skip

_SUPPLY = (
    _spec("supply", "lab_visit_hours", "hour", (0.2, 0, 5), ("Laboratory coordination hours per sampling visit", "每次采样访视的实验室协调工时"),
          ("Kits, shipment, result follow-up; the analysis itself is priced per visit.", "试剂盒、运输与结果跟进；检测按访视另计。")),
    _spec("supply", "imaging_reads", "ratio", (2, 1, 5), ("Independent readers per imaging visit", "每次影像访视的独立阅片人数"),
          ("Two readers, as usual for blinded independent central review.", "盲态独立中心阅片通常为两名阅片者。")),
    _spec("supply", "imaging_read_hours", "hour", (0.75, 0, 10), ("Hours per read", "每次阅片工时")),
    _spec("supply", "rtsm_base_hours", "hour", (120, 0, 1000), ("Randomization and supply system, fixed hours", "随机与药物管理系统固定工时")),
    _spec("supply", "rtsm_arm_hours", "hour", (12, 0, 200), ("Randomization and supply system hours per arm", "每个治疗组的系统工时")),
    _spec("supply", "shipment_interval_months", "month", (2, 0.25, 24), ("Months between shipments to a site", "向中心发运间隔月数")),
    _spec("supply", "shipment_hours", "hour", (1.5, 0, 40), ("Hours per shipment", "每次发运工时")),
)  # fmt: skip

ASSUMPTIONS = (*_TIMELINE, *_STARTUP, *_MONITORING, *_SITE, *_DATA, *_OVERSIGHT, *_SUPPLY)
CATALOGUE_VERSION = "1"
