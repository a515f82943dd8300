"""What a process of the application loads before it serves its first page."""

import os
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src"
# Compilers, solvers, statistics and writers of files: half a second and more each, needed by jobs and a few pages.
HEAVY = (
    *("numba", "scipy.sparse", "scipy.stats", "scipy.optimize", "pandas", "statsmodels", "polars"),
    *("ortools", "highspy", "matplotlib", "openpyxl", "pyhanko"),
)
STARTS = """
import os, sys
import django
django.setup()
from importlib import import_module
from django.conf import settings
import_module(settings.ROOT_URLCONF)
print(*sorted(sys.modules))
"""


def test_a_server_starts_without_compilers_solvers_and_statistics() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", STARTS],
        env={
            **os.environ,
            "PYTHONPATH": str(SOURCES),
            "DJANGO_SETTINGS_MODULE": "triallink.project.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "triallink" in loaded
    assert "django" in loaded
    assert set(HEAVY) & set(loaded) == set()
