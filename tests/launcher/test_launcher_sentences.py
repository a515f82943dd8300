"""What cannot work is told in one clear sentence, never in a traceback."""

import ast
import errno
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tools.launcher.places import CHECKOUT
from tools.launcher.refused import Refused, from_os_error, require_space

from tests.launcher.conftest import Launcher, clean_environment
from tests.ports import free_port

NOBODY = 65534


def only_sentence(answer: "subprocess.CompletedProcess[str]") -> str:
    """Return the one line a refused command has printed."""
    assert answer.returncode == 1, answer.stdout + answer.stderr
    lines = answer.stderr.strip().splitlines()
    assert len(lines) == 1, answer.stderr
    return lines[0]


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 7, 16), (3, 9, 2), (3, 10, 13)])
def test_old_python_is_told_which_one_is_needed(version: tuple[int, int, int]) -> None:
    program = f"import runpy, sys; sys.version_info = {version}; runpy.run_path('tl.py', run_name='__main__')"
    answer = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True)
    expected = f"Trial.Link needs Python 3.11 or newer; this is {version[0]}.{version[1]}."
    assert only_sentence(answer) == expected


def test_entry_file_is_readable_to_an_old_interpreter() -> None:
    source = (CHECKOUT / "tl.py").read_text()
    ast.parse(source, feature_version=(3, 7))
    assert source.index("sys.exit(1)") < source.index("from tools.launcher")


def test_taken_port_is_refused_with_the_next_free_one(tl: Launcher) -> None:
    with socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        sentence = only_sentence(tl("run", "--port", str(port)))
    assert f"Port {port} cannot be had on 127.0.0.1 (Address already in use)" in sentence
    named = int(sentence.rpartition(" ")[2])
    assert named > port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", named))


def test_address_of_another_machine_is_refused(tl: Launcher) -> None:
    sentence = only_sentence(tl("run", "--host", "203.0.113.7"))
    assert "203.0.113.7" in sentence


def test_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    answer = subprocess.run(
        [sys.executable, CHECKOUT / "tl.py", "stop"],
        env=clean_environment(blocked / "data"),
        capture_output=True,
        text=True,
    )
    sentence = only_sentence(answer)
    assert str(blocked) in sentence
    assert "cannot be written" in sentence
    assert "TL_HOME" in sentence


def test_no_network_at_set_up_names_the_index_and_not_its_password(tl: Launcher, checkout: Path) -> None:
    port = free_port()
    index = f"http://somebody:secret-word@127.0.0.1:{port}/simple"
    sentence = only_sentence(tl("run", checkout=checkout, UV_DEFAULT_INDEX=index))
    assert f"The package index at http://127.0.0.1:{port}/simple cannot be reached" in sentence
    assert "secret-word" not in sentence


def test_too_little_room_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"has \d+ MB free, but the database needs 1000000000 MB"):
        require_space(tmp_path / "not" / "yet", 10**9, "the database")


def test_disk_that_fills_up_on_the_way_is_told() -> None:
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/file")
    assert str(from_os_error(error)).startswith("The disk that holds /somewhere/file is full")
    assert from_os_error(OSError(errno.EBADF, os.strerror(errno.EBADF))) is None


if os.geteuid() == 0 and sys.platform.startswith("linux"):

    def test_full_disk_is_told_by_a_real_one(tmp_path: Path) -> None:
        program = f'mount -t tmpfs -o size=20m tmpfs "{tmp_path}" && exec "{sys.executable}" tl.py shell true'
        answer = subprocess.run(
            ["unshare", "--mount", "sh", "-c", program],
            cwd=CHECKOUT,
            env=clean_environment(tmp_path),
            capture_output=True,
            text=True,
        )
        sentence = only_sentence(answer)
        assert "MB free, but the database needs" in sentence


def test_browser_tests_without_a_browser_say_what_to_install(checkout: Path) -> None:
    (checkout / "tests").mkdir()
    (checkout / "tests/test_page.py").write_text(
        "import pytest\n\n@pytest.mark.browser\ndef test_page(): pass\n"
    )
    (checkout / "made-elsewhere/bin").mkdir(parents=True)
    (checkout / "made-elsewhere/bin/python").write_text("")
    (checkout / ".venv").symlink_to("made-elsewhere")
    data = checkout / "data"
    data.mkdir()
    program = "import os, sys; from tools.launcher.main import main\n"
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)
        program += f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
    answer = subprocess.run(
        [sys.executable, "-c", program + "sys.exit(main(['test']))"],
        cwd=checkout,
        env={"PATH": "/nonexistent", "TL_HOME": str(data)},
        capture_output=True,
        text=True,
    )
    assert re.match("The browser tests need chromium.*: install these packages", only_sentence(answer))
