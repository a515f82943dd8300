"""Tell people what happened to applications, audits and suspensions."""

from typing import Any

from triallink.domains.accounts.selectors import people_of_operator, people_with_roles
from triallink.domains.quality.access import APPLICANT_ROLES, OPERATOR_ROLES
from triallink.domains.quality.events import (
    ApplicationDecided,
    ApplicationReturned,
    ApplicationSubmitted,
    ApplicationTakenUp,
    AuditPlanned,
    AuditReported,
    CapaAnswered,
    CapaCarriedOut,
    CapaChecked,
    CapaProposed,
    CertificateGranted,
    CredentialRefused,
    CredentialVerified,
    QualificationExpired,
    RefereeAnswered,
    RefereeAsked,
    SupplierSuspended,
    SuspensionLifted,
)
from triallink.domains.quality.models import AuditFinding, Professional, QualificationApplication
from triallink.domains.quality.services.referees import write_to_referee
from triallink.foundation.notices import notify
from triallink.foundation.outbox import hears
from triallink.kernel.events import Event
from triallink.kernel.refusals import N_

OWN_PAGE = "/quality/qualification/"


@hears(ApplicationSubmitted)
def tell_the_desk(event: ApplicationSubmitted) -> None:
    """Tell the operator's quality desk that an application waits."""
    application = QualificationApplication.objects.select_related("organization").get(pk=event.application_id)
    notify(
        people_of_operator(*OPERATOR_ROLES),
        kind="application_submitted",
        template=N_("%(name)s applies for qualification (%(reference)s)."),
        url=f"/quality/applications/{application.pk}/",
        name={"en": application.organization.name_en, "zh": application.organization.name_zh},
        reference=application.reference,
    )


_SAID: dict[type, str] = {
    ApplicationTakenUp: N_("Your application for qualification is being looked at."),
    ApplicationReturned: N_("Your application for qualification came back to be completed."),
    AuditPlanned: N_("An audit of your organization is planned."),
    AuditReported: N_("The report of your audit is ready; please answer its findings."),
    QualificationExpired: N_("Your qualification has run out."),
    SupplierSuspended: N_("Your organization is suspended from the market. The reason is on the page."),
    SuspensionLifted: N_("The suspension of your organization is lifted."),
}


@hears(*_SAID)
def tell_the_supplier(event: Any) -> None:
    """Tell a supplier what became of its qualification."""
    notify(
        people_with_roles(event.organization_id, *APPLICANT_ROLES),
        kind="qualification",
        template=_SAID[type(event)],
        url=OWN_PAGE,
        organization_id=event.organization_id,
    )


@hears(ApplicationDecided)
def tell_the_decision(event: ApplicationDecided) -> None:
    """Tell a supplier whether it is qualified."""
    template = (
        N_("Your organization is qualified.")
        if event.is_approved
        else N_("Your application for qualification was rejected. The reason is on the page.")
    )
    notify(
        people_with_roles(event.organization_id, *APPLICANT_ROLES),
        kind="qualification",
        template=template,
        url=f"/quality/applications/{event.application_id}/",
        organization_id=event.organization_id,
    )


@hears(CapaProposed, CapaCarriedOut)
def tell_the_auditor(event: CapaProposed | CapaCarriedOut) -> None:
    """Tell the auditor that a supplier has moved a finding."""
    finding = AuditFinding.objects.select_related("audit").get(pk=event.finding_id)
    people = [finding.audit.auditor_id] if finding.audit.auditor_id else people_of_operator(*OPERATOR_ROLES)
    notify(
        people,
        kind="corrective_action",
        template=N_("Finding %(number)s of %(audit)s has news from the supplier."),
        url=f"/quality/findings/{finding.pk}/",
        number=finding.number,
        audit=finding.audit.reference,
    )


@hears(CapaAnswered, CapaChecked)
def tell_of_the_answer(event: CapaAnswered | CapaChecked) -> None:
    """Tell the supplier how its action was judged."""
    finding = AuditFinding.objects.select_related("audit").get(pk=event.finding_id)
    notify(
        people_with_roles(event.organization_id, *APPLICANT_ROLES),
        kind="corrective_action",
        template=N_("Finding %(number)s of %(audit)s: the operator has answered."),
        url=f"/quality/findings/{finding.pk}/",
        organization_id=event.organization_id,
        number=finding.number,
        audit=finding.audit.reference,
    )


@hears(CredentialVerified, CredentialRefused, CertificateGranted)
def tell_the_professional(event: CredentialVerified | CredentialRefused | CertificateGranted) -> None:
    """Tell a professional and the employer what the operator said."""
    words: dict[type[Event], str] = {
        CredentialVerified: N_("A credential of %(name)s is verified."),
        CredentialRefused: N_("A credential of %(name)s could not be verified. The reason is on the page."),
        CertificateGranted: N_("%(name)s is certified."),
    }
    one = Professional.objects.get(pk=event.professional_id)
    people = people_with_roles(event.organization_id, "business_lead", "resource_manager")
    notify(
        [*people, *([one.person_id] if one.person_id else [])],
        kind="certification",
        template=words[type(event)],
        url=f"/quality/people/{one.pk}/",
        organization_id=event.organization_id,
        name={"en": one.name or one.name_zh, "zh": one.name_zh or one.name},
    )


@hears(RefereeAsked)
def write_the_letter(event: RefereeAsked) -> None:
    """Write to a referee; while the mail server is away the worker tries again."""
    write_to_referee(referee_id=event.referee_id, letter=event.letter)


@hears(RefereeAnswered)
def tell_the_desk_of_a_reference(event: RefereeAnswered) -> None:
    """Tell the operator's quality desk that a reference waits to be judged."""
    one = Professional.objects.get(pk=event.professional_id)
    notify(
        people_of_operator(*OPERATOR_ROLES),
        kind="referee_answered",
        template=N_("A referee of %(name)s has answered."),
        url=f"/quality/people/{one.pk}/",
        name={"en": one.name or one.name_zh, "zh": one.name_zh or one.name},
    )
