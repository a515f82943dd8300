"""Every procedure has a guide page; its example runs, its figures are those of the code."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from triallink.engines import randomization as r

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "guide" / "randomization"
PAGES = sorted(GUIDE.glob("*.md"))
spec = importlib.util.spec_from_file_location(
    "randomization_guide", ROOT / "tools" / "randomization_guide.py"
)
guide = importlib.util.module_from_spec(spec)
spec.loader.exec_module(guide)


def blocks(page):
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_example_of_a_page_runs(page):
    names = {}
    found = blocks(page)
    for block in found:
        exec(compile(block, page.name, "exec"), names)

    assert found
    assert all("assert" in block or "def verify" in block for block in found)


@pytest.mark.parametrize("procedure", r.PROCEDURES, ids=lambda p: p.name)
def test_every_procedure_has_a_page_with_its_reference_and_fresh_figures(procedure):
    page = GUIDE / f"{procedure.name}.md"
    text = page.read_text(encoding="utf-8")

    assert procedure.reference in text
    assert f"`r.{procedure.design.__name__}`" in text
    assert f"({procedure.name}.md)" in (GUIDE / "index.md").read_text(encoding="utf-8")
    assert guide.with_figures(page) == text, "run tools/randomization_guide.py"


@pytest.mark.parametrize("procedure", r.PROCEDURES, ids=lambda p: p.name)
def test_the_example_of_a_procedure_has_at_most_five_lines(procedure):
    example = blocks(GUIDE / f"{procedure.name}.md")[0]

    assert len([line for line in example.splitlines() if line.strip()]) <= 5


def test_an_auditor_needs_ten_lines_and_the_standard_library_alone(tmp_path):
    code = blocks(GUIDE / "verify-an-allocation.md")[0]
    lines = [line for line in code.splitlines() if line.strip() and not line.startswith("import ")]
    assert len(lines) <= 10

    stream = r.Stream(bytes(range(32)), "S1")
    cases = []
    for procedure in r.PROCEDURES:
        design = procedure.typical()
        subject = r.Subject("1", {"sex": "F", "stage": "II"})
        _, event = r.randomize(design, design.start(), subject, stream)
        forged = json.loads(event.proof)
        forged["arm"] = next(arm for arm in design.arms if arm != event.arm)
        cases += [(event.proof, True), (json.dumps(forged), False)]
    program = tmp_path / "auditor.py"
    program.write_text(
        code
        + "\nimport sys\n"
        + "for proof, good in json.load(open(sys.argv[1])):\n"
        + f"    assert verify({stream.seed.hex()!r}, {stream.seal!r}, proof) is good\n"
        + f"    assert not verify({bytes(32).hex()!r}, {stream.seal!r}, proof)\n"
    )
    (tmp_path / "cases.json").write_text(json.dumps(cases))

    # -I: no packages of ours can be seen.
    subprocess.run([sys.executable, "-I", str(program), str(tmp_path / "cases.json")], check=True)
