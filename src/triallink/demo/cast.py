"""The people to sign in as. All of them are made up; all of them use the same password."""

from copy import copy
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import get_hasher

from triallink.demo import names
from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Membership, Organization, Person
from triallink.domains.quality.models import Professional
from triallink.kernel.actor import Actor

PASSWORD = "trial-link-demo"


def _hashed_password() -> str:
    """Return the hash of a password that stands on the sign-in page: hashing it slowly would protect nothing."""
    hasher = copy(get_hasher())
    vars(hasher).update(time_cost=1, memory_cost=8, parallelism=1)
    return hasher.encode(PASSWORD, hasher.salt())


@dataclass(frozen=True)
class Part:
    """One of the cast: who it is, where it works and what it does there."""

    key: str
    name: names.Name
    employer: str  # a key of EMPLOYERS
    roles: tuple[str, ...]
    title: names.Name
    language: str = "en"

    @property
    def email(self) -> str:
        """Return the address it signs in with."""
        return f"{self.key}@{self.employer}.example"


def _part(
    key: str,
    name: str,
    name_zh: str,
    employer: str,
    roles: str,
    title: str,
    title_zh: str,
    language: str = "en",
) -> Part:
    called, does = names.Name(name, name_zh), names.Name(title, title_zh)
    return Part(key, called, employer, tuple(roles.split()), does, language)


# Which of the drawn organizations the cast works for: (kind, position).
EMPLOYERS = {
    "northlight": ("sponsor", 4),
    "farhill": ("sponsor", 5),
    "harbor": ("cro", 7),
    "bluestone": ("smo", 0),
    "cloudsail": ("smo", 2),
    "clearlake": ("smo", 8),
    "hospital": ("site", 0),
}
FREELANCERS = {"cra": "CRA", "crc": "CRC"}
OPERATOR = names.Name("Trial.Link platform", "试联平台")
CAST = (
    _part("lin", "Lin Xiaoyu", "林晓雨", "northlight", "administrator project_lead evaluator",
          "Clinical project lead", "临床项目负责人"),
    _part("zhou", "Zhou Wenbo", "周文博", "northlight", "evaluator member", "Bid evaluator", "评标专家"),
    _part("shen", "Shen Jing", "沈静", "northlight", "signatory finance", "Head of contracts", "合同与财务负责人"),
    _part("dong", "Dong An", "董安", "northlight", "inspector", "Inspector (read only)", "检查员(只读)"),
    _part("han", "Han Lei", "韩磊", "farhill", "administrator project_lead evaluator signatory",
          "Head of clinical operations", "临床运营负责人"),
    _part("wang", "Wang Hai", "王海", "harbor", "administrator business_lead resource_manager signatory",
          "CRO business lead", "CRO商务负责人"),
    _part("chen", "Chen Jiayi", "陈嘉怡", "bluestone", "administrator business_lead signatory",
          "SMO business lead", "SMO商务负责人"),
    _part("xu", "Xu Min", "徐敏", "bluestone", "resource_manager member", "SMO resource manager", "SMO人员调度经理",
          "zh-hans"),
    _part("liang", "Liang Chao", "梁超", "cloudsail", "administrator business_lead resource_manager signatory",
          "SMO business lead", "SMO商务负责人", "zh-hans"),
    _part("luo", "Luo Qian", "罗倩", "clearlake", "administrator business_lead resource_manager signatory",
          "SMO business lead", "SMO商务负责人"),
    _part("he", "He Jianguo", "何建国", "hospital", "administrator project_lead business_lead signatory",
          "Principal investigator", "主要研究者"),
    _part("song", "Song Jia", "宋佳", "hospital", "member", "Site coordinator (CRC)", "机构协调员(CRC)", "zh-hans"),
)  # fmt: skip


@dataclass
class Company:
    """The cast on stage: its actors, and the organizations of the world by kind."""

    organizations: dict[str, list[Organization]]
    people: dict[str, Person] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def employer(self, key: str) -> Organization:
        """Return the organization the cast calls by a key."""
        kind, position = EMPLOYERS[key]
        return self.organizations[kind][position]

    def stranger(self, kind: str, position: int) -> Actor:
        """Return the business desk of an organization nobody of the cast works for."""
        organization = self.organizations[kind][position]
        return Actor(
            person_id=None,
            label=f"{organization.name_en} (business desk)",
            organization_id=organization.pk,
            organization_kind=kind,
            roles=frozenset({"business_lead", "resource_manager"}),
            source="demo",
        )

    def engage(self) -> None:
        """Write everybody of the cast."""
        for part in CAST:
            self._join(part, self.employer(part.employer))
        for key, role in FREELANCERS.items():
            self._engage_freelancer(key, role)
        operator = Organization.objects.create(
            kind="operator", name_en=OPERATOR.en, name_zh=OPERATOR.zh, province="Shanghai", city="Shanghai",
            city_zh="上海", about_en="Runs this market.", about_zh="本平台的运营方。",
        )  # fmt: skip
        self._join(
            _part("ma", "Ma Rui", "马睿", "operator", "administrator quality",
                  "Platform operator, quality auditor", "平台运营与质量稽查"),
            operator,
        )  # fmt: skip

    def _engage_freelancer(self, key: str, role: str) -> None:
        chosen = (
            Professional.objects.filter(organization__kind="freelancer", role=role, is_named=True)
            .select_related("organization")
            .order_by("id")
            .first()
        )
        assert chosen is not None, f"the world has no freelancer who is a {role}"
        title = names.Name(f"Freelance {role}", f"自由职业{role}")
        name = names.Name(chosen.name, chosen.name_zh)
        roles = ("administrator", "business_lead", "resource_manager", "signatory")
        person = self._join(Part(key, name, "freelance", roles, title), chosen.organization)
        chosen.person = person
        chosen.save(update_fields=["person"])

    def _join(self, part: Part, organization: Organization) -> Person:
        person = Person.objects.create_user(
            part.email,
            name=f"{part.name.en} {part.name.zh}",
            language=part.language,
            is_demo=True,
        )
        person.password = _hashed_password()
        person.save(update_fields=["password"])
        # Whoever gives the password on the sign-in page instead of choosing a name is asked for no code by e-mail.
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        Membership.objects.create(
            person=person,
            organization=organization,
            roles=list(part.roles),
            title=f"{part.title.en} · {part.title.zh}",
        )
        self.people[part.key] = person
        self.actors[part.key] = actor_for(person, source="demo")
        return person
