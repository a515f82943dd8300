"""Expressions of other systems: translated where that is safe, kept to the letter, never executed."""

import os
from pathlib import Path

import pytest
from lxml import etree

from triallink.engines.checks import parse
from triallink.engines.checks.foreign import Dialect, translated


@pytest.mark.parametrize(
    ("original", "dialect", "translation"),
    [
        ('!(Gender == "Female")', "script", 'not Gender = "Female"'),
        ("A != null && (B == 1 || B == 2)", "script", "A is not missing and (B = 1 or B = 2)"),
        ("if (A > B) return false; else return true;", "script", "not A > B"),
        ("//L1\nif (A == 1)\n{ return false; }\nreturn true;", "script", "not A = 1"),
        (
            "if (A == 1) { if (B > 2) return false; else return true; } return true;",
            "script",
            "if A = 1 then not B > 2 else true",
        ),
        (
            "var a = D.getFullYear() - Y; if (X != a) return false; return true;",
            "script",
            "not X != year(D) - Y",
        ),
        (
            "$LAST.DS.DSCOMP == null || $THIS.IE.IEYN == 0",
            "script",
            "last(DS.DSCOMP) is missing or IE.IEYN = 0",
        ),
        ("D__format == 0", "script", "is_complete(D)"),
        ("X.contains(1) && A.toString() != B.toString()", "script", 'contains(X, "1") and A != B'),
        ("Math.round(A / 2) >= -1", "script", "round(A / 2) >= -1"),
        ('SE.F.IG[1].I_START eq "x" and I_N gte 2', "rule", 'SE.F.IG.I_START = "x" and I_N >= 2'),
        ("../ItemGroupData[@ItemGroupOID='IG']/ItemData[@ItemOID='I'][@Value='0']", "xpath", 'IG.I = "0"'),
    ],
)
def test_safe_subset_is_translated(original: str, dialect: Dialect, translation: str) -> None:
    found = translated(original, dialect)
    assert found.translation == translation
    assert found.original == original
    parse(translation)


@pytest.mark.parametrize(
    "original",
    [
        "while (true) {}",
        "now() > A",
        "process.exit(1)",
        "/^[A-Z]$/.test(X)",
        "R1,R2",
        "8",
        "If condition",
        "if (A == 1) return false;",
        "D__format == 3",
        "A = 1",
        "",
        "!" * 300 + "true",
        "x" * 20_000,
    ],
)
def test_everything_else_is_kept_with_the_reason(original: str) -> None:
    found = translated(original, "script")
    assert not found.is_translated
    assert found.original == original
    assert found.reason % dict(found.params)


if "TRIALLINK_DATA" in os.environ:

    def test_most_expressions_of_a_real_two_design_study_are_translated() -> None:
        file = Path(
            os.environ["TRIALLINK_DATA"], "edc/odm13/viedoc-mit/StudyDesign_VIEDOC-PHASE-II-TEMPLATE_2.0.xml"
        )
        found: dict[str, list[bool]] = {}
        for node in etree.parse(file).iter("{*}FormalExpression"):
            context = node.get("Context") or ""
            found.setdefault(context, []).append(translated(node.text or "", "script").is_translated)
        assert sum(map(len, found.values())) == 1041
        assert (sum(found["js"]), len(found["js"])) == (335, 370)
        assert (sum(found["activity"]), len(found["activity"])) == (256, 256)
        # The other contexts hold roles, counts and names of forms, which are not expressions; one is in `viedoc-expression`.
        assert sum(map(sum, found.values())) == 335 + 256 + 1
