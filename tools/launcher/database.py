"""The database a verb works with: DATABASE_URL as it is, or this checkout's own cluster."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from .binaries import find_binaries
from .cluster import Cluster, written_by
from .places import Places, held, secret
from .refused import Refused, require_space
from .state import running
from .systemuser import server_user

DATABASE = "triallink"
BENCH_DATABASE = "triallink_bench"
NEEDED_MB = 300


def external_url() -> str | None:
    """Return the address of a server that is not ours to start or stop."""
    return os.environ.get("DATABASE_URL") or None


def own_cluster(places: Places) -> Cluster:
    """Return this checkout's cluster, made if there is none yet."""
    folder = places.home / "postgres"
    user = server_user()
    binaries = find_binaries(places, user, major=written_by(folder))
    require_space(places.home, NEEDED_MB, "the database")
    cluster = Cluster(
        folder, binaries, user, secret(places, "database-password"), places.logs / "postgres.log"
    )
    cluster.create((DATABASE, BENCH_DATABASE))
    return cluster


@contextlib.contextmanager
def database_running(places: Places, name: str) -> Iterator[str]:
    """Yield the address of a database of this checkout, using the server of a `run` that is alive."""
    url = external_url()
    if url:
        yield url
        return
    cluster = own_cluster(places)
    with held(places.run_lock) as lock:
        if lock is not None:
            with cluster.running():
                yield cluster.url(name)
        elif running(places):
            yield cluster.url(name)
        else:
            raise Refused("Another command of this checkout is starting or stopping its database; try again.")


@contextlib.contextmanager
def test_database(places: Places, *, system_only: bool) -> Iterator[tuple[str, str]]:
    """Yield the address of a throw-away database and what runs it; fast, because a crash may lose it."""
    url = external_url()
    if url and not system_only:
        yield url, "the server that DATABASE_URL names"
        return
    user = server_user()
    binaries = find_binaries(places, user, system_only=system_only)
    folder = places.home / f"test-postgres-{binaries.major}"
    with held(_lock_beside(folder)) as lock:
        if lock is None:
            raise Refused("The tests of this checkout are already running; wait for them or end them.")
        require_space(places.home, NEEDED_MB, "the test database")
        password = secret(places, "database-password")
        cluster = Cluster(folder, binaries, user, password, places.logs / "test-postgres.log", durable=False)
        cluster.create((DATABASE,))
        with cluster.running():
            yield cluster.url(DATABASE), str(binaries)


def _lock_beside(folder: Path) -> Path:
    return folder.with_suffix(".lock")
