"""kill -9 in the middle of writing the search index: what was there stays readable, what was asked is still written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from tests.foundation.killed_writer import DEADLY
from tests.foundation.test_search import SCHEMA, document, keys

from triallink.foundation import search
from triallink.foundation.models import SearchChange
from triallink.foundation.search import Query

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
SCRIPT = Path(__file__).with_name("killed_writer.py")
ROOT = Path(__file__).parents[2]
NAMES = {str(number): f"Harbor {number}" for number in range(1, 2 * DEADLY)}


@pytest.fixture
def collection(settings, tmp_path):
    """A collection of five documents, in a folder of its own."""
    settings.SEARCH_DIR = tmp_path
    rows = dict(NAMES)

    def documents(wanted):
        return iter([document(key, rows[key]) for key in (rows if wanted is None else wanted) if key in rows])

    name = f"killed_{tmp_path.name}"
    search.collect(name, SCHEMA, documents)
    yield name, rows
    search.collections._collections.pop(name)


def killed(name, folder, work):
    """Let a process write until it is killed."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), connection.settings_dict["NAME"], str(folder), name, work],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def test_a_writer_killed_in_mid_update_loses_neither_the_index_nor_the_changes(collection, tmp_path):
    name, rows = collection
    search.rebuild(name)
    rows["2"], rows["4"] = "Seaside", "Riverside"
    search.touch(name, rows)
    killed(name, tmp_path, "put")
    assert keys(search.find(name, Query(text="Harbor"))) == set(NAMES), "nothing half written is seen"
    assert search.find(name, Query(text="written")).total == 0
    assert SearchChange.objects.filter(collection=name).count() == len(rows), "what was asked is still asked"
    assert search.flush() == len(rows), "the dead writer's lock holds nobody up"
    assert keys(search.find(name, Query(text="Seaside"))) == {"2"}
    assert keys(search.find(name, Query(text="Riverside"))) == {"4"}
    assert search.find(name, Query()).total == len(rows)
    assert not SearchChange.objects.filter(collection=name).exists()


def test_a_writer_killed_in_mid_rebuild_leaves_the_old_generation_in_place(collection, tmp_path):
    name, rows = collection
    search.rebuild(name)
    killed(name, tmp_path, "rebuild")
    assert len(list(tmp_path.glob(f"{name}-*"))) == 2, "the half built generation lies beside"
    assert search.find(name, Query(text="Harbor")).total == len(rows)
    assert name not in search.ensure()
    assert search.rebuild(name) == len(rows)
    assert len(list(tmp_path.glob(f"{name}-*"))) == 1, "and goes with the next rebuild"


def test_a_first_build_that_was_killed_is_built_by_the_next_worker(collection, tmp_path):
    name, rows = collection
    killed(name, tmp_path, "rebuild")
    with pytest.raises(search.SearchAway):
        search.find(name, Query())
    assert name in search.ensure()
    assert search.find(name, Query()).total == len(rows)
