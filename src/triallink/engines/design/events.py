"""How many events a log-rank test needs."""

import math
from typing import Literal

from scipy.special import ndtr, ndtri

from triallink.engines.design.answer import Answer, answer_of, check_positive

Method = Literal["schoenfeld", "freedman", "hsieh_freedman"]


def event_drift(
    hazard_ratio: float, *, null: float = 1.0, ratio: float = 1.0, method: Method = "schoenfeld"
) -> float:
    """Return the expected z of the log-rank test per square root of events; positive when the ratio is above null.

    hazard_ratio  treatment divided by control, > 0.
    null          hazard ratio under the null hypothesis; 1 with Freedman's methods.
    ratio         subjects of treatment divided by control.
    Raises        ValueError if a value is not positive, or null is not 1 with Freedman's methods.
    Source        Schoenfeld (1981), Biometrika 68; Freedman (1982), Statistics in Medicine 1; Hsieh (1992), ibid. 11.
    """
    check_positive(hazard_ratio=hazard_ratio, null=null, ratio=ratio)
    if method == "schoenfeld":
        return math.log(hazard_ratio / null) * math.sqrt(ratio) / (1 + ratio)
    if null != 1:
        raise ValueError(f"{method} tests against a hazard ratio of 1, not {null}")
    if method == "freedman":
        return (hazard_ratio - 1) * math.sqrt(ratio) / (1 + ratio * hazard_ratio)
    if method == "hsieh_freedman":
        return (hazard_ratio - 1) / (hazard_ratio + 1) * 2 * math.sqrt(ratio) / (1 + ratio)
    raise ValueError(f"there is no method {method}")


def logrank_events(
    *,
    hazard_ratio: float | None = None,
    events: float | None = None,
    power: float | None = None,
    null: float = 1.0,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    ratio: float = 1.0,
    method: Method = "schoenfeld",
    upward: bool = False,
) -> Answer:
    """Return events, power or hazard ratio of a log-rank test; give two of hazard_ratio, events and power.

    upward   when the hazard ratio is asked for: whether it lies above null.
    Returns  n and groups are events, in the ratio in which subjects are allocated.
    Raises   ValueError if a value is out of range or not exactly one is asked for.
    Source   `event_drift`; rpact 4.1.0 getSampleSizeSurvival; East 6.5 and SAS 9.4 in tests/vectors/design.
    """

    def power_at(effect: float, count: float) -> float:
        away = abs(event_drift(effect, null=null, ratio=ratio, method=method)) * math.sqrt(count)
        return float(ndtr(away - ndtri(1 - alpha / sided)))

    return answer_of(
        power_at,
        effect=hazard_ratio,
        n=events,
        power=power,
        alpha=alpha,
        sided=sided,
        null=null,
        ratio=ratio,
        most=math.inf if upward else 0.0,
    )
