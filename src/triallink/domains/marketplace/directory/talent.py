"""Talent as documents: freelancers by name, staff of CROs and SMOs by code unless they chose to be named."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from triallink.domains.marketplace.directory.places import city_in_chinese, places_of
from triallink.domains.marketplace.directory.schema import both, both_of, key_of, shrunken_rating
from triallink.domains.quality.models import Credential, Professional
from triallink.foundation.search import Document
from triallink.kernel.money import Money
from triallink.kernel.vocabulary import (
    CREDENTIAL_KINDS,
    LEVELS,
    PHASES,
    PROFESSIONAL_ROLES,
    SPOKEN_LANGUAGES,
    THERAPEUTIC_AREAS,
)

YEARS_THAT_COUNT = 20
YEAR_BONUS = 0.02
CHUNK = 5_000
COLUMNS = (
    "pk",
    "organization_id",
    "organization__kind",
    "organization__name_en",
    "organization__name_zh",
    "name",
    "name_zh",
    "is_named",
    "role",
    "level",
    "therapeutic_areas",
    "phases",
    "languages",
    "years_experience",
    "studies_completed",
    "city",
    "city_zh",
    "province",
    "travel_km",
    "hourly_price_minor",
    "currency",
    "free_hours_per_week",
    "available_from_on",
    "about_en",
    "about_zh",
    "rating_sum",
    "rating_count",
)


def listed_talent() -> QuerySet[Professional]:
    """Return everybody who may be found: listed, active, of an organization that is active and not suspended."""
    people = Professional.objects.filter(is_listed=True, is_active=True, organization__is_active=True)
    return people.exclude(organization__supplier_profile__is_suspended=True)


def talent_code(professional_id: int, role: str) -> str:
    """Return what an unnamed professional is called outside: the role and six characters nobody can count on.

    Keyed by the installation's secret, so that the code does not tell the row's number.
    """
    digest = hashlib.blake2b(
        str(professional_id).encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=4
    ).hexdigest()
    return f"{role}-{digest[:6].upper()}"


def talent_documents(professional_ids: list[int] | None, today: dt.date | None = None) -> Iterator[Document]:
    """Return the professionals that are listed, all or some, with the credentials valid today."""
    today = today or timezone.localdate()
    rows = listed_talent()
    valid = Credential.objects.filter(Q(expires_on=None) | Q(expires_on__gte=today))
    if professional_ids is not None:
        rows = rows.filter(pk__in=professional_ids)
        valid = valid.filter(professional_id__in=professional_ids)
    credentials: dict[int, list[str]] = defaultdict(list)
    for owner, kind in valid.order_by("pk").values_list("professional_id", "kind"):
        credentials[owner].append(kind)
    found = rows.order_by("pk").values(*COLUMNS)
    places = places_of(None if professional_ids is None else [row["city"] for row in found])
    for row in found.iterator(chunk_size=CHUNK):
        yield _document(row, credentials.get(row["pk"], []), places)


def _document(row: dict[str, Any], credentials: list[str], places: dict[str, str]) -> Document:
    is_freelancer = row["organization__kind"] == "freelancer"
    city_zh = city_in_chinese(row["city_zh"], row["city"], places)
    is_named = row["is_named"] or is_freelancer
    price = row["hourly_price_minor"]
    rating = row["rating_sum"] / row["rating_count"] if row["rating_count"] else None
    employer = "" if is_freelancer else f"{row['organization__name_en']} {row['organization__name_zh']}"
    shown = {
        "kind": "talent",
        "id": row["pk"],
        "code": talent_code(row["pk"], row["role"]),
        "name_en": row["name"] if is_named else "",
        "name_zh": row["name_zh"] if is_named else "",
        "employer_id": row["organization_id"],
        "employer_en": "" if is_freelancer else row["organization__name_en"],
        "employer_zh": "" if is_freelancer else row["organization__name_zh"],
        "role": row["role"],
        "level": row["level"],
        "areas": row["therapeutic_areas"],
        "years": row["years_experience"],
        "studies": row["studies_completed"],
        "city": row["city"],
        "city_zh": city_zh,
        "province": row["province"],
        "price_minor": price,
        "currency": row["currency"],
        "hours": row["free_hours_per_week"],
        "available_on": row["available_from_on"].isoformat() if row["available_from_on"] else "",
        "credentials": credentials,
        "languages": row["languages"],
        "rating": rating,
        "ratings": row["rating_count"],
    }
    return Document(
        key=key_of("talent", row["pk"]),
        texts={
            "name": f"{row['name']} {row['name_zh']}" if is_named else "",
            "work": ", ".join(
                [
                    both(PROFESSIONAL_ROLES[row["role"]]),
                    both(LEVELS[row["level"]]),
                    both_of(THERAPEUTIC_AREAS, row["therapeutic_areas"]),
                    both_of(CREDENTIAL_KINDS, credentials),
                    f"{row['city']} {city_zh} {both(row['province'])}",
                    both("Freelancer") if is_freelancer else "",
                ]
            ),
            "about": ", ".join(
                [
                    employer,
                    # What somebody wrote about themselves may well name them.
                    f"{row['about_en']} {row['about_zh']}" if is_named else "",
                    both_of(PHASES, row["phases"]),
                    both_of(SPOKEN_LANGUAGES, row["languages"]),
                ]
            ),
        },
        codes={
            "kind": ["talent"],
            "organization_type": [row["organization__kind"]],
            "organization": [str(row["organization_id"])],
            "role": [row["role"]],
            "level": [row["level"]],
            "province": [row["province"]],
            "city": [row["city"]],
            "place": [places[row["city"]]] if row["city"] in places else [],
            "area": row["therapeutic_areas"],
            "phase": row["phases"],
            "credential": credentials,
            "language": row["languages"],
        },
        numbers={
            "standing": shrunken_rating(row["rating_sum"], row["rating_count"])
            + YEAR_BONUS * min(row["years_experience"], YEARS_THAT_COUNT),
            "rating": rating,
            "hours": row["free_hours_per_week"],
            "price": float(Money(price, row["currency"]).amount) if price is not None else None,
            "years": row["years_experience"],
            "studies": row["studies_completed"],
        },
        shown=shown,
    )
