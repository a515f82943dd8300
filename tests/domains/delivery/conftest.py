"""A study with two sites and a plan, and everybody who works in it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import Member

from triallink.domains.delivery.models import StudyPlan
from triallink.domains.delivery.services import generate_plan
from triallink.domains.studies.models import Study, StudyParty, StudySite
from triallink.domains.studies.services import add_site, create_study
from triallink.kernel.clock import FixedClock

NOW = dt.datetime(2026, 3, 2, 3, 0, tzinfo=dt.UTC)  # a Monday
PROTOCOL = Path("tests/vectors/protocol/usdm_small.json")


@dataclass(frozen=True)
class Scene:
    """The study, its sites and its plan; the clock stands on a Monday."""

    study: Study
    sites: list[StudySite]
    plan: StudyPlan
    clock: FixedClock


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still."""
    return FixedClock(NOW)


@pytest.fixture
def study(ada: Member, ben: Member, chen: Member, clock: FixedClock) -> Study:
    """Ada's study at two sites; Ben's organization is admitted to it."""
    study = create_study(
        code="PMC-1",
        title_en="A study",
        enrollment_months=6,
        follow_up_months=3,
        planned_subjects=40,
        by=ada.actor,
        clock=clock,
    )
    add_site(study_id=study.pk, organization_id=chen.organization.pk, planned_subjects=24, by=ada.actor)
    add_site(study_id=study.pk, name_en="Second Hospital", country="CN", planned_subjects=16, by=ada.actor)
    StudyParty.objects.create(
        study=study, organization=ben.organization, reason="contract", admitted_at=clock.now()
    )
    return study


@pytest.fixture
def scene(study: Study, ada: Member, clock: FixedClock) -> Scene:
    """The study with its plan, as of the day it was made."""
    plan = generate_plan(study_id=study.pk, by=ada.actor, clock=clock)
    return Scene(study, list(study.sites.order_by("number")), plan, clock)
