"""How large a demo world is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Numbers of everything a world holds; `seed` decides the rest."""

    seed: int
    cities: int
    sponsors: int
    cros: int
    smos: int
    staff: int
    freelancers: int
    hospitals: int
    trials: int
    work_packages: int


SMALL = Scale(
    seed=1, cities=60, sponsors=6, cros=8, smos=14, staff=420, freelancers=60, hospitals=90, trials=0,
    work_packages=0,
)  # fmt: skip
# The size of the Chinese market as the reference market generator draws it.
NATIONAL = Scale(
    seed=1, cities=300, sponsors=420, cros=160, smos=300, staff=30_000, freelancers=5_000, hospitals=1_300,
    trials=2_602, work_packages=50_000,
)  # fmt: skip
WORLDS = {"small": SMALL, "national": NATIONAL}
