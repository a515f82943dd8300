"""Scenes of quality."""

import pytest
from tests.conftest import Member
from tests.domains.quality.quality_scene import Desk


@pytest.fixture
def desk(ben: Member, hua: Member) -> Desk:
    """Ben's CRO applies at Hua's desk."""
    return Desk(ben, hua)
