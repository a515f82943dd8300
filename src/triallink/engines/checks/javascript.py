"""A program as JavaScript for the form in the browser: the same answers as on the server.

`RUNTIME` defines one object, `TrialLinkChecks`, with the operations; `javascript(program)` gives a function
expression that uses it: `(v) => …`, called with the same list of values as the Python form.
"""

import json
from importlib.resources import files

from triallink.engines.checks import arithmetic, dates
from triallink.engines.checks.core import Aggregate, Const, Input, Node, Op, Program

RUNTIME = (files(__package__) / "runtime.js").read_text(encoding="utf-8")


def javascript(program: Program) -> str:
    """Return the program as a JavaScript function expression of one argument, the list of input values.

    Nothing of the expression's text stands in it but fixed texts, as JSON.
    """
    return _Writer(program).written()


class _Writer:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.rows: frozenset[int] = frozenset()

    def written(self) -> str:
        return f"((v, K = TrialLinkChecks) => {self._value(self.program.root)})"

    def _value(self, node: Node) -> str:
        match node:
            case Const(value, type_):
                return _constant(value, type_.kind)
            case Input(slot):
                source = f"r[{slot}]" if slot in self.rows else f"v[{slot}]"
                kind = self.program.inputs[slot].kind
                return {"date": f"K.interval({source})", "time": f"K.minute_of_day({source})"}.get(
                    kind, f"K.present({source})"
                )
            case Aggregate(name, body, slots):
                self.rows = frozenset(slots)
                value = self._value(body)
                self.rows = frozenset()
                listed = ",".join(map(str, slots))
                return f"K.all_{name}(K.rows(v,[{listed}]).map((r) => {value}))"
            case Op("if" | "and" | "or" as name, (first, *rest)):
                later = ",".join(f"() => {self._value(operand)}" for operand in rest)
                return f"K.{name}_({self._value(first)},{later})"
            case Op("like", (text, Const(mask))):
                pattern = json.dumps(arithmetic.mask_pattern(str(mask)), ensure_ascii=True)
                return f"K.like({self._value(text)},{pattern})"
            case Op(name, operands):
                listed = ",".join(map(self._value, operands))
                return f"K.{name}({listed})"


def _constant(value: object, kind: str) -> str:
    if value is not None and kind == "date":
        return json.dumps(dates.interval(str(value)))
    if value is not None and kind == "time":
        return json.dumps(dates.minute_of_day(str(value)))
    # ASCII only and no "</", so that the text may stand inside a page.
    return json.dumps(value, ensure_ascii=True).replace("</", "<\\/")
