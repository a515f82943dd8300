"""Random designs of every procedure, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from triallink.engines import randomization as r

SEQUENTIAL = [p for p in r.PROCEDURES if p.family in ("restricted", "covariate", "response")]
FREE_RATIO = [p for p in SEQUENTIAL if p.ratio == "any"]

SUBJECTS = [
    r.Subject(f"{sex}-{stage}-{site}", {"sex": sex, "stage": stage, "site": site})
    for sex in ("F", "M")
    for stage in ("I", "II", "III")
    for site in ("01", "02")
]

uniforms = st.fractions(min_value=0, max_value=1).filter(lambda u: u < 1)
subjects = st.sampled_from(SUBJECTS)


def ratios(arms: int, *, closed: bool = False):
    """Integer ratios of the given length; with `closed`, some arms may have ratio zero, two stay open."""
    shares = st.integers(0 if closed else 1, 4)
    return st.tuples(*[shares] * arms).filter(lambda ratio: sum(1 for share in ratio if share) >= 2)
