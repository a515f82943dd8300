"""Trial design: sample size and power, group-sequential and adaptive designs, and what they do."""

from triallink.engines.design.accrual import Accrual, Hazard, event_share, time_of_events
from triallink.engines.design.answer import Answer
from triallink.engines.design.counts import (
    count_information,
    even_entries,
    rates_of_blinded,
    subjects_for_information,
    time_of_information,
    two_rates,
)
from triallink.engines.design.events import event_drift, logrank_events
from triallink.engines.design.exact import ExactTest, exact_one_proportion, fisher_power, fisher_size
from triallink.engines.design.futility import (
    beta_spending_boundaries,
    optimal_wang_tsiatis,
    pampallona_tsiatis_boundaries,
)
from triallink.engines.design.means import (
    crossover_means,
    one_mean,
    paired_means,
    ratio_of_means,
    two_means,
)
from triallink.engines.design.operation import (
    Cost,
    Stopping,
    conditional_power,
    cost,
    drift_for,
    predictive_power,
    stopping,
)
from triallink.engines.design.plan import SequentialPlan, best_ratio, sequential_plan, sequential_power
from triallink.engines.design.proportions import (
    Restricted,
    effect_of,
    equivalent_proportions,
    log_odds_ratio_statistic,
    mcnemar,
    one_proportion,
    restricted_proportions,
    score_statistic,
    treatment_proportion,
    two_proportions,
)
from triallink.engines.design.recursion import ExitProbabilities, exit_probabilities
from triallink.engines.design.scales import (
    hazard_ratios_at_bounds,
    means_at_bounds,
    proportions_at_bounds,
    rate_ratios_at_bounds,
)
from triallink.engines.design.sequential import (
    Boundaries,
    hwang_shih_decani_spending,
    kim_demets_spending,
    obrien_fleming_spending,
    pocock_spending,
    shaped_boundaries,
    spending_boundaries,
)
from triallink.engines.design.survival import SurvivalPlan, lachin_foulkes, survival_plan

__all__ = [
    "Accrual",
    "Answer",
    "Boundaries",
    "Cost",
    "ExactTest",
    "ExitProbabilities",
    "Hazard",
    "Restricted",
    "SequentialPlan",
    "Stopping",
    "SurvivalPlan",
    "best_ratio",
    "beta_spending_boundaries",
    "conditional_power",
    "cost",
    "count_information",
    "crossover_means",
    "drift_for",
    "effect_of",
    "equivalent_proportions",
    "even_entries",
    "event_drift",
    "event_share",
    "exact_one_proportion",
    "exit_probabilities",
    "fisher_power",
    "fisher_size",
    "hazard_ratios_at_bounds",
    "hwang_shih_decani_spending",
    "kim_demets_spending",
    "lachin_foulkes",
    "log_odds_ratio_statistic",
    "logrank_events",
    "mcnemar",
    "means_at_bounds",
    "obrien_fleming_spending",
    "one_mean",
    "one_proportion",
    "optimal_wang_tsiatis",
    "paired_means",
    "pampallona_tsiatis_boundaries",
    "pocock_spending",
    "predictive_power",
    "proportions_at_bounds",
    "rate_ratios_at_bounds",
    "rates_of_blinded",
    "ratio_of_means",
    "restricted_proportions",
    "score_statistic",
    "sequential_plan",
    "sequential_power",
    "shaped_boundaries",
    "spending_boundaries",
    "stopping",
    "subjects_for_information",
    "survival_plan",
    "time_of_events",
    "time_of_information",
    "treatment_proportion",
    "two_means",
    "two_proportions",
    "two_rates",
]
