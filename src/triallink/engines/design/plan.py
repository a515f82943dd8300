"""A fixed design made group-sequential: subjects or events per look, chances to stop, and what is expected."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log

from scipy.optimize import minimize_scalar

from triallink.engines.design.answer import Answer
from triallink.engines.design.operation import Stopping, cost, stopping
from triallink.engines.design.recursion import Array
from triallink.engines.design.sequential import Boundaries


@dataclass(frozen=True)
class SequentialPlan:
    """Sizes of a trial with looks; subjects, or events where the fixed design counts events.

    looks              shape (n_looks,), size at each look, not rounded.
    stopping           where the trial ends under the alternative.
    expected           size expected under the alternative.
    expected_halfway   size expected when the effect, on the scale of z, is half the alternative.
    expected_null      size expected when there is no effect.
    """

    boundaries: Boundaries
    looks: Array
    stopping: Stopping
    expected: float
    expected_halfway: float
    expected_null: float

    @property
    def largest(self) -> float:
        """Size when no look stops the trial."""
        return float(self.looks[-1])


def sequential_plan(boundaries: Boundaries, fixed: Answer) -> SequentialPlan:
    """Return the trial with looks that has the power of a fixed design.

    fixed   subjects or events of one analysis with the error of the boundaries, from any of the size functions.
    Raises  ValueError if its error or sides are not those of the boundaries.
    Source  Jennison, Turnbull (2000), section 3.2: sizes times the inflation of `cost`; with Student's t an approximation.
    """
    if fixed.sided != boundaries.sided or abs(fixed.alpha - boundaries.alpha) > 1e-12:
        raise ValueError(
            f"a fixed design of {fixed.sided} sides and {fixed.alpha}, bounds of {boundaries.sided} and {boundaries.alpha}"
        )
    found = cost(boundaries, fixed.power)
    return SequentialPlan(
        boundaries,
        fixed.n * found.inflation * boundaries.information,
        stopping(boundaries, found.drift),
        fixed.n * found.expected,
        fixed.n * found.expected_halfway,
        fixed.n * found.expected_null,
    )


def sequential_power(boundaries: Boundaries, fixed: Answer, *, is_opposite: bool = False) -> Stopping:
    """Return where a trial with looks ends, given what its largest size gives a fixed design.

    fixed        the design with one analysis at the largest size, its power asked for.
    is_opposite  the effect lies on the far side of a one-sided test: its drift is negative, and power small.
    Raises       ValueError if error or sides of the two do not agree.
    Source       as `sequential_plan`.
    """
    if fixed.sided != boundaries.sided or abs(fixed.alpha - boundaries.alpha) > 1e-12:
        raise ValueError(
            f"a fixed design of {fixed.sided} sides and {fixed.alpha}, bounds of {boundaries.sided} and {boundaries.alpha}"
        )
    return stopping(boundaries, -fixed.drift if is_opposite else fixed.drift)


def best_ratio(size_at: Callable[[float], float], *, most: float = 10.0) -> float:
    """Return the allocation ratio with the smallest total size.

    size_at  subjects in all by ratio of treatment to control.
    most     ratios from 1 / most to most are searched.
    Source   minimization on the scale of the logarithm, to six digits.
    """
    found = minimize_scalar(
        lambda each: size_at(exp(each)),
        bounds=(-log(most), log(most)),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return exp(float(found.x))
