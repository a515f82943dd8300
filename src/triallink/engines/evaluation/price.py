"""What a set of lines costs in one bid, bundles taken wherever they are cheaper."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bundle:
    """Several lines at one price, all or nothing; of one non-empty XOR group at most one may be taken."""

    lines: frozenset[int]
    price_minor: int
    xor_group: str = ""


@dataclass(frozen=True)
class PricedSet:
    """The lowest price of a set of lines and the bundles (by position) that give it."""

    total_minor: int
    bundles: tuple[int, ...]


def best_price(
    wanted: Collection[int], amounts: Mapping[int, int], bundles: Sequence[Bundle] = ()
) -> PricedSet:
    """Return the lowest price for exactly these lines.

    wanted     line ids; each must have an amount.
    amounts    line id -> amount in minor units when bought alone, >= 0.
    bundles    those not inside `wanted` are never taken; nor are two that share a line or an XOR group.
    Returns    the exact minimum (branch and bound over the bundles that save something); equal prices take the
               bundles listed first.
    Raises     ValueError if a wanted line has no amount.
    Source     winner determination with bundle bids, Lehmann, Müller & Sandholm, in Cramton et al. (eds.),
               Combinatorial Auctions (2006), ch. 12; here for the bids of one bidder.
    """
    lines = frozenset(wanted)
    unknown = lines - set(amounts)
    if unknown:
        raise ValueError(f"lines without an amount: {sorted(unknown)!r}")
    savings = [
        (sum(amounts[line] for line in bundle.lines) - bundle.price_minor, position)
        for position, bundle in enumerate(bundles)
        if bundle.lines and bundle.lines <= lines
    ]
    useful = sorted((entry for entry in savings if entry[0] > 0), key=lambda entry: (-entry[0], entry[1]))
    best: tuple[int, tuple[int, ...]] = (0, ())
    ahead = [sum(saving for saving, _ in useful[i:]) for i in range(len(useful) + 1)]

    def search(
        index: int, free: frozenset[int], groups: frozenset[str], saved: int, taken: tuple[int, ...]
    ) -> None:
        nonlocal best
        if saved > best[0]:
            best = (saved, taken)
        if index == len(useful) or saved + ahead[index] <= best[0]:
            return
        saving, position = useful[index]
        bundle = bundles[position]
        if bundle.lines <= free and bundle.xor_group not in groups:
            used = groups | {bundle.xor_group} if bundle.xor_group else groups
            search(index + 1, free - bundle.lines, used, saved + saving, (*taken, position))
        search(index + 1, free, groups, saved, taken)

    search(0, lines, frozenset(), 0, ())
    return PricedSet(sum(amounts[line] for line in lines) - best[0], tuple(sorted(best[1])))


def price_by_line(
    priced: PricedSet, wanted: Collection[int], amounts: Mapping[int, int], bundles: Sequence[Bundle]
) -> dict[int, int]:
    """Return what each line costs inside a priced set; a bundle's price is split by its lines' single amounts.

    Returns    line id -> minor units, adding up to the set's total exactly (largest remainder first).
    Raises     ValueError if a wanted line has no amount.
    Source     proportional allocation of a bundle's price; remainder rule of Hamilton (largest remainder).
    """
    prices = {line: amounts[line] for line in wanted if line in amounts}
    if len(prices) < len(set(wanted)):
        raise ValueError(f"lines without an amount: {sorted(set(wanted) - set(prices))!r}")
    for position in priced.bundles:
        bundle = bundles[position]
        inside = sorted(bundle.lines)
        parts = scaled([amounts[line] for line in inside], bundle.price_minor)
        prices.update(zip(inside, parts, strict=True))
    return prices


def scaled(amounts: Sequence[int], total: int) -> list[int]:
    """Return the amounts in the same proportion, adding up to another total exactly.

    amounts    minor units, >= 0; all zero means equal parts.
    total      minor units, >= 0.
    Returns    whole minor units; what rounding leaves goes to the largest remainders, the first of equals.
    Raises     ValueError if there is no amount or something is negative.
    Source     largest remainder (Hamilton) apportionment.
    """
    if not amounts or total < 0 or min(amounts) < 0:
        raise ValueError(f"cannot scale {list(amounts)!r} to {total!r}")
    weights = list(amounts) if sum(amounts) else [1] * len(amounts)
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts
