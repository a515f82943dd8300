"""Indicators from tables to flags: published tables reproduced, flags explained, changes told."""

import os
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from triallink.engines.rbqm import (
    MetricSpec,
    Source,
    changes,
    deviance_residual,
    explain,
    group_counts,
    metric,
    parse_condition,
    poisson,
    risk_scores,
    scored,
    spec_from_workflow,
    subject_counts,
)
from triallink.engines.rbqm.metric import Method

SUBJECTS = pl.DataFrame(
    {
        "subjid": [f"S{number}" for number in range(12)],
        "invid": ["A"] * 4 + ["B"] * 4 + ["C"] * 3 + [None],
        "days": [100, 100, 100, 100, 90, 110, 100, 100, 50, 50, 0, 100],
    }
)
EVENTS = pl.DataFrame(
    {
        "subjid": ["S0"] * 9 + ["S1"] + ["S4", "S5", "S8", "S11", "S99"],
        "aeser": ["Y", "N", None] * 5,
    }
)
FRAMES = {"subjects": SUBJECTS, "AE": EVENTS}
SPEC = MetricSpec(
    "ae",
    "Adverse event rate",
    Source("AE"),
    Source("subjects", column="days"),
    thresholds=(-1.0, 1.0),
    flags=(-1, 0, 1),
    accrual=150,
    weights=(4, 0, 8),
)


def test_indicator_counts_per_subject_and_group() -> None:
    counts = subject_counts(SPEC, FRAMES)
    # S10 has no exposure, S11 no site, S99 is nobody.
    assert counts.height == 10
    table = metric(SPEC, FRAMES)
    assert {row[0]: row[1:3] for row in table.iter_rows()} == {"A": (10, 400), "B": (2, 400), "C": (1, 100)}
    assert dict(zip(table["group"], table["flag"], strict=True)) == {"A": 1, "B": -1, "C": None}
    assert table["expected"].sum() == pytest.approx(13)


def test_condition_chooses_rows_and_missing_cells_meet_nothing() -> None:
    serious = MetricSpec("sae", "", Source("AE", where=parse_condition("aeser = 'Y'")), SPEC.denominator)
    other = MetricSpec("oth", "", Source("AE", where=parse_condition("NOT aeser = 'Y'")), SPEC.denominator)
    a = subject_counts(serious, FRAMES)["numerator"].sum()
    b = subject_counts(other, FRAMES)["numerator"].sum()
    assert (a, b) == (5, 4)
    distinct = MetricSpec("any", "", Source("AE", distinct=True), SPEC.denominator)
    assert subject_counts(distinct, FRAMES)["numerator"].max() == 1


@pytest.mark.parametrize(
    "text", ["", "1 = 1; DROP TABLE x", "a = (SELECT 1)", "a = b", "a LIKE 'x%'", "sleep(5) = 1", "a = 'x"]
)
def test_anything_but_a_plain_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a condition"):
        parse_condition(text)


def test_missing_table_and_column_are_named() -> None:
    with pytest.raises(ValueError, match="no table 'AE'"):
        metric(SPEC, {"subjects": SUBJECTS})
    with pytest.raises(ValueError, match="no column 'invid'"):
        metric(SPEC, {"subjects": SUBJECTS.drop("invid"), "AE": EVENTS})
    with pytest.raises(ValueError, match="no column 'wrong'"):
        metric(
            MetricSpec("x", "", Source("AE", where=parse_condition("wrong > 1")), SPEC.denominator), FRAMES
        )


def test_flag_explains_itself() -> None:
    found = explain(SPEC, subject_counts(SPEC, FRAMES), "A")
    assert (found.numerator, found.denominator, found.flag) == (10, 400, 1)
    assert found.drivers[0][:2] == ("S0", 9)
    # Without the one subject that had nine events the site is not high any more.
    assert found.without_top_driver in (0, -1)
    assert found.bound is not None
    assert found.numerator / found.denominator > found.bound > found.expected / found.denominator  # type: ignore[operator]
    # Judged by the others alone it stands further out than when it is part of its own yardstick.
    assert found.leave_out > found.score  # type: ignore[operator]


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 12), st.integers(1, 60)), min_size=12, max_size=40
    ).filter(lambda rows: len({group for group, _, _ in rows}) >= 3 and sum(y for _, y, _ in rows) > 0),
    st.sampled_from(["normal", "poisson", "fisher", "qtl"]),
)
@settings(max_examples=25, deadline=None)
def test_explanation_agrees_with_computing_anew(rows: list[tuple[int, int, int]], method: Method) -> None:
    counts = pl.DataFrame(
        {
            "subject": [f"P{number}" for number in range(len(rows))],
            "group": [f"S{group}" for group, _, _ in rows],
            "numerator": [float(min(y, n)) for _, y, n in rows],
            "denominator": [float(n) for _, _, n in rows],
        }
    )
    flags = (2, 1, 0) if method == "fisher" else (-1, 0, 1)
    limits = (0.1, 0.4) if method in ("fisher", "qtl") else (-1.0, 1.0)
    spec = replace(SPEC, method=method, thresholds=limits, flags=flags, accrual=0, weights=())
    for group in counts["group"].unique():
        found = explain(spec, counts, group)
        for subject, flag in found.without:
            anew = scored(spec, group_counts(counts.filter(pl.col("subject") != subject)))
            left = anew.filter(pl.col("group") == group)["flag"]
            assert flag == (left[0] if len(left) else None)
        if found.flag and found.bound is not None and method != "qtl":
            rate = found.numerator / found.denominator
            assert rate >= found.bound - 1e-6 if found.flag > 0 else rate <= found.bound + 1e-6
        if found.leave_out is not None and method == "poisson":
            others = counts.filter(pl.col("group") != group)
            rate = others["numerator"].sum() / others["denominator"].sum()
            assert found.leave_out == pytest.approx(
                deviance_residual(found.numerator, rate * found.denominator)
            )


def test_fisher_flags_tell_fewer_from_more() -> None:
    groups = pl.DataFrame(
        {"group": ["A", "B", "C"], "numerator": [30.0, 1.0, 10.0], "denominator": [40.0, 40.0, 30.0]}
    ).with_columns(metric=pl.col("numerator") / pl.col("denominator"))
    spec = replace(SPEC, method="fisher", thresholds=(0.01, 0.05), flags=(2, 1, 0), weights=(), accrual=0)
    assert scored(spec, groups)["flag"].to_list() == [2, -2, 0]


def test_tables_larger_than_memory_give_the_same() -> None:
    lazy = {name: frame.lazy() for name, frame in FRAMES.items()}
    assert metric(SPEC, lazy).equals(metric(SPEC, FRAMES))


def test_slope_instead_of_an_offset_is_a_choice_of_the_specification() -> None:
    groups = group_counts(subject_counts(SPEC, FRAMES))
    plain = replace(SPEC, method="poisson")
    assert not plain.compatible
    assert (
        scored(plain, groups)["score"].to_list()
        == poisson(groups["numerator"].to_numpy(), groups["denominator"].to_numpy()).score.tolist()
    )
    with pytest.raises(ValueError, match="no compatible form of 'normal'"):
        replace(SPEC, compatible=True)


def test_changes_between_snapshots_are_told() -> None:
    before = pl.DataFrame({"group": list("ABCDEFGH"), "flag": [0, 1, 2, 1, 2, -1, 1, 1]})
    now = pl.DataFrame({"group": list("ABCDEFGI"), "flag": [1, 1, 1, 2, 0, 1, None, -2]})
    told = dict(zip(*changes(before, now).select("group", "change"), strict=True))
    assert told == {
        "A": "new", "B": "ongoing", "C": "better", "D": "worse", "E": "resolved", "F": "new",
        "G": "unknown", "H": "unknown", "I": "new",
    }  # fmt: skip


def test_risk_score_is_the_share_of_the_largest_weight() -> None:
    table = risk_scores({"ae": metric(SPEC, FRAMES)}, {"ae": SPEC})
    assert {row[0]: row[3] for row in table.iter_rows()} == {"A": 100, "B": 50, "C": 0}


@pytest.mark.parametrize("wrong", [{"thresholds": (2.0, -2.0)}, {"flags": (0, 1)}, {"weights": (1.0,)}])
def test_specification_that_contradicts_itself_is_refused(wrong: dict[str, tuple[float, ...]]) -> None:
    given = {"thresholds": (-2.0, 2.0), "flags": (-1, 0, 1), **wrong}
    with pytest.raises(ValueError, match="x: "):
        MetricSpec("x", "", SPEC.numerator, SPEC.denominator, **given)  # type: ignore[arg-type]


if "TRIALLINK_DATA" in os.environ:
    VECTORS = Path(os.environ["TRIALLINK_DATA"], "insights/vectors")

    def groups(table: pl.DataFrame) -> pl.DataFrame:
        """Return a published table in our columns, with its own score and flag beside."""
        return table.select(
            "Score",
            "Flag",
            group="GroupID",
            numerator=pl.col("Numerator").cast(float),
            denominator=pl.col("Denominator").cast(float),
            metric="Metric",
        )

    def test_published_site_scores_are_reproduced_from_subjects() -> None:
        # Source: gsm.core (Apache-2.0) 23048e7, analyticsInput.csv and analyticsSummary.csv.
        rows = pl.read_csv(VECTORS / "gsm/analyticsInput.csv", null_values="NA")
        summed = rows.group_by(group="GroupID").agg(
            numerator=pl.col("Numerator").sum().cast(float),
            denominator=pl.col("Denominator").sum().cast(float),
        )
        spec = MetricSpec("x", "", SPEC.numerator, SPEC.denominator, thresholds=(-2, -1, 2, 3), accrual=30)
        table = scored(spec, summed.with_columns(metric=pl.col("numerator") / pl.col("denominator")))
        published = pl.read_csv(VECTORS / "gsm/analyticsSummary.csv", null_values="NA")
        both = table.join(published, left_on="group", right_on="GroupID")
        assert both.height == 145
        assert (both["score"] - both["Score"]).abs().max() < 1e-12
        assert both["flag"].eq_missing(both["Flag"]).all()

    @pytest.mark.parametrize("level", ["", "_country"])
    def test_published_reporting_rows_are_reproduced_with_their_flags(level: str) -> None:
        results = pl.read_csv(VECTORS / f"gsm/reportingResults{level}.csv", null_values="NA")
        metrics = pl.read_csv(
            VECTORS / f"gsm/reportingMetrics{level}.csv", null_values="NA", infer_schema=False
        )
        specs = {}
        for row in metrics.iter_rows(named=True):
            thresholds = tuple(sorted(float(part) for part in row["Threshold"].split(",")))
            flags = tuple(int(part) for part in row["Flag"].split(",")) if row["Flag"] else (-2, -1, 0, 1, 2)
            specs[row["MetricID"]] = MetricSpec(
                row["MetricID"], "", SPEC.numerator, SPEC.denominator,
                method="identity" if row["AnalysisType"] == "identity" else "normal",
                kind=row["AnalysisType"], thresholds=thresholds, flags=flags,
                accrual=float(row["AccrualThreshold"]), accrual_of=row["AccrualMetric"].lower(),
            )  # fmt: skip
        compared = 0
        for (identifier, _), rows in results.group_by("MetricID", "SnapshotDate"):
            table = scored(specs[str(identifier)], groups(rows))
            # The package prints no score where none has accrued; the flags say where that is.
            assert ((table["score"] - table["Score"]).abs().drop_nulls() < 1e-12).all()
            assert table["flag"].eq_missing(table["Flag"]).all(), identifier
            compared += rows.height
        assert compared == {"": 3369, "_country": results.height}[level]

    def test_all_thirty_public_specifications_import() -> None:
        files = sorted(VECTORS.glob("gsm_kri_specs/inst/workflow/2_metrics/[kc]*.yaml"))
        specs = [spec_from_workflow(yaml.safe_load(path.read_text())) for path in files]
        assert len({spec.identifier for spec in specs}) == 30
        assert sum(spec.method == "identity" for spec in specs) == 6
        assert all(spec.weights for spec in specs if spec.identifier in ("kri0001", "kri0006"))

    def test_published_quality_tolerance_limits_are_reproduced() -> None:
        # Source: gsm 1.8.4 reporting tables in clindata (Apache-2.0) f3b2f79; score = lower end of the exact interval.
        rows = pl.read_parquet(VECTORS / "clindata_longitudinal/rpt_qtl_details.parquet")
        for row in rows.iter_rows(named=True):
            spec = MetricSpec(
                row["workflowid"], "", SPEC.numerator, SPEC.denominator,
                method="qtl", kind="binary", thresholds=(row["threshold"],), flags=(0, 2),
            )  # fmt: skip
            study = pl.DataFrame(
                {
                    "group": ["study"],
                    "numerator": [row["numerator_value"]],
                    "denominator": [row["denominator_value"]],
                    "metric": [row["qtl_value"]],
                }
            )
            found = scored(spec, study).row(0, named=True)
            assert found["score"] == pytest.approx(row["qtl_score"], abs=1e-12)
            assert found["flag"] == row["flag"]
        assert rows.height == 2
