"""One object of quality, for those who may see or change it."""

import datetime as dt

from triallink.domains.quality.errors import (
    ApplicationStepNotPossible,
    CredentialRunOut,
    NotYourTemplate,
    SupplierStopped,
)
from triallink.domains.quality.models import (
    APPLICATION_STATES,
    EDITABLE_APPLICATIONS,
    ApplicationEvidence,
    AuditFinding,
    Credential,
    KnowledgeTest,
    ProcessTemplate,
    Professional,
    QualificationApplication,
    SupplierAudit,
    SupplierSuspension,
)
from triallink.domains.quality.standing import blocked_by
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import NotAllowed, NotFound


def own_professional(professional_id: int, *, to: Actor) -> Professional:
    """Return a professional of the actor's own organization; NotFound otherwise."""
    found = Professional.objects.filter(pk=professional_id, organization_id=to.own_organization_id).first()
    if found is None:
        raise NotFound
    return found


def own_credential(credential_id: int, *, to: Actor) -> Credential:
    """Return a credential of a professional of the actor's own organization; NotFound otherwise."""
    found = (
        Credential.objects.filter(pk=credential_id, professional__organization_id=to.own_organization_id)
        .select_related("professional")
        .first()
    )
    if found is None:
        raise NotFound
    return found


APPLICANT_ROLES = ("business_lead", "quality", "administrator")
OPERATOR_ROLES = ("quality", "administrator")


def require_applicant(by: Actor) -> None:
    """Refuse NotAllowed to whoever may not speak for the organization about its quality."""
    by.require(*APPLICANT_ROLES)


def require_operator(by: Actor) -> None:
    """Refuse NotAllowed to whoever is not of the platform's quality desk."""
    if not by.is_operator:
        raise NotAllowed
    by.require(*OPERATOR_ROLES)


def require_not_suspended(*organization_ids: int) -> None:
    """Refuse new business with a suspended supplier.

    Refuses: SupplierStopped.
    """
    live = SupplierSuspension.objects.filter(organization_id__in=organization_ids, lifted_at__isnull=True)
    if (found := live.select_related("organization").first()) is not None:
        name = {"en": found.organization.name_en, "zh": found.organization.name_zh}
        raise SupplierStopped(field="organization_ids", name=name)


def require_able(professional_id: int, on: dt.date) -> None:
    """Refuse new work for a professional whose GCP certificate or licence has run out by a day.

    Refuses: CredentialRunOut.
    """
    if blocked_by([professional_id], on):
        one = Professional.objects.get(pk=professional_id)
        raise CredentialRunOut(
            field="professional_id", name={"en": one.name or one.name_zh, "zh": one.name_zh or one.name}
        )


def require_person_able(person_id: int, on: dt.date) -> None:
    """Refuse new work for a person any of whose professional records holds a licence that has run out by a day.

    Refuses: CredentialRunOut.
    """
    own = Professional.objects.filter(person_id=person_id, is_active=True).values_list("pk", flat=True)
    for professional_id in sorted(blocked_by(own, on)):
        require_able(professional_id, on)


def sees_all(actor: Actor) -> bool:
    """Return whether somebody works at the operator's quality desk, or inspects there."""
    return actor.is_operator and actor.has(*OPERATOR_ROLES, "inspector")


def application_for(application_id: int, *, to: Actor) -> QualificationApplication:
    """Return an application of the actor's own organization, or any to the operator; a draft only to its owner.

    Refuses: NotFound.
    """
    found = (
        QualificationApplication.objects.filter(pk=application_id)
        .select_related("organization", "reviewer", "decided_by")
        .first()
    )
    if found is None or not _sees(found, to):
        raise NotFound
    return found


def locked_application(application_id: int, *, to: Actor) -> QualificationApplication:
    """Return an application as `application_for` does, locked: whoever else would move it waits here.

    Refuses: NotFound.
    """
    application_for(application_id, to=to)
    return QualificationApplication.objects.select_for_update(of=("self",)).get(pk=application_id)


def own_open_application(application_id: int, *, by: Actor) -> QualificationApplication:
    """Return the actor's own application, locked, while it may be written.

    Refuses: NotAllowed, NotFound, ApplicationStepNotPossible.
    """
    require_applicant(by)
    application = locked_application(application_id, to=by)
    if application.organization_id != by.organization_id:
        raise NotFound
    if application.state not in EDITABLE_APPLICATIONS:
        raise ApplicationStepNotPossible(state=APPLICATION_STATES[application.state])
    return application


def audit_for(audit_id: int, *, to: Actor) -> SupplierAudit:
    """Return an audit of the actor's own organization, or any to the operator.

    Refuses: NotFound.
    """
    found = (
        SupplierAudit.objects.filter(pk=audit_id)
        .select_related("application__organization", "auditor")
        .first()
    )
    if found is None or not _sees(found.application, to):
        raise NotFound
    return found


def finding_for(finding_id: int, *, to: Actor) -> AuditFinding:
    """Return a finding about the actor's own organization, or any to the operator.

    Refuses: NotFound.
    """
    found = (
        AuditFinding.objects.filter(pk=finding_id).select_related("audit__application__organization").first()
    )
    if found is None or not _sees(found.audit.application, to):
        raise NotFound
    return found


def evidence_for(evidence_id: int, *, to: Actor) -> ApplicationEvidence:
    """Return a document of an application the actor may see.

    Refuses: NotFound.
    """
    found = ApplicationEvidence.objects.filter(pk=evidence_id).select_related("application", "file").first()
    if found is None or not _sees(found.application, to):
        raise NotFound
    return found


def _sees(application: QualificationApplication, to: Actor) -> bool:
    if to.organization_id is not None and application.organization_id == to.organization_id:
        return True
    return sees_all(to) and application.state != "draft"


def professional_for(professional_id: int, *, to: Actor) -> Professional:
    """Return a professional of the actor's own organization, or any to the operator's quality desk.

    Refuses: NotFound.
    """
    found = Professional.objects.filter(pk=professional_id).select_related("organization", "person").first()
    if found is None or not (found.organization_id == to.organization_id or sees_all(to)):
        raise NotFound
    return found


def credential_for(credential_id: int, *, to: Actor) -> Credential:
    """Return a credential of the actor's own organization, or any to the operator's quality desk.

    Refuses: NotFound.
    """
    found = Credential.objects.filter(pk=credential_id).select_related("professional", "file").first()
    if found is None or not (found.professional.organization_id == to.organization_id or sees_all(to)):
        raise NotFound
    return found


def own_test(test_id: int, *, to: Actor) -> KnowledgeTest:
    """Return a knowledge test of the actor's own person.

    Refuses: NotFound.
    """
    found = KnowledgeTest.objects.filter(pk=test_id, person_id=to.own_person_id).first()
    if found is None:
        raise NotFound
    return found


LIBRARY_ROLES = ("quality", "administrator", "project_lead", "resource_manager")


def require_library_keeper(by: Actor, template: ProcessTemplate | None = None) -> int | None:
    """Return whose library the actor keeps: None for the platform's, which the operator's quality desk keeps.

    Refuses: NotAllowed, NotYourTemplate (the template belongs to another library).
    """
    if by.is_operator:
        require_operator(by)
        owner_id = None
    else:
        by.require(*LIBRARY_ROLES)
        owner_id = by.own_organization_id
    if template is not None and template.organization_id != owner_id:
        raise NotYourTemplate
    return owner_id


def template_for(template_id: int, *, to: Actor) -> ProcessTemplate:
    """Return a template of the platform's library or of the own organization's.

    Refuses: NotFound.
    """
    found = ProcessTemplate.objects.filter(pk=template_id).select_related("organization").first()
    if to.person_id is None or found is None or found.organization_id not in (None, to.organization_id):
        raise NotFound
    return found
