"""A figure as data: panels one above the other, axes, marks, and the same figures as a table.

Positions are numbers throughout; on an axis of categories the first category stands at 0, the next at 1.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

Tone = int | Literal["ink", "muted"]
Shape = Literal["circle", "square", "diamond", "triangle", "tick", "cross"]
Numbers = tuple[float, ...]
Cell = str | float | int | None

# Told apart by people who do not tell red from green, on white and on black.
PALETTE = ("#2a9d8f", "#3f7fc4", "#e0913a", "#8a63c9", "#c8566b", "#7f9433", "#5b6b78")


@dataclass(frozen=True)
class Axis:
    """One axis: numbers (kind "linear" or "log") from low to high, or categories."""

    label: str
    low: float = 0.0
    high: float = 1.0
    kind: Literal["linear", "log", "category"] = "linear"
    categories: tuple[str, ...] = ()
    ticks: Numbers = ()


@dataclass(frozen=True)
class Line:
    """Joined points; a step line keeps its value until the next point."""

    name: str
    x: Numbers
    y: Numbers
    tone: Tone
    is_step: bool = False
    is_faint: bool = False


@dataclass(frozen=True)
class Band:
    """The area between two lines."""

    name: str
    x: Numbers
    lower: Numbers
    upper: Numbers
    tone: Tone
    is_step: bool = False


@dataclass(frozen=True)
class Points:
    """Single points."""

    name: str
    x: Numbers
    y: Numbers
    tone: Tone
    shape: Shape = "circle"
    size: float = 7
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Segments:
    """Straight pieces from (x, y) to (to_x, to_y), `width` pixels wide."""

    name: str
    x: Numbers
    y: Numbers
    to_x: Numbers
    to_y: Numbers
    tone: Tone
    width: float = 1.5
    is_dashed: bool = False


@dataclass(frozen=True)
class Texts:
    """Words at points."""

    x: Numbers
    y: Numbers
    text: tuple[str, ...]
    tone: Tone = "ink"


Mark = Line | Band | Points | Segments | Texts


@dataclass(frozen=True)
class Panel:
    """One field of marks between two axes; height in pixels."""

    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    height: int = 300
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure and its table: head and rows say the same to who does not see it."""

    kind: str
    title: str
    panels: tuple[Panel, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(default=())

    @property
    def names(self) -> list[str]:
        """What the legend explains, each once, in order."""
        found: dict[str, None] = {}
        for panel in self.panels:
            for mark in panel.marks:
                if not isinstance(mark, Texts) and mark.name:
                    found[mark.name] = None
        return list(found)


def colour(tone: Tone, ink: str, muted: str) -> str:
    """Return the colour of a tone; ink and muted differ between light and dark."""
    if isinstance(tone, int):
        return PALETTE[tone % len(PALETTE)]
    return ink if tone == "ink" else muted


def round_ticks(low: float, high: float, about: int = 6) -> Numbers:
    """Return round numbers from low to high, some six of them.

    Raises  ValueError if high is not above low.
    """
    if not high > low:
        raise ValueError(f"an axis cannot go from {low} to {high}")
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * part for part in (1, 2, 5, 10) if power * part >= rough)
    first = math.ceil(low / step - 1e-9)
    return tuple(round(k * step, 10) for k in range(first, math.floor(high / step + 1e-9) + 1))


def span(values: Numbers, share: float = 0.06) -> tuple[float, float]:
    """Return the least and greatest value with a little room around.

    Raises  ValueError if there is no value.
    """
    if not values:
        raise ValueError("a figure needs at least one value")
    low, high = min(values), max(values)
    room = (high - low or abs(high) or 1.0) * share
    return low - room, high + room


def text_width(text: str) -> int:
    """Return about how many pixels a text takes; Chinese characters are twice as wide."""
    return sum(12 if ord(each) > 0x2E80 else 7 for each in text)
