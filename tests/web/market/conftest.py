"""The directory, the market of requests, and browsers of the cast."""

import pytest
from django.test import Client
from tests.domains.marketplace.conftest import market
from tests.domains.marketplace.directory_scene import Directory, build_directory

__all__ = ["market"]


@pytest.fixture
def directory(fei, ben, gao, chen) -> Directory:
    """Fei, Ben and Gao sell, Chen's hospital is a site; everything is in the index."""
    return build_directory(fei, ben, gao, chen)


@pytest.fixture
def browse():
    """Return a client that is signed in as one of the cast, reading one language."""

    def signed_in(member, language="en"):
        member.person.language = language
        member.person.save()
        client = Client()
        client.force_login(member.person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in
