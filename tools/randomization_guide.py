"""Measure the example of every guide page and write the figures into the page.

    .venv/bin/python tools/randomization_guide.py          writes docs/guide/randomization/*.md
    .venv/bin/python tools/randomization_guide.py --check  exits 1 if a page is out of date

Designs that look at earlier allocations only are measured exactly; the others in 2,000 simulated trials with seed 1.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from triallink.engines import randomization as r

GUIDE = Path(__file__).parents[1] / "docs" / "guide" / "randomization"
BLOCK = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- end -->)", re.DOTALL)
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
SIZES = (20, 50, 100)


def example_of(page: Path) -> dict[str, Any]:
    """Run the first example of a page and return its names."""
    found = EXAMPLE.search(page.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{page.name} has no example")
    names: dict[str, Any] = {}
    exec(compile(found.group(1), page.name, "exec"), names)
    return names


def measured(design: r.Design) -> str:
    """Return the Markdown table of a design's figures."""
    if design.procedure == "uploaded-list":
        return "A list has no probabilities of its own.\n"
    return exact_table(design) if design.looks_at == "counts" else simulated_table(design)


def exact_table(design: r.Design) -> str:
    """Return exact figures at several numbers of subjects."""
    lines = [
        "Exact, for the example above:\n",
        "| subjects | largest imbalance, expected | final imbalance, mean | in balance | certain | entropy | guessed |",
        "|---|---|---|---|---|---|---|",
    ]
    sizes = (design.total,) if getattr(design, "total", 0) else SIZES
    for n in sizes:
        try:
            p = r.properties(design, n)
        except ValueError:
            break  # more arms have more situations than the recursion takes at this size
        lines.append(
            f"| {n} | {p.expected_max:.3f} | {p.final_mean_abs:.3f} | {p.mean_balance:.3f} | {p.deterministic:.3f} "
            f"| {p.entropy:.3f} | {p.guess_convergence:.3f} |"
        )
    return "\n".join(lines) + "\n"


def simulated_table(design: r.Design) -> str:
    """Return simulated figures with standard errors at several numbers of subjects."""
    adaptive = design.looks_at == "responses"
    last = "subjects on A" if adaptive else "imbalance within levels"
    note = ", success rates 0.5 and 0.3" if adaptive else ", all levels equally likely"
    lines = [
        f"2,000 simulated trials{note}; standard errors in parentheses:\n",
        f"| subjects | largest imbalance | final imbalance | guessed | {last} |",
        "|---|---|---|---|---|",
    ]
    names = getattr(design, "covariates", ())
    population = r.Population(numeric=dict.fromkeys(names, (60.0, 10.0)))
    for n in SIZES:
        trials = r.simulate(
            design,
            trials=2000,
            subjects=n,
            seed=1,
            population=population,
            success=(0.5, 0.3) if adaptive else (),
        )
        c = r.characteristics(trials)
        levels = list(c.within_level.values())
        shown = [c.expected_max, c.final_mean_abs, c.guess_convergence, c.arm["A"] if adaptive else levels[0]]
        lines.append(
            f"| {n} | " + " | ".join(f"{e.value:.3f} ({e.standard_error:.3f})" for e in shown) + " |"
        )
    return "\n".join(lines) + "\n"


def with_figures(page: Path) -> str:
    """Return the page's text with fresh figures."""
    table = measured(example_of(page)["design"])
    return BLOCK.sub(lambda _: table, page.read_text(encoding="utf-8"))


def main() -> int:
    """Write or check every page."""
    check, stale = "--check" in sys.argv[1:], []
    for procedure in r.PROCEDURES:
        page = GUIDE / f"{procedure.name}.md"
        fresh = with_figures(page)
        if fresh != page.read_text(encoding="utf-8"):
            stale.append(page.name)
            if not check:
                page.write_text(fresh, encoding="utf-8")
    print("\n".join(stale) or "all pages are up to date")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
