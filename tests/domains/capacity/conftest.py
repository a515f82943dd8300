"""The market of hours, ready."""

import pytest
from tests.domains.capacity.hours_scene import PLACES, Hours

from triallink.domains.accounts.models import Organization


@pytest.fixture
def hours(ada, fei) -> Hours:
    """Ada buys, Fei sells; there is a hospital in Shanghai."""
    zh, latitude, longitude = PLACES["Shanghai"]
    site = Organization.objects.create(
        kind="site", name_en="Huangpu Hospital", name_zh="黄浦医院", province="Shanghai", city="Shanghai", city_zh=zh,
        latitude=latitude, longitude=longitude,
    )  # fmt: skip
    return Hours(ada, fei, site)
