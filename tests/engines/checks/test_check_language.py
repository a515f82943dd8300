"""The check language as a data manager meets it: what it says, and how it refuses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.checks.expressions import SCHEMA, expressions

from triallink.engines.checks import (
    Event,
    ExpressionRefused,
    Form,
    Group,
    Home,
    Item,
    Schema,
    bind,
    evaluator,
    flat_schema,
    parse,
    printed,
)

VITALS = flat_schema(
    Item("SYSBP", "number", "mmHg"),
    Item("DIABP", "number", "mmHg"),
    Item("TEMP", "number", "C"),
    Item("HEIGHT", "number", "cm"),
    Item("WEIGHT", "number", "kg"),
    Item("SEX", "text", codes=("M", "F")),
    Item("DSDECOD", "text", codes=("1", "2")),
    Item("BRTHDAT", "date"),
    Item("VISDAT", "date"),
    Item("NOTE"),
)


def answer(expression: str, **values: object) -> object:
    """Return what an expression over the vital signs says."""
    program = bind(expression, VITALS)
    return evaluator(program)([values.get(reference.item) for reference in program.inputs])


def refused(expression: str, schema: Schema = VITALS, home: Home = Home()) -> tuple[str, str, str]:  # noqa: B008
    """Return the text a refusal points at, its sentence and its suggestion."""
    with pytest.raises(ExpressionRefused) as caught:
        bind(expression, schema, home)
    problem = caught.value.problems[0]
    start, end = problem.span
    return expression[start:end], problem.message_template % dict(problem.params), problem.suggestion


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("SYSBP > DIABP", {"SYSBP": 120.0, "DIABP": 80.0}, True),
        ("SYSBP > DIABP", {"SYSBP": 120.0}, None),
        ("SYSBP > DIABP or DIABP > 200", {"DIABP": 210.0}, True),
        ("SYSBP > DIABP and DIABP > 200", {"DIABP": 80.0}, False),
        ("not SYSBP = 120", {"SYSBP": 120.0}, False),
        ("not SYSBP = 120", {"SYSBP": 0.0}, True),
        ("SYSBP is missing or SYSBP > 60", {}, True),
        ("2 + 3 * 4 = 14", {}, True),
        ("10 - 4 - 3 = 3", {}, True),
        ("12 / 3 / 2 = 2", {}, True),
        ("-2 * -3 = 6", {}, True),
        ("true or false and false", {}, True),
        ("0.1 + 0.2 = 0.3", {}, True),
        ("round(1.005, 2) = 1.01", {}, True),
        ("round(-2.5) = -3", {}, True),
        ("1 / 0 is missing", {}, True),
        ("SYSBP between 90 and 140", {"SYSBP": 140.0}, True),
        ("SYSBP not between 90 and 140", {"SYSBP": 141.0}, True),
        ('SEX in ("M", "F")', {"SEX": "F"}, True),
        ("DSDECOD = 1", {"DSDECOD": "1"}, True),
        ('like(NOTE, "@@-###")', {"NOTE": "AB-123"}, True),
        ('like(NOTE, "@@-###")', {"NOTE": "AB-12x"}, False),
        ('if SEX = "M" then 1 else 2', {"SEX": "F"}, 2.0),
        ("if SYSBP > 1 then 1 else 2", {}, None),
        ("SYSBP > 18 {kPa}", {"SYSBP": 136.0}, True),
        ("SYSBP > 18 {kPa}", {"SYSBP": 135.0}, False),
        ("TEMP >= 98.6 {°F}", {"TEMP": 37.0}, True),
        ("WEIGHT / (HEIGHT * HEIGHT) > 25 {kg/m2}", {"WEIGHT": 90.0, "HEIGHT": 180.0}, True),
        ("WEIGHT / (HEIGHT * HEIGHT) > 28 {kg/m2}", {"WEIGHT": 90.0, "HEIGHT": 180.0}, False),
        # An unknown day or month leaves open only what it leaves open.
        ('BRTHDAT < "2000"', {"BRTHDAT": "1999"}, True),
        ('BRTHDAT < "2000-06"', {"BRTHDAT": "2000"}, None),
        ("BRTHDAT <= VISDAT", {"BRTHDAT": "2024-05-17", "VISDAT": "2024-05-17T08:30"}, True),
        ("age(BRTHDAT, VISDAT) >= 18", {"BRTHDAT": "2006", "VISDAT": "2024-06-01"}, None),
        ("age(BRTHDAT, VISDAT) >= 18", {"BRTHDAT": "2005", "VISDAT": "2024-12-31"}, True),
        ("age(BRTHDAT, VISDAT) = 17", {"BRTHDAT": "2006-06-02", "VISDAT": "2024-06-01"}, True),
        ("VISDAT - BRTHDAT = 29", {"BRTHDAT": "2024-02-01", "VISDAT": "2024-03-01"}, True),
        ("days(BRTHDAT, VISDAT) <= 4 {wk}", {"BRTHDAT": "2024-02-01", "VISDAT": "2024-03-01"}, False),
        ("BRTHDAT + 28 = VISDAT", {"BRTHDAT": "2024-02-01", "VISDAT": "2024-02-29"}, True),
        ("is_complete(BRTHDAT)", {"BRTHDAT": "2024-02"}, False),
        ("BRTHDAT is missing", {"BRTHDAT": "2023-02-29"}, True),
    ],
)
def test_expression_says_what_a_data_manager_means(
    expression: str, values: dict[str, object], expected: object
) -> None:
    assert answer(expression, **values) is expected or answer(expression, **values) == expected


@pytest.mark.parametrize(
    ("expression", "where", "sentence", "suggestion"),
    [
        ("SYSBP == 120", "==", "not expected", "="),
        ("SYSBP > 1 && true", "&&", "no meaning", "and"),
        ("SYSBP ≥ 1", "≥", "no meaning", ">="),
        ("60 < SYSBP < 100", "<", "chained", ""),
        ("SYSPB > 1", "SYSPB", "no item", "SYSBP"),
        ("VS.SYSBP > 1", "VS.SYSBP", "no item", "FORM.SYSBP"),
        ("abz(SYSBP)", "abz", "no function", "abs"),
        ('SEX = "Male"', '"Male"', "code list", ""),
        ('SEX = "m"', '"m"', "code list", '"M"'),
        ("SYSBP > SEX", "SYSBP > SEX", "cannot be compared", ""),
        ('SEX > "F"', 'SEX > "F"', "no order", ""),
        ("SYSBP > 5 {kg}", "SYSBP > 5 {kg}", "do not measure the same", ""),
        ("WEIGHT + SYSBP > 5", "WEIGHT + SYSBP", "do not measure the same", ""),
        ("SYSBP and true", "SYSBP", "true or false is expected", ""),
        ('BRTHDAT = date("2023-02-29")', '"2023-02-29"', "is not a date", ""),
        ("first(SYSBP) > 1", "first(SYSBP)", "does not repeat", ""),
        ("round(SYSBP, DIABP)", "DIABP", "fixed value", ""),
        ("abs(SYSBP, 1)", "abs(SYSBP, 1)", "takes 1", ""),
        ('like(NOTE, "*a*b*")', '"*a*b*"', "at most 2", ""),
        ('if true then 1 else "a"', '"a"', "Both branches", ""),
        ('NOTE = "abc', '"abc', "closing quotation", ""),
        ("", "", "empty", ""),
        ("(SYSBP > 1", "", "too early", ""),
    ],
)
def test_refusal_points_at_the_place_and_suggests(
    expression: str, where: str, sentence: str, suggestion: str
) -> None:
    found = refused(expression)
    assert found[0] == where
    assert sentence in found[1]
    assert found[2] == suggestion


def test_too_deep_and_too_long_are_refused_before_they_cost_anything() -> None:
    for expression in (
        "(" * 5000 + "1" + ")" * 5000,
        "not " * 200 + "true",
        "1" + " + 1" * 200,
        "if true then " * 450 + "1" + " else 1" * 450,
        "1" * 20_000,
    ):
        with pytest.raises(ExpressionRefused):
            parse(expression)


def test_name_means_the_nearest_item_and_says_when_it_could_be_several() -> None:
    date_item = Item("DAT", "date")
    schema = Schema(
        forms=(
            Form("VS", (Group("G", (date_item, Item("PULSE", "number"))),)),
            Form("LB", (Group("L", (date_item,)), Group("M", (Item("RES", "number"),), is_repeating=True))),
        ),
        events=(Event("SCR", ("VS", "LB")), Event("V1", ("VS",)), Event("UNS", ("LB",), is_repeating=True)),
    )
    at_screening = Home("VS", "G", "SCR")
    assert str(bind("DAT", schema, at_screening).inputs[0]) == "VS.G.DAT"
    assert str(bind("LB.DAT", schema, at_screening).inputs[0]) == "LB.L.DAT"
    assert str(bind("V1.VS.DAT", schema, at_screening).inputs[0]) == "V1.VS.G.DAT"
    assert str(bind("any(RES > 1)", schema, at_screening).inputs[0]) == "series(LB.M.RES)"
    assert str(bind("last(UNS.LB.DAT)", schema, at_screening).inputs[0]) == "series(UNS.LB.L.DAT)"
    assert str(bind("previous(PULSE)", schema, Home("VS", "G", "V1")).inputs[0]) == "previous(VS.G.PULSE)"
    assert refused("DAT > DAT", schema, Home("XX", "", "SCR"))[2] == "VS.G.DAT"
    assert refused("RES > 1", schema, at_screening)[2] == "first(RES)"
    assert refused("LB.DAT > DAT", schema, Home("VS", "G", "V1"))[2] == "SCR.LB.DAT"


@settings(max_examples=150, deadline=None)
@given(expressions())
def test_printed_tree_parses_to_the_same_tree(tree: object) -> None:
    text = printed(tree)  # type: ignore[arg-type]
    assert parse(text) == tree
    assert printed(parse(text)) == text


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    "SYSBP",
                    "(",
                    ")",
                    " and ",
                    " not ",
                    "1",
                    ".",
                    "=",
                    "<",
                    "in",
                    "is",
                    "missing",
                    '"',
                    "if",
                    "{",
                    "-",
                ]
            ),
            max_size=14,
        ).map(" ".join),
    )
)
def test_any_text_is_an_expression_or_a_located_refusal(text: str) -> None:
    try:
        bind(text, SCHEMA, Home("VS", "VS"))
    except ExpressionRefused as refusal:
        for problem in refusal.problems:
            assert 0 <= problem.span[0] <= problem.span[1] <= max(len(text), 1)
            assert problem.message_template % dict(problem.params)
