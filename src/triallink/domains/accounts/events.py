"""What happens to people and organizations."""

from dataclasses import dataclass

from triallink.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class PersonSignedUp(Event):
    """Somebody got an account."""

    person_id: int


@dataclass(frozen=True, kw_only=True)
class OrganizationFounded(Event):
    """An organization joined the platform."""

    organization_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class OrganizationUpdated(Event):
    """An organization changed what it says of itself."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class PersonInvited(Event):
    """Somebody was invited to join an organization."""

    invitation_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class InvitationRevoked(Event):
    """An invitation no longer opens the door."""

    invitation_id: int


@dataclass(frozen=True, kw_only=True)
class MemberJoined(Event):
    """A person became a member of an organization."""

    membership_id: int
    organization_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class RolesChanged(Event):
    """A member holds other roles than before."""

    membership_id: int
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MembershipEnded(Event):
    """A person left an organization."""

    membership_id: int
    organization_id: int
    person_id: int


@dataclass(frozen=True, kw_only=True)
class ProfileUpdated(Event):
    """A person changed name, language or time zone."""

    person_id: int


@dataclass(frozen=True, kw_only=True)
class PersonDeactivated(Event):
    """A person closed the account."""

    person_id: int


@dataclass(frozen=True, kw_only=True)
class TokenCreated(Event):
    """A personal API token was made."""

    token_id: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Event):
    """A personal API token no longer works."""

    token_id: int


@dataclass(frozen=True, kw_only=True)
class OwnDataExported(Event):
    """A person took a copy of everything held about them."""

    person_id: int


@dataclass(frozen=True, kw_only=True)
class ProofsFailed(Event):
    """Somebody gave so many wrong passwords or codes when signing that no more are looked at for a while."""

    person_id: int
    count: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class SigningWasLocked(Event):
    """Signing in a person's name is locked for a while, and the person was told."""

    person_id: int


@dataclass(frozen=True, kw_only=True)
class SecondStepsSealedAgain(Event):
    """The secrets of two-step sign-in were sealed with a new key."""

    count: int
