"""The market of these tests."""

import pytest
from tests.domains.marketplace.directory_scene import Directory, build_directory
from tests.domains.marketplace.market_scene import Market


@pytest.fixture
def market(ada, ben, fei, gao, settings) -> Market:
    """Ada buys; Ben, Fei and Gao sell; stories may replay the past as in a demo installation."""
    settings.DEMO = True
    return Market(ada, ben, fei, gao)


@pytest.fixture
def directory(fei, ben, gao, chen) -> Directory:
    """Fei, Ben and Gao sell, Chen's hospital is a site; everything is in the index."""
    return build_directory(fei, ben, gao, chen)
