"""The supply side in bulk: organizations, professionals with credentials, profiles and listings.

Rows are copied in, not written by services: 35,000 people one by one would take half an hour, and
nothing happened that an audit trail could tell of. What happens afterwards goes through services.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from random import Random

from triallink.demo import names
from triallink.demo.bulk import copy_in
from triallink.demo.geography import City, cities
from triallink.demo.scale import Scale
from triallink.domains.accounts.models import Organization
from triallink.domains.marketplace.models import Listing, ServiceType
from triallink.domains.quality.models import Credential, Professional, SiteProfile, SupplierProfile
from triallink.kernel.vocabulary import THERAPEUTIC_AREAS

AREAS = [area for area in THERAPEUTIC_AREAS if area not in ("other", "device")]
PHASES = ("1", "1_2", "2", "2_3", "3", "4")
LEVELS = (("junior", 45), ("senior", 40), ("expert", 15))
# Yuan per hour of a senior; junior and expert are priced from it.
HOURLY = {
    "CRC": 120, "CRA": 260, "PM": 420, "DM": 300, "STAT": 420, "MW": 380, "MM": 620, "PV": 320, "RA": 360,
    "QA": 450, "SSU": 240,
}  # fmt: skip
LEVEL_FACTOR = {"junior": 0.75, "senior": 1.0, "expert": 1.45}
SMO_ROLES = (("CRC", 88), ("SSU", 8), ("PM", 4))
CRO_ROLES = (
    ("CRA", 45), ("PM", 12), ("DM", 12), ("STAT", 8), ("MW", 6), ("MM", 4), ("PV", 6), ("RA", 4), ("QA", 3),
)  # fmt: skip
FREELANCER_ROLES = (("CRC", 55), ("CRA", 30), ("MW", 5), ("STAT", 4), ("DM", 3), ("QA", 3))
# Share of a service's price that is not its people's hours, and hours behind one unit.
HOURS_PER_UNIT = {
    "SITE_FEASIBILITY": 8, "SITE_STARTUP": 55, "REGULATORY_SUBMISSION": 45, "ETHICS_SUBMISSION": 26,
    "MONITORING_ONSITE": 22, "MONITORING_REMOTE": 5, "SITE_CLOSEOUT": 20, "CRC_HOURS": 1,
    "PATIENT_RECRUITMENT": 6, "PROJECT_MANAGEMENT": 60, "DATA_MANAGEMENT": 55, "EDC_BUILD": 380,
    "BIOSTATISTICS": 520, "MEDICAL_WRITING": 70, "MEDICAL_MONITORING": 24, "PHARMACOVIGILANCE": 18,
    "ETMF_MANAGEMENT": 0.5, "RTSM_SETUP": 150, "CENTRAL_LAB": 1.2, "IMAGING_READ": 1.5, "TRANSLATION": 10,
    "QUALITY_AUDIT": 40, "INVESTIGATOR_TRAINING": 8, "DRUG_SUPPLY_LOGISTICS": 12,
}  # fmt: skip
SMO_SERVICES = ("CRC_HOURS", "PATIENT_RECRUITMENT", "SITE_STARTUP", "ETHICS_SUBMISSION", "SITE_FEASIBILITY")
CREDENTIAL_OF_ROLE = {"CRA": "cra_cert", "CRC": "crc_cert", "PM": "pmp", "STAT": "stat_cert", "MM": "medical"}
DEPARTMENTS = {
    area: {"en": en, "zh": zh}
    for area, en, zh in (
        ("oncology", "Oncology", "肿瘤科"), ("hematology", "Hematology", "血液科"),
        ("cardiology", "Cardiology", "心内科"), ("endocrinology", "Endocrinology", "内分泌科"),
        ("neurology", "Neurology", "神经内科"), ("psychiatry", "Psychiatry", "精神科"),
        ("respiratory", "Respiratory medicine", "呼吸科"), ("gastroenterology", "Gastroenterology", "消化科"),
        ("nephrology", "Nephrology", "肾内科"), ("infectious", "Infectious diseases", "感染科"),
        ("immunology", "Rheumatology", "风湿免疫科"), ("dermatology", "Dermatology", "皮肤科"),
        ("ophthalmology", "Ophthalmology", "眼科"), ("orthopedics", "Orthopedics", "骨科"),
        ("gynecology", "Gynecology", "妇产科"), ("pediatrics", "Pediatrics", "儿科"),
        ("rare", "Rare diseases", "罕见病中心"),
    )
}  # fmt: skip
GRADES = (("3A", 55), ("3B", 20), ("2A", 25))


class SupplySide:
    """Draws and writes one world's supply; the same scale and seed give the same world."""

    def __init__(self, scale: Scale, today: dt.date) -> None:
        self.scale = scale
        self.today = today
        self.rng = Random(f"triallink-supply-{scale.seed}")
        self.places = cities()[: scale.cities]
        self.weights = [city.population**0.75 for city in self.places]
        self.services = {service.code: service for service in ServiceType.objects.filter(is_active=True)}

    def build(self) -> dict[str, list[Organization]]:
        """Write everything and return the organizations by kind."""
        made = {
            "sponsor": self._companies("sponsor", self.scale.sponsors),
            "cro": self._companies("cro", self.scale.cros),
            "smo": self._companies("smo", self.scale.smos),
            "site": self._hospitals(),
        }
        people = [
            *self._staff(made["smo"], self.scale.staff * 17 // 20, SMO_ROLES),
            *self._staff(made["cro"], self.scale.staff - self.scale.staff * 17 // 20, CRO_ROLES),
        ]
        made["freelancer"], freelancers = self._freelancers()
        copy_in(people)
        copy_in(freelancers)
        copy_in(self._credentials([*people, *freelancers]))
        self._offer([*made["cro"], *made["smo"], *made["freelancer"]], [*people, *freelancers])
        return made

    def _city(self) -> City:
        return self.rng.choices(self.places, self.weights)[0]

    def _companies(self, kind: str, count: int) -> list[Organization]:
        rows = []
        for number in range(count):
            city = self._city()
            name = names.company(self.rng, kind, number)
            rows.append(_at(city, kind=kind, name_en=name.en, name_zh=name.zh, **self._facts(kind)))
        return copy_in(rows)

    def _facts(self, kind: str) -> dict[str, object]:
        size = int(self.rng.lognormvariate({"sponsor": 5.2, "cro": 4.4, "smo": 4.2}[kind], 0.9)) + 8
        about = {
            "sponsor": (
                "develops medicines for patients in China and abroad.",
                "专注于创新药物的研发与上市。",
            ),
            "cro": (
                "runs clinical trials from protocol to report.",
                "提供从方案设计到总结报告的临床研究服务。",
            ),
            "smo": (
                "places coordinators at hospitals and keeps sites running.",
                "为临床试验机构派驻研究协调员并提供中心管理服务。",
            ),
        }[kind]
        return {
            "founded_year": self.rng.randint(1996, 2022),
            "headcount": size,
            "about_en": f"A company that {about[0]}",
            "about_zh": about[1],
        }

    def _hospitals(self) -> list[Organization]:
        in_city: dict[str, int] = {}
        rows = []
        for _ in range(self.scale.hospitals):
            city = self._city()
            number = in_city[city.province + city.en] = in_city.get(city.province + city.en, -1) + 1
            name = names.hospital(city.en, city.zh, number)
            rows.append(_at(city, kind="site", name_en=name.en, name_zh=name.zh))
        made = copy_in(rows)
        copy_in([self._site_profile(row) for row in made])
        return made

    def _site_profile(self, hospital: Organization) -> SiteProfile:
        grade = self._drawn(GRADES)
        areas = self.rng.sample(AREAS, self.rng.randint(3, 9))
        completed = int(self.rng.lognormvariate(3.0 if grade == "3A" else 1.8, 0.8))
        return SiteProfile(
            organization=hospital,
            grade=grade,
            beds=self.rng.randrange(300, 3800, 20),
            departments=[
                {**DEPARTMENTS[area], "area": area, "investigators": self.rng.randint(1, 6)} for area in areas
            ],
            therapeutic_areas=areas,
            phases=list(PHASES if grade == "3A" else PHASES[2:]),
            has_phase1_unit=grade == "3A" and self.rng.random() < 0.3,
            gcp_registration=f"GCP-{self.rng.randrange(10_000, 99_999)}",
            ethics_meeting_days=self.rng.choice((14, 21, 28, 35, 45)),
            contract_median_days=self.rng.randrange(30, 120),
            ongoing_studies=self.rng.randrange(completed + 1),
            completed_studies=completed,
        )

    def _staff(
        self, employers: Sequence[Organization], count: int, roles: tuple[tuple[str, int], ...]
    ) -> list[Professional]:
        sizes = [employer.headcount or 10 for employer in employers]
        return [
            self._professional(self.rng.choices(employers, sizes)[0], self._drawn(roles), self._city())
            for _ in range(count)
        ]

    def _freelancers(self) -> tuple[list[Organization], list[Professional]]:
        drawn = [(self._city(), names.person(self.rng)) for _ in range(self.scale.freelancers)]
        organizations = copy_in(
            [
                _at(city, kind="freelancer", name_en=name.en, name_zh=name.zh, headcount=1)
                for city, name in drawn
            ]
        )
        people = []
        for organization, (city, name) in zip(organizations, drawn, strict=True):
            one = self._professional(organization, self._drawn(FREELANCER_ROLES), city)
            one.name, one.name_zh, one.is_named = name.en, name.zh, True
            people.append(one)
        return organizations, people

    def _professional(self, employer: Organization, role: str, city: City) -> Professional:
        name, level = names.person(self.rng), self._drawn(LEVELS)
        years = {"junior": (0, 3), "senior": (3, 9), "expert": (8, 22)}[level]
        experience = self.rng.randint(*years)
        price = HOURLY[role] * LEVEL_FACTOR[level] * _city_factor(city) * self.rng.uniform(0.85, 1.18)
        is_idle = self.rng.random() < 0.45
        return Professional(
            organization=employer,
            name=name.en,
            name_zh=name.zh,
            role=role,
            level=level,
            therapeutic_areas=self.rng.sample(
                AREAS, min(len(AREAS), 1 + experience // 3 + self.rng.randint(0, 2))
            ),
            phases=self.rng.sample(PHASES, self.rng.randint(2, 5)),
            languages=["zh", "en"] if self.rng.random() < 0.4 else ["zh"],
            years_experience=experience,
            studies_completed=int(experience * self.rng.uniform(0.5, 2.2)),
            city=city.en,
            city_zh=city.zh,
            province=city.province,
            latitude=city.latitude,
            longitude=city.longitude,
            travel_km=self.rng.choice((20, 50, 100, 300, 800)),
            hourly_price_minor=int(price) * 100,
            free_hours_per_week=self.rng.choice((4, 8, 12, 16, 20, 30, 40)) if is_idle else 0,
            available_from_on=self.today + dt.timedelta(weeks=self.rng.randint(0, 10)),
            is_named=self.rng.random() < 0.25,
        )

    def _drawn(self, table: tuple[tuple[str, int], ...]) -> str:
        words, weights = zip(*table, strict=True)
        return str(self.rng.choices(words, weights)[0])

    def _credentials(self, people: Iterable[Professional]) -> list[Credential]:
        rows = []
        for one in people:
            issued = self.today - dt.timedelta(days=self.rng.randint(30, 1300))
            rows.append(self._credential(one, "gcp", issued, years=5))
            rows.append(self._credential(one, "degree", issued - dt.timedelta(days=1500), years=None))
            extra = CREDENTIAL_OF_ROLE.get(one.role)
            if extra and self.rng.random() < 0.6:
                rows.append(self._credential(one, extra, issued, years=3))
            if one.role == "CRC" and self.rng.random() < 0.4:
                rows.append(self._credential(one, "nursing", issued - dt.timedelta(days=700), years=None))
        return rows

    def _credential(self, one: Professional, kind: str, issued: dt.date, years: int | None) -> Credential:
        is_verified = self.rng.random() < 0.8
        return Credential(
            professional=one,
            kind=kind,
            number=f"{kind.upper()}-{self.rng.randrange(10**6, 10**7)}",
            issued_on=issued,
            expires_on=issued + dt.timedelta(days=365 * years) if years else None,
            verified_at=dt.datetime.combine(issued, dt.time(8), dt.UTC) if is_verified else None,
        )

    def _offer(self, sellers: Sequence[Organization], people: Sequence[Professional]) -> None:
        roles: dict[int, set[str]] = {}
        for one in people:
            roles.setdefault(one.organization_id, set()).add(one.role)
        listings = [
            row
            for seller in sellers
            for service in self._sold_by(seller, roles.get(seller.pk, set()))
            for row in self._listing_over_time(seller, service)
        ]
        copy_in(listings)
        copy_in([self._supplier_profile(seller) for seller in sellers])

    def _listing_over_time(self, seller: Organization, service: ServiceType) -> list[Listing]:
        """Return what the seller asks today and, for some, what it asked before, so that prices have a past."""
        price = self._price(service, seller)
        days_ago = self.rng.randint(20, 420)
        rows = [self._listing(seller, service, price, days_ago)]
        while self.rng.random() < 0.45 and days_ago < 700:
            ended_at = rows[-1].published_at
            price, days_ago = (
                int(price * self.rng.uniform(0.9, 0.99) / 100) * 100,
                days_ago + self.rng.randint(90, 250),
            )
            before = self._listing(seller, service, max(100, price), days_ago)
            before.is_active, before.ended_at = False, ended_at
            rows.append(before)
        return rows

    def _listing(self, seller: Organization, service: ServiceType, price: int, days_ago: int) -> Listing:
        return Listing(
            organization=seller,
            service=service,
            price_minor=price,
            lead_time_days=self.rng.choice((7, 14, 21, 30)),
            provinces=[seller.province] if seller.kind == "freelancer" else [],
            published_at=dt.datetime.combine(self.today - dt.timedelta(days=days_ago), dt.time(8), dt.UTC),
        )

    def _sold_by(self, seller: Organization, roles: set[str]) -> list[ServiceType]:
        if seller.kind == "smo":
            return [
                self.services[code]
                for code in SMO_SERVICES
                if self.rng.random() < 0.85 or code == "CRC_HOURS"
            ]
        fitting = [s for s in self.services.values() if roles & set(s.roles)]
        share = 0.5 if seller.kind == "freelancer" else 0.75
        return [service for service in fitting if self.rng.random() < share] or fitting[:1]

    def _price(self, service: ServiceType, seller: Organization) -> int:
        overhead = {"cro": 1.35, "smo": 1.15, "freelancer": 1.0}[seller.kind]
        price = unit_price(service) * overhead * self.rng.uniform(0.82, 1.25)
        return max(1, round(price)) * 100

    def _supplier_profile(self, seller: Organization) -> SupplierProfile:
        is_known = self.rng.random() < 0.7
        count = self.rng.randint(1, 40) if is_known else 0
        return SupplierProfile(
            organization=seller,
            therapeutic_areas=self.rng.sample(AREAS, self.rng.randint(2, 8)),
            phases=self.rng.sample(PHASES, self.rng.randint(2, 6)),
            provinces=[seller.province] if seller.kind == "freelancer" else [],
            languages=["zh", "en"] if self.rng.random() < 0.6 else ["zh"],
            is_qualified=self.rng.random() < 0.6,
            completed_contracts=count,
            rating_count=count,
            rating_sum=round(count * self.rng.uniform(3.4, 4.9)),
        )


def unit_price(service: ServiceType) -> float:
    """Return what one unit of a service usually costs, in yuan."""
    hourly = max((HOURLY[role] for role in service.roles if role in HOURLY), default=300)
    return hourly * HOURS_PER_UNIT[service.code]


def _at(city: City, **fields: object) -> Organization:
    return Organization(
        country="CN", province=city.province, city=city.en, city_zh=city.zh, latitude=city.latitude,
        longitude=city.longitude, **fields,
    )  # fmt: skip


def _city_factor(city: City) -> float:
    """Return how much dearer work is in a large city: 0.85 in the smallest, 1.25 in the largest."""
    return 0.85 + 0.4 * min(1.0, city.population / 15_000_000)
