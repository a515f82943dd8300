"""The import contracts hold, and each one breaks when a module climbs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Contract -> a module that breaks it and the import that does.
BREAKING = {
    "Imports only go down": ("kernel/climbing.py", "import triallink.foundation.record\n"),
    "A domain knows only the domains below it": (
        "domains/accounts/climbing.py",
        "import triallink.domains.studies.models\n",
    ),
    "Engines know nothing of each other": (
        "engines/demand/climbing.py",
        "import triallink.engines.protocol\n",
    ),
    "Kernel and engines know no Django": ("engines/demand/climbing.py", "import django\n"),
}


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run(
        [sys.executable, "-c", command],
        cwd=tree,
        env={"PYTHONPATH": str(tree / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the Python sources and their contracts."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copytree(
        ROOT / "src/triallink",
        tree / "src/triallink",
        ignore=lambda folder, names: [
            n for n in names if not n.endswith(".py") and not (Path(folder) / n).is_dir()
        ],
    )
    shutil.copy(ROOT / ".importlinter", tree)
    return tree


def test_the_contracts_hold():
    found = lint(ROOT)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("contract", BREAKING)
def test_a_climbing_import_breaks_its_contract(contract: str, copy: Path):
    name, text = BREAKING[contract]
    path = copy / "src/triallink" / name
    path.write_text(f'"""Climbs."""\n\n{text}')
    try:
        found = lint(copy)
    finally:
        path.unlink()
    assert found.returncode != 0
    assert f"{contract}" in found.stdout
    assert "BROKEN" in found.stdout
