"""What things of the market are called for the reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from triallink.domains.accounts.models import ORGANIZATION_KINDS, Organization
from triallink.domains.marketplace.catalogue import catalogue
from triallink.domains.quality.models import Professional
from triallink.domains.quality.vocabulary import SITE_GRADES
from triallink.foundation.sentences import bilingual, reads_chinese
from triallink.kernel.vocabulary import (
    CREDENTIAL_KINDS,
    LEVELS,
    PHASES,
    PROFESSIONAL_ROLES,
    PROVINCES,
    SPOKEN_LANGUAGES,
    THERAPEUTIC_AREAS,
    UNITS,
)


def named(english: str, chinese: str) -> str:
    """Return the reader's one of two names, or the other if it is empty."""
    return (chinese or english) if reads_chinese() else (english or chinese)


def name_of(row: Mapping[str, Any]) -> str:
    """Return what a row of the directory is called: its name, or the code of somebody unnamed."""
    return named(row["name_en"], row["name_zh"]) or row.get("code", "")


def name_of_organization(organization: Organization) -> str:
    """Return an organization's name."""
    return named(organization.name_en, organization.name_zh)


def name_of_professional(professional: Professional) -> str:
    """Return a professional's name."""
    return named(professional.name, professional.name_zh)


def service_name(code: str) -> str:
    """Return the name of a service of the catalogue."""
    service = catalogue().get(code)
    return str(bilingual(service.name)) if service else code


def services_by_name() -> list[tuple[str, str]]:
    """Return the catalogue as choices of a form."""
    return [(code, service_name(code)) for code in catalogue()]


def city_of(row: Mapping[str, Any]) -> str:
    """Return "city, province" of a row, once if the two are the same."""
    # A city that is a province of its own needs no Chinese name besides the province's.
    english = _(row["city"]) if row["city"] in PROVINCES else row["city"]
    city, province = named(english, row["city_zh"]), _(row["province"]) if row["province"] else ""
    return " · ".join(dict.fromkeys(part for part in (city, province) if part))


def unit_of(service: str) -> str:
    """Return the unit of a service, to be translated."""
    found = catalogue().get(service)
    return UNITS[found.unit] if found else ""


@dataclass(frozen=True)
class Words:
    """What the market's templates call things."""

    name_of: Callable[[Mapping[str, Any]], str] = name_of
    city_of: Callable[[Mapping[str, Any]], str] = city_of
    named: Callable[[str, str], str] = named
    service_name: Callable[[str], str] = service_name
    unit_of: Callable[[str], str] = unit_of

    kinds = ORGANIZATION_KINDS
    areas = THERAPEUTIC_AREAS
    phases = PHASES
    roles = PROFESSIONAL_ROLES
    levels = LEVELS
    credentials = CREDENTIAL_KINDS
    languages = SPOKEN_LANGUAGES
    grades = SITE_GRADES


WORDS = Words()
