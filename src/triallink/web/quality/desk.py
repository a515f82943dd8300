"""The operator's lists of certification: credentials to verify, and professionals on their way."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from triallink.domains.quality.selectors import candidates, credentials
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import CREDENTIAL_KINDS, LEVELS, PROFESSIONAL_ROLES
from triallink.web.answers import answer
from triallink.web.delivery.frame import today
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.quality.frame import actor_of, name_of
from triallink.web.quality.people import WORDS, PeopleWords, name_in_words
from triallink.web.wording import word

VERIFICATION = {"waiting": N_("Waiting"), "verified": N_("Verified"), "refused": N_("Refused")}
VERIFICATION_TONES = {"waiting": "warn", "verified": "good", "refused": "bad"}


def verified_as(rows: Any, chosen: list[str]) -> Any:
    """Keep the credentials of which the operator has said one of these."""
    return rows.filter(verification_word__in=chosen)


CREDENTIALS = ListSpec(
    name="credentials",
    columns=(
        Column("person", N_("Name"), sort=("professional__name",), value=lambda row: name_in_words(row.professional)),
        Column("kind", N_("Credential"), sort=("kind", "pk"), value=lambda row: word(CREDENTIAL_KINDS, row.kind)),
        Column("number", N_("Number"), sort=("number", "pk")),
        Column("employer", N_("Employer"), sort=("professional__organization__name_en",), value=lambda row: name_of(row.professional.organization)),
        Column("expires", N_("Valid until"), sort=("expires_on",), value=lambda row: row.expires_on),
        Column("verification", N_("Verification"), sort=("verification_word", "pk"), value=lambda row: word(VERIFICATION, row.verification)),
    ),
    search=("professional__name", "professional__name_zh", "number", "issued_by", "professional__organization__name_en"),
    facets=(
        Facet("verification", N_("Verification"), "verification_word", names=VERIFICATION, narrow=verified_as),
        Facet("kind", N_("Credential"), "kind", names=CREDENTIAL_KINDS),
        Facet("role", N_("Role"), "professional__role", names=PROFESSIONAL_ROLES),
    ),
    default_sort="-verification",
)  # fmt: skip
CANDIDATES = ListSpec(
    name="certification",
    columns=(
        Column("name", N_("Name"), sort=("name", "pk"), value=name_in_words),
        Column("role", N_("Role"), sort=("role", "name"), value=lambda row: word(PROFESSIONAL_ROLES, row.role)),
        Column("level", N_("Level"), sort=("level", "name"), value=lambda row: word(LEVELS, row.level)),
        Column("employer", N_("Employer"), sort=("organization__name_en",), value=lambda row: name_of(row.organization)),
        Column("waiting", N_("To verify"), sort=("waiting_count",), value=lambda row: row.waiting_count, is_number=True),
        Column("certified", N_("Certified"), sort=("is_certified", "name"), value=lambda row: row.is_certified),
    ),
    search=("name", "name_zh", "organization__name_en", "organization__name_zh"),
    facets=(
        Facet("role", N_("Role"), "role", names=PROFESSIONAL_ROLES),
        Facet("level", N_("Level"), "level", names=LEVELS),
        Facet("certified", N_("Certified"), "is_certified", names={"True": N_("yes"), "False": N_("no")}),
    ),
    default_sort="-waiting",
)  # fmt: skip


@dataclass(frozen=True)
class CredentialListPage:
    """Credentials the viewer may see."""

    listing: Listing
    today: dt.date
    verification: dict[str, str]
    tones: dict[str, str]
    words: PeopleWords = WORDS


@dataclass(frozen=True)
class CandidateListPage:
    """Professionals on their way to a certificate."""

    listing: Listing
    words: PeopleWords = WORDS


def credential_list(request: HttpRequest) -> HttpResponse:
    """Show the credentials: those with a document to the operator, to others their own."""
    rows = credentials(to=actor_of(request))
    if wants_export(request):
        return export(request, CREDENTIALS, rows)
    page = CredentialListPage(CREDENTIALS.read(request, rows), today(), VERIFICATION, VERIFICATION_TONES)
    return answer(request, "quality/credentials.html", "list", page)


def candidate_list(request: HttpRequest) -> HttpResponse:
    """Show the professionals on their way to a certificate."""
    rows = candidates(to=actor_of(request))
    if wants_export(request):
        return export(request, CANDIDATES, rows)
    return answer(request, "quality/people.html", "list", CandidateListPage(CANDIDATES.read(request, rows)))
