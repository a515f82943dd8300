"""Money moved by eight processes that are killed again and again: is the book whole, was nothing paid twice, how fast?

    .venv/bin/python tools/bench/ledger.py [--quick] [--json] [--workers 8] [--operations 10000] [--kills 40]

Each worker does its operations through the ledger's services: money in, escrow funded, held, released with fee and tax,
retained, refunded, paid out with the bank's message coming twice. A killed worker is started again three operations
before the last it had finished. Afterwards the whole book is checked from its entries. The peer, in the same run and
through the same driver, moves an amount between two rows of a plain table and notes it: no books, no audit, no events.

It works in DATABASE_URL's database, which is migrated when it is empty, and leaves its organizations there.
"""

import argparse
import json
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
PEER_ROWS = 64
FORK = multiprocessing.get_context("fork")


@dataclass
class Figures:
    """What a run gives."""

    operations: int
    seconds: float
    cpu_s: float
    kills: int
    refused: int


def main() -> int:
    """Measure, check and print."""
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triallink.project.settings")
    import django
    from django.conf import settings

    # A pool has threads, which do not survive a fork.
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    django.setup()
    from django.core.management import call_command
    from django.db import connections
    from tools.bench import ledger_mix

    from triallink.domains.ledger.verification import verify

    call_command("migrate", verbosity=0)
    run = f"bench-{time.time_ns()}"
    world = ledger_mix.build(run, options.seed)
    before = verify()
    connections.close_all()
    own = _mixed(world, options)
    found = verify()
    faults = _money_faults(world, options, run)
    connections.close_all()
    peer_rate, peer_cpu = _peer(options)
    result = {
        "operations_per_s": round(own.operations / own.seconds, 1),
        "unbalanced": found.unbalanced + found.incomplete + found.wrong_balances + found.negative,
        "duplicates": found.duplicate_keys + faults["paid_twice"],
        "missing_or_created_minor": faults["missing_or_created_minor"],
        "operations": own.operations,
        "postings": found.postings - before.postings,
        "refused": own.refused,
        "kills": own.kills,
        "workers": options.workers,
        "cpu_ms_per_operation": round(1000 * own.cpu_s / own.operations, 2),
        "peer_updates_per_s": round(peer_rate, 1),
        "peer_cpu_ms": round(peer_cpu, 2),
        "share_of_peer": round(own.operations / own.seconds / peer_rate, 3),
    }
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:28} {value}")
    return (
        0 if not (result["unbalanced"] or result["duplicates"] or result["missing_or_created_minor"]) else 1
    )


def _mixed(world: Any, options: argparse.Namespace) -> Figures:
    """Run the workers, kill some of them at random, start those again, until all have finished."""
    from tools.bench import ledger_mix

    done, refused = FORK.Array("q", options.workers, lock=False), FORK.Array("q", options.workers, lock=False)

    def start(worker: int) -> Any:
        process = FORK.Process(
            target=ledger_mix.work, args=(world, worker, options.operations, done, refused)
        )
        process.start()
        return process

    total, luck, kills = options.workers * options.operations, Random(options.seed), 0
    begun, cpu = time.perf_counter(), _children_cpu()
    running = {worker: start(worker) for worker in range(options.workers)}
    # A kill is due whenever another share of the work is done, so that it always falls into the work.
    due = [total * (number + 1) // (options.kills + 1) for number in range(options.kills)]
    while running:
        if due and sum(done) >= due[0]:
            due.pop(0)
            worker = luck.choice(sorted(running))
            os.kill(running[worker].pid, signal.SIGKILL)
            kills += 1
        for worker, process in list(running.items()):
            process.join(timeout=0.01)
            if process.exitcode is None:
                continue
            if process.exitcode == 0 and done[worker] >= options.operations:
                del running[worker]
            elif process.exitcode in (0, -signal.SIGKILL):
                running[worker] = start(worker)
            else:
                raise SystemExit(f"worker {worker} ended with {process.exitcode}")
    seconds = time.perf_counter() - begun
    return Figures(total, seconds, _children_cpu() - cpu, kills, sum(refused))


def _money_faults(world: Any, options: argparse.Namespace, run: str) -> dict[str, int]:
    """Return how far the bank is from what must have come in, and how many operations paid more than once."""
    from django.db import connection
    from tools.bench import ledger_mix

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(-sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id"
            " JOIN ledger_posting p ON p.id = e.posting_id WHERE a.kind = 'bank' AND p.key LIKE %s",
            [f"{run}:%"],
        )
        received = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT count(*) FROM (SELECT reason FROM ledger_posting WHERE reason LIKE %s AND kind = 'released'"
            " GROUP BY reason HAVING count(*) > 1) AS twice",
            [f"{run}:%"],
        )
        twice = int(cursor.fetchone()[0])
    expected = ledger_mix.received_minor(world, options.workers, options.operations)
    return {"missing_or_created_minor": received - expected, "paid_twice": twice}


def _peer(options: argparse.Namespace) -> tuple[float, float]:
    """Return two-row updates per second of as many processes, and CPU milliseconds of each in the client."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_peer_row, bench_peer_note")
        cursor.execute("CREATE TABLE bench_peer_row (id int PRIMARY KEY, balance bigint NOT NULL)")
        cursor.execute("CREATE TABLE bench_peer_note (source int, target int, amount bigint, at timestamptz)")
        cursor.execute("INSERT INTO bench_peer_row SELECT n, 0 FROM generate_series(1, %s) AS n", [PEER_ROWS])
    connection.close()
    count = max(100, min(options.operations, 2000))
    begun, cpu = time.perf_counter(), _children_cpu()
    processes = [FORK.Process(target=_update_rows, args=(number, count)) for number in range(options.workers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    seconds, spent = time.perf_counter() - begun, _children_cpu() - cpu
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_peer_row, bench_peer_note")
    total = count * options.workers
    return total / seconds, 1000 * spent / total


def _update_rows(worker: int, count: int) -> None:
    from django.db import connection, transaction

    draw = Random(worker)
    for _ in range(count):
        source, target = draw.sample(range(1, PEER_ROWS + 1), 2)
        steps = sorted([(source, -1), (target, 1)])
        with transaction.atomic(), connection.cursor() as cursor:
            for row, change in steps:
                cursor.execute(
                    "UPDATE bench_peer_row SET balance = balance + %s WHERE id = %s", [change, row]
                )
            cursor.execute("INSERT INTO bench_peer_note VALUES (%s, %s, 1, now())", [source, target])
    connection.close()
    os._exit(0)


def _children_cpu() -> float:
    """Return the CPU seconds of the children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer operations: under 45 seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--operations", type=int, help="per worker; 10000, or 150 with --quick")
    parser.add_argument("--kills", type=int, help="how many workers are killed; 40, or 8 with --quick")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.operations = options.operations or (150 if options.quick else 10_000)
    options.kills = (8 if options.quick else 40) if options.kills is None else options.kills
    return options


if __name__ == "__main__":
    sys.exit(main())
