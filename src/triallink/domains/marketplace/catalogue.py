"""The service catalogue as data: read from catalogue.json and checked before it is believed."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from triallink.kernel.vocabulary import CREDENTIAL_KINDS, PROFESSIONAL_ROLES, SERVICE_CATEGORIES, UNITS

CATALOGUE_FILE = Path(__file__).with_name("catalogue.json")

Bilingual = dict[str, str]


@dataclass(frozen=True)
class Milestone:
    """A payable step of a service: its share of the price, when it is due and what proves it.

    share_percent  whole percent of the line's price; the shares of one service add up to 100.
    due            percent of the agreed duration after which the step is expected.
    """

    code: str
    name: Bilingual
    share_percent: int
    due: int
    evidence: Bilingual


@dataclass(frozen=True)
class Service:
    """One kind of service that can be bought."""

    code: str
    category: str
    unit: str
    name: Bilingual
    description: Bilingual
    roles: list[str]
    required_credentials: list[str]
    default_milestones: tuple[Milestone, ...]

    def columns(self) -> dict[str, Any]:
        """Return the service as the columns of its row, without its code."""
        columns = asdict(self)
        columns["default_milestones"] = [asdict(step) for step in self.default_milestones]
        del columns["code"]
        return columns


@cache
def catalogue() -> dict[str, Service]:
    """Return the services of the catalogue file by code, in its order."""
    return {service.code: service for service in services_in(CATALOGUE_FILE.read_text("utf-8"))}


def services_in(text: str) -> list[Service]:
    """Return the services that a catalogue file describes, in its order.

    Raises ValueError that names the service and the value that is wrong.
    """
    services = [_service(entry) for entry in json.loads(text)]
    codes = [service.code for service in services]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(f"services described twice: {twice}")
    return services


def _service(entry: dict[str, Any]) -> Service:
    steps = tuple(Milestone(**step) for step in entry["default_milestones"])
    service = Service(**{**entry, "default_milestones": steps})
    _check(service.category in SERVICE_CATEGORIES, service, "category", service.category)
    _check(service.unit in UNITS, service, "unit", service.unit)
    _check(set(service.roles) <= set(PROFESSIONAL_ROLES), service, "roles", service.roles)
    _check(
        set(service.required_credentials) <= set(CREDENTIAL_KINDS),
        service,
        "required_credentials",
        service.required_credentials,
    )
    texts = [
        service.name,
        service.description,
        *(text for step in steps for text in (step.name, step.evidence)),
    ]
    for pair in texts:
        _check(
            bool(pair.get("en", "").strip() and pair.get("zh", "").strip()), service, "both languages", pair
        )
    shares = [step.share_percent for step in steps]
    _check(sum(shares) == 100 and min(shares) > 0, service, "share_percent", shares)
    dues = [step.due for step in steps]
    _check(dues == sorted(dues) and all(0 <= due <= 100 for due in dues), service, "due", dues)
    step_codes = [step.code for step in steps]
    _check(len(set(step_codes)) == len(step_codes), service, "milestone codes", step_codes)
    return service


def _check(is_right: bool, service: Service, what: str, value: object) -> None:
    if not is_right:
        raise ValueError(f"{service.code}: {what} is wrong: {value!r}")
