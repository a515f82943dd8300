"""Under- and over-reporting: closed forms, the bootstrap that tends to them, and the published figures."""

import itertools
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.rbqm import event_reporting, false_discovery


def visits_of(site: str, subject: str, counts: list[int]) -> list[dict[str, object]]:
    """Return rows with cumulative counts at visits 1, 2, …"""
    return [
        {"site_id": site, "subject_id": subject, "visit": number, "n_event": count}
        for number, count in enumerate(counts, start=1)
    ]


SMALL = pl.DataFrame(
    [
        *visits_of("A", "a1", [0, 0, 1]),
        *visits_of("A", "a2", [0, 1]),
        *visits_of("B", "b1", [1, 2, 4]),
        *visits_of("B", "b2", [2, 2, 2]),
        *visits_of("C", "c1", [0, 3]),
    ]
)


def test_chances_are_those_of_all_draws() -> None:
    found = event_reporting(SMALL).row(0, named=True)
    # Site A stands for one subject at visit 3 (pool 1, 4, 2) and one at visit 2 (pool 0, 1, 2, 2, 3); it had 1 + 1.
    sums = [first + second for first, second in itertools.product([1, 4, 2], [0, 1, 2, 2, 3])]
    assert (found["site"], found["subjects"], found["visits"], found["events"]) == ("A", 2, 5, 2)
    assert found["low"] == pytest.approx(np.mean([each <= 2 for each in sums]))
    assert found["high"] == pytest.approx(np.mean([each >= 2 for each in sums]))
    assert found["expected"] == pytest.approx(np.mean(sums))
    assert found["delta"] == pytest.approx(2 - np.mean(sums))
    assert found["probability"] == pytest.approx(found["low"] - 1)


def test_bootstrap_tends_to_the_exact_chances_and_repeats_with_its_seed() -> None:
    exact = event_reporting(SMALL)
    drawn = event_reporting(SMALL, repetitions=40_000, seed=3)
    for column in ("low", "high"):
        np.testing.assert_allclose(drawn[column], exact[column], atol=4 * 0.5 / 200)
    assert drawn.equals(event_reporting(SMALL, repetitions=40_000, seed=3))
    assert not drawn.equals(event_reporting(SMALL, repetitions=40_000, seed=4))


def test_draws_scatter_as_those_of_single_subjects_do() -> None:
    # Shares of 50 draws of whole sites, over 100 seeds, against shares of as many draws subject by subject.
    exact = event_reporting(SMALL).row(0, named=True)
    shares = np.array([event_reporting(SMALL, repetitions=50, seed=seed)["low"][0] for seed in range(100)])
    draw = np.random.default_rng(5)
    sums = draw.choice([1, 4, 2], (100, 50)) + draw.choice([0, 1, 2, 2, 3], (100, 50))
    one_by_one = (sums <= 2).mean(axis=1)
    error = np.sqrt(exact["low"] * (1 - exact["low"]) / 50)
    for found in (shares, one_by_one):
        assert found.mean() == pytest.approx(exact["low"], abs=4 * error / 10)
        assert found.std() == pytest.approx(error, rel=0.3)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.lists(st.integers(0, 4), min_size=1, max_size=4)),
        min_size=3,
        max_size=60,
    )
)
@settings(max_examples=60, deadline=None)
def test_exact_chances_are_those_of_summing_term_by_term(drawn: list[tuple[int, list[int]]]) -> None:
    rows = [
        row
        for number, (site, counts) in enumerate(drawn)
        for row in visits_of(f"S{site}", f"{number}", np.cumsum(counts).tolist())
    ]
    series = [(f"S{site}", np.cumsum(counts)) for site, counts in drawn]
    for found in event_reporting(pl.DataFrame(rows)).iter_rows(named=True):
        whole = np.ones(1)
        for _, counts in (each for each in series if each[0] == found["site"]):
            pool = [other[len(counts) - 1] for _, other in series if len(other) >= len(counts)]
            whole = np.convolve(whole, np.bincount(pool) / len(pool))
        assert found["low"] == pytest.approx(min(whole[: found["events"] + 1].sum(), 1), rel=1e-5, abs=1e-300)
        assert found["high"] == pytest.approx(min(whole[found["events"] :].sum(), 1), rel=1e-5, abs=1e-300)
        assert found["expected"] == pytest.approx(np.arange(len(whole)) @ whole)


def test_missing_visits_keep_the_count_and_order_does_not_matter() -> None:
    gaps = SMALL.filter((pl.col("subject_id") != "b2") | (pl.col("visit") != 2))
    assert event_reporting(gaps).equals(event_reporting(SMALL))
    assert event_reporting(SMALL.sample(fraction=1, shuffle=True, seed=1)).equals(event_reporting(SMALL))


def test_sites_that_report_alike_are_not_found_and_one_that_keeps_silent_is() -> None:
    draw = np.random.default_rng(20261123)
    flagged = 0
    for study in range(20):
        rows = []
        for site in range(20):
            rate = 0.05 if (study, site) == (0, 7) else 0.4
            for subject in range(12):
                counts = draw.poisson(rate, draw.integers(8, 20)).cumsum().tolist()
                rows += visits_of(f"S{site:02d}", f"{site}-{subject}", counts)
        found = event_reporting(pl.DataFrame(rows))
        if study == 0:
            silent = found.filter(pl.col("site") == "S07").row(0, named=True)
            assert silent["probability_adjusted"] < -0.999
        else:
            flagged += int((found["probability_adjusted"].abs() > 0.95).any())
    # Two one-sided families at 5 % each: at most a tenth of nineteen clean studies are expected to show a site.
    assert flagged <= 6


def test_false_discovery_adjustment_is_that_of_r() -> None:
    # Source: R 4.2.2 p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.5), "BH").
    np.testing.assert_allclose(
        false_discovery(np.array([0.04, 0.01, 0.5, 0.03, 0.02])), [0.05, 0.05, 0.5, 0.05, 0.05]
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: event_reporting(SMALL.clear()), "no visit"),
        (lambda: event_reporting(SMALL, repetitions=10), "belong together"),
        (lambda: event_reporting(SMALL, repetitions=0, seed=1), "0 repetitions"),
        (lambda: event_reporting(SMALL.with_columns(visit=pl.col("visit") - 1)), "visits begin at 1"),
        (lambda: event_reporting(pl.DataFrame(visits_of("A", "a", [3, 2]))), "subject a descend"),
        (lambda: event_reporting(SMALL.with_columns(visit=None)), "needed in every row"),
        (lambda: event_reporting(SMALL.drop("n_event")), "'n_event'"),
        (
            lambda: event_reporting(pl.concat([SMALL, SMALL.with_columns(n_event=pl.col("n_event") + 1)])),
            "a visit has two counts",
        ),
        (lambda: false_discovery(np.array([1.2])), "1.2"),
    ],
)
def test_what_cannot_be_is_refused(call, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        call()


if "TRIALLINK_DATA" in os.environ:
    FOLDER = Path(os.environ["TRIALLINK_DATA"], "insights/vectors/simaerep")

    @pytest.mark.parametrize(
        ("visits", "expected", "until", "repetitions"),
        [
            ("df_visit_test.csv", "df_eval_inframe_r20000.csv", "last_visit", 20_000),
            ("df_visit_test.csv", "df_eval_inframe.csv", "last_visit", 1_000),
            ("df_visit_test.csv", "df_eval_inframe_med75.csv", "three_quarters", 1_000),
            ("readme_df_visit.csv", "readme_df_eval.csv", "last_visit", 1_000),
            ("validation_df_visit.csv.gz", "validation_df_eval.csv", "last_visit", 1_000),
        ],
    )
    def test_published_probabilities_are_draws_from_ours(visits, expected, until, repetitions) -> None:  # type: ignore[no-untyped-def]
        rows, published = pl.read_csv(FOLDER / visits), pl.read_csv(FOLDER / expected)
        for study in published["study_id"].unique(maintain_order=True):
            ours = event_reporting(
                rows.filter(pl.col("study_id") == study), subject="patient_id", until=until
            )
            theirs = published.filter(pl.col("study_id") == study).sort("site_id")
            assert ours["site"].to_list() == theirs["site_id"].to_list()
            assert ours["visits"].to_list() == theirs["visits"].to_list()
            assert ours["events"].to_list() == theirs["event_count"].to_list()
            np.testing.assert_allclose(ours["rate"], theirs["event_per_visit_site"], rtol=1e-12)
            # Their chances are shares of draws: five standard errors and one draw. The sign is a matter of draws near 1/2.
            chance = 1 - ours["probability"].abs().to_numpy()
            error = 5 * np.sqrt(chance * (1 - chance) / repetitions) + 1 / repetitions
            apart = np.abs(1 - theirs["event_prob_no_mult"].abs().to_numpy() - chance)
            assert (apart <= error).all(), apart.max()
            np.testing.assert_allclose(ours["expected_rate"], theirs["event_per_visit_study"], rtol=0.015)
