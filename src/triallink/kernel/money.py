"""Money: integer minor units and a currency, never a float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

# Digits after the point (ISO 4217). A currency that is not listed is refused, not guessed.
MINOR_DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "CHF": 2, "HKD": 2, "JPY": 0, "KRW": 0, "SGD": 2}


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units (fen, cents) of one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in MINOR_DIGITS:
            raise ValueError(f"unknown currency {self.currency!r}")
        if not isinstance(self.minor, int):
            raise ValueError(f"minor units are whole numbers, not {self.minor!r}")

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> "Money":
        """Return an amount given in major units, rounded half to even to the minor unit."""
        digits = MINOR_DIGITS.get(currency)
        if digits is None:
            raise ValueError(f"unknown currency {currency!r}")
        scaled = Decimal(amount).scaleb(digits)
        return cls(int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), currency)

    @property
    def amount(self) -> Decimal:
        """Return the amount in major units, exact."""
        return Decimal(self.minor).scaleb(-MINOR_DIGITS[self.currency])

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def times(self, factor: int | Decimal) -> "Money":
        """Return the amount times a factor, rounded half to even to the minor unit."""
        product = Decimal(self.minor) * Decimal(factor)
        return Money(int(product.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)), self.currency)

    def shares(self, weights: list[int]) -> list["Money"]:
        """Split by whole weights so that the parts add up exactly (largest remainder first).

        Raises ValueError if the weights do not add up to more than zero or one is negative.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError(f"weights must be non-negative and add up to more than zero, not {weights!r}")
        floors = [self.minor * weight // total for weight in weights]
        rest = self.minor - sum(floors)
        by_remainder = sorted(range(len(weights)), key=lambda i: -(self.minor * weights[i] % total))
        for index in by_remainder[:rest]:
            floors[index] += 1
        return [Money(part, self.currency) for part in floors]

    def _same(self, other: "Money") -> None:
        if other.currency != self.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")
