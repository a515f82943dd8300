"""Randomization: every published procedure behind one exact, replayable interface.

    from triallink.engines import randomization as r

    design = r.PermutedBlocks(arms=("A", "B"), ratio=(2, 1), block_sizes=(3, 6))
    state = design.start()
    allocation = r.allocate(design, state, r.Subject("001"), u="0.4026")
    allocation.arm, allocation.probabilities, allocation.state, allocation.proof

Arms are chosen by comparing an exact u with integer cumulative weights; floats decide nothing. The list of
procedures is `PROCEDURES`.
"""

from .adaptive import BayesianAdaptive, ResponseAdaptiveCoin, probability_best
from .adaptive_urns import DropTheLoser, DropTheLoserUrn, RandomizedPlayTheWinner
from .allocation import Allocation, Proof, allocate, probabilities, state_after
from .batch import batch
from .blocks import (
    CompleteRandomization,
    HiddenBlocks,
    PermutedBlocks,
    RandomAllocationRule,
    TruncatedBinomial,
)
from .coins import (
    AdjustableBiasedCoin,
    BayesianBiasedCoin,
    BigStick,
    Chen,
    Efron,
    EhrenfestUrn,
    GeneralizedBiasedCoin,
    MaximalProcedure,
    SoaresWu,
)
from .comparison import Compared, Comparison, Series, compare
from .design import Design, Factor, State, Subject
from .exact import exact
from .lists import ListEntry, UploadedList
from .minimization import HuHu, Minimization, Shao, biased_coin_table, total_imbalance
from .montecarlo import Characteristics, Estimate, SimulatedRatioCheck, characteristics, ratio_preservation_of
from .optimal import AtkinsonOptimal
from .properties import Properties, RatioCheck, properties, ratio_preservation, sequences
from .registry import PROCEDURES, Procedure
from .replay import Randomized, Replay, Responded, randomize, replay
from .rerandomization import RerandomizationTest, difference_in_means, rerandomization_test
from .saved import design_from_dict, design_from_json
from .simulation import Population, Site, Trials, simulate
from .strata import Cap, Capped, RatioPreserving, Stratified, ratio_preserving
from .stream import Draw, Stream, opens, seal
from .tunnel import BrickTunnel
from .urns import (
    BlockUrn,
    DoublyAdaptiveBiasedCoin,
    MassWeightedUrn,
    MaximumEntropy,
    WeiUrn,
)

__all__ = [
    "PROCEDURES",
    "AdjustableBiasedCoin",
    "Allocation",
    "AtkinsonOptimal",
    "BayesianAdaptive",
    "BayesianBiasedCoin",
    "BigStick",
    "BlockUrn",
    "BrickTunnel",
    "Cap",
    "Capped",
    "Characteristics",
    "Chen",
    "Compared",
    "Comparison",
    "CompleteRandomization",
    "Design",
    "DoublyAdaptiveBiasedCoin",
    "Draw",
    "DropTheLoser",
    "DropTheLoserUrn",
    "Efron",
    "EhrenfestUrn",
    "Estimate",
    "Factor",
    "GeneralizedBiasedCoin",
    "HiddenBlocks",
    "HuHu",
    "ListEntry",
    "MassWeightedUrn",
    "MaximalProcedure",
    "MaximumEntropy",
    "Minimization",
    "PermutedBlocks",
    "Population",
    "Procedure",
    "Proof",
    "Properties",
    "RandomAllocationRule",
    "Randomized",
    "RandomizedPlayTheWinner",
    "RatioCheck",
    "RatioPreserving",
    "Replay",
    "RerandomizationTest",
    "Responded",
    "ResponseAdaptiveCoin",
    "Series",
    "Shao",
    "SimulatedRatioCheck",
    "Site",
    "SoaresWu",
    "State",
    "Stratified",
    "Stream",
    "Subject",
    "Trials",
    "TruncatedBinomial",
    "UploadedList",
    "WeiUrn",
    "allocate",
    "batch",
    "biased_coin_table",
    "characteristics",
    "compare",
    "design_from_dict",
    "design_from_json",
    "difference_in_means",
    "exact",
    "opens",
    "probabilities",
    "probability_best",
    "properties",
    "randomize",
    "ratio_preservation",
    "ratio_preservation_of",
    "ratio_preserving",
    "replay",
    "rerandomization_test",
    "seal",
    "sequences",
    "simulate",
    "state_after",
    "total_imbalance",
]
