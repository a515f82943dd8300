"""The qualification checks of the design engine pass on this copy, and can fail."""

from triallink.engines.design import qualification


def test_every_check_passes() -> None:
    failed = {check.requirement: check.run() for check in qualification.checks()}
    assert {name: result for name, result in failed.items() if not result.passed} == {}


def test_a_wrong_figure_fails() -> None:
    assert not qualification._near([1.0, 2.0], [1.0, 2.1], 0.05).passed
