"""By what each part of the directory is narrowed and sorted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from triallink.domains.accounts.models import ORGANIZATION_KINDS
from triallink.domains.quality.vocabulary import SITE_GRADES
from triallink.foundation.search import Band
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import (
    CREDENTIAL_KINDS,
    LEVELS,
    PHASES,
    PROFESSIONAL_ROLES,
    SPOKEN_LANGUAGES,
    THERAPEUTIC_AREAS,
)


@dataclass(frozen=True)
class CodeFacet:
    """Choices among codes. `counted` is another field that is counted in its place."""

    name: str
    label: str
    names: Mapping[str, str] = field(default_factory=dict)
    needs_all: bool = False
    field: str = ""
    counted: str = ""

    @property
    def index_field(self) -> str:
        """Return the field of the index that is filtered."""
        return self.field or self.name

    @property
    def counted_field(self) -> str:
        """Return the field of the index that is counted."""
        return self.counted or self.index_field


@dataclass(frozen=True)
class LeastFacet:
    """Choices of "at least so much" of a number."""

    name: str
    label: str
    steps: tuple[float, ...]

    @property
    def bands(self) -> tuple[Band, ...]:
        """Return the choices as bands that can be counted."""
        return tuple(Band(f"{step:g}", low=step) for step in self.steps)


PLACE = (
    CodeFacet("province", N_("Province")),
    CodeFacet("city", N_("City"), counted="place"),
)
SCIENCE = (
    CodeFacet("area", N_("Therapeutic area"), THERAPEUTIC_AREAS),
    CodeFacet("phase", N_("Phase"), PHASES),
)
LANGUAGE = CodeFacet("language", N_("Language"), SPOKEN_LANGUAGES)
CODES: dict[str, tuple[CodeFacet, ...]] = {
    "supplier": (
        # The names of services come from the catalogue, in both languages.
        CodeFacet("service", N_("Service"), needs_all=True),
        CodeFacet("type", N_("Organization type"), ORGANIZATION_KINDS, field="organization_type"),
        CodeFacet("role", N_("Role"), PROFESSIONAL_ROLES, needs_all=True),
        *PLACE,
        *SCIENCE,
        CodeFacet("mark", N_("Qualification"), {"qualified": N_("Qualified supplier")}),
        LANGUAGE,
    ),
    "talent": (
        CodeFacet("role", N_("Role"), PROFESSIONAL_ROLES),
        CodeFacet("level", N_("Level"), LEVELS),
        *PLACE,
        *SCIENCE,
        CodeFacet("credential", N_("Credentials"), CREDENTIAL_KINDS, needs_all=True),
        CodeFacet("type", N_("Employer"), ORGANIZATION_KINDS, field="organization_type"),
        LANGUAGE,
    ),
    "site": (
        CodeFacet("grade", N_("Hospital grade"), SITE_GRADES),
        *PLACE,
        *SCIENCE,
        CodeFacet("mark", N_("Facilities"), {"phase1_unit": N_("Phase 1 unit")}),
    ),
}
RATING = LeastFacet("rating", N_("Rating at least"), (4.5, 4, 3.5))
LEASTS: dict[str, tuple[LeastFacet, ...]] = {
    "supplier": (LeastFacet("hours", N_("Free hours a week, at least"), (40, 160, 400)), RATING),
    "talent": (LeastFacet("hours", N_("Free hours a week, at least"), (8, 16, 24, 40)), RATING),
    "site": (),
}
# Hourly prices in major units; a supplier's bands are the quartiles of the one service chosen.
HOURLY_BANDS = (100, 200, 300, 500)

# What a list can be sorted by; "" is the best match for words, the standing without words.
SORTS: dict[str, dict[str, str]] = {
    "supplier": {
        "": N_("Best match"),
        "-rating": N_("Rating"),
        "price": N_("Price, low first"),
        "-hours": N_("Free hours"),
        "-contracts": N_("Completed contracts"),
    },
    "talent": {
        "": N_("Best match"),
        "-rating": N_("Rating"),
        "price": N_("Price, low first"),
        "-hours": N_("Free hours"),
        "-years": N_("Experience"),
        "-studies": N_("Completed studies"),
    },
    "site": {
        "": N_("Best match"),
        "-studies": N_("Completed studies"),
        "ethics_days": N_("Fastest ethics review"),
        "contract_days": N_("Fastest contract"),
    },
}
