"""The Python environment in .venv, made from hash-pinned requirements and kept until they change."""

import contextlib
import hashlib
import io
import json
import os
import platform
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from .index import Index, configured_index, fetch_pinned, unreachable, without_secrets
from .places import Places, held
from .refused import Refused, disk_full, require_space

NEEDED_MB = 2500
LOCKS = {"run": "requirements.txt", "test": "requirements-dev.txt"}
UNWANTED = ("VIRTUAL_ENV", "PYTHONPATH")
UNREACHABLE = ("error sending request", "dns error", "Could not connect", "timed out", "tcp connect error")


def ensure_environment(places: Places, purpose: str) -> None:
    """Make the environment fit for `run` or `test`, in no time if it already is.

    An environment that is a link was made by somebody else and is used as it is.
    """
    if places.environment.is_symlink():
        if not places.python.exists():
            raise Refused(
                f"{places.environment} is a link to an environment that no longer exists; remove it."
            )
        return
    if _is_current(places, purpose):
        return
    require_space(places.checkout, NEEDED_MB, "the environment")
    with held(places.home / "environment.lock", wait=True) as lock:
        if not _is_current(places, purpose):
            _build(places, purpose, lock)


def application_path(places: Places) -> dict[str, str]:
    """Return what puts the environment's programs and this checkout's sources first."""
    sources = str(places.checkout / "src")
    path = os.environ.get("PYTHONPATH")
    return {
        "PATH": f"{places.environment / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": f"{sources}{os.pathsep}{path}" if path else sources,
        "VIRTUAL_ENV": str(places.environment),
    }


def _is_current(places: Places, purpose: str) -> bool:
    stamp = _stamp(places)
    # What suffices to test also suffices to run.
    fitting = {purpose, "test"}
    return places.python.exists() and any(
        stamp == {"purpose": each, "digest": _digest(places, each)} for each in fitting
    )


@dataclass(frozen=True)
class Installer:
    """The uv program with what it needs to know."""

    program: Path
    places: Places
    index: Index
    lock: int | None

    def run(self, *arguments: str | Path) -> None:
        """Run uv and turn what it reports into a sentence."""
        inherited = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        forced = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
        answer = subprocess.run(
            [self.program, *arguments],
            cwd=self.places.checkout,
            env={**self.index.uv_settings, **inherited, **forced},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            # If we are killed it writes on, and the next set-up has to wait for it.
            pass_fds=() if self.lock is None else (self.lock,),
        )
        if answer.returncode == 0:
            return
        if "No space left on device" in answer.stderr:
            raise disk_full(self.places.environment)
        if any(sign in answer.stderr for sign in UNREACHABLE):
            raise unreachable(self.index, "certificate" if "certificate" in answer.stderr else "no answer")
        log = self.places.logs / "setup.log"
        log.write_text(answer.stderr)
        first = next((line.strip() for line in answer.stderr.splitlines() if line.strip()), "no message")
        raise Refused(f"The environment could not be made ({first}); the whole message is in {log}.")


def _build(places: Places, purpose: str, lock: int | None) -> None:
    stamp = _stamp(places)
    if stamp.get("purpose") == "test":
        purpose = "test"
    whole = places.python.exists() and bool(stamp)
    index = configured_index()
    what = "tests need" if purpose == "test" else "server needs"
    print(f"Installing what the {what} into .venv (once; it may take a few minutes) …", flush=True)
    uv = Installer(_uv(places, index), places, index, lock)
    with contextlib.suppress(FileNotFoundError):
        _stamp_file(places).unlink()
    if not whole:
        # Without its stamp an environment may be half of one, left by an interrupted set-up.
        python = getattr(sys, "_base_executable", sys.executable)
        uv.run("venv", "--clear", "--python", python, places.environment)
    target = ("--python", places.python)
    uv.run("pip", "sync", *target, "--require-hashes", places.checkout / LOCKS[purpose])
    uv.run("pip", "install", *target, "--no-deps", "--no-build-isolation", "--editable", places.checkout)
    content = json.dumps({"purpose": purpose, "digest": _digest(places, purpose)})
    _stamp_file(places).write_text(content)


def _uv(places: Places, index: Index) -> Path:
    """Return the pinned uv, fetched as a wheel and unpacked: a bare Debian has neither pip nor venv."""
    pins = (places.checkout / "requirements-setup.txt").read_text()
    hashes = set(re.findall(r"sha256:([0-9a-f]{64})", pins))
    program = places.base / f"uv-{hashlib.sha256(pins.encode()).hexdigest()[:10]}"
    if not program.exists():
        wheel = fetch_pinned(index, "uv", hashes, _wheel_endings())
        if hashlib.sha256(wheel).hexdigest() not in hashes:
            raise Refused(
                f"The uv that {without_secrets(index.address)} sent is not the one requirements-setup.txt names."
            )
        with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
            name = next(each for each in archive.namelist() if each.endswith(".data/scripts/uv"))
            draft = program.with_suffix(f".{os.getpid()}")
            draft.write_bytes(archive.read(name))
        draft.chmod(0o755)
        draft.rename(program)
    return program


def _wheel_endings() -> tuple[str, ...]:
    machine = platform.machine().lower()
    if sys.platform == "darwin":
        return (f"_{'arm64' if machine == 'arm64' else 'x86_64'}.whl",)
    if platform.libc_ver()[0] != "glibc":
        return (f"musllinux_1_1_{machine}.whl",)
    return (f"manylinux2014_{machine}.whl", f"manylinux_2_28_{machine}.whl", f"manylinux_2_17_{machine}.whl")


def _digest(places: Places, purpose: str) -> str:
    digest = hashlib.sha256()
    for name in (LOCKS[purpose], "pyproject.toml"):
        digest.update((places.checkout / name).read_bytes())
    return digest.hexdigest()


def _stamp_file(places: Places) -> Path:
    return places.environment / "triallink.json"


def _stamp(places: Places) -> dict[str, str]:
    try:
        return json.loads(_stamp_file(places).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
