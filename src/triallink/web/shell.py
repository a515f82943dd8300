"""What surrounds every page: rails, organizations to switch to, unread notices."""

from dataclasses import dataclass

from django.http import HttpRequest

from triallink.domains.accounts.selectors import organizations_of
from triallink.foundation.notices import unread_count
from triallink.foundation.sentences import reads_chinese
from triallink.kernel.actor import Actor
from triallink.web import navigation


@dataclass(frozen=True)
class Place:
    """An organization the member may act for."""

    organization_id: int
    name: str
    kind: str
    is_chosen: bool


@dataclass(frozen=True)
class Shell:
    """The frame of a member's page."""

    actor: Actor
    sections: list[navigation.RailSection]
    places: list[Place]
    unread: int

    @property
    def place(self) -> Place | None:
        """Return the organization acted for."""
        return next((place for place in self.places if place.is_chosen), None)


def shell_of(request: HttpRequest) -> Shell | None:
    """Return the frame of this request's page, or None for a stranger; read once per request."""
    if not request.user.is_authenticated:
        return None
    if not hasattr(request, "shell"):
        actor: Actor = request.actor  # type: ignore[attr-defined]
        request.shell = Shell(  # type: ignore[attr-defined]
            actor=actor,
            sections=navigation.rail(request, actor),
            places=_places(actor),
            unread=unread_count(to=actor),
        )
    found: Shell = request.shell  # type: ignore[attr-defined]
    return found


def study_links(request: HttpRequest, mark: navigation.StudyMark) -> list[navigation.Link]:
    """Return the second rail of a page inside a study."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return navigation.study_rail(request, actor, mark)


def _places(actor: Actor) -> list[Place]:
    language = "zh" if reads_chinese() else "en"
    return [
        Place(
            organization_id=organization.pk,
            name=organization.name_in(language),
            kind=organization.kind,
            is_chosen=organization.pk == actor.organization_id,
        )
        for organization in organizations_of(actor)
    ]
