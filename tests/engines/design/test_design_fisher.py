"""Designs with Fisher's product of p-values: published critical values, and the error by simulation."""

import numpy as np
import pytest

from triallink.engines.design import fisher_combination, fisher_design


def test_published_critical_values() -> None:
    # Source: rpact 4.1.0 getDesignFisher, eight digits; the second is Bauer and Köhne's (1994) own example.
    plain = fisher_design([1 / 3, 2 / 3, 1], 0.025)
    np.testing.assert_allclose(plain.critical, [0.012308547, 0.0016635923, 0.00029106687], rtol=1e-6)
    np.testing.assert_allclose(plain.alpha_spent, [0.012308547, 0.01962413, 0.025], rtol=1e-6)
    two = fisher_design([0.5, 1], 0.05, futility=[0.5], method="full_level")
    np.testing.assert_allclose(two.critical, [0.023314852, 0.0087049407], rtol=1e-6)
    weighted = fisher_design([0.1, 0.3, 1], 0.025, futility=[0.7, 0.5])
    np.testing.assert_allclose(weighted.critical, [0.011823636, 0.00036698794, 3.0631293e-07], rtol=1e-6)
    spent = fisher_design(
        [0.25, 0.5, 0.75, 1], 0.025, futility=[0.7, 0.6, 0.5], spending=[0.01, 0.015, 0.02, 0.025]
    )
    np.testing.assert_allclose(spent.critical, [0.01, 0.0011768873, 0.00031357454, 0.00011586425], rtol=1e-6)


@pytest.mark.parametrize("method", ["equal_levels", "full_level", "no_interaction"])
@pytest.mark.parametrize("is_binding", [True, False])
def test_error_by_simulation(method, is_binding) -> None:  # type: ignore[no-untyped-def]
    t, stop = [0.2, 0.5, 0.8, 1.0], np.array([0.7, 0.5, 0.4])
    try:
        found = fisher_design(t, 0.1, futility=stop, is_binding=is_binding, method=method)
    except ValueError:
        # Without stopping the full level at the end leaves nothing for the first stage.
        assert method == "no_interaction"
        assert not is_binding
        return
    trials = 400_000
    p = np.random.default_rng(12).random((trials, 4))
    products = np.exp((found.weights * np.log(p)).cumsum(axis=1))
    rejects = products <= found.critical
    stops = np.zeros_like(rejects)
    stops[:, :-1] = (p[:, :-1] > stop) & is_binding
    first_stop = np.where(stops.any(axis=1), stops.argmax(axis=1), 4)
    first_reject = np.where(rejects.any(axis=1), rejects.argmax(axis=1), 9)
    share = (first_reject <= first_stop).mean()
    expected = found.alpha_spent[-1]
    assert share == pytest.approx(expected, abs=4 * (expected * (1 - expected) / trials) ** 0.5)
    assert expected <= 0.1 + 1e-9


@pytest.mark.parametrize("t", [[0.02, 0.5, 1.0], [0.9, 0.95, 1.0]])
def test_uneven_stages_keep_the_error(t) -> None:  # type: ignore[no-untyped-def]
    found = fisher_design(t, 0.05)
    p = np.random.default_rng(15).random((400_000, 3))
    rejects = np.exp((found.weights * np.log(p)).cumsum(axis=1)) <= found.critical
    assert rejects.any(axis=1).mean() == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / 400_000) ** 0.5)


def test_levels_are_those_of_the_product_alone() -> None:
    found = fisher_design([0.5, 1], 0.05)
    assert fisher_combination([float(found.critical[1]) ** 0.5] * 2) == pytest.approx(found.stage_levels[1])
    assert fisher_design([1.0], 0.05).critical == pytest.approx([0.05])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: fisher_design([0.5, 0.4], 0.05), "ascend"),
        (lambda: fisher_design([0.5, 1], 0.05, futility=[0.5, 0.5]), "for 2 stages"),
        (lambda: fisher_design([0.5, 1], 0.05, spending=[0.03, 0.02]), "ascend to 0.05"),
        (lambda: fisher_design([0.005, 1], 0.05), "hundredfold"),
        (lambda: fisher_design([0.3, 0.6, 1], 0.05, method="other"), "no method other"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_is_refused(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call()
