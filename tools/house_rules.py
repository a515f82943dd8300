"""The rules of the house that no linter knows (DESIGN §3, STYLE); `python3 tl.py check` runs them.

Each rule is a function from a source tree to its violations, so that a test can show it a tree that breaks it.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LIMIT_LINES = 500
FORBIDDEN_MODULES = {"utils", "helpers", "common", "misc", "manager", "managers"}
FORBIDDEN_WORDS = {
    "patient_id": "subject", "patients": "subjects", "clinic_id": "site", "treatment_group": "arm",
}  # fmt: skip
PUBLIC_FILES = {"services", "selectors", "access", "events", "errors", "models", "apps", "handlers", "jobs"}
DOMAIN_ORDER = [
    ["accounts"], ["studies"], ["quality"], ["marketplace", "capacity"], ["ledger"], ["contracts"],
    ["etmf", "edc", "rtsm"], ["delivery"], ["insights", "siteselect"], ["innovation"],
]  # fmt: skip


@dataclass(frozen=True)
class Violation:
    """A rule broken, and where."""

    path: Path
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


@dataclass(frozen=True)
class Source:
    """One Python file of the tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the folders and the module name below src/triallink."""
        return self.path.with_suffix("").parts

    def real_name(self, name: str) -> str:
        """Return what an imported name is called at home."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if alias.asname == name:
                        return alias.name
        return name


def sources(root: Path) -> Iterator[Source]:
    """Return the Python files below a root, without migrations; paths are relative to it."""
    for path in sorted(root.rglob("*.py")):
        if "migrations" not in path.parts:
            text = path.read_text(encoding="utf-8")
            yield Source(path.relative_to(root), text, ast.parse(text))


def no_long_module(root: Path) -> Iterator[Violation]:
    """A module has at most 500 lines."""
    for source in sources(root):
        count = source.text.count("\n")
        if count > LIMIT_LINES:
            yield Violation(source.path, count, f"a module has at most {LIMIT_LINES} lines")


def no_empty_name(root: Path) -> Iterator[Violation]:
    """No module is called utils, helpers, common, misc or manager."""
    for source in sources(root):
        for part in source.parts:
            if part in FORBIDDEN_MODULES:
                yield Violation(source.path, 1, f"“{part}” says nothing; name what is in it")


def the_fields_words(root: Path) -> Iterator[Violation]:
    """Names use the words of GLOSSARY.md."""
    for source in sources(root):
        for node in ast.walk(source.tree):
            name = getattr(node, "name", None) or getattr(node, "id", None) or getattr(node, "attr", None)
            if isinstance(name, str) and name in FORBIDDEN_WORDS:
                yield Violation(
                    source.path, getattr(node, "lineno", 1), f"say {FORBIDDEN_WORDS[name]}, not {name}"
                )


def services_tell_the_truth(root: Path) -> Iterator[Violation]:
    """A service is keyword-only, names its actor `by`, is atomic, and says what it refuses and emits."""
    for source in sources(root):
        if not _is_service_file(source):
            continue
        for node in source.tree.body:
            if isinstance(node, ast.FunctionDef) and _writes(node):
                yield from _service_violations(source, node)


def engines_state_their_terms(root: Path) -> Iterator[Violation]:
    """A public engine function has a docstring, and one that raises ValueError says when."""
    for source in sources(root):
        if source.parts[0] != "engines":
            continue
        for node in source.tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or _is_compiled(node):
                continue
            said = ast.get_docstring(node) or ""
            if not said:
                yield Violation(source.path, node.lineno, f"{node.name} says nothing of what it returns")
            elif _raises_value_error(node) and not re.search(
                r"Raises|ValueError|refuse", said, re.IGNORECASE
            ):
                yield Violation(
                    source.path, node.lineno, f"{node.name} raises ValueError and does not say when"
                )


def a_domain_is_entered_by_its_public_files(root: Path) -> Iterator[Violation]:
    """From outside, a domain is entered through services, selectors, access, events, errors or models only."""
    for source in sources(root):
        home = source.parts[1] if source.parts[0] == "domains" and len(source.parts) > 1 else ""
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(
                "triallink.domains."
            ):
                continue
            _, _, domain, *rest = (node.module or "").split(".")
            if domain != home and rest and rest[0].startswith("_"):
                yield Violation(source.path, node.lineno, f"{node.module} is private to {domain}")


def no_broad_except(root: Path) -> Iterator[Violation]:
    """Exception is caught only where the line says why."""
    for source in sources(root):
        lines = source.text.splitlines()
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node) and "#" not in lines[node.lineno - 1]:
                yield Violation(
                    source.path, node.lineno, "catching everything hides defects; say why if you must"
                )


def foreign_keys_descend(root: Path) -> Iterator[Violation]:
    """A model refers only to models of its own domain, of domains below it, and of the foundation."""
    rung = {name: index for index, names in enumerate(DOMAIN_ORDER) for name in names}
    for source in sources(root):
        if source.parts[0] != "domains" or "models" not in source.parts or len(source.parts) < 3:
            continue
        home = source.parts[1]
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("triallink.domains."):
                other = (node.module or "").split(".")[2]
                if other != home and rung.get(other, -1) >= rung.get(home, -1):
                    yield Violation(
                        source.path, node.lineno, f"a foreign key of {home} may not climb to {other}"
                    )


RULES: tuple[Callable[[Path], Iterator[Violation]], ...] = (
    no_long_module,
    no_empty_name,
    the_fields_words,
    services_tell_the_truth,
    engines_state_their_terms,
    a_domain_is_entered_by_its_public_files,
    no_broad_except,
    foreign_keys_descend,
)


def _is_service_file(source: Source) -> bool:
    return source.parts[0] == "domains" and len(source.parts) > 2 and source.parts[2] == "services"


def _writes(node: ast.FunctionDef) -> bool:
    """Tell a service from its private parts and from plain questions: it is public and records something."""
    return not node.name.startswith("_") and bool(_calls(node) & {"record", "_record"})


def _service_violations(source: Source, node: ast.FunctionDef) -> Iterator[Violation]:
    said = ast.get_docstring(node) or ""
    names = [argument.arg for argument in node.args.kwonlyargs]
    if node.args.args or node.args.posonlyargs:
        yield Violation(source.path, node.lineno, f"{node.name} takes keywords only")
    if "by" not in names:
        yield Violation(source.path, node.lineno, f"{node.name} does not name its actor `by`")
    if not any("atomic" in ast.unparse(decorator) for decorator in node.decorator_list):
        yield Violation(source.path, node.lineno, f"{node.name} is not one transaction")
    for word in ("Refuses:", "Emits:"):
        if word not in said:
            yield Violation(source.path, node.lineno, f"{node.name} does not say what it {word.lower()}")
    for emitted in {source.real_name(name) for name in _emitted(node)}:
        if emitted not in said:
            yield Violation(source.path, node.lineno, f"{node.name} emits {emitted} and does not say so")
    for refused in _refused(node):
        if refused not in said:
            yield Violation(source.path, node.lineno, f"{node.name} refuses {refused} and does not say so")


def _calls(node: ast.AST) -> set[str]:
    return {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}


def _emitted(node: ast.FunctionDef) -> set[str]:
    found = set()
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in ("record", "_record")
        ):
            first = call.args[0] if call.args else None
            if isinstance(first, ast.Call) and isinstance(first.func, ast.Name):
                found.add(first.func.id)
    return found


def _refused(node: ast.FunctionDef) -> set[str]:
    found = set()
    for raised in ast.walk(node):
        if isinstance(raised, ast.Raise) and raised.exc is not None:
            called = raised.exc.func if isinstance(raised.exc, ast.Call) else raised.exc
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name[:1].isupper() and not name.endswith("Error"):
                found.add(name)
    return found


def _raises_value_error(node: ast.FunctionDef) -> bool:
    return any(
        isinstance(raised, ast.Raise) and raised.exc is not None and "ValueError" in ast.unparse(raised.exc)
        for raised in ast.walk(node)
    )


def _is_compiled(node: ast.FunctionDef) -> bool:
    """Tell a numba kernel: an inner part of its engine, not its public face."""
    return any("njit" in ast.unparse(decorator) for decorator in node.decorator_list)


def _is_broad(node: ast.ExceptHandler) -> bool:
    return node.type is None or "Exception" in {getattr(n, "id", "") for n in ast.walk(node.type)}


def main() -> int:
    """Print every violation of the tree below src/triallink."""
    root = Path(__file__).resolve().parent.parent / "src/triallink"
    violations = [violation for rule in RULES for violation in rule(root)]
    for violation in violations:
        print(f"src/triallink/{violation}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
