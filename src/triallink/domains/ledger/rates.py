"""Rates as data: the platform fee and the tax, by country and service, each from a day on (`rates.json`)."""

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from triallink.kernel.money import Money

ANY = "*"


@dataclass(frozen=True)
class Rate:
    """One percentage that holds from a day on."""

    country: str
    service: str
    percent: Decimal
    since: dt.date
    name: dict[str, str]


@dataclass(frozen=True)
class Charges:
    """What is taken from a payment: the platform's fee and the tax on that fee."""

    amount: Money
    fee: Money
    tax: Money
    fee_percent: Decimal
    tax_percent: Decimal

    @property
    def net(self) -> Money:
        """Return what reaches the payee."""
        return self.amount - self.fee - self.tax


@dataclass(frozen=True)
class TaxSplit:
    """An amount that includes tax, taken apart."""

    net: Money
    tax: Money
    percent: Decimal
    name: dict[str, str]


@cache
def rates(kind: str) -> tuple[Rate, ...]:
    """Return the rates of one kind: "platform_fee" or "tax"."""
    raw = json.loads(Path(__file__).with_name("rates.json").read_text(encoding="utf-8"))
    return tuple(
        Rate(
            country=row["country"],
            service=row["service"],
            percent=Decimal(row["percent"]),
            since=dt.date.fromisoformat(row["from"]),
            name=row.get("name", {}),
        )
        for row in raw[kind]
    )


def rate_of(kind: str, *, country: str, service: str, on: dt.date) -> Rate:
    """Return the rate that holds: the closest match (service before country), then the latest.

    Raises ValueError if none holds on that day.
    """
    fitting = [
        rate
        for rate in rates(kind)
        if rate.country in (ANY, country) and rate.service in (ANY, service) and rate.since <= on
    ]
    if not fitting:
        raise ValueError(f"no {kind} rate for {country!r} {service!r} on {on}")
    return max(fitting, key=lambda rate: (rate.service != ANY, rate.country != ANY, rate.since))


def charges_of(
    amount: Money, *, platform_country: str = "CN", country: str, service: str = "", on: dt.date
) -> Charges:
    """Return the platform's fee on a payment and the tax on the fee.

    country  where the payee is. A payee abroad bears no tax of the platform's country.

    Each charge is rounded once, half to even, to the minor unit; the payee gets the rest.
    """
    fee_rate = rate_of("platform_fee", country=country, service=service, on=on)
    fee = amount.times(fee_rate.percent / 100)
    percent = Decimal(0)
    if country == platform_country:
        percent = rate_of("tax", country=platform_country, service="platform-fee", on=on).percent
    return Charges(amount, fee, fee.times(percent / 100), fee_rate.percent, percent)


def without_tax(amount: Money, *, country: str, service: str = "", on: dt.date) -> TaxSplit:
    """Take an amount that includes tax apart: net is rounded half to even, tax is the rest."""
    rate = rate_of("tax", country=country, service=service, on=on)
    net = amount.times(1 / (1 + rate.percent / 100))
    return TaxSplit(net, amount - net, rate.percent, rate.name)
