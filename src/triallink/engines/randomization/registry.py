"""The one list of procedures: what each is, for which arms and ratios it is defined, and where it comes from.

Guide pages, JSON (`saved`), property tests, qualification and benchmarks all read this list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .adaptive import BayesianAdaptive, ResponseAdaptiveCoin
from .adaptive_urns import DropTheLoser, DropTheLoserUrn, RandomizedPlayTheWinner
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
from .design import Design
from .lists import ListEntry, UploadedList
from .minimization import HuHu, Minimization, Shao
from .optimal import AtkinsonOptimal
from .strata import Cap, Capped, RatioPreserving, Stratified
from .tunnel import BrickTunnel
from .urns import (
    BlockUrn,
    DoublyAdaptiveBiasedCoin,
    MassWeightedUrn,
    MaximumEntropy,
    WeiUrn,
)

Family = Literal["restricted", "covariate", "response", "list", "composed"]


@dataclass(frozen=True, slots=True)
class Procedure:
    """One published procedure.

    design       the class that implements it.
    title        its name in the literature.
    family       what its allocations depend on.
    arms         "two", "two or three" or "any": for how many arms the literature defines it.
    ratio        "equal" or "any": for which integer ratios it is defined.
    keeps_ratio  whether every single allocation has the ratio beforehand, also when the ratio is unequal.
    reference    the publication that defines it.
    example      parameters (beside arms and ratio) of a typical design.
    """

    design: type[Design]
    title: str
    family: Family
    arms: Literal["two", "two or three", "any"]
    ratio: Literal["equal", "any"]
    keeps_ratio: bool
    reference: str
    example: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name under which designs of this procedure are stored."""
        return self.design.procedure

    def typical(self, arms: tuple[str, ...] = ("A", "B"), ratio: tuple[int, ...] = ()) -> Design:
        """Return a typical design of this procedure for the given arms; ValueError where it is not defined."""
        if self.family == "composed":
            if self.design is RatioPreserving:
                return RatioPreserving(
                    arms=("A", "B"),
                    ratio=(2, 1),
                    design=BlockUrn(arms=("A.1", "A.2", "B.1"), balanced_sets=2),
                )
            inner = PermutedBlocks(arms=arms, ratio=ratio, block_sizes=(2 * (sum(ratio) or len(arms)),))
            return self.design(design=inner, **self.example)  # type: ignore[call-arg]  # wrappers name no arms
        total = sum(ratio) or len(arms)
        fitted = {
            key: value * total if key in ("block_sizes", "total") and isinstance(value, int) else value
            for key, value in self.example.items()
        }
        if "block_sizes" in self.example:
            fitted["block_sizes"] = tuple(size * total for size in self.example["block_sizes"])
        return self.design(arms=arms, ratio=ratio, **fitted)


# In an example, `total` and `block_sizes` are multiples of the ratio's sum.
PROCEDURES: tuple[Procedure, ...] = (
    Procedure(
        CompleteRandomization,
        "Complete randomization",
        "restricted",
        "any",
        "any",
        True,
        "Rosenberger & Lachin 2016, Randomization in Clinical Trials, 2nd ed., ch. 3",
    ),
    Procedure(
        RandomAllocationRule,
        "Random allocation rule",
        "restricted",
        "any",
        "any",
        True,
        "Blackwell & Hodges 1957, Ann Math Stat 28:449; Lehmann 1975",
        {"total": 20},
    ),
    Procedure(
        TruncatedBinomial,
        "Truncated binomial design",
        "restricted",
        "any",
        "any",
        False,
        "Blackwell & Hodges 1957, Ann Math Stat 28:449",
        {"total": 20},
    ),
    Procedure(
        PermutedBlocks,
        "Permuted blocks (fixed or random sizes)",
        "restricted",
        "any",
        "any",
        True,
        "Hill 1951; Zelen 1974, J Chronic Dis 27:365",
        {"block_sizes": (2, 3)},
    ),
    Procedure(
        HiddenBlocks,
        "Permuted blocks with hidden sizes",
        "restricted",
        "any",
        "any",
        True,
        "Law of Zelen 1974, J Chronic Dis 27:365, drawn arm by arm given the earlier arms",
        {"block_sizes": (2, 3)},
    ),
    Procedure(
        Efron,
        "Efron's biased coin",
        "restricted",
        "two",
        "equal",
        True,
        "Efron 1971, Biometrika 58:403",
        {"p": "2/3"},
    ),
    Procedure(
        AdjustableBiasedCoin,
        "Adjustable biased coin",
        "restricted",
        "two",
        "equal",
        True,
        "Baldi Antognini & Giovagnoli 2004, J R Stat Soc C 53:651",
        {"a": 2},
    ),
    Procedure(
        WeiUrn,
        "Wei's urn",
        "restricted",
        "any",
        "equal",
        True,
        "Wei 1977, JASA 72:382; Wei 1978, Ann Stat 6:92",
        {"initial": 1, "other": 1},
    ),
    Procedure(
        GeneralizedBiasedCoin,
        "Generalized biased coin",
        "restricted",
        "two",
        "equal",
        True,
        "Smith 1984, J R Stat Soc B 46:519",
        {"rho": 2},
    ),
    Procedure(
        BayesianBiasedCoin,
        "Bayesian biased coin",
        "restricted",
        "two",
        "equal",
        True,
        "Ball, Smith & Verdinelli 1993, J Stat Plan Inference 34:403",
        {"gamma": "1/10"},
    ),
    Procedure(
        BigStick,
        "Big stick",
        "restricted",
        "two",
        "equal",
        True,
        "Soares & Wu 1983, Commun Stat Theory Methods 12:2017",
        {"tolerance": 3},
    ),
    Procedure(
        SoaresWu,
        "Soares and Wu's big stick without certainty",
        "restricted",
        "two",
        "equal",
        True,
        "Soares & Wu 1983, Commun Stat Theory Methods 12:2017 (generalization that avoids certain assignments)",
        {"tolerance": 3, "p": "9/10"},
    ),
    Procedure(
        Chen,
        "Chen's biased coin with imbalance tolerance",
        "restricted",
        "two",
        "equal",
        True,
        "Chen 1999, Commun Stat Stoch Models 15:953",
        {"tolerance": 3, "p": "2/3"},
    ),
    Procedure(
        EhrenfestUrn,
        "Ehrenfest urn",
        "restricted",
        "two",
        "equal",
        True,
        "Chen 2000, Ann Inst Stat Math; symmetric urn as in Zhao et al. 2012, Pharm Stat 11:39",
        {"balls": 5},
    ),
    Procedure(
        MaximalProcedure,
        "Maximal procedure",
        "restricted",
        "two",
        "equal",
        True,
        "Berger, Ivanova & Deloria Knoll 2003, Stat Med 22:3017",
        {"total": 20, "tolerance": 3},
    ),
    Procedure(
        BlockUrn,
        "Block urn",
        "restricted",
        "any",
        "any",
        False,
        "Zhao & Weng 2011, Contemp Clin Trials 32:953",
        {"balanced_sets": 2},
    ),
    Procedure(
        MassWeightedUrn,
        "Mass-weighted urn",
        "restricted",
        "any",
        "any",
        False,
        "Zhao 2015, Contemp Clin Trials 43:209",
        {"alpha": 2},
    ),
    Procedure(
        DoublyAdaptiveBiasedCoin,
        "Doubly adaptive biased coin (fixed target)",
        "restricted",
        "any",
        "any",
        False,
        "Eisele 1994, J Stat Plan Inference 38:249; Hu & Zhang 2004, Ann Stat 32:268",
        {"gamma": 2},
    ),
    Procedure(
        MaximumEntropy,
        "Maximum entropy constrained balance",
        "restricted",
        "any",
        "any",
        False,
        "Klotz 1978, JASA 73:283",
        {"eta": "1/2"},
    ),
    Procedure(
        BrickTunnel,
        "Brick tunnel",
        "restricted",
        "two or three",
        "any",
        True,
        "Kuznetsova & Tymofyeyev 2011, Stat Med 30:812; 2015, Stat Med 34:4031",
    ),
    Procedure(
        DropTheLoserUrn,
        "Drop-the-loser urn for a fixed ratio",
        "restricted",
        "any",
        "any",
        True,
        "Ryeznik & Sverdlov 2018, Stat Med 37:3056",
        {"sets": 1},
    ),
    Procedure(
        DropTheLoser,
        "Drop-the-loser",
        "response",
        "any",
        "equal",
        True,
        "Ivanova 2003, Metrika 58:1",
        {"initial": 1},
    ),
    Procedure(
        RandomizedPlayTheWinner,
        "Randomized play-the-winner",
        "response",
        "any",
        "equal",
        True,
        "Wei & Durham 1978, JASA 73:840; Wei 1979, Ann Stat 7:291",
        {"initial": 1, "reward": 1},
    ),
    Procedure(
        ResponseAdaptiveCoin,
        "Doubly adaptive biased coin (estimated target)",
        "response",
        "any",
        "equal",
        True,
        "Hu & Zhang 2004, Ann Stat 32:268; Rosenberger et al. 2001, Biometrics 57:909",
        {"target": "rsihr", "gamma": 2, "burn_in": 2},
    ),
    Procedure(
        BayesianAdaptive,
        "Thompson sampling and Bayesian adaptive randomization",
        "response",
        "any",
        "equal",
        True,
        "Thompson 1933, Biometrika 25:285; Thall & Wathen 2007, Eur J Cancer 43:859",
        {"power": "1/2", "burn_in": 2, "floor": "1/10"},
    ),
    Procedure(
        Minimization,
        "Pocock and Simon's minimization",
        "covariate",
        "any",
        "any",
        False,
        "Pocock & Simon 1975, Biometrics 31:103; Han, Enas & McEntegart 2009, Stat Med 28:3329",
        {"factors": {"sex": ("F", "M"), "stage": ("I", "II", "III")}, "p": "4/5"},
    ),
    Procedure(
        HuHu,
        "Hu and Hu's covariate-adaptive coin",
        "covariate",
        "any",
        "equal",
        True,
        "Hu & Hu 2012, Ann Stat 40:1794; Hu, Ye & Zhang 2023, Sci China Math 66:163",
        {"factors": {"sex": ("F", "M"), "stage": ("I", "II", "III")}},
    ),
    Procedure(
        Shao,
        "Shao's stratified biased coin",
        "covariate",
        "two",
        "equal",
        True,
        "Shao, Yu & Zhong 2010, Biometrika 97:347",
        {"factors": {"sex": ("F", "M"), "stage": ("I", "II", "III")}},
    ),
    Procedure(
        AtkinsonOptimal,
        "Atkinson's D_A-optimal biased coin",
        "covariate",
        "any",
        "any",
        False,
        "Atkinson 1982, Biometrika 69:61; Atkinson & Biswas 2005, Stat Med 24:2477",
        {"factors": {"sex": ("F", "M"), "stage": ("I", "II", "III")}},
    ),
    Procedure(
        UploadedList,
        "Uploaded list",
        "list",
        "any",
        "any",
        True,
        "ICH E9 (1998), section 2.3.2: the list is made and kept by an independent statistician",
        {"entries": tuple(ListEntry(i + 1, "AB"[i % 2]) for i in range(20))},
    ),
    Procedure(
        Stratified,
        "Stratified form of any design",
        "composed",
        "any",
        "any",
        True,
        "Zelen 1974, J Chronic Dis 27:365",
        {"factors": {"sex": ("F", "M"), "stage": ("I", "II", "III")}},
    ),
    Procedure(
        Capped,
        "Caps on arms, strata and sites",
        "composed",
        "any",
        "any",
        True,
        "Good practice; ICH E9 (1998), section 2.3.2",
        {"caps": (Cap(100), Cap(20, factors=("sex",)))},
    ),
    Procedure(
        RatioPreserving,
        "Unequal ratio kept at every step",
        "composed",
        "any",
        "any",
        True,
        "Kuznetsova & Tymofyeyev 2012, Stat Med 31:701",
    ),
)

BY_NAME: Mapping[str, Procedure] = {procedure.name: procedure for procedure in PROCEDURES}
