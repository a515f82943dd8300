"""The demo world as open data: every release holds against the standard's own schema."""

import pytest

from tests.ocds import complaints
from triallink.domains.marketplace.selectors.ocds import published_requests, release_package
from triallink.kernel.clock import system_clock

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


def test_every_release_of_the_world_is_what_the_standard_asks(world):
    package = release_package(
        published_requests(), uri="https://example.org/releases.json", at=system_clock.now()
    )
    tags = [release["tag"] for release in package["releases"]]
    assert ["tender"] in tags
    assert ["award"] in tags
    assert len(tags) >= 5
    assert complaints(package) == []
