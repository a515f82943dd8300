"""How well outcomes agree with published results, counted so that nothing that did not run looks like a pass."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from triallink.engines.conformance.case import Expected, found_by
from triallink.engines.conformance.run import UNSUPPORTED, Reason, RuleOutcome


@dataclass(frozen=True)
class Trial:
    """One published test of one rule and what became of it."""

    rule_id: str
    case: str
    outcome: RuleOutcome
    expected: Expected

    @property
    def agrees(self) -> bool:
        """Say whether the same records of the same datasets are found."""
        return found_by(self.outcome).places == self.expected.places

    @property
    def only_found(self) -> frozenset[tuple[str, int | None]]:
        """Return the places found here and not published."""
        return found_by(self.outcome).places - self.expected.places

    @property
    def only_published(self) -> frozenset[tuple[str, int | None]]:
        """Return the places published and not found here."""
        return self.expected.places - found_by(self.outcome).places

    @property
    def agrees_in_full(self) -> bool:
        """Say whether the same variables are shown with the same values, too."""
        return self.agrees and found_by(self.outcome).details == self.expected.details

    @property
    def lacks_input(self) -> bool:
        """Say whether the rule could not run for want of something beyond the datasets."""
        reason = self.outcome.reason
        return (
            self.outcome.status == "not_run"
            and reason is not None
            and (reason.why in UNSUPPORTED or (reason.why == "input_missing" and not _is_dataset(reason)))
        )


def _is_dataset(reason: Reason) -> bool:
    return reason.about.startswith("the dataset ")


@dataclass(frozen=True)
class Agreement:
    """The sum over all tests.

    unsupported     reason by rule, of the rules that ran in none of their tests for want of the engine or of an input.
    results         tests with a published result; those of unsupported rules are counted apart.
    agree           tests of supported rules in which the findings are those published, record by record.
    agree_in_full   those in which the variables and values shown are the same, too.
    by_status       tests of supported rules by what became of the rule: passed, findings, not run and why.
    disagreements   the tests of supported rules in which the findings differ.
    """

    rules: int
    unsupported: Mapping[str, Reason]
    results: int
    results_of_unsupported: int
    agree: int
    agree_in_full: int
    by_status: Mapping[str, int]
    disagreements: tuple[Trial, ...]

    @property
    def rules_supported_share(self) -> float:
        """Return the share of rules that run, from 0 to 1."""
        return 1 - len(self.unsupported) / self.rules if self.rules else 0.0

    @property
    def self_contained_share(self) -> float:
        """Return the share that runs of the rules that need no licensed dictionary and no package beside the data."""
        waiting = sum(
            each.why in ("licensed_dictionary", "input_missing") for each in self.unsupported.values()
        )
        own = self.rules - waiting
        return (self.rules - len(self.unsupported)) / own if own else 0.0

    @property
    def results_agree_share(self) -> float:
        """Return the share of the results of supported rules that agree, from 0 to 1."""
        tried = self.results - self.results_of_unsupported
        return self.agree / tried if tried else 0.0


def agreement(trials: Iterable[Trial], rules: Mapping[str, Reason | None]) -> Agreement:
    """Return how well tests agree with what was published.

    trials   every test with a published result.
    rules    every rule by id, with the reason why it cannot run whatever the study, None if it can.
    Returns  counts; a rule is unsupported if it cannot run, or if every one of its tests lacked an input.
    """
    tried = tuple(trials)
    of_rule: dict[str, list[Trial]] = {}
    for trial in tried:
        of_rule.setdefault(trial.rule_id, []).append(trial)
    unsupported: dict[str, Reason] = {}
    for rule_id, reason in rules.items():
        own = of_rule.get(rule_id, [])
        if reason is not None:
            unsupported[rule_id] = reason
        elif own and all(trial.lacks_input or trial.outcome.status == "not_run" for trial in own):
            missing = [trial.outcome.reason for trial in own if trial.lacks_input and trial.outcome.reason]
            if missing:
                unsupported[rule_id] = missing[0]
    supported = [trial for trial in tried if trial.rule_id not in unsupported]
    return Agreement(
        rules=len(rules),
        unsupported=unsupported,
        results=len(tried),
        results_of_unsupported=len(tried) - len(supported),
        agree=sum(trial.agrees for trial in supported),
        agree_in_full=sum(trial.agrees_in_full for trial in supported),
        by_status=Counter(_status(trial) for trial in supported),
        disagreements=tuple(trial for trial in supported if not trial.agrees),
    )


def _status(trial: Trial) -> str:
    reason = trial.outcome.reason
    return trial.outcome.status if reason is None else f"{trial.outcome.status}: {reason.why}"
