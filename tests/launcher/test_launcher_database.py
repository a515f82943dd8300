"""The cluster the launcher makes, and which PostgreSQL it is made with."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tools.launcher.binaries import find_binaries, inspect_folder
from tools.launcher.cluster import Cluster, stop_server, written_by
from tools.launcher.places import CHECKOUT, Places
from tools.launcher.processes import mark
from tools.launcher.refused import Refused
from tools.launcher.systemuser import server_user

pytestmark = pytest.mark.xdist_group("launcher")


@pytest.fixture(scope="module")
def places(home: Path) -> Places:
    return Places(checkout=CHECKOUT, base=home, home=home)


@pytest.fixture(scope="module")
def cluster(places: Places) -> Cluster:
    user = server_user()
    made = Cluster(
        folder=places.home / "postgres",
        binaries=find_binaries(places, user),
        user=user,
        password="a/password@with:signs",
        log=places.home / "postgres.log",
    )
    # A set-up that was killed half-way leaves this behind.
    (made.folder / "draft-1" / "base").mkdir(parents=True)
    made.create(("triallink",))
    assert not list(made.folder.glob("draft-*"))
    return made


@pytest.fixture
def server(cluster: Cluster) -> Iterator[subprocess.Popen]:
    process = cluster.start()
    yield process
    cluster.stop_orphan()
    process.wait()


def rows(cluster: Cluster, query: str) -> list[tuple]:
    with psycopg.connect(cluster.url("triallink"), autocommit=True) as connection:
        answer = connection.execute(query)
        return answer.fetchall() if answer.description else []


def test_role_of_the_application_is_bound_by_row_level_security(
    cluster: Cluster, server: subprocess.Popen
) -> None:
    [(superuser, bypasses, may_create)] = rows(
        cluster, "select rolsuper, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user"
    )
    assert (superuser, bypasses, may_create) == (False, False, True)
    rows(cluster, "create table guarded (line text)")
    rows(cluster, "alter table guarded enable row level security, force row level security")
    rows(cluster, "create policy own on guarded using (line = 'mine') with check (true)")
    rows(cluster, "insert into guarded values ('mine'), ('yours')")
    assert rows(cluster, "select line from guarded") == [("mine",)]


def test_server_is_durable_and_reached_by_its_socket_only(cluster: Cluster, server: subprocess.Popen) -> None:
    asked = "fsync", "full_page_writes", "synchronous_commit", "listen_addresses"
    values = [rows(cluster, f"show {name}")[0][0] for name in asked]
    assert values == ["on", "on", "on", ""]


def test_password_is_asked_for(cluster: Cluster, server: subprocess.Popen) -> None:
    wrong = cluster.url("triallink").replace("password", "guess", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_text_in_both_languages_sorts_and_folds(cluster: Cluster, server: subprocess.Popen) -> None:
    assert rows(cluster, "select upper('é试验'), '临床' < '试验'") == [("É试验", True)]


def test_killed_server_keeps_what_it_had_acknowledged(cluster: Cluster) -> None:
    first = cluster.start()
    rows(cluster, "create table kept (line text)")
    rows(cluster, "insert into kept values ('acknowledged')")
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    second = cluster.start()
    try:
        assert rows(cluster, "select line from kept") == [("acknowledged",)]
    finally:
        found = mark(second.pid)
        assert found is not None
        stop_server(found, reap=second)


def test_mark_of_a_dead_server_does_not_stop_the_next_one(cluster: Cluster) -> None:
    stale = f"{os.getpid()}\n{cluster.content}\n1700000000\n{5432}\n{cluster.socket}\n\n\nready\n"
    (cluster.content / "postmaster.pid").write_text(stale)
    (cluster.socket / ".s.PGSQL.5432.lock").write_text(stale)
    with cluster.running():
        assert rows(cluster, "select 1") == [(1,)]


def test_server_left_behind_is_replaced(cluster: Cluster) -> None:
    left = cluster.start()
    with cluster.running():
        assert left.wait(timeout=10) == 0
        assert rows(cluster, "select 1") == [(1,)]


def test_cluster_that_exists_is_left_as_it_is(cluster: Cluster) -> None:
    before = (cluster.content / "global/pg_control").stat().st_ino
    cluster.create(("triallink",))
    assert (cluster.content / "global/pg_control").stat().st_ino == before
    assert written_by(cluster.folder) == cluster.binaries.major


def installation(folder: Path, version: str) -> Path:
    """Make a bin folder whose programs say that version."""
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


def test_chain_prefers_the_folder_that_is_named(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = installation(tmp_path / "named", "16.4 (Debian 16.4-1)")
    monkeypatch.setenv("TL_PG_BIN", str(named))
    found = find_binaries(places, None)
    assert (found.folder, found.version, found.major) == (named.resolve(), "16.4", 16)


def test_chain_then_takes_the_wheel(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TL_PG_BIN", raising=False)
    assert find_binaries(places, None).source == "embedded"


def test_chain_ends_with_the_system(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TL_PG_BIN", raising=False)
    monkeypatch.setenv("PATH", f"{installation(tmp_path / 'bin', '99.1')}:{os.environ['PATH']}")
    without_wheel = Places(checkout=tmp_path, base=tmp_path, home=tmp_path)
    assert find_binaries(without_wheel, None).version == "99.1"


def test_named_folder_with_an_old_server_is_refused(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_PG_BIN", str(installation(tmp_path / "old", "14.9")))
    with pytest.raises(Refused, match="no PostgreSQL 15 or newer in it"):
        find_binaries(places, None)
    assert inspect_folder(tmp_path / "nothing", "test") is None


def test_data_of_another_version_are_never_hidden(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TL_PG_BIN", str(installation(tmp_path / "new", "17.1")))
    with pytest.raises(Refused, match=r"written by PostgreSQL 15, but only PostgreSQL 17\.1"):
        find_binaries(places, None, major=15)
