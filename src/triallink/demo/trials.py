"""The demand side in bulk: trials with their sites, and a request per trial with its work packages as lines."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from triallink.demo.bulk import copy_in
from triallink.demo.scale import Scale
from triallink.demo.supply import AREAS
from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models import Request, RequestLine, ServiceType
from triallink.domains.marketplace.services.terms import DEFAULT_WEIGHTS
from triallink.domains.studies.models import Study, StudySite

# How a trial's request ended or stands, with its share of all.
FATES = (
    ("awarded", 44), ("evaluated", 3), ("closed", 4), ("failed", 5), ("cancelled", 4), ("published", 30),
    ("draft", 10),
)  # fmt: skip
PHASES = (("1", 18), ("2", 25), ("3", 32), ("4", 15), ("2_3", 4), ("1_2", 6))
SITE_SERVICES = ("CRC_HOURS", "MONITORING_ONSITE", "SITE_STARTUP", "PATIENT_RECRUITMENT")
CENTRAL_SERVICES = (
    "PROJECT_MANAGEMENT", "DATA_MANAGEMENT", "EDC_BUILD", "BIOSTATISTICS", "MEDICAL_WRITING",
    "MEDICAL_MONITORING", "PHARMACOVIGILANCE", "ETMF_MANAGEMENT", "RTSM_SETUP", "MONITORING_REMOTE",
    "QUALITY_AUDIT", "TRANSLATION",
)  # fmt: skip
QUANTITIES = {
    "CRC_HOURS": (200, 3000), "MONITORING_ONSITE": (4, 24), "SITE_STARTUP": (1, 1),
    "PATIENT_RECRUITMENT": (5, 40), "PROJECT_MANAGEMENT": (8, 40), "DATA_MANAGEMENT": (8, 40),
    "MEDICAL_MONITORING": (8, 40), "PHARMACOVIGILANCE": (8, 40), "ETMF_MANAGEMENT": (8, 40),
    "MONITORING_REMOTE": (20, 300), "TRANSLATION": (2, 20), "QUALITY_AUDIT": (1, 8), "MEDICAL_WRITING": (1, 5),
}  # fmt: skip
INDICATIONS = {
    "oncology": ("solid tumours", "实体瘤"), "hematology": ("lymphoma", "淋巴瘤"),
    "cardiology": ("heart failure", "心力衰竭"), "endocrinology": ("type 2 diabetes", "2型糖尿病"),
    "neurology": ("migraine", "偏头痛"), "psychiatry": ("depression", "抑郁症"),
    "respiratory": ("asthma", "支气管哮喘"), "gastroenterology": ("ulcerative colitis", "溃疡性结肠炎"),
    "nephrology": ("chronic kidney disease", "慢性肾脏病"), "infectious": ("influenza", "流感"),
    "immunology": ("rheumatoid arthritis", "类风湿关节炎"), "dermatology": ("psoriasis", "银屑病"),
    "ophthalmology": ("macular degeneration", "黄斑变性"), "orthopedics": ("osteoporosis", "骨质疏松"),
    "gynecology": ("endometriosis", "子宫内膜异位症"), "pediatrics": ("childhood growth failure", "儿童生长障碍"),
    "rare": ("hereditary angioedema", "遗传性血管性水肿"),
}  # fmt: skip


@dataclass
class Trial:
    """A trial with its sites, its request and the request's lines; `fate` is the state it shall come to."""

    study: Study
    sites: list[StudySite]
    request: Request
    lines: list[RequestLine]
    fate: str


class DemandSide:
    """Draws and writes the trials of a world; requests are drafts until `outcomes` moves them on."""

    def __init__(
        self,
        scale: Scale,
        now: dt.datetime,
        services: dict[str, ServiceType],
        hospitals: Sequence[Organization],
    ) -> None:
        self.scale = scale
        self.now = now
        self.rng = Random(f"triallink-demand-{scale.seed}")
        self.services = services
        self.hospitals = hospitals
        self.lines_per_trial = scale.work_packages / scale.trials

    def build(self, sponsors: Sequence[Organization]) -> list[Trial]:
        """Write every trial with its request as a draft and return them."""
        trials = [self._trial(self.rng.choice(sponsors), number) for number in range(self.scale.trials)]
        copy_in([trial.study for trial in trials])
        copy_in([site for trial in trials for site in trial.sites])
        copy_in([trial.request for trial in trials])
        copy_in([line for trial in trials for line in trial.lines])
        return trials

    def _trial(self, sponsor: Organization, number: int) -> Trial:
        fate = self.drawn(FATES)
        created = self.now - dt.timedelta(days=self.rng.randint(*_AGE[fate]))
        study = self._study(sponsor, number, created)
        wanted = max(4, round(self.rng.gauss(self.lines_per_trial, 5)))
        central = self.rng.sample(CENTRAL_SERVICES, min(len(CENTRAL_SERVICES), max(2, wanted // 4)))
        local = wanted - len(central)
        hospitals = self.rng.sample(self.hospitals, min(len(self.hospitals), (local + 1) // 2))
        sites = [_site(study, hospital, position) for position, hospital in enumerate(hospitals, start=1)]
        study.planned_sites = len(sites)
        request = self._request(study, number, fate, created)
        works = [(SITE_SERVICES[n % 2 + 2 * (n % 5 == 4)], sites[n // 2]) for n in range(local)]
        lines = [self._line(request, code, site) for code, site in works]
        lines += [self._line(request, code, None) for code in central]
        for position, line in enumerate(lines, start=1):
            line.position = position
        return Trial(study, sites, request, lines, fate)

    def _study(self, sponsor: Organization, number: int, created: dt.datetime) -> Study:
        area, phase = self.rng.choice(AREAS), self.drawn(PHASES)
        indication, indication_zh = INDICATIONS[area]
        compound = f"{sponsor.name_en[:2].upper()}-{self.rng.randrange(100, 999)}"
        words = phase.replace("_", "/")
        return Study(
            sponsor=sponsor,
            code=f"{compound}-{number + 1:04d}",
            title_en=f"A phase {words} study of {compound} in {indication}",
            title_zh=f"{compound}治疗{indication_zh}的{words}期临床研究",
            phase=phase,
            therapeutic_area=area,
            indication_en=indication.capitalize(),
            indication_zh=indication_zh,
            state=self.rng.choice(("planned", "startup", "recruiting", "recruiting", "follow_up")),
            planned_subjects=self.rng.randrange(30, 900, 10),
            start_on=created.date() + dt.timedelta(days=90),
            enrollment_months=self.rng.randint(4, 30),
            follow_up_months=self.rng.randint(1, 24),
            created_at=created,
        )

    def _request(self, study: Study, number: int, fate: str, created: dt.datetime) -> Request:
        published = created + dt.timedelta(days=self.rng.randint(2, 9))
        due = self.now + dt.timedelta(days=self.rng.randint(2, 40), hours=self.rng.randint(0, 9))
        if fate not in ("published", "draft"):
            due = published + dt.timedelta(days=self.rng.randint(14, 30))
        return Request(
            buyer_id=study.sponsor_id,
            study=study,
            reference=f"REQ-{created.year}-N{number + 1:05d}",
            title={"en": f"Services for {study.code}", "zh": f"{study.code}临床研究服务"},
            requirements=f"{study.title_en}.\n{study.title_zh}。",
            procedure="sealed",
            weights=dict(DEFAULT_WEIGHTS),
            max_suppliers=3,
            is_partial_award_allowed=True,
            question_deadline_at=due,
            bids_due_at=due,
            closes_at=due,
            start_on=due.date() + dt.timedelta(days=30),
            end_on=due.date() + dt.timedelta(days=600),
            is_demo=True,
            created_at=created,
            published_at=None if fate == "draft" else published,
        )

    def _line(self, request: Request, code: str, site: StudySite | None) -> RequestLine:
        service = self.services[code]
        return RequestLine(
            request=request,
            service=service,
            quantity=Decimal(self.rng.randint(*QUANTITIES.get(code, (1, 1)))),
            unit=service.unit,
            province=site.province if site else "",
            city=site.city if site else "",
            city_zh=site.city_zh if site else "",
            site=site,
            start_on=request.start_on,
            end_on=request.end_on,
            required_credentials=service.required_credentials,
        )

    def drawn(self, table: tuple[tuple[str, int], ...]) -> str:
        """Return a word of a weighted table."""
        words, weights = zip(*table, strict=True)
        return str(self.rng.choices(words, weights)[0])


# Days since the trial was entered, by what became of its request.
_AGE = {
    "awarded": (58, 720), "evaluated": (50, 70), "closed": (42, 60), "failed": (60, 500),
    "cancelled": (50, 500), "published": (12, 20), "draft": (1, 30),
}  # fmt: skip


def _site(study: Study, hospital: Organization, position: int) -> StudySite:
    return StudySite(
        study=study,
        organization=hospital,
        number=f"{position:02d}",
        name_en=hospital.name_en,
        name_zh=hospital.name_zh,
        country=hospital.country,
        province=hospital.province,
        city=hospital.city,
        city_zh=hospital.city_zh,
        latitude=hospital.latitude,
        longitude=hospital.longitude,
    )
