"""The stories of the demo world: who asked for what, who offered, and how it ended."""

from triallink.demo.hours import HOURS
from triallink.demo.stage import Tale
from triallink.demo.tales.contracted import CONTRACTED
from triallink.demo.tales.decided import DECIDED
from triallink.demo.tales.money import MONEY
from triallink.demo.tales.open import OPEN
from triallink.demo.tales.studies import STUDIES

TALES: tuple[Tale, ...] = (*STUDIES, *OPEN, *DECIDED, *CONTRACTED, *MONEY, *HOURS)
