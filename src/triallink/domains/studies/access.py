"""Who may see and who may change a study."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from triallink.domains.studies.models import Study, StudyParty
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotAllowed, NotFound

LEADS = ("project_lead", "administrator")


def visible_studies(*, to: Actor) -> QuerySet[Study]:
    """Return the studies of the actor's organization and those it was admitted to."""
    if to.organization_id is None:
        return Study.objects.none()
    admitted = StudyParty.objects.filter(
        study=OuterRef("pk"), organization_id=to.organization_id, ended_at=None
    )
    return Study.objects.filter(Q(sponsor_id=to.organization_id) | Exists(admitted))


def study_for(study_id: int, *, to: Actor) -> Study:
    """Return a study the actor may see.

    Refuses: NotFound.
    """
    study = visible_studies(to=to).select_related("sponsor").filter(pk=study_id).first()
    if study is None:
        raise NotFound
    return study


def study_to_change(study_id: int, *, by: Actor) -> Study:
    """Return a study of the actor's own organization, locked for change.

    Refuses: NotFound, NotAllowed.
    """
    study = Study.objects.select_for_update().filter(pk=study_id, sponsor_id=by.own_organization_id).first()
    if study is None:
        study_for(study_id, to=by)  # not seen: NotFound; seen but another's: NotAllowed
        raise NotAllowed
    by.require(*LEADS)
    return study


def may_change(study: Study, *, by: Actor) -> bool:
    """Return whether the actor may change the study."""
    return study.sponsor_id == by.organization_id and by.has(*LEADS)
