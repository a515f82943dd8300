"""Processes are told apart by more than their number, and end with all they have started."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tools.launcher.places import LONGEST_SOCKET_FOLDER, held, socket_folder
from tools.launcher.processes import ProcessMark, group_members, mark, stop_group


def test_same_number_with_another_start_is_another_process() -> None:
    me = mark(os.getpid())
    assert me is not None
    assert me.is_alive()
    assert not ProcessMark(me.pid, "another time").is_alive()


def test_process_that_waits_to_be_reaped_is_dead() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    while process.returncode is None and mark(process.pid) is not None:
        time.sleep(0.01)
    assert mark(process.pid) is None
    assert process.wait() == 0


def test_workers_of_a_killed_master_end_with_it() -> None:
    program = (
        "import subprocess, time; subprocess.Popen(['sleep', '60']); print('up', flush=True); time.sleep(60)"
    )
    master = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    assert master.stdout is not None
    assert master.stdout.readline() == "up\n"
    found = mark(master.pid)
    assert found is not None
    master.kill()
    master.wait()
    master.stdout.close()
    assert len(group_members(master.pid)) == 1
    stop_group(found, patience_s=1)
    assert group_members(master.pid) == []


def test_lock_is_free_again_when_its_holder_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    program = (
        "import sys, time; from pathlib import Path; from tools.launcher.places import held\n"
        "with held(Path(sys.argv[1])) as lock: print(lock is not None, flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, lock], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    with held(lock) as descriptor:
        assert descriptor is None
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with held(lock) as descriptor:
        assert descriptor is not None


def test_socket_path_stays_short_however_deep_the_data_lie(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 8)
    assert len(str(socket_folder(deep))) <= LONGEST_SOCKET_FOLDER
    assert socket_folder(deep) != socket_folder(deep / "another")
