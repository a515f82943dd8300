"""`run` and `stop`: PostgreSQL, the web server and the worker, kept alive until told to stop."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from .application import application_environment, prepare
from .cluster import Cluster, stop_server
from .confined import confined
from .database import DATABASE, external_url, own_cluster
from .environment import ensure_environment
from .places import Places, held
from .processes import ProcessMark, mark, stop_group, wait_gone
from .refused import Refused
from .serving import web_command
from .state import DATABASE_CHILD, RunState, running, stop_orphans

TICK_S = 0.2
FIRST_PAGE_S = 120
PATIENCE_S = 20
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
RELEASE_S = 2
STEADY_S = 60  # a child that has lived so long is well again
LONGEST_LOG = 20 * 2**20
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class RunOptions:
    """What the person asked of `run`."""

    host: str
    port: int
    workers: int
    demo: bool

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


@dataclass
class Child:
    """A process to keep alive, with the pause before its next start growing while it keeps failing."""

    name: str
    start: Callable[[], subprocess.Popen]
    process: subprocess.Popen | None = None
    started_at: float = 0.0
    pause_s: float = SHORTEST_PAUSE_S
    due_at: float = 0.0

    def launch(self) -> ProcessMark | None:
        self.process = self.start()
        self.started_at = time.monotonic()
        return mark(self.process.pid)

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def postpone(self) -> None:
        """Plan the next start: soon after a long life, later and later after short ones."""
        now = time.monotonic()
        steady = now - self.started_at > STEADY_S
        self.pause_s = SHORTEST_PAUSE_S if steady else min(self.pause_s * 2, LONGEST_PAUSE_S)
        self.due_at = now + self.pause_s
        self.process = None


@dataclass
class Supervisor:
    """Starts the children in order, restarts those that end, and stops all in reverse order."""

    places: Places
    options: RunOptions
    state: RunState
    cluster: Cluster | None
    children: list[Child] = field(default_factory=list)
    stopping: bool = False
    preparing: bool = False

    def run(self) -> None:
        for number in STOP_SIGNALS:
            # nohup asks that a closed terminal be ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask_to_stop)
        try:
            self._start()
            while not self.stopping:
                time.sleep(TICK_S)
                self._restart_ended()
        except (KeyboardInterrupt, Refused):
            if not self.stopping:
                raise
        finally:
            self._stop()

    def _ask_to_stop(self, number: int, _frame: object) -> None:
        if not self.stopping:
            print("Stopping …", flush=True)
        self.stopping = True
        if self.preparing:
            # Its transactions roll back; at any other moment a child just started would be lost from sight.
            raise KeyboardInterrupt

    def _start(self) -> None:
        if self.cluster is not None:
            cluster = self.cluster
            self._add(Child(DATABASE_CHILD, cluster.start))
            url = cluster.url(DATABASE)
        else:
            url = external_url() or ""
        environment = application_environment(
            self.places,
            url,
            TRIALLINK_BASE_URL=os.environ.get("TRIALLINK_BASE_URL") or self.options.address,
            TRIALLINK_DEMO="1" if self.options.demo else "0",
        )
        self.preparing = True
        if not self.stopping:
            prepare(self.places, environment, demo=self.options.demo)
        self.preparing = False
        for name, command in self._commands().items():
            if self.stopping:
                return
            self._add(Child(name, partial(self._popen, name, command, environment)))
            if name == "web":
                # Before the worker is started: both load all of the application, and a page is what people wait for.
                self._wait_first_page()
        if not self.stopping:
            self.state.ready = True
            self.state.write(self.places)
            print(f"Trial.Link is running at {self.options.address} (Ctrl-C stops it).", flush=True)

    def _commands(self) -> dict[str, list[str]]:
        python, options = str(self.places.python), self.options
        return {
            "web": [
                *web_command(python, port=options.port, host=options.host, workers=options.workers),
                # A page that listens for live news would otherwise hold up the stop for ever.
                *("--respawn-failed-workers", "--workers-kill-timeout", str(PATIENCE_S // 2)),
            ],
            "worker": [python, "-m", "triallink", "worker"],
        }

    def _add(self, child: Child) -> None:
        self.children.append(child)
        self._launch(child)

    def _launch(self, child: Child) -> None:
        launched = child.launch()
        if launched is not None:
            self.state.children[child.name] = launched
            self.state.write(self.places)

    def _popen(self, name: str, command: list[str], environment: dict[str, str]) -> subprocess.Popen:
        with open_log(self.places, name).open("a") as log:
            return subprocess.Popen(
                confined(command, port=self.options.port),
                cwd=self.places.checkout,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_first_page(self) -> None:
        """Return when the web server answers, so that the address printed is one that works."""
        deadline = time.monotonic() + FIRST_PAGE_S
        while not self.stopping and time.monotonic() < deadline:
            if answers(f"{self.options.address}/healthz"):
                return
            self._restart_ended()
            time.sleep(0.05)
        if not self.stopping:
            raise Refused(
                f"The web server gave no page within {FIRST_PAGE_S} s; see {self.places.logs / 'web.log'}."
            )

    def _restart_ended(self) -> None:
        for child in self.children:
            if child.has_ended() and child.process is not None:
                code = child.process.returncode
                print(f"The {child.name} process ended ({code}); it is started again.", flush=True)
                # Its own children would hold the port, or the database's memory.
                if child.name != DATABASE_CHILD:
                    stop_group(self.state.children[child.name], patience_s=0)
                child.postpone()
            elif child.process is None and time.monotonic() >= child.due_at:
                try:
                    self._launch(child)
                except Refused as refused:
                    print(refused, flush=True)
                    child.started_at = time.monotonic()
                    child.postpone()

    def _stop(self) -> None:
        served = [(child.name, child.process) for child in self.children if child.process is not None]
        asked = [(name, process) for name, process in served if name != DATABASE_CHILD]
        for _, process in asked:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
        for name, process in reversed(asked):
            stop_group(self.state.children[name], patience_s=PATIENCE_S)
            process.wait()
        for name, process in served:
            if name == DATABASE_CHILD and process.poll() is None:
                stop_server(self.state.children[name], reap=process)
        self.places.run_state.unlink(missing_ok=True)


def run(places: Places, options: RunOptions) -> int:
    """Run everything in the foreground until Ctrl-C, SIGTERM or `stop`."""
    with held(places.run_lock) as lock:
        if lock is None:
            print(_already_running(places), flush=True)
            return 0
        orphans = stop_orphans(places)
        if orphans:
            print(f"Stopped what an earlier run that was killed had left: {', '.join(orphans)}.", flush=True)
        require_port(options)
        me = mark(os.getpid())
        assert me is not None
        state = RunState(supervisor=me, address=options.address)
        state.write(places)
        try:
            ensure_environment(places, "run")
            cluster = None if external_url() else own_cluster(places)
            Supervisor(places, options, state, cluster).run()
        finally:
            places.run_state.unlink(missing_ok=True)
    print("Stopped.", flush=True)
    return 0


def run_detached(places: Places, arguments: list[str]) -> int:
    """Start `run` in the background and return when its address works."""
    found = running(places)
    if found:
        print(_already_running(places), flush=True)
        return 0
    log = open_log(places, "run")
    start = log.stat().st_size if log.exists() else 0
    with log.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, places.checkout / "tl.py", "run", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    while process.poll() is None:
        state = running(places)
        if state is not None and state.ready:
            print(f"Trial.Link is running at {state.address}; `python3 tl.py stop` stops it.", flush=True)
            return 0
        time.sleep(0.1)
    told = log.read_bytes()[start:].decode(errors="replace").strip().splitlines()
    raise Refused(told[-1] if told else f"`run` ended with code {process.returncode}.")


def stop(places: Places) -> int:
    """Stop a running launcher in good order, or what a killed one has left."""
    state = running(places)
    if state is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.supervisor.pid, signal.SIGTERM)
        if not wait_gone(state.supervisor, seconds=PATIENCE_S * 2 + 60):
            raise Refused(f"The launcher (process {state.supervisor.pid}) does not stop; end it by hand.")
        print("Stopped.", flush=True)
        return 0
    left = stop_orphans(places)
    cluster_folder = places.home / "postgres"
    if not external_url() and (cluster_folder / "content").exists():
        own_cluster(places).stop_orphan()
    print(f"Stopped what was left: {', '.join(left)}." if left else "Trial.Link is not running.", flush=True)
    return 0


def require_port(options: RunOptions) -> None:
    """Refuse a port that cannot be had, naming the next one that can."""
    try:
        _bind_patiently(options.host, options.port)
    except OSError as error:
        if isinstance(error, socket.gaierror):
            raise Refused(f"{options.host} is not an address of this machine ({error.strerror}).") from None
        free = next((port for port in range(options.port + 1, 65536) if _is_free(options.host, port)), None)
        if free is None:
            raise Refused(
                f"Port {options.port} cannot be had on {options.host} ({error.strerror})."
            ) from None
        raise Refused(
            f"Port {options.port} cannot be had on {options.host} ({error.strerror}); "
            f"the next free one is {free}: python3 tl.py run --port {free}"
        ) from None


def answers(address: str) -> bool:
    """Say whether a page is there."""
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def open_log(places: Places, name: str) -> Path:
    """Return the path of a log, the old one set aside once it has grown long."""
    log = places.logs / f"{name}.log"
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    return log


def _already_running(places: Places) -> str:
    state = running(places)
    if state is None:
        return "Another command of this checkout is using its database; try again when it has ended."
    return f"Trial.Link is already running at {state.address} (process {state.supervisor.pid})."


def _is_free(host: str, port: int) -> bool:
    try:
        _bind(host, port)
    except OSError:
        return False
    return True


def _bind_patiently(host: str, port: int) -> None:
    """Try again for a moment: what was just killed may still be letting go of the port."""
    deadline = time.monotonic() + RELEASE_S
    while True:
        try:
            return _bind(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
        time.sleep(TICK_S)


def _bind(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
