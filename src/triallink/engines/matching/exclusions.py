"""Hard exclusions: who cannot do the work at all, and the sentence that says why."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triallink.engines.matching.features import Sentence
from triallink.engines.matching.supply import Need, Supply, SupplyTable
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """One reason to exclude: a mask over all rows and a sentence for one excluded row."""

    code: str
    is_asked: Callable[[Need], bool]
    excludes: Callable[[Need, SupplyTable], Mask]
    sentence: Callable[[Need, Supply], Sentence]


def _none(table: SupplyTable) -> Mask:
    return np.zeros(len(table), bool)


def _lacks_all(words: tuple[str, ...], name: str, table: SupplyTable) -> Mask:
    found = _none(table)
    for word in words:
        found = found | table.has(name, word)
    return ~found


def _suspended(need: Need, table: SupplyTable) -> Mask:
    return table.numbers("is_suspended") > 0


def _conflict(need: Need, table: SupplyTable) -> Mask:
    found = _none(table)
    for party in sorted(need.parties):
        found = found | table.has("conflicts", party)
    return found


def _wrong_kind(need: Need, table: SupplyTable) -> Mask:
    found = _none(table)
    for kind in sorted(need.kinds):
        found = found | table.has("kind", kind)
    return ~found


def _needed_until(need: Need) -> int:
    last = need.end_on or need.start_on
    return last.toordinal() if last else 1


def _credential_missing(need: Need, table: SupplyTable) -> Mask:
    missing = _none(table)
    for credential in need.required_credentials:
        missing = missing | (table.valid_until(credential) == 0)
    return missing


def _credential_expires(need: Need, table: SupplyTable) -> Mask:
    short = _none(table)
    for credential in need.required_credentials:
        until = table.valid_until(credential)
        short = short | ((until > 0) & (until < _needed_until(need)))
    return short


def _credential_expires_sentence(need: Need, supply: Supply) -> Sentence:
    ends = [
        (until, credential)
        for credential in need.required_credentials
        if (until := supply.credentials.get(credential)) is not None
    ]
    until, credential = min(ends)
    params = {"credential": credential, "until": until, "needed": need.end_on or need.start_on}
    return N_("%(credential)s is valid until %(until)s; it is needed until %(needed)s."), params


def _too_few_hours(need: Need, table: SupplyTable) -> Mask:
    return table.numbers("free_hours_per_week") < need.hours_per_week


def _starts_too_late(need: Need, table: SupplyTable) -> Mask:
    assert need.start_on is not None
    return table.available_from > need.start_on.toordinal()


def _too_dear(need: Need, table: SupplyTable) -> Mask:
    over = table.numbers("price_minor") > need.price_limit.minor
    return over & table.has("currency", need.currency)


def _price_sentence(need: Need, supply: Supply) -> Sentence:
    price = Money(supply.price_minor or 0, supply.currency)
    return N_("Asks %(price)s, over the limit of %(limit)s."), {"price": price, "limit": need.price_limit}


def _too_far(need: Need, table: SupplyTable) -> Mask:
    km = table.distance_km(*need.place)
    far = km > table.numbers("travel_km")
    return far if need.max_distance_km is None else far | (km > need.max_distance_km)


def _far_sentence(need: Need, supply: Supply) -> Sentence:
    km = round(float(SupplyTable([supply]).distance_km(*need.place)[0]))
    if supply.travel_km is not None and km > supply.travel_km:
        params = {"km": km, "limit": round(supply.travel_km), "city": need.city}
        return N_("%(city)s is %(km)s km away; travels at most %(limit)s km."), params
    params = {"km": km, "limit": need.max_distance_km, "city": need.city}
    return N_("Works %(km)s km from %(city)s; at most %(limit)s km are accepted."), params


def _rated_too_low(need: Need, table: SupplyTable) -> Mask:
    return (table.numbers("rating_count") > 0) & (table.numbers("rating_mean") < (need.minimum_rating or 0))


RULES: tuple[Rule, ...] = (
    Rule(
        "suspended",
        lambda n: True,
        _suspended,
        lambda n, s: (N_("Suspended from the market."), {}),
    ),
    Rule(
        "conflict_of_interest",
        lambda n: bool(n.parties),
        _conflict,
        lambda n, s: (
            N_("Has a conflict of interest with %(parties)s."),
            {"parties": tuple(sorted(n.parties & s.conflicts))},
        ),
    ),
    Rule(
        "kind_not_accepted",
        lambda n: bool(n.kinds),
        _wrong_kind,
        lambda n, s: (N_("Suppliers of the kind %(kind)s are not asked for."), {"kind": s.kind}),
    ),
    Rule(
        "service_not_offered",
        lambda n: bool(n.service),
        lambda n, t: ~t.has("services", n.service),
        lambda n, s: (N_("Does not offer %(service)s."), {"service": n.service}),
    ),
    Rule(
        "role_missing",
        lambda n: bool(n.roles),
        lambda n, t: _lacks_all(n.roles, "roles", t),
        lambda n, s: (N_("Has none of the roles asked for: %(roles)s."), {"roles": n.roles}),
    ),
    Rule(
        "level_too_low",
        lambda n: n.level > 0,
        lambda n, t: t.numbers("level") < n.level,
        lambda n, s: (
            N_("Works at level %(level)s; level %(needed)s is needed."),
            {"level": s.level, "needed": n.level},
        ),
    ),
    Rule(
        "language_missing",
        lambda n: bool(n.languages),
        lambda n, t: _lacks_all(n.languages, "languages", t),
        lambda n, s: (
            N_("Speaks none of the languages asked for: %(languages)s."),
            {"languages": n.languages},
        ),
    ),
    Rule(
        "credential_missing",
        lambda n: bool(n.required_credentials),
        _credential_missing,
        lambda n, s: (
            N_("Lacks the credential %(credentials)s."),
            {"credentials": tuple(c for c in n.required_credentials if c not in s.credentials)},
        ),
    ),
    Rule(
        "credential_expires",
        lambda n: bool(n.required_credentials),
        _credential_expires,
        _credential_expires_sentence,
    ),
    Rule(
        "too_few_hours",
        lambda n: n.hours_per_week > 0,
        _too_few_hours,
        lambda n, s: (
            N_("Has only %(free)s free hours a week; %(needed)s are needed."),
            {"free": s.free_hours_per_week, "needed": n.hours_per_week},
        ),
    ),
    Rule(
        "starts_too_late",
        lambda n: n.start_on is not None,
        _starts_too_late,
        lambda n, s: (
            N_("Is available from %(available)s; the work starts on %(start)s."),
            {"available": s.available_on, "start": n.start_on},
        ),
    ),
    Rule("too_dear", lambda n: n.price_limit_minor is not None, _too_dear, _price_sentence),
    Rule("too_far", lambda n: n.latitude is not None, _too_far, _far_sentence),
    Rule(
        "rated_too_low",
        lambda n: n.minimum_rating is not None,
        _rated_too_low,
        lambda n, s: (
            N_("Rated %(rating)s of 5; at least %(needed)s is asked for."),
            {"rating": s.rating_mean, "needed": n.minimum_rating},
        ),
    ),
)
