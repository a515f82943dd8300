"""What happens to profiles, professionals and their credentials."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class SupplierProfileUpdated(Event):
    """A supplier declared its scope anew."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class SiteProfileUpdated(Event):
    """A site declared anew what it can do."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ProfessionalAdded(Event):
    """Somebody who does the work was added to an organization."""

    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ProfessionalUpdated(Event):
    """What an organization says of a professional changed."""

    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class CredentialAdded(Event):
    """A professional holds one more credential."""

    credential_id: int
    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class CredentialRemoved(Event):
    """A credential was entered by mistake and taken away; its old row stays in the history."""

    credential_id: int
    professional_id: int
    organization_id: int
