"""The environment is built from pinned files only, once, whatever the machine has or lacks."""

import http.server
import os
import re
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from tools.launcher.environment import ensure_environment
from tools.launcher.index import Index, configured_index, fetch_pinned
from tools.launcher.places import CHECKOUT, Places
from tools.launcher.refused import Refused

pytestmark = pytest.mark.xdist_group("launcher")
CHOICES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "PIP_CERT")


@pytest.fixture
def places(checkout: Path, tmp_path: Path) -> Places:
    """Return a checkout whose pinned requirements are few, taken from the real ones."""
    pins = (CHECKOUT / "requirements-dev.txt").read_text()
    blocks = [
        re.search(rf"^{name}==.*?(?=^\S)", pins, re.M | re.S) for name in ("setuptools", "wheel", "packaging")
    ]
    lock = "".join(block[0] for block in blocks if block)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (checkout / name).write_text(lock)
    (tmp_path / "data/logs").mkdir(parents=True)
    return Places(checkout=checkout, base=tmp_path, home=tmp_path)


@pytest.mark.slow
def test_environment_is_built_once_and_again_if_interrupted(places: Places) -> None:
    ensure_environment(places, "run")
    listed = subprocess.run(
        [places.python, "-I", "-c", "import wheel, triallink; print(triallink.__file__)"],
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert listed.stdout.strip() == str(places.checkout / "src/triallink/__init__.py")
    assert os.access(places.environment / "bin/triallink", os.X_OK)

    (places.environment / "mine").write_text("")
    ensure_environment(places, "run")
    assert (places.environment / "mine").exists()

    # A set-up that was killed leaves no stamp: nothing of what it had begun is trusted.
    (places.environment / "triallink.json").unlink()
    ensure_environment(places, "run")
    assert not (places.environment / "mine").exists()


@pytest.mark.slow
def test_file_with_another_hash_is_not_installed(places: Places) -> None:
    lock = places.checkout / "requirements.txt"
    lock.write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", lock.read_text()))
    with pytest.raises(Refused, match="could not be made"):
        ensure_environment(places, "run")
    assert not (places.environment / "triallink.json").exists()


def test_linked_environment_is_used_as_it_is(places: Places, tmp_path: Path) -> None:
    made = tmp_path / "made-elsewhere"
    (made / "bin").mkdir(parents=True)
    (made / "bin/python").write_text("")
    places.environment.symlink_to(made)
    ensure_environment(places, "test")
    assert sorted(path.name for path in made.rglob("*")) == ["bin", "python"]


@pytest.fixture
def unconfigured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return an empty home folder; the machine's own choice of index is out of sight."""
    for name in CHOICES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "xdg"))
    return tmp_path


def test_index_of_pip_is_found_and_one_of_uv_goes_before_it(
    unconfigured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = unconfigured / ".config/pip/pip.conf"
    pip.parent.mkdir(parents=True)
    pip.write_text(
        "[global]\nindex_url = https://pip.example/simple\nextra-index-url = https://a.example\n  https://b.example\n"
    )
    assert configured_index().address == "https://pip.example/simple"
    assert configured_index().uv_settings["UV_DEFAULT_INDEX"] == "https://pip.example/simple"
    assert configured_index().uv_settings["UV_INDEX"] == "https://a.example https://b.example"
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    assert configured_index().address == "https://variable.example/simple"

    uv = unconfigured / ".config/uv/uv.toml"
    uv.parent.mkdir(parents=True)
    uv.write_text('[[index]]\nurl = "https://uv.example/simple"\ndefault = true\n')
    assert configured_index().address == "https://uv.example/simple"
    assert "UV_INDEX" not in configured_index().uv_settings
    monkeypatch.setenv("UV_DEFAULT_INDEX", "internal=https://uv-variable.example/simple")
    assert configured_index().address == "https://uv-variable.example/simple"


def test_without_any_setting_uv_is_left_to_its_own_default(
    unconfigured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert "UV_DEFAULT_INDEX" not in configured_index().uv_settings
    assert configured_index().address.endswith("/simple")


WHEEL = b"the content of a wheel"
LOGIN = "Basic " + b64encode(b"somebody:pass/word").decode()


class PrivateIndex(http.server.BaseHTTPRequestHandler):
    """A package index that wants a password and has one good and one forged file."""

    def do_GET(self) -> None:
        good = sha256(WHEEL).hexdigest()
        page = f'<a href="../../files/uv-1-forged_linux.whl#sha256={"0" * 64}">x</a><a href="../../files/uv-1-linux.whl#sha256={good}">y</a>'
        known = {"/simple/uv/": page.encode(), "/files/uv-1-linux.whl": WHEEL}
        allowed = self.headers.get("Authorization") == LOGIN
        self.send_response(200 if allowed and self.path in known else 401)
        self.end_headers()
        if allowed:
            self.wfile.write(known.get(self.path, b""))

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep the terminal of the tests quiet."""


@pytest.fixture
def private_index() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), PrivateIndex) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"127.0.0.1:{server.server_address[1]}/simple"
        server.shutdown()


def test_private_index_is_asked_with_its_password(private_index: str) -> None:
    index = Index(f"http://somebody:pass%2Fword@{private_index}")
    assert fetch_pinned(index, "uv", {sha256(WHEEL).hexdigest()}, ("linux.whl",)) == WHEEL


def test_wrong_password_is_told_without_showing_it(private_index: str) -> None:
    index = Index(f"http://somebody:guess@{private_index}")
    with pytest.raises(Refused, match="cannot be reached") as refused:
        fetch_pinned(index, "uv", {sha256(WHEEL).hexdigest()}, ("linux.whl",))
    assert "guess" not in str(refused.value)


def test_file_that_is_not_pinned_is_not_fetched(private_index: str) -> None:
    index = Index(f"http://somebody:pass%2Fword@{private_index}")
    with pytest.raises(Refused, match="no uv for this machine with a hash"):
        fetch_pinned(index, "uv", {"1" * 64}, ("linux.whl",))


def test_requirements_are_pinned_by_hash_and_name_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-setup.txt"):
        pins = (CHECKOUT / name).read_text()
        for block in re.split(r"(?m)^(?=[a-z0-9])", pins)[1:]:
            assert "--hash=sha256:" in block, block
        assert "://" not in pins
