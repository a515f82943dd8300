"""Numbers as SAS transport files hold them: IBM System/360 floating point, big-endian, and missing values."""

import numpy as np
from numpy.typing import NDArray

# The largest and smallest magnitudes: 16^63 and 16^-65. Source: SAS Institute, TS-140, "The Record Layout of a Data Set
# in SAS Transport (XPORT) Format".
LARGEST = 16.0**63 * (1 - 2.0**-53)
SMALLEST = 16.0**-65
_SPECIAL = frozenset(b"_ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MISSING = 0x2E  # "."


def from_ibm(raw: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.bool_], dict[int, str]]:
    """Return the numbers of a column of IBM floating-point values.

    raw      shape (n_rows, n_bytes), n_bytes 2 to 8; shorter values have their last bytes cut off.
    Returns  values, shape (n_rows,), NaN where missing; which are missing, shape (n_rows,); and the special
             missing values by row: "A" to "Z" or "_".
    Source   SAS TS-140; a value of 56 bits of mantissa is rounded to the nearest of 53.
    """
    n_rows, n_bytes = raw.shape
    padded = np.zeros((n_rows, 8), dtype=np.uint8)
    padded[:, :n_bytes] = raw
    bits = padded.view(">u8")[:, 0].astype(np.uint64)
    mantissa = bits & np.uint64(0x00FF_FFFF_FFFF_FFFF)
    first = padded[:, 0]
    is_missing = (mantissa == 0) & (first != 0) & (first != 0x80)
    exponent = (first & 0x7F).astype(np.int32) - 64
    values = np.ldexp(mantissa.astype(np.float64), 4 * exponent - 56)
    values = np.where(first & 0x80, -values, values)
    values[is_missing] = np.nan
    special = {
        int(row): chr(first[row])
        for row in np.flatnonzero(is_missing & (first != _MISSING))
        if first[row] in _SPECIAL
    }
    return values, is_missing, special


def to_ibm(values: NDArray[np.float64], special: dict[int, str]) -> NDArray[np.uint8]:
    """Return numbers as IBM floating-point values of eight bytes.

    values   shape (n_rows,), NaN where missing; magnitudes within SMALLEST and LARGEST, or zero.
    special  special missing values by row.
    Returns  shape (n_rows, 8). Every IEEE number within range is kept exactly: 56 bits hold its 53.
    Raises   ValueError if a magnitude is out of range.
    Source   SAS TS-140.
    """
    is_missing = np.isnan(values)
    present = np.where(is_missing, 0.0, values)
    magnitude = np.abs(present)
    out = (magnitude > LARGEST) | ((magnitude > 0) & (magnitude < SMALLEST))
    if out.any():
        raise ValueError(f"{present[out][0]} is outside {SMALLEST} to {LARGEST}")
    fraction, power = np.frexp(magnitude)
    # value = fraction * 2^power with fraction in [1/2, 1); wanted: mantissa in [1/16, 1) and a power of 16.
    hexadecimal = -(-power // 4)
    shift = hexadecimal * 4 - power
    mantissa = np.ldexp(fraction, 56 - shift).astype(np.uint64)
    first = (hexadecimal + 64).astype(np.uint64) | np.where(np.signbit(present), 0x80, 0).astype(np.uint64)
    bits = np.where(magnitude == 0, np.uint64(0), (first << np.uint64(56)) | mantissa)
    raw: NDArray[np.uint8] = bits.astype(">u8").view(np.uint8).reshape(-1, 8).copy()
    raw[is_missing] = 0
    raw[is_missing, 0] = _MISSING
    for row, code in special.items():
        if is_missing[row]:
            raw[row, 0] = ord(code)
    return raw
