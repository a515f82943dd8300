"""Who acts, for which organization, in which roles, and from where."""

from dataclasses import dataclass, field

from triallink.kernel.refusals import NotAllowed


@dataclass(frozen=True)
class Actor:
    """A person acting for one organization. Services take it as `by`, reads take it as `to` or `viewer`."""

    person_id: int | None
    label: str
    organization_id: int | None = None
    organization_kind: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    source: str = "web"

    def has(self, *roles: str) -> bool:
        """Return whether the actor holds one of these roles in the organization acted for."""
        return not self.roles.isdisjoint(roles)

    def require(self, *roles: str) -> None:
        """Refuse with NotAllowed unless the actor holds one of these roles."""
        if not self.has(*roles):
            raise NotAllowed

    @property
    def own_person_id(self) -> int:
        """Return the person's id; refuse NotAllowed to a stranger."""
        if self.person_id is None:
            raise NotAllowed
        return self.person_id

    @property
    def own_organization_id(self) -> int:
        """Return the id of the organization acted for; refuse NotAllowed if there is none."""
        if self.organization_id is None:
            raise NotAllowed
        return self.organization_id

    @property
    def is_operator(self) -> bool:
        """Return whether the actor works for the platform operator."""
        return self.organization_kind == "operator"


SYSTEM = Actor(person_id=None, label="Trial.Link", source="system")
NOBODY = Actor(person_id=None, label="", source="web")
