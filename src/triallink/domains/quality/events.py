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


@dataclass(frozen=True, kw_only=True)
class ApplicationBegun(Event):
    """A supplier began an application for qualification."""

    application_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ApplicationChanged(Event):
    """A supplier wrote in its application: scope, answers or evidence."""

    application_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ApplicationSubmitted(Event):
    """A supplier handed its application in."""

    application_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ApplicationWithdrawn(Event):
    """A supplier took its application back."""

    application_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ApplicationTakenUp(Event):
    """The operator looks at an application."""

    application_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ApplicationReturned(Event):
    """The operator asks a supplier to complete its application."""

    application_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ApplicationDecided(Event):
    """The operator approved or rejected an application."""

    application_id: int
    organization_id: int
    is_approved: bool


@dataclass(frozen=True, kw_only=True)
class AuditPlanned(Event):
    """An audit of a supplier was planned."""

    audit_id: int
    application_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class AuditCancelled(Event):
    """A planned audit will not take place."""

    audit_id: int
    application_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class AuditReported(Event):
    """An audit was reported with its findings."""

    audit_id: int
    application_id: int
    organization_id: int
    findings: int


@dataclass(frozen=True, kw_only=True)
class CapaProposed(Event):
    """A supplier answered a finding with a corrective and preventive action."""

    finding_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class CapaAnswered(Event):
    """The operator accepted or returned a corrective and preventive action."""

    finding_id: int
    organization_id: int
    is_accepted: bool


@dataclass(frozen=True, kw_only=True)
class CapaCarriedOut(Event):
    """A supplier says that an accepted action is carried out."""

    finding_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class CapaChecked(Event):
    """The operator checked whether an action was effective."""

    finding_id: int
    organization_id: int
    is_effective: bool


@dataclass(frozen=True, kw_only=True)
class QualificationExpired(Event):
    """A supplier's qualification ran out."""

    qualification_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class SupplierSuspended(Event):
    """The operator stopped a supplier: nobody finds, matches or invites it until the stop is lifted."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class SuspensionLifted(Event):
    """The operator lets a supplier sell again."""

    organization_id: int


@dataclass(frozen=True, kw_only=True)
class CredentialVerified(Event):
    """The operator has seen a credential's document and found it genuine."""

    credential_id: int
    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class CredentialRefused(Event):
    """The operator could not verify a credential."""

    credential_id: int
    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class ExperienceChanged(Event):
    """A professional's experience was added, verified or refused."""

    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class RefereeAsked(Event):
    """A referee is to be asked by letter; `letter` counts the letters."""

    referee_id: int
    professional_id: int
    organization_id: int
    letter: int


@dataclass(frozen=True, kw_only=True)
class RefereeAnswered(Event):
    """A referee has answered through the link; the operator reads it."""

    referee_id: int
    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class RefereeChanged(Event):
    """The operator judged what a referee said."""

    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class KnowledgeTestBegun(Event):
    """A professional began a knowledge test; the seed proves the draw."""

    test_id: int
    professional_id: int
    organization_id: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class KnowledgeTestEnded(Event):
    """A knowledge test was passed, failed, or ran out of time."""

    test_id: int
    professional_id: int
    organization_id: int
    state: str


@dataclass(frozen=True, kw_only=True)
class CertificateGranted(Event):
    """The operator certified a professional at a level."""

    certificate_id: int
    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class CertificateExpired(Event):
    """A professional's certificate ran out."""

    certificate_id: int
    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class CredentialExpired(Event):
    """A credential ran out; nobody may be given new work on it."""

    credential_id: int
    professional_id: int
    organization_id: int


@dataclass(frozen=True, kw_only=True)
class TemplateDrafted(Event):
    """A version of a process template was written or changed."""

    template_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class TemplateApproved(Event):
    """A version of a process template was approved; it is in force from its day on."""

    template_id: int
    number: int
