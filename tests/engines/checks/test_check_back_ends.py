"""Python, JavaScript and columns give the same answer on random expressions and records."""

from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page
from tests.engines.checks.expressions import SCHEMA, expressions, records

from triallink.engines.checks import (
    RUNTIME,
    ExpressionRefused,
    Home,
    Program,
    bind,
    evaluate,
    evaluator,
    javascript,
)

DTYPES = {"number": pl.Float64, "text": pl.String, "date": pl.String, "time": pl.String, "truth": pl.Boolean}
# Logarithms and powers are not among the drawn functions: their last digit depends on the mathematical library.
CLOSE = 1e-12


@pytest.fixture(scope="module")
def script_page(_browser: Browser) -> Iterator[Page]:
    """An empty page with the runtime."""
    page = _browser.new_page()
    page.add_script_tag(content=RUNTIME + "window.TrialLinkChecks = TrialLinkChecks;")
    yield page
    page.close()


def frame_of(program: Program, rows: list[list[object]]) -> pl.DataFrame:
    """Return records as the frame the column form takes."""
    columns = []
    for slot, reference in enumerate(program.inputs):
        dtype = DTYPES[reference.kind]
        is_series = reference.mode == "series"
        columns.append(
            pl.Series(str(slot), [row[slot] for row in rows], dtype=pl.List(dtype) if is_series else dtype)
        )
    return pl.DataFrame(columns) if columns else pl.DataFrame({"none": [0] * len(rows)})


def is_same(a: object, b: object) -> bool:
    """Say whether two answers are the same."""
    if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a == b or abs(a - b) <= CLOSE * max(abs(a), abs(b))
    return a == b


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_three_back_ends_agree(script_page: Page, data: st.DataObject) -> None:
    tree = data.draw(expressions())
    try:
        program = bind(tree, SCHEMA, Home("VS", "VS"))
    except ExpressionRefused as refusal:
        # Random sums of days and minutes; everything else that is drawn must bind.
        assume("do not measure the same" not in str(refusal))
        raise
    rows = data.draw(records(program.inputs))
    run = evaluator(program)
    in_python = [run(row) for row in rows]
    script = f"(rows) => {{ const check = {javascript(program)}; return rows.map((row) => check(row)); }}"
    in_browser = script_page.evaluate(script, rows)
    in_columns = evaluate(program, frame_of(program, rows)).to_list()
    for row, python, browser, column in zip(rows, in_python, in_browser, in_columns, strict=True):
        shown = f"{program.text} on {row}"
        if isinstance(python, tuple):
            assert list(python) == browser, shown
            assert column == (python[0] if python[0] == python[1] else None), shown
        else:
            assert is_same(python, browser), f"{shown}: Python {python}, JavaScript {browser}"
            assert is_same(python, column), f"{shown}: Python {python}, columns {column}"


def test_texts_of_an_expression_cannot_leave_their_place_in_generated_code(script_page: Page) -> None:
    hostile = '</script>\\u0027); import os\n"""${7*7}`\'' + "\u2028"
    program = bind('NOTE = "' + hostile.replace('"', '""') + '"', SCHEMA, Home("VS", "VS"))
    assert evaluator(program)([hostile]) is True
    source = javascript(program)
    assert "</script" not in source
    assert source.isascii()
    assert script_page.evaluate(f"(row) => ({source})(row)", [hostile]) is True


def test_compiled_function_reaches_nothing_but_its_operations() -> None:
    run = evaluator(bind("SYSBP > 1", SCHEMA, Home("VS", "VS")))
    assert run.__globals__["__builtins__"] == {}


NAN, INF = float("nan"), float("inf")
FAR = "BRTHDAT"
for _ in range(40):
    FAR = f"add_days({FAR}, 3999999)"


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("SYSBP > DIABP", [NAN, 80.0], None),
        ("SYSBP is missing", [NAN], True),
        ("SYSBP is missing", [-INF], True),
        ("floor(SYSBP) > 1", [INF], None),
        ("power(SYSBP, DIABP)", [-2.5, NAN], None),
        ("smallest(SYSBP, DIABP)", [1.0, NAN], None),
        ("max(AEGRADE)", [[1.0, NAN, INF, None]], 1.0),
        ("number(NOTE)", [" 7\t"], 7.0),
        ("number(NOTE)", ["\u00a07"], None),
        ("number(NOTE)", ["7\u3000"], None),
        ("number(NOTE)", ["\ufeff7"], None),
        (f"year({FAR})", ["2024-02-29"], None),
        (f"age(BRTHDAT, {FAR})", ["2024-02-29"], None),
    ],
)  # fmt: skip
def test_values_at_the_edge_mean_the_same_everywhere(
    script_page: Page, expression: str, values: list[object], expected: object
) -> None:
    program = bind(expression, SCHEMA, Home("VS", "VS"))
    assert is_same(evaluator(program)(values), expected)
    assert is_same(script_page.evaluate(f"(row) => ({javascript(program)})(row)", values), expected)
    assert is_same(evaluate(program, frame_of(program, [values])).to_list()[0], expected)


@pytest.mark.parametrize(
    "expression", ["1", "true", "missing", 'date("2024-02-29")', "SYSBP > 1", "count(AEGRADE)"]
)
def test_a_frame_without_rows_has_no_answers(expression: str) -> None:
    program = bind(expression, SCHEMA, Home("VS", "VS"))
    assert evaluate(program, frame_of(program, [])).is_empty()
