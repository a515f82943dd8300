"""Say what a service costs, where and when, without telling what any one supplier asked."""

from triallink.engines.pricing.index import NATION, Cell, Observation, price_cells

__all__ = ["NATION", "Cell", "Observation", "price_cells"]
