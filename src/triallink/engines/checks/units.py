"""Units of measurement: which measure the same thing, and by what factor they differ.

Codes follow UCUM where the field uses it (mm[Hg], Cel, 10*9/L) and common writing otherwise (mmHg, °C, 10^9/L).
A name that is not in the table is a unit of its own: it compares with itself and with plain numbers only.
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

Dimension = tuple[tuple[str, int], ...]

_PREFIXES = {
    "k": Fraction(1000),
    "d": Fraction(1, 10),
    "c": Fraction(1, 100),
    "m": Fraction(1, 1000),
    "u": Fraction(1, 10**6),
    "µ": Fraction(1, 10**6),
    "μ": Fraction(1, 10**6),
    "n": Fraction(1, 10**9),
    "p": Fraction(1, 10**12),
    "f": Fraction(1, 10**15),
    "M": Fraction(10**6),
}
# name: (dimension, factor to the base unit). Source: BIPM SI brochure, 9th edition, tables 4, 7 and 8; NIST SP 811
# appendix B for mmHg (133.322 Pa by definition of the conventional millimetre of mercury), inch and pound.
_PREFIXABLE = {
    "g": ("mass", Fraction(1)),
    "m": ("length", Fraction(1)),
    "L": ("volume", Fraction(1)),
    "l": ("volume", Fraction(1)),
    "mol": ("substance", Fraction(1)),
    "Pa": ("pressure", Fraction(1)),
    "s": ("time", Fraction(1)),
    "J": ("energy", Fraction(1)),
    "Eq": ("charge", Fraction(1)),
    "IU": ("activity", Fraction(1)),
    "U": ("activity", Fraction(1)),
    "V": ("voltage", Fraction(1)),
}
_PLAIN = {
    "mmHg": ("pressure", Fraction(133322, 1000)),
    "mm[Hg]": ("pressure", Fraction(133322, 1000)),
    "min": ("time", Fraction(60)),
    "h": ("time", Fraction(3600)),
    "hr": ("time", Fraction(3600)),
    "d": ("time", Fraction(86400)),
    "day": ("time", Fraction(86400)),
    "days": ("time", Fraction(86400)),
    "wk": ("time", Fraction(604800)),
    "weeks": ("time", Fraction(604800)),
    "in": ("length", Fraction(254, 10000)),
    "[in_i]": ("length", Fraction(254, 10000)),
    "ft": ("length", Fraction(3048, 10000)),
    "lb": ("mass", Fraction(45359237, 100000)),
    "[lb_av]": ("mass", Fraction(45359237, 100000)),
    "cal": ("energy", Fraction(4184, 1000)),
    "kcal": ("energy", Fraction(4184)),
    "%": ("", Fraction(1, 100)),
    "1": ("", Fraction(1)),
}
_TEMPERATURES = {
    **dict.fromkeys(("C", "°C", "℃", "Cel"), (Fraction(1), Fraction(27315, 100))),
    **dict.fromkeys(("F", "°F", "℉", "[degF]"), (Fraction(5, 9), Fraction(45967, 180))),
    "K": (Fraction(1), Fraction(0)),
}
_POWER_OF_TEN = re.compile(r"10\s?[*^]\s?(-?\d{1,2})\Z")
_EXPONENT = re.compile(r"(.+?)(?:\^?(-?[1-9])|([²³]))\Z")
_SUPERSCRIPTS = {"²": 2, "³": 3}
# A litre is a cubic decimetre, so that mg/L and mg/m3 measure the same thing.
_LITRE = Fraction(1, 1000)


@dataclass(frozen=True)
class Unit:
    """A unit as written, what it measures, and how a value in it becomes one in base units.

    base = value * factor + offset; only temperatures have an offset.
    """

    name: str
    dimension: Dimension
    factor: Fraction = Fraction(1)
    offset: Fraction = field(default=Fraction(0))

    @property
    def is_plain(self) -> bool:
        """Say whether it measures nothing, as a percentage does."""
        return not self.dimension

    def measures_like(self, other: "Unit") -> bool:
        """Say whether values in the two units can be compared."""
        return self.dimension == other.dimension

    def conversion_to(self, other: "Unit") -> tuple[float, float]:
        """Return (a, b) so that value_in_other = a * value_in_self + b.

        Raises     ValueError if the units do not measure the same thing.
        """
        if not self.measures_like(other):
            raise ValueError(f"{self.name} and {other.name} do not measure the same thing")
        return float(self.factor / other.factor), float((self.offset - other.offset) / other.factor)

    def __mul__(self, other: "Unit") -> "Unit":
        return _combined(f"{self.name}.{other.name}", (self, 1), (other, 1))

    def __truediv__(self, other: "Unit") -> "Unit":
        return _combined(f"{self.name}/{other.name}", (self, 1), (other, -1))


PLAIN = Unit("", ())
DAY = Unit("d", (("time", 1),), Fraction(86400))
MINUTE = Unit("min", (("time", 1),), Fraction(60))


@cache
def unit(name: str) -> Unit:
    """Return the unit of a name, such as mg/dL, kg/m2, mm[Hg], 10*9/L or °C.

    name     at most 40 characters; a name that is not known becomes a unit of its own.
    Source   BIPM SI brochure, 9th edition; NIST SP 811, appendix B.
    """
    written = name.strip()
    if not written:
        return PLAIN
    if written in _TEMPERATURES:
        factor, offset = _TEMPERATURES[written]
        return Unit(written, (("temperature", 1),), factor, offset)
    found = _product(written)
    return found if found is not None else Unit(written, ((written, 1),))


def _product(written: str) -> Unit | None:
    factors: list[tuple[Unit, int]] = []
    sign = 1
    for piece in re.split(r"(/|·|\.(?!\d))", written.replace("**", "*")):
        if piece == "/":
            sign = -1
        elif piece in ("·", "."):
            sign = 1
        elif piece.strip() or not factors:
            atom = _atom(piece.strip()) if piece.strip() else (PLAIN, 1)
            if atom is None:
                return None
            factors.append((atom[0], atom[1] * sign))
    return _combined(written, *factors)


def _atom(text: str) -> tuple[Unit, int] | None:
    if text.startswith("{") and text.endswith("}"):
        return Unit(text, ()), 1
    ten = _POWER_OF_TEN.match(text)
    if ten:
        return Unit(text, (), Fraction(10) ** int(ten[1])), 1
    found = _simple(text)
    if found is not None:
        return found, 1
    raised = _EXPONENT.match(text)
    if raised and (base := _simple(raised[1])) is not None:
        return base, int(raised[2]) if raised[2] else _SUPERSCRIPTS[raised[3]]
    return None


def _simple(text: str) -> Unit | None:
    if text in _PLAIN:
        dimension, factor = _PLAIN[text]
        return Unit(text, ((dimension, 1),) if dimension else (), factor)
    for name, (dimension, factor) in _PREFIXABLE.items():
        prefix = text.removesuffix(name)
        if text.endswith(name) and (prefix == "" or prefix in _PREFIXES):
            scaled = factor * (_PREFIXES[prefix] if prefix else 1)
            if dimension == "volume":
                return Unit(text, (("length", 3),), scaled * _LITRE)
            return Unit(text, ((dimension, 1),), scaled)
    return None


def _combined(name: str, *factors: tuple[Unit, int]) -> Unit:
    powers: dict[str, int] = {}
    factor = Fraction(1)
    for each, exponent in factors:
        factor *= each.factor**exponent
        for base, power in each.dimension:
            powers[base] = powers.get(base, 0) + power * exponent
    return Unit(name, tuple(sorted((base, power) for base, power in powers.items() if power)), factor)
