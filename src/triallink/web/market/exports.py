"""The directories as files."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from triallink.domains.accounts.models import ORGANIZATION_KINDS
from triallink.domains.quality.vocabulary import SITE_GRADES
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_
from triallink.kernel.vocabulary import CREDENTIAL_KINDS, LEVELS, PROFESSIONAL_ROLES, THERAPEUTIC_AREAS
from triallink.web.listing import Column, ListSpec
from triallink.web.market.naming import city_of, name_of, named, service_name
from triallink.web.wording import word

Row = Mapping[str, Any]


def _words(names: Mapping[str, str], codes: list[str]) -> str:
    return ", ".join(word(names, code) for code in codes)


def _price(row: Row) -> Money | None:
    return None if row["price_minor"] is None else Money(row["price_minor"], row["currency"])


def _offers(row: Row) -> str:
    return "; ".join(
        f"{service_name(code)}: {Money(minor, currency).amount} {currency}"
        for code, minor, currency in row["offers"]
    )


NAME = Column("name", N_("Name"), value=name_of)
PLACE = Column("city", N_("City"), value=city_of)
AREAS = Column("areas", N_("Therapeutic areas"), value=lambda row: _words(THERAPEUTIC_AREAS, row["areas"]))
RATING = (
    Column("rating", N_("Rating"), value=lambda row: row["rating"]),
    Column("ratings", N_("Ratings"), value=lambda row: row["ratings"]),
)
HOURS = Column("hours", N_("Free hours a week"), value=lambda row: row["hours"])

SPECS = {
    "supplier": ListSpec(
        "suppliers",
        (
            NAME,
            Column("type", N_("Organization type"), value=lambda row: word(ORGANIZATION_KINDS, row["type"])),
            PLACE,
            AREAS,
            Column("offers", N_("Services and list prices"), value=_offers),
            Column("people", N_("People"), value=lambda row: sum(row["roles"].values())),
            HOURS,
            Column("contracts", N_("Completed contracts"), value=lambda row: row["contracts"]),
            *RATING,
            Column("qualified", N_("Qualified"), value=lambda row: _("yes") if row["is_qualified"] else ""),
        ),
        default_sort="name",
    ),
    "talent": ListSpec(
        "talent",
        (
            NAME,
            Column("role", N_("Role"), value=lambda row: word(PROFESSIONAL_ROLES, row["role"])),
            Column("level", N_("Level"), value=lambda row: word(LEVELS, row["level"])),
            Column(
                "employer", N_("Employer"), value=lambda row: named(row["employer_en"], row["employer_zh"])
            ),
            PLACE,
            AREAS,
            Column(
                "credentials",
                N_("Credentials"),
                value=lambda row: _words(CREDENTIAL_KINDS, row["credentials"]),
            ),
            Column("years", N_("Years of experience"), value=lambda row: row["years"]),
            Column("studies", N_("Completed studies"), value=lambda row: row["studies"]),
            Column("price", N_("Price per hour"), value=_price),
            HOURS,
            *RATING,
        ),
        default_sort="name",
    ),
    "site": ListSpec(
        "sites",
        (
            NAME,
            Column("grade", N_("Hospital grade"), value=lambda row: word(SITE_GRADES, row["grade"])),
            PLACE,
            AREAS,
            Column("beds", N_("Beds"), value=lambda row: row["beds"]),
            Column("departments", N_("Departments"), value=lambda row: row["departments"]),
            Column("ongoing", N_("Ongoing studies"), value=lambda row: row["ongoing"]),
            Column("completed", N_("Completed studies"), value=lambda row: row["completed"]),
            Column("ethics", N_("Ethics review, days"), value=lambda row: row["ethics_days"]),
            Column("contract", N_("Contract, days"), value=lambda row: row["contract_days"]),
        ),
        default_sort="name",
    ),
}
