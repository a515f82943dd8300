"""The tests of the battery: what each looks at and what a departure in either direction means."""

from dataclasses import dataclass
from typing import Literal

ALL = "(all)"


@dataclass(frozen=True)
class Test:
    """One test of the battery.

    figure  what `observed` and `expected` count.
    side    both: too high and too low are suspect; high: only too high is.
    """

    name: str
    figure: str
    high: str
    low: str
    side: Literal["both", "high"] = "both"


TESTS = {
    test.name: test
    for test in (
        Test("level", "mean of the normal scores of the values, freed of the visit's mean", "values are higher than elsewhere", "values are lower than elsewhere"),
        Test("variance", "standard deviation of the normal scores within a subject", "values of a subject vary more than elsewhere", "values of a subject vary less than elsewhere"),
        Test("alikeness", "squared distance of a subject's mean normal score from its site's", "subjects differ more from one another than elsewhere", "subjects are more alike than elsewhere"),
        Test("outliers", "mean squared excess of the normal scores beyond two", "more extreme values than elsewhere", "fewer extreme values than elsewhere"),
        Test("inliers", "share of values within a fifth of a standard deviation of the visit's mean", "too many values lie in the middle", "too few values lie in the middle", "high"),
        Test("propagation", "share of values equal to those of the visit before", "values are carried forward from visit to visit", "values are never repeated", "high"),
        Test("autocorrelation", "von Neumann ratio: squared steps between visits over squared distances from the mean", "values jump about as if drawn anew at each visit", "values run more smoothly than elsewhere"),
        Test("drift", "correlation of the values with the order of visits, freed of the visit's mean", "values rise over the visits compared with elsewhere", "values fall over the visits compared with elsewhere"),
        Test("rounding", "share of values ending in 0 or 5", "values are rounded", "values avoid the digits 0 and 5"),
        Test("digits", "share of values that end in the digit named", "last digits are distributed unlike elsewhere", "", "high"),
        Test("missingness", "share of the expected values that are missing", "more values are missing than elsewhere", "fewer values are missing than elsewhere"),
        Test("correlation", "log of what one variable leaves unexplained of the other", "the two variables do not go together as elsewhere", "the two variables go together more closely than elsewhere"),
        Test("multivariate", "mean log of the squared Mahalanobis distance per variable", "whole panels are unusual", "whole panels lie too close to the middle: multivariate inliers"),
        Test("structure", "mean log of the Mahalanobis over the plain squared distance", "the variables of a panel do not fit together", "the variables of a panel fit together too well"),
        Test("copied_panels", "share of visits whose whole panel is equal to another one", "whole panels of values occur twice", "", "high"),
        Test("duplicate_subjects", "closeness of the two subjects most alike, 0 to 1", "two subjects have the same or nearly the same values", "", "high"),
        Test("visit_gaps", "mean distance in days of the gaps between visits from their median in the study", "visits are held less regularly than elsewhere", "visits are held too regularly"),
        Test("planned_gaps", "share of the gaps between visits that are exactly as long as their median in the study", "visits fall on the planned day too often", "", "high"),
        Test("weekend", "share of visits on Saturday or Sunday", "more visits at weekends than elsewhere", "fewer visits at weekends than elsewhere"),
        Test("weekday", "share of visits on the weekday named", "days of the week are distributed unlike elsewhere", "", "high"),
        Test("categories", "share of answers that are the one named", "answers are distributed unlike elsewhere", "", "high"),
    )
}  # fmt: skip
