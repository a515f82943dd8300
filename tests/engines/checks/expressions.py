"""Random expressions over a small study, and random records for them."""

from hypothesis import strategies as st

from triallink.engines.checks import Form, Group, Item, Schema, syntax

NUMBERS = ("SYSBP", "DIABP", "WEIGHT")
TEXTS = ("SEX", "NOTE")
DATES = ("BRTHDAT", "VISDAT")
SERIES_NUMBERS, SERIES_TEXTS, SERIES_DATES = ("AEGRADE",), ("AETERM",), ("AESTDAT",)

SCHEMA = Schema(
    forms=(
        Form(
            "VS",
            (
                Group(
                    "VS",
                    (
                        Item("SYSBP", "number"),
                        Item("DIABP", "number"),
                        Item("WEIGHT", "number"),
                        Item("SEX", "text", codes=("M", "F")),
                        Item("NOTE"),
                        Item("BRTHDAT", "date"),
                        Item("VISDAT", "date"),
                        Item("FASTING", "truth"),
                        Item("VISTIM", "time"),
                    ),
                ),
                Group(
                    "AE",
                    (Item("AEGRADE", "number"), Item("AETERM"), Item("AESTDAT", "date")),
                    is_repeating=True,
                ),
            ),
        ),
    )
)
name = lambda *names: st.sampled_from(names).map(lambda each: syntax.Name((each,)))  # noqa: E731
numerals = st.sampled_from(["0", "1", "2", "0.1", "0.3", "10", "120", "2.50", "1e3", "7"])
date_texts = st.sampled_from(
    [
        "2024",
        "2024-02",
        "2024-02-29",
        "2024-03-01",
        "2023-12-31",
        "2024-02-29T08:30",
        "2024-02-29T08:31",
        "1950-07",
    ]
)


def call(function: str, *arguments: st.SearchStrategy) -> st.SearchStrategy:
    """Draw a call of a function."""
    return st.tuples(*arguments).map(lambda drawn: syntax.Call(function, drawn))


def numbers(inner: st.SearchStrategy | None = None, items: tuple[str, ...] = NUMBERS) -> st.SearchStrategy:
    """Draw an expression that is a number."""
    leaf = st.one_of(numerals.map(syntax.Number), name(*items), dated_numbers())

    def grown(child: st.SearchStrategy) -> st.SearchStrategy:
        return st.one_of(
            st.builds(syntax.Compute, st.sampled_from("+-*/"), child, child),
            st.builds(syntax.Minus, child),
            st.sampled_from(["abs", "floor", "ceiling", "sqrt"]).flatmap(lambda f: call(f, child)),
            call("round", child, st.sampled_from("0123").map(syntax.Number)),
            call("smallest", child, child),
            call("largest", child, child),
            call("coalesce", child, child),
        )

    return st.recursive(leaf, grown, max_leaves=5)


def dated_numbers() -> st.SearchStrategy:
    """Draw a number computed from dates or texts."""
    day = dates()
    return st.one_of(
        call("days", day, day),
        call("minutes", day, day),
        call("age", day, day),
        call("year", day),
        call("month", day),
        call("length", name("NOTE")),
        call("number", name("NOTE")),
    )


def dates() -> st.SearchStrategy:
    """Draw an expression that is a date."""
    fixed = date_texts.map(lambda text: syntax.Call("date", (syntax.Text(text),)))
    return st.one_of(name(*DATES), fixed, call("add_days", name(*DATES), numerals.map(syntax.Number)))


def truths() -> st.SearchStrategy:
    """Draw an expression that is true or false."""
    comparison = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    leaf = st.one_of(
        st.sampled_from([True, False, None]).map(syntax.Truth),
        name("FASTING"),
        st.builds(syntax.Compare, comparison, numbers(), numbers()),
        st.builds(syntax.Compare, comparison, dates(), dates()),
        st.builds(
            syntax.Compare, comparison, name("VISTIM"), st.just(syntax.Call("time", (syntax.Text("08:30"),)))
        ),
        st.builds(syntax.Compare, st.sampled_from(["=", "!="]), name("SEX"), st.just(syntax.Text("M"))),
        st.builds(
            syntax.Member, name("NOTE"), st.just((syntax.Text("a"), syntax.Text("b-1"))), st.booleans()
        ),
        st.builds(syntax.Between, numbers(), numbers(), numbers(), st.booleans()),
        st.builds(syntax.IsMissing, st.one_of(numbers(), dates(), name("NOTE")), st.booleans()),
        call("like", name("NOTE"), st.sampled_from(["@-#", "*1", "?", "a.b", "*"]).map(syntax.Text)),
        call("contains", name("NOTE"), st.just(syntax.Text("-"))),
        call("starts_with", name("NOTE"), st.just(syntax.Text("b"))),
        over_repeats(),
    )

    def grown(child: st.SearchStrategy) -> st.SearchStrategy:
        return st.one_of(
            st.builds(syntax.Logic, st.sampled_from(["and", "or"]), child, child),
            st.builds(syntax.Not, child),
            st.builds(syntax.Choice, child, child, child),
        )

    return st.recursive(leaf, grown, max_leaves=6)


def over_repeats() -> st.SearchStrategy:
    """Draw a comparison or condition over the rows of a repeating group."""
    condition = st.one_of(
        st.builds(syntax.Compare, st.just(">"), name("AEGRADE"), numerals.map(syntax.Number)),
        st.builds(syntax.Compare, st.just(">"), name("AEGRADE"), name("WEIGHT")),
        st.builds(syntax.Compare, st.just(">="), name("AESTDAT"), name("VISDAT")),
        st.builds(syntax.Compare, st.just("="), name("AETERM"), st.just(syntax.Text("a"))),
    )
    both = st.one_of(condition, st.builds(syntax.Logic, st.sampled_from(["and", "or"]), condition, condition))
    number = st.sampled_from(["first", "last", "sum", "mean", "min", "max", "count"])
    return st.one_of(
        call("any", both),
        call("all", both),
        st.builds(
            syntax.Compare,
            st.just(">"),
            number.flatmap(lambda function: call(function, name("AEGRADE"))),
            numerals.map(syntax.Number),
        ),
        st.builds(syntax.Compare, st.just("<"), call("count", both), st.just(syntax.Number("2"))),
        st.builds(syntax.Compare, st.just("<="), call("last", name("AESTDAT")), dates()),
    )


def expressions() -> st.SearchStrategy:
    """Draw any expression."""
    return st.one_of(truths(), numbers(), dates())


_number_values = st.one_of(
    st.none(), st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 2.5, -3.0, 120.0, 80.0, 1e155]), st.floats(-1e4, 1e4),
    st.sampled_from([float("nan"), float("inf"), float("-inf")]),
)  # fmt: skip
_text_values = st.one_of(
    st.none(),
    st.sampled_from(
        ["M", "F", "a", "b-1", "", "12.5", " 7 ", "ä", "血压", "1e5", "a\nb", "\u30007", "\u00a07", "𝒳-1"]
    ),
)
_date_values = st.one_of(
    st.none(),
    date_texts,
    st.dates().map(str),
    st.sampled_from(["2023-02-29", "", "2024-13", "0000", "2024-02-29T24:00", "2024-02-29T08:30:15"]),
)
_time_values = st.sampled_from([None, "08:30", "08:31", "23:59:59", "24:00", ""])
VALUES = {
    "number": _number_values,
    "text": _text_values,
    "date": _date_values,
    "time": _time_values,
    "truth": st.sampled_from([True, False, None]),
}


@st.composite
def records(draw: st.DrawFn, inputs: tuple, count: int = 8) -> list[list[object]]:
    """Draw records for the inputs of a program; the series of a record are equally long."""
    drawn: list[list[object]] = []
    for _ in range(count):
        rows = draw(st.integers(0, 3))
        record: list[object] = []
        for reference in inputs:
            values = VALUES[reference.kind]
            is_series = reference.mode == "series"
            record.append(draw(st.lists(values, min_size=rows, max_size=rows) if is_series else values))
        drawn.append(record)
    return drawn
