"""Reference scenarios on which policies are compared. docs/guide/supply.md says where each figure comes from."""

from __future__ import annotations

from .model import Arm, Country, Depot, DoseLevel, KitType, LeadTime, Lot, Site, Trial


def _sites(
    n_sites: int, countries: tuple[str, ...], opening_days: int, alpha: float, per_month: float
) -> tuple[Site, ...]:
    """Return sites spread over the countries that open evenly over some days, from day 30."""
    return tuple(
        Site(
            name=f"S{i + 1:03d}",
            country=countries[i % len(countries)],
            opens_on_day=30 + round(i * opening_days / n_sites),
            alpha=alpha,
            beta=alpha / per_month,
        )
        for i in range(n_sites)
    )


def ample_lots(trial: Trial, expires_on_day: int | None = None) -> tuple[Lot, ...]:
    """Return one lot per kit type, at the first central depot, that never runs out.

    expires_on_day  default: ten years after the last visit.
    Source          docs/guide/supply.md.
    """
    depot = next(depot.name for depot in trial.depots if depot.source is None)
    expiry = trial.last_day + 3650 if expires_on_day is None else expires_on_day
    return tuple(Lot(kit.name, depot, 10_000_000, 0, expiry) for kit in trial.kit_types)


def blinded_four_types(n_sites: int = 200) -> Trial:
    """A double-blind phase III trial: 200 sites in four countries, two years, four kit types in four arms."""
    kit_types = tuple(
        KitType(name, cost_minor=25_000, do_not_ship_days=60, do_not_dispense_days=35) for name in "ABCD"
    )
    countries = tuple(
        Country(name, "Central", LeadTime(days, shares), cost)
        for name, days, shares, cost in (
            ("DE", (2, 3, 5), (0.7, 0.2, 0.1), 18_000),
            ("US", (3, 4, 6), (0.7, 0.2, 0.1), 22_000),
            ("CN", (5, 7, 10), (0.6, 0.3, 0.1), 40_000),
            ("BR", (6, 9, 14), (0.6, 0.3, 0.1), 45_000),
        )
    )
    return Trial(
        kit_types=kit_types,
        arms=tuple(Arm(kit.name, 1, (DoseLevel({kit.name: 1}),)) for kit in kit_types),
        visit_days=tuple(range(0, 252, 28)),
        depots=(Depot("Central"),),
        countries=countries,
        sites=_sites(n_sites, tuple(c.name for c in countries), 180, alpha=1.2, per_month=0.7),
        target_subjects=5 * n_sites,
        enrollment_days=450,
        screening_days=14,
        screening_failure=0.25,
        dropout_probability=0.15,
        visit_window_days=3,
    )


def oncology_open(n_sites: int = 60) -> Trial:
    """Oncology: one pack every three weeks, one pack type per arm, three arms, a subject per month and site."""
    kit_types = tuple(
        KitType(name, cost_minor=180_000, do_not_ship_days=60, do_not_dispense_days=30) for name in "ABC"
    )
    return Trial(
        kit_types=kit_types,
        arms=tuple(Arm(kit.name, 1, (DoseLevel({kit.name: 1}),)) for kit in kit_types),
        visit_days=tuple(range(0, 253, 21)),
        depots=(Depot("Central"),),
        countries=(Country("EU", "Central", LeadTime((3, 5, 7), (0.7, 0.2, 0.1)), 20_000),),
        sites=_sites(n_sites, ("EU",), 120, alpha=2.0, per_month=1.0),
        target_subjects=6 * n_sites,
        enrollment_days=360,
        screening_days=14,
        screening_failure=0.2,
        dropout_probability=0.5,
        visit_window_days=2,
    )


def titration_placebo(n_sites: int = 80) -> Trial:
    """Dose titration against placebo, 2:1: three strengths, up when tolerated and down when not, monthly visits."""
    kit_types = tuple(
        KitType(name, cost_minor=cost, do_not_ship_days=75, do_not_dispense_days=40)
        for name, cost in (("Low", 30_000), ("Middle", 40_000), ("High", 55_000), ("Placebo", 8_000))
    )
    climb = ((0.2, 0.8, 0.0), (0.1, 0.4, 0.5), (0.0, 0.1, 0.9))
    return Trial(
        kit_types=kit_types,
        arms=(
            Arm(
                "Active",
                2,
                (DoseLevel({"Low": 1}), DoseLevel({"Middle": 1}), DoseLevel({"High": 1})),
                climb,
            ),
            Arm("Placebo", 1, (DoseLevel({"Placebo": 1}),)),
        ),
        visit_days=(0, 14, 28, 56, 84, 112, 140, 168),
        depots=(Depot("Central"),),
        countries=(
            Country("EU", "Central", LeadTime((3, 5, 7), (0.7, 0.2, 0.1)), 20_000),
            Country("JP", "Central", LeadTime((6, 8, 12), (0.6, 0.3, 0.1)), 45_000),
        ),
        sites=_sites(n_sites, ("EU", "JP"), 150, alpha=1.2, per_month=0.6),
        target_subjects=5 * n_sites,
        enrollment_days=420,
        screening_days=21,
        screening_failure=0.3,
        dropout_probability=0.2,
        visit_window_days=3,
    )


REFERENCE_SCENARIOS = {
    "blinded four types": blinded_four_types,
    "oncology open": oncology_open,
    "titration with placebo": titration_placebo,
}
