"""Covariates as columns of numbers; text becomes one column per level beyond the reference."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from triallink.engines.survival.observations import Array, labels_of


def columns_of(
    covariates: Mapping[str, ArrayLike], n: int, reference: Mapping[str, Any] | None = None
) -> tuple[tuple[str, ...], Array]:
    """Return the names and the columns of a model, shape (n, p).

    covariates  by name, each shape (n,): numbers enter as they are, text and truth values as levels.
    reference   the level others are compared with, by name; the first in order unless told. A covariate of numbers
                with a reference is taken as levels too.
    Returns     for numbers the name itself, for a level "name=level".
    Raises      ValueError for no covariate, another length, a missing value, an unknown reference, a single level.
    """
    reference = reference or {}
    unknown = sorted(set(reference) - set(covariates))
    if unknown:
        raise ValueError(f"reference names {unknown}, which are no covariates")
    names: list[str] = []
    columns: list[Array] = []
    for name, values in covariates.items():
        given = np.asarray(values)
        if given.dtype.kind in "iuf" and name not in reference:
            if given.shape != (n,) or not np.isfinite(given).all():
                raise ValueError(f"covariate {name} must have {n} finite values")
            names.append(name)
            columns.append(given.astype(np.float64))
            continue
        labels, index = labels_of(values, n, f"covariate {name}")
        base = reference.get(name, labels[0])
        if base not in labels or len(labels) < 2:
            raise ValueError(f"covariate {name} has levels {labels}, none to compare with {base!r}")
        for place, label in enumerate(labels):
            if label != base:
                names.append(f"{name}={label}")
                columns.append((index == place).astype(np.float64))
    if not columns:
        raise ValueError("a model needs a covariate")
    return tuple(names), np.column_stack(columns)
