"""The stories of the demo world: who asked for what, who offered, how it ended, and how it was delivered."""

from triallink.demo.hours import HOURS
from triallink.demo.stage import Tale
from triallink.demo.tales.contracted import CONTRACTED
from triallink.demo.tales.decided import DECIDED
from triallink.demo.tales.delivering import DELIVERING
from triallink.demo.tales.delivery import DELIVERY
from triallink.demo.tales.money import MONEY
from triallink.demo.tales.open import OPEN
from triallink.demo.tales.quality import QUALITY
from triallink.demo.tales.recorded import RECORDED
from triallink.demo.tales.studies import STUDIES

TALES: tuple[Tale, ...] = (
    *STUDIES,
    *OPEN,
    *DECIDED,
    *CONTRACTED,
    *DELIVERING,
    *MONEY,
    *DELIVERY,
    *RECORDED,
    *HOURS,
    *QUALITY,
)
