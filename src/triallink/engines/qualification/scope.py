"""What a supplier is qualified for: blocks of services x therapeutic areas x regions."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ScopeBlock:
    """Every service of the block, in every area and every region of it; no area or region means all of them."""

    services: frozenset[str]
    areas: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    def holds(self, service: str, area: str = "", region: str = "") -> bool:
        """Return whether a piece of work lies in the block; "" stands for no area or region in particular."""
        return (
            service in self.services
            and (not area or not self.areas or area in self.areas)
            and (not region or not self.regions or region in self.regions)
        )


def covers(blocks: Iterable[ScopeBlock], service: str, area: str = "", region: str = "") -> bool:
    """Return whether any block holds a piece of work.

    Blocks do not mix: a service of one block is not covered in the area of another.
    """
    return any(block.holds(service, area, region) for block in blocks)
