"""The cast: the same people in every test, each in an organization of their own."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings

from tests.browser import _browser, _server, browser_page, live_site, locale, visit  # noqa: F401
from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Membership, Organization, Person
from triallink.kernel.actor import Actor

# A loaded machine makes examples slowly; that says nothing about the code.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

PASSWORD = "correct horse battery"  # the whole cast signs with it


@dataclass(frozen=True)
class Member:
    """One of the cast: the person, the organization and the actor they make together."""

    person: Person
    organization: Organization
    actor: Actor


CAST = {
    # name: (organization kind, English name, Chinese name, roles)
    "ada": (
        "sponsor",
        "Northlight Therapeutics",
        "北辰医药",
        ["administrator", "project_lead", "evaluator", "signatory"],
    ),
    "ben": (
        "cro",
        "Harbor CRO",
        "海港临床研究",
        ["administrator", "business_lead", "resource_manager", "signatory"],
    ),
    "chen": ("site", "Riverside Hospital", "江畔医院", ["administrator", "member"]),
    "dora": ("sponsor", "Northlight Therapeutics", "北辰医药", ["evaluator", "member"]),
    "eve": (
        "sponsor",
        "Unrelated Pharma",
        "无关制药",
        ["administrator", "project_lead", "evaluator", "signatory"],
    ),
    "fei": (
        "smo",
        "Bluestone SMO",
        "青石临床服务",
        ["administrator", "business_lead", "resource_manager", "signatory"],
    ),
    "gao": ("freelancer", "Gao Yun", "高云", ["administrator", "business_lead", "signatory"]),
    "hua": ("operator", "Trial.Link", "试联平台", ["administrator", "quality"]),
}


@pytest.fixture
def member(db: None) -> Callable[[str], Member]:
    """Return the cast by first name; people of one organization share it."""

    def find(name: str) -> Member:
        kind, name_en, name_zh, roles = CAST[name]
        organization, _ = Organization.objects.get_or_create(
            name_en=name_en,
            defaults={"kind": kind, "name_zh": name_zh, "province": "Shanghai", "city": "Shanghai"},
        )
        person = Person.objects.filter(email=f"{name}@example.org").first()
        if person is None:
            person = Person.objects.create_user(f"{name}@example.org", PASSWORD, name=name.title())
            Membership.objects.create(person=person, organization=organization, roles=roles)
        return Member(person, organization, actor_for(person, source="test"))

    return find


@pytest.fixture
def ada(member: Callable[[str], Member]) -> Member:
    """Ada leads projects at the sponsor."""
    return member("ada")


@pytest.fixture
def ben(member: Callable[[str], Member]) -> Member:
    """Ben leads business at a CRO."""
    return member("ben")


@pytest.fixture
def chen(member: Callable[[str], Member]) -> Member:
    """Chen works at a site."""
    return member("chen")


@pytest.fixture
def dora(member: Callable[[str], Member]) -> Member:
    """Dora evaluates beside Ada."""
    return member("dora")


@pytest.fixture
def eve(member: Callable[[str], Member]) -> Member:
    """Eve is a stranger: same roles as Ada, another sponsor."""
    return member("eve")


@pytest.fixture
def fei(member: Callable[[str], Member]) -> Member:
    """Fei leads business at an SMO."""
    return member("fei")


@pytest.fixture
def gao(member: Callable[[str], Member]) -> Member:
    """Gao is a freelancer: an organization of one."""
    return member("gao")


@pytest.fixture
def hua(member: Callable[[str], Member]) -> Member:
    """Hua works for the platform operator."""
    return member("hua")
