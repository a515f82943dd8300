"""Public indicator specifications (gsm workflow files) as ours; their queries are read, never executed."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from triallink.engines.rbqm.conditions import parse_condition
from triallink.engines.rbqm.metric import MetricSpec, Source

_QUERY = re.compile(
    r"SELECT\s+(\*|DISTINCT\s+\w+)\s+FROM\s+df\s+WHERE\s+(.+?);?\s*\Z", re.IGNORECASE | re.DOTALL
)


def spec_from_workflow(content: Mapping[str, Any]) -> MetricSpec:
    """Return the specification a workflow file describes.

    content  the parsed YAML: `meta` and `steps`.
    Raises   ValueError if it is not an indicator of this form; a query other than a simple selection is refused.
    Source   gsm.kri (Apache-2.0), inst/workflow/2_metrics: 30 indicators.
    """
    meta, steps = content.get("meta"), content.get("steps")
    if not isinstance(meta, Mapping) or not isinstance(steps, list):
        raise ValueError("a workflow has “meta” and “steps”")
    sources: dict[str, Source] = {}
    given: Mapping[str, Any] = {}
    for step in steps:
        name, params = str(step.get("name", "")).rpartition("::")[2], step.get("params", {})
        if name == "RunQuery":
            sources[step["output"]] = _selected(
                sources.get(params["df"], Source(params["df"])), params["strQuery"]
            )
        elif name == "Input_Rate":
            given = params
    if not given:
        raise ValueError(f"{meta.get('ID')}: no step counts a rate")
    subjects = given["dfSubjects"]
    thresholds = tuple(sorted(_numbers(meta.get("Threshold", ""))))
    flags = tuple(int(flag) for flag in _numbers(meta.get("Flag", "")))
    kind: Literal["rate", "binary", "identity"] = str(meta.get("AnalysisType", "rate"))  # type: ignore[assignment]
    return MetricSpec(
        identifier=str(meta["ID"]),
        label=str(meta.get("Metric", meta["ID"])),
        numerator=_source(sources, given, "Numerator"),
        denominator=_source(sources, given, "Denominator"),
        method="identity" if kind == "identity" else "normal",
        kind=kind,
        subjects=subjects,
        subject_column=str(given.get("strSubjectCol", "subjid")),
        group_column=str(given.get("strGroupCol", "invid")),
        thresholds=thresholds,
        flags=flags or _default_flags(len(thresholds)),
        accrual=float(meta.get("AccrualThreshold", 0)),
        accrual_of=str(meta.get("AccrualMetric", "Denominator")).lower(),  # type: ignore[arg-type]
        score_of="numerator" if meta.get("ScoreCol") == "Numerator" else "metric",
        weights=tuple(_numbers(meta.get("RiskScoreWeight", ""))),
    )


def _source(sources: Mapping[str, Source], given: Mapping[str, Any], part: str) -> Source:
    table = given[f"df{part}"]
    found = sources.get(table, Source(table))
    if given.get(f"str{part}Method", "Count") == "Sum":
        return replace(found, column=str(given[f"str{part}Col"]))
    return found


def _selected(source: Source, query: str) -> Source:
    found = _QUERY.match(query.strip())
    if not found:
        raise ValueError(f"{query!r} is not a simple selection")
    return replace(source, where=parse_condition(found[2]), distinct=found[1] != "*")


def _numbers(text: Any) -> list[float]:
    return [float(part) for part in str(text).split(",") if part.strip() not in ("", "NA")]


def _default_flags(count: int) -> tuple[int, ...]:
    """Return flags around zero for so many thresholds: four give -2 to 2."""
    return tuple(range(-(count // 2), count - count // 2 + 1))
