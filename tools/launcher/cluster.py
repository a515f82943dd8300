"""One PostgreSQL cluster: made once, started as a child, stopped in good order, recovered after a crash."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .binaries import Binaries
from .places import socket_folder
from .processes import ProcessMark, command_of, mark, wait_gone
from .refused import Refused, disk_full
from .systemuser import SystemUser, refuse_foreign

ROLE = "triallink"
PORT = 5432  # only part of the socket's name: nothing listens on the network
SUPERUSER = "postgres"

# For the two cores and few gigabytes of a first machine; an installation that has outgrown them
# has a server of its own and names it in DATABASE_URL.
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    # A parallel query needs /dev/shm, which containers keep small, and takes the core that serves pages.
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "2s",
}
# Only for clusters whose content is made anew by each run.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}

# The application's role proves itself by password and is never a superuser, so row-level security binds it;
# the superuser is reached only by the account that runs the server.
HOST_RULES = f"""local all {ROLE} scram-sha-256
local all {SUPERUSER} peer map=owner
"""

START_SECONDS = 60
STOP_SECONDS = 60


@dataclass(frozen=True)
class Cluster:
    """A cluster's folder with everything needed to run it."""

    folder: Path
    binaries: Binaries
    user: SystemUser | None
    password: str
    log: Path
    durable: bool = True

    @property
    def content(self) -> Path:
        return self.folder / "content"

    @property
    def socket(self) -> Path:
        return socket_folder(self.folder)

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of the application's role for one of the cluster's databases."""
        password, folder = quote(self.password, safe=""), quote(str(self.socket))
        return f"postgresql://{ROLE}:{password}@/{database}?host={folder}&port={PORT}"

    def create(self, databases: tuple[str, ...]) -> None:
        """Make the cluster with its role and databases, whole or not at all; nothing if it exists."""
        for folder in (self.folder, self.socket):
            self._own(folder)
        if self.content.exists():
            return
        for left in self.folder.glob("draft-*"):
            shutil.rmtree(left, ignore_errors=True)
        # A name of our own: a set-up that outlives its killed launcher may still be writing to its draft.
        draft = self.folder / f"draft-{os.getpid()}"
        self._run("initdb", "-D", draft, *self._initdb_options())
        (draft / "pg_hba.conf").write_text(HOST_RULES)
        account = self.user.name if self.user else _own_name()
        (draft / "pg_ident.conf").write_text(f"owner {account} {SUPERUSER}\n")
        role = f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER CREATEDB PASSWORD '{self.password}';"
        names = [f"CREATE DATABASE {database} OWNER {ROLE};" for database in databases]
        self._run("postgres", "--single", "-D", draft, "postgres", input_text="\n".join([role, *names, ""]))
        draft.rename(self.content)

    def launch(self) -> subprocess.Popen:
        """Start the server as a child of ours, stopping first one that an earlier launcher left behind."""
        self.stop_orphan()
        settings = SETTINGS | ({} if self.durable else THROW_AWAY)
        settings["unix_socket_directories"] = str(self.socket)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("a") as log:
            return subprocess.Popen(
                [self.binaries.folder / "postgres", "-D", self.content, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the launcher, which stops the server last
                **self._as_user(),
            )

    def wait_ready(self, process: subprocess.Popen) -> bool:
        """Wait until the server takes connections and say whether it does; crash recovery takes its time."""
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            lines = self._postmaster_lines()
            if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.02)
        return False

    def start(self) -> subprocess.Popen:
        """Start the server and return when it takes connections.

        The backends of a server that was killed hold its memory until they notice, so one failure is
        followed by another try.
        """
        size = self.log.stat().st_size if self.log.exists() else 0
        deadline = time.monotonic() + START_SECONDS
        while True:
            process = self.launch()
            if self.wait_ready(process):
                return process
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
            told = self.log.read_bytes()[size:].decode(errors="replace")
            if "No space left on device" in told:
                raise disk_full(self.folder)
            if "still in use" not in told or time.monotonic() > deadline:
                last = told.strip().splitlines()[-1:] or ["no message"]
                raise Refused(f"PostgreSQL did not start ({last[0]}); the whole message is in {self.log}.")
            time.sleep(0.5)

    def stop_orphan(self) -> None:
        """Stop a server that runs on this folder, and clear the marks of one that no longer does.

        After a reboot the number in a mark may belong to any process, and where nothing reaps orphans a killed
        server keeps its number for ever: PostgreSQL would take either for a living server and refuse to start.
        """
        marks = (self.content / "postmaster.pid", self.socket / f".s.PGSQL.{PORT}.lock")
        for number in {_first_number(path) for path in marks}:
            found = mark(number) if number else None
            if found is not None and str(self.content) in command_of(found.pid):
                stop_server(found)
        for path in marks:
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Keep the server running for the block."""
        process = self.start()
        try:
            yield
        finally:
            found = mark(process.pid)
            if found is not None:
                stop_server(found, reap=process)

    def _initdb_options(self) -> list[str]:
        options = ["-U", SUPERUSER, "--encoding=UTF8", "--auth=peer"]
        # The built-in locale sorts by code point alike on every system, and needs no ICU in the build.
        if self.binaries.major >= 17:
            options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        else:
            options += ["--locale=C.UTF-8"]
        return options if self.durable else [*options, "--no-sync"]

    def _run(self, program: str, *arguments: str | Path, input_text: str = "") -> None:
        answer = subprocess.run(
            [self.binaries.folder / program, *arguments],
            input=input_text,
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        told = answer.stdout + answer.stderr
        if "No space left on device" in told:
            raise disk_full(self.folder)
        if answer.returncode != 0 or "ERROR:" in told:
            wanted = [
                line for line in told.splitlines() if "ERROR" in line or "error" in line or "FATAL" in line
            ]
            raise Refused(
                f"PostgreSQL's {program} failed: {(wanted or told.splitlines() or ['no message'])[0]}"
            )

    def _as_user(self) -> dict:
        options = self.user.subprocess_options() if self.user else {"cwd": "/"}
        # PGDATA, PGPORT and their like would bend what we ask for.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return options | {"env": clean | {"LC_ALL": "C"}}

    def _own(self, folder: Path) -> None:
        if self.user:
            self.user.own(folder)
        else:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            refuse_foreign(folder, allowed=(os.geteuid(),))

    def _postmaster_lines(self) -> list[str]:
        try:
            return (self.content / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


def stop_server(server: ProcessMark, *, reap: subprocess.Popen | None = None) -> None:
    """Stop a server in good order; one that does not end is made to crash, from which it recovers by its log."""
    for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(server.pid, number)
        if wait_gone(server, seconds=seconds):
            break
    if reap is not None:
        reap.wait()


def written_by(folder: Path) -> int | None:
    """Return the major version of PostgreSQL that wrote a cluster, None if there is no cluster yet."""
    try:
        return int((folder / "content" / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _first_number(path: Path) -> int | None:
    try:
        first = path.read_text().partition("\n")[0].strip()
    except FileNotFoundError:
        return None
    # A server that is only being set up writes its number with a minus sign.
    return abs(int(first)) if first.lstrip("-").isdigit() else None


def _own_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
