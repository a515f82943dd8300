"""`run` on the real platform: whatever is killed, what was acknowledged is still there afterwards."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from tools.launcher.places import CHECKOUT
from tools.launcher.processes import group_members

from tests.launcher.conftest import Launcher, clean_environment

pytestmark = [pytest.mark.xdist_group("launcher"), pytest.mark.slow]

PATIENCE_S = 60


@pytest.fixture(scope="module")
def run(tl: Launcher, port: int) -> Callable[[], "subprocess.CompletedProcess[str]"]:
    """Return what starts the platform, empty, in the background."""
    return lambda: tl("run", "--no-demo", "--port", str(port), "--detach")


@pytest.fixture
def address(run: Callable[[], "subprocess.CompletedProcess[str]"], port: int) -> str:
    """Return the address of a platform that is up, started if a test before has ended it."""
    answer = run()
    assert answer.returncode == 0, answer.stderr
    return f"http://127.0.0.1:{port}"


def state_of(home: Path) -> dict:
    [file] = home.glob("*/run.json")
    return json.loads(file.read_text())


def pid_of(home: Path, name: str) -> int:
    state = state_of(home)
    return state["supervisor"]["pid"] if name == "supervisor" else state["children"][name]["pid"]


def is_well(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            return answer.read().strip() == b"ok"
    except OSError:
        return False


def until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.1)


def database(tl: Launcher, home: Path) -> psycopg.Connection:
    url = tl("shell", "printenv", "DATABASE_URL").stdout.strip()
    return psycopg.connect(url, autocommit=True)


def test_first_page_comes_with_every_style_and_script_it_names(address: str) -> None:
    with urllib.request.urlopen(f"{address}/sign-in/", timeout=20) as answer:
        named = re.findall(r'(?:href|src)="(/static/[^"#]+)', answer.read().decode())
    assert len(named) > 5
    kinds = set()
    for path in named:
        with urllib.request.urlopen(f"{address}{path}", timeout=20) as answer:
            kinds.add(answer.headers.get_content_type())
            assert answer.read(), path
    assert {"text/css", "text/javascript", "image/svg+xml"} <= kinds


def test_second_run_names_the_address_of_the_first(address: str, tl: Launcher) -> None:
    answer = tl("run", "--port", "1")
    assert answer.returncode == 0
    assert f"already running at {address}" in answer.stdout


@pytest.mark.parametrize("name", ["web", "worker"])
def test_no_child_has_powers_it_does_not_need(address: str, home: Path, name: str) -> None:
    if os.geteuid() == 0 and sys.platform.startswith("linux"):
        lines = Path(f"/proc/{pid_of(home, name)}/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        dac_override = 1 << 1
        assert status["NoNewPrivs"].strip() == "1"
        assert [int(status[kind], 16) for kind in ("CapEff", "CapBnd")] == [dac_override] * 2
    else:
        assert os.geteuid() != 0 or sys.platform == "darwin"


def test_secrets_are_for_one_account_only(address: str, home: Path) -> None:
    for name in ("secret-key", "vault-key", "database-password"):
        [file] = home.glob(f"*/data/{name}")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(file.read_text()) >= 64


@pytest.mark.parametrize("name", ["web", "worker", "postgres"])
def test_killed_child_is_started_again(address: str, home: Path, name: str) -> None:
    before = pid_of(home, name)
    os.kill(before, signal.SIGKILL)
    until(lambda: pid_of(home, name) != before)
    until(lambda: is_well(address))
    if name != "postgres":
        assert group_members(before) == []


def test_everything_killed_at_once_loses_nothing_acknowledged(
    address: str, tl: Launcher, home: Path, run: Callable[[], "subprocess.CompletedProcess[str]"]
) -> None:
    with database(tl, home) as connection:
        connection.execute("create table kept (line text)")
        connection.execute("insert into kept values ('acknowledged')")
        for name in ("supervisor", "postgres", "web", "worker"):
            os.kill(pid_of(home, name), signal.SIGKILL)
    answer = run()
    assert answer.returncode == 0, answer.stderr
    assert is_well(address)
    with database(tl, home) as connection:
        assert connection.execute("select line from kept").fetchall() == [("acknowledged",)]
        connection.execute("drop table kept")


def test_what_a_killed_launcher_left_is_taken_over(
    address: str, home: Path, run: Callable[[], "subprocess.CompletedProcess[str]"]
) -> None:
    left = {name: pid_of(home, name) for name in ("postgres", "web", "worker")}
    os.kill(pid_of(home, "supervisor"), signal.SIGKILL)
    assert run().returncode == 0
    assert is_well(address)
    assert [pid for pid in left.values() if group_members(pid)] == []


def test_stop_after_a_killed_launcher_leaves_no_process(address: str, tl: Launcher, home: Path) -> None:
    left = {name: pid_of(home, name) for name in ("postgres", "web", "worker")}
    os.kill(pid_of(home, "supervisor"), signal.SIGKILL)
    assert "web" in tl("stop").stdout
    assert [pid for pid in left.values() if group_members(pid)] == []
    assert tl("stop").stdout == "Trial.Link is not running.\n"


def test_second_start_takes_seconds_and_interrupt_stops_it(address: str, tl: Launcher, home: Path) -> None:
    assert tl("stop").returncode == 0
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, CHECKOUT / "tl.py", "run", "--no-demo", "--port", address.rpartition(":")[2]],
        env=clean_environment(home),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    # Below five seconds on a quiet machine; here other tests share its cores. That the address is the
    # first line says that nothing was prepared again.
    assert time.monotonic() - begun < 30
    assert re.match(rf"Trial\.Link is running at {re.escape(address)} ", line)
    children = [pid_of(home, name) for name in ("postgres", "web", "worker")]
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, told.splitlines()) == (0, ["Stopping …", "Stopped."])
    assert [pid for pid in children if group_members(pid)] == []
    assert not list(home.glob("*/run.json"))


def test_reset_asks_and_then_deletes_everything(address: str, tl: Launcher, home: Path) -> None:
    assert "reset --yes" in tl("reset").stderr
    assert is_well(address)
    assert tl("reset", "--yes").returncode == 0
    assert not is_well(address)
    assert not list(home.glob("*/postgres"))
