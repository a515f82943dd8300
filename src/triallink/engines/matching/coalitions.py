"""Coalitions: sets of small suppliers that together cover every site of a multi-site request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from triallink.engines.matching.awards import AwardModel
from triallink.engines.matching.bids import Bid, Line, Request


@dataclass(frozen=True)
class Member:
    """A supplier that could join.

    site_cost_minor   site -> price for doing the work there; only sites it can cover.
    site_hours        site -> hours it needs there, compared with free_hours; default 0.
    rating            1 to 5;  led_contracts  multi-site contracts led before.
    """

    id: str
    site_cost_minor: Mapping[str, int]
    site_hours: Mapping[str, int] = field(default_factory=dict)
    free_hours: int | None = None
    rating: float = 3.0
    led_contracts: int = 0


@dataclass(frozen=True)
class Coalition:
    """A proposal.

    cost_minor       prices of the members for their sites.
    coverage         site -> member that does the work.
    lead             the member suggested to sign and coordinate.
    single_points    member -> the sites nobody else in the coalition could take over.
    """

    members: tuple[str, ...]
    cost_minor: int
    coverage: Mapping[str, str]
    lead: str
    single_points: Mapping[str, tuple[str, ...]]


def build_coalitions(
    sites: Sequence[str],
    members: Sequence[Member],
    *,
    count: int = 3,
    max_members: int = 5,
    member_cost_minor: int = 0,
    seconds: float = 20.0,
) -> list[Coalition]:
    """Return the cheapest coalitions that cover every site, each with another set of members.

    member_cost_minor   what coordinating one more member counts as.
    Returns             at most `count` coalitions, cheapest first; empty if the sites cannot be covered.
    Raises              ValueError if a site or member repeats, or max_members < 1.
    Source              facility location with a limited number of sites, solved exactly by HiGHS;
                        further proposals by cuts on the set of members.
    """
    if max_members < 1:
        raise ValueError(f"a coalition needs members, got max_members {max_members!r}")
    if len(set(sites)) < len(sites) or len({m.id for m in members}) < len(members):
        raise ValueError("sites and members must be unique")
    if not sites:
        return []
    by_id = {member.id: member for member in members}
    dearest = sum(max(m.site_cost_minor.values(), default=0) for m in members)
    # More than any full coverage can cost, so that no site is left out while it can be covered.
    undone = 1 + dearest + member_cost_minor * len(members)
    undone += sum(max((m.site_cost_minor.get(s, 0) for m in members), default=0) for s in sites)
    request = Request(
        lines=tuple(Line(site, undone) for site in sites),
        max_suppliers=max_members,
        supplier_cost_minor=member_cost_minor,
        capacity={m.id: m.free_hours for m in members if m.free_hours is not None},
    )
    offers = [
        (m, site)
        for m in sorted(members, key=lambda one: one.id)
        for site in sites
        if site in m.site_cost_minor
    ]
    bids = [
        Bid(
            str(number),
            m.id,
            frozenset({site}),
            m.site_cost_minor[site],
            uses={m.id: m.site_hours.get(site, 0)},
        )
        for number, (m, site) in enumerate(offers)
    ]
    model = AwardModel(request, bids, seconds, 1)
    found: list[Coalition] = []
    while len(found) < count:
        award = model.solve()
        if award is None or award.undone_lines:
            break
        coverage = {site: member.id for member, site in (offers[int(bid_id)] for bid_id in award.bid_ids)}
        used = frozenset(coverage.values())
        found.append(_coalition({s: coverage[s] for s in sites}, [by_id[m] for m in sorted(used)]))
        model.forbid_suppliers(used)
    return found


def _coalition(coverage: dict[str, str], members: list[Member]) -> Coalition:
    own_sites = {m.id: [s for s, by in coverage.items() if by == m.id] for m in members}
    single = {}
    for member in members:
        others = [m for m in members if m.id != member.id]
        alone = tuple(s for s in own_sites[member.id] if not any(s in m.site_cost_minor for m in others))
        if alone:
            single[member.id] = alone
    # The lead carries the most sites, has led before and is well rated; the id breaks a tie.
    lead = min(
        members,
        key=lambda m: (
            -(len(own_sites[m.id]) / len(coverage) + 0.1 * min(m.led_contracts, 5) + 0.1 * m.rating),
            m.id,
        ),
    )
    cost = sum(m.site_cost_minor[site] for m in members for site in own_sites[m.id])
    return Coalition(tuple(m.id for m in members), cost, coverage, lead.id, single)
