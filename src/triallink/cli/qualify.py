"""`triallink qualify`: run the qualification checks of the engines on this installed copy."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import pkgutil
import platform
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import click

import triallink.engines
from triallink.kernel.clock import system_clock


@dataclass(frozen=True, slots=True)
class Line:
    """One check as it stands in the report."""

    engine: str
    requirement: str
    source: str
    tolerance: str
    expected: str
    observed: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, on what, when, and how it came out."""

    product: str
    fingerprint: str
    python: str
    platform: str
    libraries: dict[str, str]
    run_at: str
    passed: bool
    checks: list[Line]


@click.command()
@click.option("--engine", "only", multiple=True, help="Only this engine; may be given several times.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report with a sign-off block to this Markdown file.",
)
def command(only: tuple[str, ...], as_json: bool, output: Path | None) -> None:
    """Run every engine's checks against published values; exit 1 when one fails."""
    known = qualified_engines()
    unknown = sorted(set(only) - set(known))
    if unknown:
        raise click.UsageError(
            f"No engine with checks is called {', '.join(unknown)}; there are {', '.join(known)}."
        )
    engines = [name for name in known if not only or name in only]
    report = report_of([line for engine in engines for line in _lines(engine)])
    if output is not None:
        output.write_text(markdown(report), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False, indent=2))
    else:
        click.echo(table(report))
    sys.exit(0 if report.passed else 1)


def qualified_engines() -> list[str]:
    """Return the engines that have a `qualification` module."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(triallink.engines.__path__)
        if module.ispkg
        and importlib.util.find_spec(f"triallink.engines.{module.name}.qualification") is not None
    )


def _lines(engine: str) -> list[Line]:
    lines = []
    for check in importlib.import_module(f"triallink.engines.{engine}.qualification").checks():
        result = check.run()
        lines.append(
            Line(
                engine,
                check.requirement,
                check.source,
                check.tolerance,
                result.expected,
                result.observed,
                result.passed,
            )
        )
    return lines


def report_of(lines: list[Line]) -> Report:
    """Return the report on these lines; one without any line has not passed."""
    return Report(
        product=f"Trial.Link {_version()}",
        fingerprint=_fingerprint(),
        python=platform.python_version(),
        platform=platform.platform(),
        libraries={name: metadata.version(name) for name in ("numpy", "scipy", "numba")},
        run_at=system_clock.now().isoformat(timespec="seconds"),
        passed=bool(lines) and all(line.passed for line in lines),
        checks=lines,
    )


def _version() -> str:
    try:
        return metadata.version("triallink")
    except metadata.PackageNotFoundError:
        return "(run from source)"


def _fingerprint() -> str:
    """Return one hash over the installed engines and kernel, so that a report says which code it is about."""
    root = Path(triallink.engines.__path__[0]).parent
    digest = hashlib.sha256()
    for path in sorted([*(root / "engines").rglob("*.py"), *(root / "kernel").rglob("*.py")]):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def table(report: Report) -> str:
    """Return one row per check, with the figures of those that failed."""
    rows = [
        f"{'passed' if line.passed else 'FAILED'}  {line.engine}: {line.requirement}"
        + (
            ""
            if line.passed
            else f"\n        expected {line.expected} ({line.tolerance})\n        observed {line.observed}"
        )
        for line in report.checks
    ]
    failed = sum(not line.passed for line in report.checks)
    return "\n".join([*rows, "", f"{report.product}: {len(report.checks)} checks, {failed} failed"])


def markdown(report: Report) -> str:
    """Return the report as Markdown, ready to be signed."""
    libraries = ", ".join(f"{name} {version}" for name, version in report.libraries.items())
    parts = [
        f"# Qualification report: {report.product}",
        "",
        "| | |",
        "|---|---|",
        f"| Result | **{'passed' if report.passed else 'FAILED'}** |",
        f"| Run at | {report.run_at} |",
        f"| Code | sha256 {report.fingerprint} |",
        f"| Python | {report.python}; {libraries} |",
        f"| Platform | {report.platform} |",
    ]
    for engine in sorted({line.engine for line in report.checks}):
        parts += [
            "",
            f"## {engine}",
            "",
            "| # | Requirement | Source | Tolerance | Expected | Observed | Result |",
            "|---|---|---|---|---|---|---|",
        ]
        lines = [line for line in report.checks if line.engine == engine]
        for i, line in enumerate(lines, start=1):
            cells = (
                f"{engine}-{i:02d}",
                line.requirement,
                line.source,
                line.tolerance,
                line.expected,
                line.observed,
                "passed" if line.passed else "**FAILED**",
            )
            parts.append(
                "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
            )
    parts += [
        "",
        "## Sign-off",
        "",
        "| Meaning | Name | Date | Signature |",
        "|---|---|---|---|",
        "| Performed by | | | |",
        "| Reviewed by | | | |",
        "| Approved for use by | | | |",
        "",
        "Deviations and their assessment:",
        "",
    ]
    return "\n".join(parts) + "\n"
