"""What every page inside a study shows: whose study this is and whether the viewer may change it."""

from django.http import HttpRequest

from triallink.domains.studies.access import may_change, study_for
from triallink.domains.studies.models import Study
from triallink.foundation.sentences import reads_chinese
from triallink.kernel.actor import Actor
from triallink.web.navigation import StudyMark

STATE_TONES = {
    "planned": "calm",
    "startup": "info",
    "recruiting": "good",
    "follow_up": "info",
    "closed": "calm",
    "stopped": "bad",
}


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def entered(request: HttpRequest, study_id: int) -> tuple[Study, StudyMark, bool]:
    """Return the study, its rail and whether the viewer may change it; refuse NotFound."""
    study = study_for(study_id, to=actor_of(request))
    return study, mark_of(study), may_change(study, by=actor_of(request))


def mark_of(study: Study) -> StudyMark:
    """Return what the study's rail shows."""
    return StudyMark(study.pk, study.code, title_of(study))


def title_of(study: Study) -> str:
    """Return the title in the reader's language."""
    return study.title_in("zh" if reads_chinese() else "en")


def site_count_of(study: Study) -> int | None:
    """Return the sites a listed study has, or those it plans while it has none."""
    return study.site_count or study.planned_sites  # type: ignore[attr-defined]
