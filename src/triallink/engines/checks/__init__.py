"""Edit checks and derivations: an expression language for data managers that always terminates.

Text → `parse` → syntax tree → `bind` (names, kinds, units) → program → a compiled Python function (`evaluator`), a
column over a polars frame (`evaluate`) or JavaScript for the form (`javascript`), all three giving the same answer.
"""

from triallink.engines.checks.checker import bind
from triallink.engines.checks.columns import evaluate
from triallink.engines.checks.core import Program, Reference
from triallink.engines.checks.design import Stored, checks_of, schema_of, stored_expressions
from triallink.engines.checks.functions import FUNCTIONS, SPECIAL
from triallink.engines.checks.javascript import RUNTIME, javascript
from triallink.engines.checks.parser import parse, printed
from triallink.engines.checks.problems import ExpressionRefused, Problem
from triallink.engines.checks.python_code import evaluator
from triallink.engines.checks.runs import Check, CheckSet
from triallink.engines.checks.schema import Event, Form, Group, Home, Item, Schema, flat_schema

__all__ = [
    "FUNCTIONS",
    "RUNTIME",
    "SPECIAL",
    "Check",
    "CheckSet",
    "Event",
    "ExpressionRefused",
    "Form",
    "Group",
    "Home",
    "Item",
    "Problem",
    "Program",
    "Reference",
    "Schema",
    "Stored",
    "bind",
    "checks_of",
    "evaluate",
    "evaluator",
    "flat_schema",
    "javascript",
    "parse",
    "printed",
    "schema_of",
    "stored_expressions",
]
