"""The launcher as a person uses it: real processes, on a data folder of the test's own."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tools.launcher.places import CHECKOUT

from tests.ports import free_port

# What the suite's own launcher has set must not lead the one under test to the suite's database.
FOREIGN = ("DATABASE_URL", "TRIALLINK_", "DJANGO_", "PYTEST_", "TL_", "PYTHONPATH", "VIRTUAL_ENV")

Launcher = Callable[..., subprocess.CompletedProcess[str]]


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return our environment as a person's terminal would have it, with the data folder given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {"TL_HOME": str(home)} | more


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Return a data folder that the database's system user can pass through."""
    folder = Path(tempfile.mkdtemp(prefix="tl-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def tl(home: Path) -> Iterator[Launcher]:
    """Return the launcher of this checkout; whatever it has started is stopped in the end."""

    def call(*arguments: str, checkout: Path = CHECKOUT, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, checkout / "tl.py", *arguments],
            env=clean_environment(home, **more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    yield call
    call("stop")


@pytest.fixture(scope="module")
def port() -> int:
    """Return a port nobody listens on."""
    return free_port()


@pytest.fixture
def checkout() -> Iterator[Path]:
    """Return a copy of the launcher's own files, without an environment, that anybody may read."""
    folder = Path(tempfile.mkdtemp(prefix="tl-checkout-"))
    folder.chmod(0o755)
    shutil.copy(CHECKOUT / "tl.py", folder)
    shutil.copy(CHECKOUT / "requirements-setup.txt", folder)
    shutil.copy(CHECKOUT / "pyproject.toml", folder)
    shutil.copytree(CHECKOUT / "tools/launcher", folder / "tools/launcher")
    for name in ("requirements.in", "requirements.txt", "requirements-dev.txt"):
        (folder / name).write_text("")
    package = folder / "src/triallink"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    yield folder
    shutil.rmtree(folder)
