"""Everybody of the cast opens every entry of their rails and the objects behind them, in both languages."""

import pytest
from django.test import Client

from triallink.demo.cast import PASSWORD
from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Person
from triallink.domains.contracts.selectors import contracts
from triallink.domains.marketplace.access.requests import visible_requests
from triallink.web import navigation

# One worker loads the world once: the package fixture ends with the last test of this folder.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(params=["en", "zh-hans"])
def language(request) -> str:
    """Return a language of the pages."""
    return str(request.param)


def addresses(client: Client, person: Person) -> list[str]:
    actor = actor_for(person)
    rail = navigation.rail(client.get("/").wsgi_request, actor)
    found = [link.url for section in rail for link in section.links]
    found += [f"/market/requests/{pk}/" for pk in visible_requests(actor).values_list("pk", flat=True)[:8]]
    found += [f"/contracts/{contract.pk}/" for contract in contracts(to=actor)[:3]]
    return found


def test_everybody_opens_every_entry(world, language):
    broken = []
    for person in Person.objects.filter(is_demo=True).order_by("id"):
        client = Client()
        assert person.check_password(PASSWORD)
        Person.objects.filter(pk=person.pk).update(language=language)
        client.force_login(person)
        for address in addresses(client, person):
            answer = client.get(address, follow=True)
            if answer.status_code != 200:
                broken.append((person.email, address, answer.status_code))
    assert broken == []
