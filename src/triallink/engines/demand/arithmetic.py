"""Arithmetic a reader can follow: every step keeps its numbers, where they came from, and its result.

Each result is rounded half up to two decimals before it is used again, so that somebody with a
pocket calculator and the page in front of them gets the same figures.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Operand:
    """A number in a step. `source` names the assumption or basis field it comes from; "" for an earlier step."""

    value: float
    source: str = ""


@dataclass(frozen=True)
class Step:
    """One line of arithmetic. `label` is a message id; `expression` shows the numbers.

    gives  which figures of the line this step is: "quantity", "hours", both, or neither.
    """

    label: str
    expression: str
    value: float
    unit: str
    operands: tuple[Operand, ...] = ()
    gives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Number:
    """A number on its way through a calculation, exact, with its source."""

    value: Decimal
    source: str = ""

    @classmethod
    def of(cls, value: float, source: str = "") -> "Number":
        """Return a number given as a float or a whole number, as it would be written."""
        return cls(Decimal(str(value)), source)

    def __str__(self) -> str:
        text = f"{self.value.normalize():f}"
        return text if text != "-0" else "0"

    @property
    def operand(self) -> Operand:
        """Return the number as it is shown."""
        return Operand(float(self.value), self.source)


@dataclass
class Calculation:
    """The steps of one service line, in order."""

    steps: list[Step] = field(default_factory=list)

    def product(self, label: str, unit: str, *factors: Number, gives: Iterable[str] = ()) -> Number:
        """Add a step that multiplies."""
        value = Decimal(1)
        for factor in factors:
            value *= factor.value
        return self._add(label, unit, " × ".join(map(str, factors)), value, factors, gives)

    def total(self, label: str, unit: str, *parts: Number, gives: Iterable[str] = ()) -> Number:
        """Add a step that adds up."""
        value = sum((part.value for part in parts), Decimal(0))
        return self._add(label, unit, " + ".join(map(str, parts)), value, parts, gives)

    def sum_of_products(
        self, label: str, unit: str, *pairs: tuple[Number, Number], gives: Iterable[str] = ()
    ) -> Number:
        """Add a step like 3 × 1.5 + 12 × 0.25; pairs with a zero are left out unless nothing else is left."""
        shown = [pair for pair in pairs if pair[0].value and pair[1].value] or list(pairs[:1])
        expression = " + ".join(f"{left} × {right}" for left, right in shown)
        value = sum((left.value * right.value for left, right in shown), Decimal(0))
        operands = tuple(number for pair in shown for number in pair)
        return self._add(label, unit, expression, value, operands, gives)

    def share(
        self,
        label: str,
        unit: str,
        whole: Number,
        percent: Number,
        *factors: Number,
        gives: Iterable[str] = (),
    ) -> Number:
        """Add a step that takes a percentage of a product."""
        value = whole.value * percent.value / 100
        for factor in factors:
            value *= factor.value
        expression = " × ".join([str(whole), f"{percent} %", *map(str, factors)])
        return self._add(label, unit, expression, value, (whole, percent, *factors), gives)

    def whole_quotient(
        self, label: str, unit: str, dividend: Number, divisor: Number, gives: Iterable[str] = ()
    ) -> Number:
        """Add a step that divides and rounds up to a whole number."""
        value = (dividend.value / divisor.value).to_integral_value(ROUND_CEILING)
        return self._add(label, unit, f"⌈{dividend} ÷ {divisor}⌉", value, (dividend, divisor), gives)

    def whole_product(self, label: str, unit: str, *factors: Number, gives: Iterable[str] = ()) -> Number:
        """Add a step that multiplies and rounds up to a whole number."""
        value = Decimal(1)
        for factor in factors:
            value *= factor.value
        expression = " × ".join(map(str, factors))
        return self._add(
            label, unit, f"⌈{expression}⌉", value.to_integral_value(ROUND_CEILING), factors, gives
        )

    def whole_share(
        self, label: str, unit: str, whole: Number, percent: Number, gives: Iterable[str] = ()
    ) -> Number:
        """Add a step that takes a percentage and rounds up to a whole number."""
        value = (whole.value * percent.value / 100).to_integral_value(ROUND_CEILING)
        return self._add(label, unit, f"⌈{whole} × {percent} %⌉", value, (whole, percent), gives)

    def screened(
        self, label: str, unit: str, enrolled: Number, failures: Number, gives: Iterable[str] = ()
    ) -> Number:
        """Add a step from enrolled to screened subjects, rounded up."""
        value = (enrolled.value / (1 - failures.value / 100)).to_integral_value(ROUND_CEILING)
        return self._add(
            label, unit, f"⌈{enrolled} ÷ (1 − {failures} %)⌉", value, (enrolled, failures), gives
        )

    def kept(self, label: str, unit: str, dropout: Number) -> Number:
        """Add a step from drop-outs to the share of visits made: who leaves early makes half of them."""
        value = Decimal(100) - dropout.value / 2
        return self._add(label, unit, f"100 − {dropout} ÷ 2", value, (dropout,), ())

    def quotient(
        self, label: str, unit: str, dividend: Number, *divisors: Number, gives: Iterable[str] = ()
    ) -> Number:
        """Add a step that divides."""
        value = dividend.value
        for divisor in divisors:
            value /= divisor.value
        return self._add(
            label, unit, " ÷ ".join(map(str, (dividend, *divisors))), value, (dividend, *divisors), gives
        )

    def given(self, label: str, unit: str, number: Number, gives: Iterable[str] = ()) -> Number:
        """Add a step that only states a number."""
        return self._add(label, unit, str(number), number.value, (number,), gives)

    def _add(
        self,
        label: str,
        unit: str,
        expression: str,
        value: Decimal,
        operands: Iterable[Number],
        gives: Iterable[str],
    ) -> Number:
        rounded = value.quantize(_CENT, rounding=ROUND_HALF_UP)
        shown = tuple(operand.operand for operand in operands)
        self.steps.append(Step(label, expression, float(rounded), unit, shown, tuple(gives)))
        return Number(rounded)

    def figure(self, name: str) -> float:
        """Return the value of the step that gives the quantity or the hours. Raises ValueError if none does."""
        for step in self.steps:
            if name in step.gives:
                return step.value
        raise ValueError(f"no step gives {name!r}")
