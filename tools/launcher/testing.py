"""`test`: the whole suite on a throw-away database, with a real browser where a test asks for one."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .application import application_environment, triallink
from .binaries import system_binaries
from .database import test_database
from .environment import ensure_environment
from .places import Places
from .refused import Refused

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSERS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
BROWSER_MARK = "mark.browser"
SHARED_DATA = "../shared/data"


def test(places: Places, arguments: list[str], *, postgres: str) -> int:
    """Run pytest and pass its exit code on; `postgres="system"` leaves the embedded server out."""
    if postgres == "system" and not system_binaries():
        print(
            "No system PostgreSQL 15 or newer was found, so these tests were not run against one.", flush=True
        )
        return 0
    more = {}
    if needs_browser(places.checkout, arguments):
        more["TRIALLINK_CHROMIUM"] = ensure_browser()
    ensure_environment(places, "test")
    shared = (places.checkout / SHARED_DATA).resolve()
    if "TRIALLINK_DATA" not in os.environ and shared.is_dir():
        more["TRIALLINK_DATA"] = str(shared)
    with (
        test_database(places, system_only=postgres == "system") as (url, server),
        tempfile.TemporaryDirectory(prefix="triallink-test-") as data,
    ):
        print(f"Testing against {server}.", flush=True)
        environment = application_environment(
            places, url, TRIALLINK_DATA_DIR=data, TRIALLINK_DEMO="0", **more
        )
        environment.pop("DJANGO_SETTINGS_MODULE", None)  # the suite names settings of its own
        triallink(places, environment, "translations", "compile")
        command = [str(places.python), "-m", "pytest", *parallel(arguments), *arguments]
        return interruptible(command, places, environment)


def parallel(arguments: list[str]) -> list[str]:
    """Return pytest's options for one process per core, unless the person chose otherwise."""
    chosen = any(each.startswith(("-n", "--numprocesses", "--pdb", "--dist")) for each in arguments)
    return [] if chosen else ["-n", "2", "--dist", "loadgroup"]


def needs_browser(checkout: Path, arguments: list[str]) -> bool:
    """Say whether any of the chosen test files drives a browser."""
    named = [checkout / each.partition("::")[0] for each in arguments if not each.startswith("-")]
    chosen = [path for path in named if path.exists()] or [checkout / "tests"]
    files = (file for path in chosen for file in ([path] if path.is_file() else path.rglob("*.py")))
    return any(BROWSER_MARK in file.read_text(errors="replace") for file in files)


def ensure_browser() -> str:
    """Return the path of a Chromium that can be driven, installed from the system's packages if we may."""
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt_install(missing)
        missing = missing_packages()
    found = find_browser()
    if not found or missing:
        raise Refused(
            f"The browser tests need {', '.join(missing)}: install these packages, "
            "or set TRIALLINK_CHROMIUM to the path of a Chromium you have."
        )
    return found


def missing_packages() -> list[str]:
    """Return Debian's names for what a driven browser needs and this machine lacks."""
    missing = [] if find_browser() else ["chromium"]
    if not has_chinese_fonts():
        missing.append("fonts-noto-cjk")
    if sys.platform.startswith("linux"):
        try:
            ctypes.CDLL("libatomic.so.1")  # playwright's own node is linked to it
        except OSError:
            missing.append("libatomic1")
    return missing


def find_browser() -> str | None:
    """Return the path of the first Chromium found."""
    chosen = os.environ.get("TRIALLINK_CHROMIUM")
    if chosen:
        return chosen if os.access(chosen, os.X_OK) else None
    on_path = (shutil.which(name) for name in BROWSERS)
    return next((path for path in (*on_path, *MAC_BROWSERS) if path and os.access(path, os.X_OK)), None)


def has_chinese_fonts() -> bool:
    """Say whether pages in Chinese have glyphs; macOS ships them."""
    if sys.platform == "darwin":
        return True
    program = shutil.which("fc-list")
    if not program:
        return False
    return bool(subprocess.run([program, ":lang=zh-cn"], capture_output=True, check=False).stdout)


def interruptible(command: list[str], places: Places, environment: dict[str, str]) -> int:
    """Run a command on our terminal and return its exit code; Ctrl-C is for the command, not for us."""
    process = subprocess.Popen(command, cwd=places.checkout, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def _apt_install(packages: list[str]) -> None:
    print(f"Installing {' and '.join(packages)} from the system's packages …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-qq"], install):
        answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
            raise Refused(f"{' '.join(packages)} could not be installed from the system's packages ({last}).")
