"""What pages cost: directory search, comparison matrix and a bid, against a minimal page of the same server.

    .venv/bin/python tools/bench/web.py [--quick] [--json] [--world national|small] [--concurrency N]

The world is loaded into DATABASE_URL's database the first time, which is not measured. Cost is CPU time of the
server's processes per request, so that other work on the machine does not count; PostgreSQL's is told beside it.
The minimal page shows the layout with one line of words to the same signed-in person. Rounds of all pages
alternate, and a page's figure is the median of its rounds.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(Path(__file__).resolve().parent)]
TICKS = os.sysconf("SC_CLK_TCK")
CSRF = "b" * 32
START_S = 90


@dataclass
class Page:
    """An address to measure, with what its rounds gave."""

    name: str
    path: str
    cookie: str
    form: dict[str, str] | None = None
    expected: int = 200
    share: float = 1.0  # of a round's requests
    cpu_ms: list[float] = field(default_factory=list)
    database_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """Return the CPU milliseconds of a request in the server's processes."""
        return statistics.median(self.cpu_ms)

    @property
    def database(self) -> float:
        """Return the CPU milliseconds of a request in PostgreSQL."""
        return statistics.median(self.database_ms)

    @property
    def p95_ms(self) -> float:
        """Return the time within which 95 of 100 requests were answered."""
        return sorted(self.wall_ms)[int(0.95 * (len(self.wall_ms) - 1))]


def main() -> None:
    """Measure and print."""
    chosen = options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triallink.project.settings")
    os.environ["TRIALLINK_DEMO"] = "1"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from web_scene import set_scene

    scene = set_scene(chosen.world)
    pages = _pages(scene)
    measure(pages, chosen)
    _print(pages, scene.world, chosen)


def measure(pages: list[Page], options: argparse.Namespace) -> None:
    """Start the server, measure the pages in rounds, and stop it."""
    subprocess.run(
        [sys.executable, "-m", "triallink", "translations", "compile"],
        cwd=ROOT,
        env=_environment(),
        check=True,
    )
    port = _free_port()
    server = _serve(port)
    try:
        _wait(port, server)
        _measure(pages, port, server, options)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer requests, under 45 s")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument(
        "--world", choices=("national", "small"), default="national", help="loaded if none is there"
    )
    parser.add_argument("--concurrency", type=int, default=4)
    return parser.parse_args()


def _pages(scene: object) -> list[Page]:
    buyer, bidder = scene.buyer_cookie, scene.bidder_cookie
    bid = {f"price_{line}": "900" for line in scene.open_lines} | {
        "lead_time_days": "14",
        "message": "Measured.",
    }
    return [
        Page("minimal page", "/bench/minimal/", buyer),
        Page("no template", "/bench/bare/", buyer),
        Page("search suppliers", "/market/suppliers/?q=Shanghai+monitoring", buyer),
        Page("search talent", "/market/talent/?q=oncology&role=CRC", buyer),
        Page("search in Chinese", "/market/talent/?q=%E8%82%BF%E7%98%A4+%E4%B8%8A%E6%B5%B7", buyer),
        Page("matrix 20 x 60", f"/market/requests/{scene.matrix_request}/evaluation/", buyer, share=0.3),
        Page(
            "save a bid", f"/market/requests/{scene.open_request}/bid/edit/", bidder, form=bid, expected=302
        ),
    ]


def _measure(
    pages: list[Page], port: int, server: subprocess.Popen[bytes], options: argparse.Namespace
) -> None:
    requests, rounds = (48, 3) if options.quick else (160, 7)
    for page in pages:
        _load(page, port, 2, 1)  # warm: templates, caches; the draft bid that is then written again
        _load(page, port, 6, options.concurrency)
        page.wall_ms.clear()
    for _ in range(rounds):
        for page in pages:
            count = max(options.concurrency, round(requests * page.share))
            before, database_before = _cpu(_family(server.pid)), _cpu(_backends())
            _load(page, port, count, options.concurrency)
            page.cpu_ms.append((_cpu(_family(server.pid)) - before) * 1000 / count)
            page.database_ms.append((_cpu(_backends()) - database_before) * 1000 / count)


def _load(page: Page, port: int, count: int, concurrency: int) -> None:
    """Ask for a page `count` times from several connections that stay open."""
    shares = [count // concurrency + (number < count % concurrency) for number in range(concurrency)]
    failures: list[str] = []
    threads = [threading.Thread(target=_client, args=(page, port, share, failures)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"{page.name}: {failures[0]}")


def _client(page: Page, port: int, count: int, failures: list[str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": f"{page.cookie}; csrftoken={CSRF}", "Host": f"127.0.0.1:{port}"}
    body = None
    if page.form is not None:
        body = urlencode({**page.form, "csrfmiddlewaretoken": CSRF})
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    for _ in range(count):
        start = time.perf_counter()
        connection.request("GET" if body is None else "POST", page.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        page.wall_ms.append((time.perf_counter() - start) * 1000)
        if answer.status != page.expected:
            failures.append(f"{answer.status} instead of {page.expected}: {content[:300]!r}")
            return


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            found = _stat(int(entry.name))
            if found:
                parents[int(entry.name)] = int(found[1])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sorted(family)


def _backends() -> list[int]:
    """Return PostgreSQL's processes for our database; none if it runs on another machine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall() if Path(f"/proc/{pid}").exists()]


def _cpu(pids: list[int]) -> float:
    """Return the CPU seconds that processes have used."""
    found = [_stat(pid) for pid in pids]
    return sum((int(one[11]) + int(one[12])) / TICKS for one in found if one)


def _stat(pid: int) -> list[str]:
    """Return the fields of a process's stat after its name, or none if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _environment() -> dict[str, str]:
    paths = [str(ROOT / "src"), str(Path(__file__).resolve().parent)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _serve(port: int) -> subprocess.Popen[bytes]:
    """Start the server as `tl.py run` does, with one worker."""
    from tools.launcher.serving import web_command

    command = web_command(sys.executable, port=port)
    environment = {**_environment(), "DJANGO_SETTINGS_MODULE": "web_site.settings"}
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server gave no page")


def _print(pages: list[Page], world: str, options: argparse.Namespace) -> None:
    minimal, searches = pages[0], [page for page in pages if page.name.startswith("search")]
    by_name = {page.name: page for page in pages}
    print(f"{world} world, {options.concurrency} connections; CPU per request, median of the rounds")
    print(f"{'':<20}{'server ms':>11}{'ratio':>8}{'database ms':>13}{'p95 ms':>9}{'requests':>10}")
    for page in pages:
        print(
            f"{page.name:<20}{page.cost:>11.2f}{page.cost / minimal.cost:>8.2f}{page.database:>13.2f}"
            f"{page.p95_ms:>9.1f}{len(page.wall_ms):>10}"
        )
    if options.json:
        figures = {
            "search_ratio": max(page.cost for page in searches) / minimal.cost,
            "matrix_ratio": by_name["matrix 20 x 60"].cost / minimal.cost,
            "post_ratio": by_name["save a bid"].cost / minimal.cost,
            "search_p95_ms": max(page.p95_ms for page in searches),
            "minimal_cpu_ms": minimal.cost,
            "world": world,
        }
        rounded = {
            key: round(value, 2) if isinstance(value, float) else value for key, value in figures.items()
        }
        print(json.dumps(rounded))


if __name__ == "__main__":
    main()
