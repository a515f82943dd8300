"""Time to event: how many subjects, for how long, until the events a test needs have happened."""

import math
from dataclasses import dataclass
from typing import Literal

from scipy.optimize import brentq
from scipy.special import ndtri

from triallink.engines.design.accrual import Accrual, Hazard, event_share, time_of_events
from triallink.engines.design.answer import check_error, check_positive, split


@dataclass(frozen=True)
class SurvivalPlan:
    """Subjects and times of a study that ends with a number of events.

    events      needed in all.
    accrual     recruitment, in subjects per unit of time.
    follow_up   time between the last subject in and the end of the study.
    treatment, control  hazards of the event.
    dropouts    hazards of dropping out, treatment and control.
    ratio       treatment divided by control.
    """

    events: float
    accrual: Accrual
    follow_up: float
    treatment: Hazard
    control: Hazard
    dropouts: tuple[float, float]
    ratio: float

    @property
    def n(self) -> float:
        """Subjects in all."""
        return self.accrual.total

    @property
    def groups(self) -> tuple[float, float]:
        """Subjects of treatment and control."""
        return split(self.n, self.ratio)

    @property
    def whole(self) -> tuple[int, int]:
        """Subjects of treatment and control, each rounded up."""
        first, second = (math.ceil(group - 1e-9 * max(1.0, group)) for group in self.groups)
        return first, second

    @property
    def duration(self) -> float:
        """Length of the study from the first subject in."""
        return self.accrual.duration + self.follow_up

    def events_by(self, time: float) -> float:
        """Return the events expected up to a time of the study."""
        return sum(self.events_of_groups(time))

    def events_of_groups(self, time: float) -> tuple[float, float]:
        """Return the events expected up to a time of the study in treatment and control."""
        one, two = self.groups
        return (
            one * event_share(self.treatment, self.dropouts[0], self.accrual, time),
            two * event_share(self.control, self.dropouts[1], self.accrual, time),
        )

    def subjects_by(self, time: float) -> float:
        """Return the subjects recruited up to a time of the study."""
        return self.accrual.by(time)

    def time_of(self, events: float) -> float:
        """Return the time of the study at which a number of events is expected.

        Raises  ValueError if there will never be that many.
        """
        return time_of_events(
            (self.treatment, self.control), self.dropouts, self.groups, self.accrual, events
        )


def survival_plan(
    events: float,
    *,
    treatment: Hazard,
    control: Hazard,
    accrual: Accrual,
    follow_up: float | None = None,
    n: float | None = None,
    ratio: float = 1.0,
    dropouts: tuple[float, float] = (0.0, 0.0),
    extend: Literal["intensity", "duration"] = "intensity",
) -> SurvivalPlan:
    """Return the study in which a number of events is expected.

    events     needed, from `logrank_events`, times the inflation of looks if there are any.
    accrual    recruitment pattern. What gives way depends on what else is given:
               follow_up, extend intensity: intensities are scaled, the pattern stays;
               follow_up, extend duration: recruitment at these intensities ends when it is enough;
               n: recruitment at these intensities (or scaled, extend intensity) has n subjects, follow-up gives way;
               neither: recruitment as given, follow-up gives way.
    ratio      treatment divided by control.
    dropouts   hazards of dropping out, treatment and control.
    Raises     ValueError if a value is out of range or there will never be that many events.
    Source     Lachin, Foulkes (1986); Kim, Tsiatis (1990); rpact 4.1.0, East 6.5, SAS 9.4 (tests/vectors/design).
    """
    check_positive(events=events, ratio=ratio, n=n)
    if follow_up is not None and follow_up < 0:
        raise ValueError(f"follow-up is {follow_up}")
    if follow_up is not None and n is not None:
        raise ValueError(f"{n} subjects and a follow-up of {follow_up} leave nothing to be found")
    hazards = (treatment, control)

    def share(recruitment: Accrual, time: float) -> float:
        one, two = split(1.0, ratio)
        return one * event_share(treatment, dropouts[0], recruitment, time) + two * event_share(
            control, dropouts[1], recruitment, time
        )

    if follow_up is None:
        if n is not None:
            accrual = accrual.scaled(n) if extend == "intensity" else accrual.until(n)
        time = time_of_events(hazards, dropouts, split(accrual.total, ratio), accrual, events)
        return SurvivalPlan(events, accrual, time - accrual.duration, treatment, control, dropouts, ratio)
    if extend == "intensity":
        found = accrual.scaled(events / share(accrual, accrual.duration + follow_up))
        return SurvivalPlan(events, found, follow_up, treatment, control, dropouts, ratio)
    wait = follow_up

    def missing(total: float) -> float:
        recruitment = accrual.until(total)
        return total * share(recruitment, recruitment.duration + wait) - events

    high = events
    while missing(high) < 0:
        high *= 2
        if high > 1e9:
            raise ValueError(f"{events:.6g} events never happen at the given accrual and drop-out")
    total = high if missing(high) == 0 else float(brentq(missing, events * (1 - 1e-12), high, xtol=1e-10))
    return SurvivalPlan(events, accrual.until(total), follow_up, treatment, control, dropouts, ratio)


def lachin_foulkes(
    *,
    treatment: Hazard,
    control: Hazard,
    accrual: Accrual,
    follow_up: float,
    power: float,
    alpha: float = 0.025,
    sided: Literal[1, 2] = 1,
    ratio: float = 1.0,
    dropouts: tuple[float, float] = (0.0, 0.0),
) -> SurvivalPlan:
    """Return the study after Lachin and Foulkes: variances under both hypotheses, intensities scaled.

    The null hypothesis has the average hazard, weighted with the allocation, in both groups.
    Raises  ValueError if a value is out of range, hazards have pieces or a shape, or there is no difference.
    Source  Lachin, Foulkes (1986), Biometrics 42, on the scale of the log hazard ratio; gsDesign nSurv.
    """
    check_error(alpha, sided, power)
    check_positive(ratio=ratio)
    if len(treatment.rates) > 1 or len(control.rates) > 1 or treatment.shape != 1 or control.shape != 1:
        raise ValueError(f"constant hazards only, not {treatment} and {control}")
    effect = math.log(treatment.rates[0] / control.rates[0])
    if effect == 0:
        raise ValueError(f"no size shows a difference where both hazards are {control.rates[0]}")
    one, two = split(1.0, ratio)
    average = Hazard((one * treatment.rates[0] + two * control.rates[0],))
    time = accrual.duration + follow_up

    def spread(first: Hazard, second: Hazard) -> float:
        return math.sqrt(
            1 / (one * event_share(first, dropouts[0], accrual, time))
            + 1 / (two * event_share(second, dropouts[1], accrual, time))
        )

    z = ndtri(1 - alpha / sided) * spread(average, average) + ndtri(power) * spread(treatment, control)
    n = float((z / effect) ** 2)
    found = SurvivalPlan(0.0, accrual.scaled(n), follow_up, treatment, control, dropouts, ratio)
    return SurvivalPlan(found.events_by(time), found.accrual, follow_up, treatment, control, dropouts, ratio)
