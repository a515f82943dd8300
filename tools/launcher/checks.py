"""`check`: format, lint, types, import contracts and house rules, all of them even if the first fails."""

import subprocess

from .application import application_environment
from .environment import ensure_environment
from .places import Places


def check(places: Places) -> int:
    """Run every check and return 1 if any failed."""
    ensure_environment(places, "test")
    # The settings are imported for the types of the models; no query is made.
    environment = application_environment(places, "postgresql:///triallink")
    python = str(places.python)
    commands = {
        "format": [python, "-m", "ruff", "format", "--check", "."],
        "lint": [python, "-m", "ruff", "check", "."],
        "types": [python, "-m", "mypy"],
        "types of the launcher": [
            python,
            "-m",
            "mypy",
            "--explicit-package-bases",
            "tl.py",
            "tools/launcher",
        ],
        "contracts": [str(places.environment / "bin" / "lint-imports")],
        "house rules": [python, "tools/house_rules.py"],
    }
    failed = []
    for name, command in commands.items():
        if name == "house rules" and not (places.checkout / "tools/house_rules.py").exists():
            continue
        answer = subprocess.run(command, cwd=places.checkout, env=environment, capture_output=True, text=True)
        print(f"{name}: {'passed' if answer.returncode == 0 else 'FAILED'}", flush=True)
        if answer.returncode != 0:
            failed.append(name)
            print(answer.stdout + answer.stderr, flush=True)
    return 1 if failed else 0
