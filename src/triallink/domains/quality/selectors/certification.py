"""What is verified of professionals, what waits to be, and who holds which level."""

import datetime as dt

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Sum, Value, When

from triallink.domains.quality.access import sees_all
from triallink.domains.quality.models import (
    Certificate,
    Credential,
    Experience,
    KnowledgeTest,
    Professional,
    Referee,
)
from triallink.engines.qualification import PERMITTED, ProfessionalFacts
from triallink.engines.qualification.levels import ORDER
from triallink.kernel.actor import Actor


def facts_of(professional: Professional, on: dt.date) -> ProfessionalFacts:
    """Return what is verified of a professional in their role on a day."""
    gcp = Credential.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=on),
        professional=professional,
        kind="gcp",
        verified_at__isnull=False,
    )
    done = Experience.objects.filter(
        professional=professional, role=professional.role, verified_at__isnull=False
    ).aggregate(months=Sum("months", default=0), studies=Sum("studies", default=0))
    test = passed_test(professional.pk)
    return ProfessionalFacts(
        has_valid_gcp=gcp.exists(),
        months=done["months"],
        studies=done["studies"],
        test_share=test.share if test else None,
        references=Referee.objects.filter(professional=professional, state="confirmed").count(),
    )


def passed_test(professional_id: int) -> KnowledgeTest | None:
    """Return the best passed test of a professional in their role, or None."""
    return (
        KnowledgeTest.objects.filter(professional_id=professional_id, state="passed")
        .order_by("-right_count", "-ended_at")
        .first()
    )


def own_record(*, to: Actor) -> Professional | None:
    """Return the professional record of the acting person; a freelancer's only one is theirs."""
    rows = Professional.objects.filter(organization_id=to.own_organization_id, is_active=True)
    found = rows.filter(person_id=to.own_person_id).first()
    if found is None and to.organization_kind == "freelancer":
        found = rows.filter(person_id__isnull=True).order_by("pk").first()
    return found


def present_certificate(professional_id: int) -> Certificate | None:
    """Return the certificate a professional holds now, or None."""
    return Certificate.objects.filter(professional_id=professional_id, state="valid").first()


def may_do(professional_id: int, work: str) -> bool:
    """Return whether a professional's certified level allows a kind of work; see the engine's PERMITTED."""
    held = present_certificate(professional_id)
    levels = ORDER[: ORDER.index(held.level) + 1] if held else ()
    return any(work in PERMITTED[level] for level in levels)


def credentials(*, to: Actor) -> QuerySet[Credential]:
    """Return every credential with a document to the operator; to others, those of their own organization."""
    rows = Credential.objects.select_related("professional__organization", "verified_by", "file").annotate(
        verification_word=Case(
            When(verified_at__isnull=False, then=Value("verified")),
            When(refused_at__isnull=False, then=Value("refused")),
            default=Value("waiting"),
        )
    )
    if sees_all(to):
        return rows.filter(file__isnull=False)
    return rows.filter(professional__organization_id=to.organization_id or 0)


def candidates(*, to: Actor) -> QuerySet[Professional]:
    """Return the professionals on their way to a certificate: tested, with experience or referees written down."""
    rows = Professional.objects.filter(is_active=True).select_related("organization")
    if not sees_all(to):
        rows = rows.filter(organization_id=to.organization_id or 0)
    on_the_way = [
        Exists(table.objects.filter(professional_id=OuterRef("pk")))
        for table in (KnowledgeTest, Experience, Referee, Certificate)
    ]
    waiting = Q(credentials__verified_at__isnull=True, credentials__refused_at__isnull=True)
    return rows.filter(on_the_way[0] | on_the_way[1] | on_the_way[2] | on_the_way[3]).annotate(
        waiting_count=Count(
            "credentials", filter=waiting & Q(credentials__file__isnull=False), distinct=True
        ),
        is_certified=Exists(Certificate.objects.filter(professional_id=OuterRef("pk"), state="valid")),
    )


def expiring_credentials(*, to: Actor, on: dt.date, days: int) -> list[Credential]:
    """Return the credentials of the actor's organization that run out within some days, or have in the last 30."""
    return list(
        Credential.objects.filter(
            professional__organization_id=to.own_organization_id,
            professional__is_active=True,
            expires_on__range=(on - dt.timedelta(days=30), on + dt.timedelta(days=days)),
        )
        .select_related("professional")
        .order_by("expires_on", "pk")
    )
