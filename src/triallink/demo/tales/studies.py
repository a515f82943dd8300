"""The studies of the two sponsors whose people can be signed in as."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triallink.demo.stage import Stage, Tale
from triallink.domains.studies.services import (
    add_protocol_version,
    add_site,
    create_study,
    import_study,
    propose_demand,
    update_study,
)

# Written for this world in USDM 4.0; no real product, company or person.
PROTOCOLS = Path(__file__).parents[1] / "protocols"


@dataclass(frozen=True)
class Plan:
    """A study written by form: whose, its words and numbers, how many sites and since when."""

    code: str
    sponsor: str
    days_ago: int
    sites: int
    words: dict[str, Any] = field(default_factory=dict)
    values: dict[str, float] | None = None


PLANS = (
    Plan(
        "NL-061",
        "lin",
        1010,
        3,
        {
            "title_en": "NLX-061 cream against vehicle in hand eczema",
            "title_zh": "NLX-061乳膏与赋形剂对照治疗手部湿疹的研究",
            "phase": "2",
            "therapeutic_area": "dermatology",
            "indication_en": "Hand eczema",
            "indication_zh": "手部湿疹",
            "state": "closed",
            "planned_subjects": 45,
            "planned_sites": 3,
            "enrollment_months": 6,
            "follow_up_months": 3,
        },
    ),
    Plan(
        "NL-097",
        "lin",
        770,
        4,
        {
            "title_en": "NLX-097 tablets in mild hypertension",
            "title_zh": "NLX-097片治疗轻度高血压的研究",
            "phase": "3",
            "therapeutic_area": "cardiology",
            "indication_en": "Hypertension",
            "indication_zh": "高血压",
            "state": "follow_up",
            "planned_subjects": 60,
            "planned_sites": 4,
            "enrollment_months": 12,
            "follow_up_months": 12,
        },
    ),
    Plan(
        "NL-214",
        "lin",
        205,
        6,
        {
            "title_en": "A randomized, double-blind study of NLX-214 in adults with moderate to severe atopic dermatitis",
            "title_zh": "NLX-214治疗成人中重度特应性皮炎的随机双盲研究",
            "acronym": "CALM SKIN",
            "phase": "2",
            "therapeutic_area": "dermatology",
            "indication_en": "Atopic dermatitis",
            "indication_zh": "特应性皮炎",
            "state": "recruiting",
            "planned_subjects": 180,
            "planned_sites": 18,
            "enrollment_months": 10,
            "follow_up_months": 6,
        },
    ),
    Plan(
        "NL-118",
        "lin",
        320,
        5,
        {
            "title_en": "NLX-118 added to chemotherapy as first treatment of advanced gastric cancer",
            "title_zh": "NLX-118联合化疗一线治疗晚期胃癌的研究",
            "acronym": "HARVEST",
            "phase": "3",
            "therapeutic_area": "oncology",
            "indication_en": "Advanced gastric cancer",
            "indication_zh": "晚期胃癌",
            "state": "recruiting",
            "planned_subjects": 460,
            "planned_sites": 42,
            "enrollment_months": 18,
            "follow_up_months": 24,
        },
        {"interim_interval_weeks": 6, "verified_percent": 30},
    ),
    Plan(
        "NL-402",
        "lin",
        64,
        3,
        {
            "title_en": "First dose of NLX-402 in healthy volunteers",
            "title_zh": "NLX-402健康受试者首次人体研究",
            "phase": "1",
            "therapeutic_area": "endocrinology",
            "indication_en": "Obesity",
            "indication_zh": "肥胖症",
            "state": "startup",
            "planned_subjects": 64,
            "planned_sites": 1,
            "enrollment_months": 5,
            "follow_up_months": 1,
        },
    ),
    Plan(
        "FH-07",
        "han",
        150,
        4,
        {
            "title_en": "FH-07 inhaler against usual care in moderate asthma",
            "title_zh": "FH-07吸入剂与常规治疗比较用于中度哮喘的研究",
            "acronym": "BREEZE",
            "phase": "3",
            "therapeutic_area": "respiratory",
            "indication_en": "Asthma",
            "indication_zh": "支气管哮喘",
            "state": "startup",
            "planned_subjects": 320,
            "planned_sites": 28,
            "enrollment_months": 12,
            "follow_up_months": 12,
        },
    ),
    Plan(
        "FH-12",
        "han",
        90,
        4,
        {
            "title_en": "Registry of adults treated for chronic kidney disease",
            "title_zh": "慢性肾脏病成人患者登记研究",
            "phase": "4",
            "study_type": "observational",
            "therapeutic_area": "nephrology",
            "indication_en": "Chronic kidney disease",
            "indication_zh": "慢性肾脏病",
            "state": "planned",
            "planned_subjects": 1500,
            "planned_sites": 40,
            "enrollment_months": 12,
            "follow_up_months": 24,
        },
    ),
)


def _by_form(plan: Plan) -> Tale:
    def told(stage: Stage) -> Iterator[dt.datetime]:
        yield stage.ago(plan.days_ago)
        lead = stage.who(plan.sponsor)
        study = create_study(
            code=plan.code,
            by=lead,
            clock=stage.clock,
            **plan.words,
            start_on=stage.ago(plan.days_ago).date() + dt.timedelta(days=120),
        )
        stage.study_of[plan.code] = study.pk
        yield stage.ago(plan.days_ago - 2)
        add_sites(stage, plan.code, plan.sponsor, plan.sites)
        yield stage.ago(plan.days_ago - 3)
        propose_demand(study_id=study.pk, by=lead, clock=stage.clock)
        if plan.values:
            yield stage.ago(plan.days_ago - 20)
            note = "Fewer on-site visits, as agreed with quality. 与质量部门商定减少现场监查。"
            propose_demand(study_id=study.pk, values=plan.values, note=note, by=lead, clock=stage.clock)

    return told


def add_sites(stage: Stage, code: str, sponsor: str, count: int) -> None:
    """Add hospitals of the directory to a study, always the cast's own among them."""
    hospitals = stage.company.organizations["site"]
    chosen = [hospitals[0], *stage.luck("sites", code).sample(hospitals[1:], count - 1)]
    for hospital in chosen:
        investigator = str(stage.company.people["he"]) if hospital is hospitals[0] else ""
        add_site(
            study_id=stage.study_of[code],
            organization_id=hospital.pk,
            investigator=investigator,
            planned_subjects=stage.luck("subjects", code, hospital.name_en).randint(6, 24),
            by=stage.who(sponsor),
            clock=stage.clock,
        )


def imported_from_a_protocol(stage: Stage) -> Iterator[dt.datetime]:
    """A study read from a USDM protocol, with an amendment, Chinese words, sites and two demand proposals."""
    yield stage.ago(140)
    lead = stage.who("lin")
    study = import_study(content=_protocol(1), file_name="nl-301-v1.json", by=lead, clock=stage.clock)
    stage.study_of[study.code] = study.pk
    update_study(
        study_id=study.pk,
        title_zh="NLX-301联合二甲双胍治疗成人2型糖尿病的随机、双盲、安慰剂对照研究",
        indication_zh="2型糖尿病",
        state="startup",
        planned_sites=24,
        start_on=stage.ago(140).date() + dt.timedelta(days=150),
        enrollment_months=9,
        follow_up_months=13,
        countries={"CN": (24, 360)},
        by=lead,
        clock=stage.clock,
    )
    yield stage.ago(138)
    add_sites(stage, study.code, "lin", 8)
    propose_demand(study_id=study.pk, by=lead, clock=stage.clock)
    yield stage.ago(41)
    note = "Amendment 1: visit at week 36, retinal photograph. 第1次修订：增加第36周访视与眼底照相。"
    add_protocol_version(
        study_id=study.pk,
        content=_protocol(2),
        file_name="nl-301-v2.json",
        note=note,
        by=lead,
        clock=stage.clock,
    )
    update_study(
        study_id=study.pk, countries={"CN": (24, 420)}, planned_subjects=420, by=lead, clock=stage.clock
    )
    yield stage.ago(40)
    values = {"interim_interval_weeks": 6.0, "verified_percent": 30.0}
    note = "More visits by phone and less verification, by risk. 基于风险，增加远程、减少核查。"
    propose_demand(study_id=study.pk, values=values, note=note, by=lead, clock=stage.clock)


def _protocol(version: int) -> bytes:
    return (PROTOCOLS / f"nl-301-v{version}.json").read_bytes()


STUDIES: tuple[Tale, ...] = (imported_from_a_protocol, *(_by_form(plan) for plan in PLANS))
