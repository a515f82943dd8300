"""Every driver in tools/bench tells how it is used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = sorted(
    path.name for path in (ROOT / "tools/bench").glob("*.py") if "ArgumentParser(" in path.read_text()
)
# All in one process: what they import is loaded once.
ASK_ALL = """
import contextlib, io, json, runpy, sys
found = {}
for path in sys.argv[1:]:
    sys.argv, out = [path, "--help"], io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        found[path.rsplit("/", 1)[1]] = [end.code, out.getvalue()]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def helps() -> dict[str, tuple[int, str]]:
    paths = [str(ROOT / "tools/bench" / name) for name in DRIVERS]
    done = subprocess.run(
        [sys.executable, "-c", ASK_ALL, *paths],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tools/bench'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_prints_its_options_when_asked_for_help(
    helps: dict[str, tuple[int, str]], name: str
) -> None:
    code, said = helps[name]
    assert code == 0
    assert said.startswith("usage: ")
    assert "--help" in said
