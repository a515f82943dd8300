"""The market of these tests."""

import pytest
from tests.domains.marketplace.market_scene import Market


@pytest.fixture
def market(ada, ben, fei, gao, settings) -> Market:
    """Ada buys; Ben, Fei and Gao sell; stories may replay the past as in a demo installation."""
    settings.DEMO = True
    return Market(ada, ben, fei, gao)
