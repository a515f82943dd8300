"""The verbs of tl.py."""

import argparse
import contextlib
import os
import shutil
import signal
import sys

from . import supervisor
from .application import application_environment
from .checks import check
from .database import BENCH_DATABASE, DATABASE, database_running
from .environment import ensure_environment
from .places import Places, held, places_of
from .refused import Refused, from_os_error
from .testing import interruptible, test

DEFAULT_PORT = 8000


def main(arguments: list[str]) -> int:
    """Do what the words after tl.py say; a refusal is one sentence and exit code 1."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.verb != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        return _do(options, rest, arguments)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
        return 130
    except OSError as error:
        sentence = from_os_error(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return 1


def _interrupt(_number: int, _frame: object) -> None:
    """End as Ctrl-C does, so that whatever was begun is ended too."""
    raise KeyboardInterrupt


def _do(options: argparse.Namespace, rest: list[str], arguments: list[str]) -> int:
    places = places_of()
    match options.verb:
        case "run" if options.detach:
            return supervisor.run_detached(places, [each for each in arguments[1:] if each != "--detach"])
        case "run":
            asked = supervisor.RunOptions(options.host, options.port, options.workers, not options.no_demo)
            return supervisor.run(places, asked)
        case "stop":
            return supervisor.stop(places)
        case "test":
            return test(places, rest, postgres=options.postgres)
        case "check":
            return check(places)
        case "reset":
            return _reset(places, agreed=options.yes)
        case "shell":
            return _shell(places, options.command)
        case _:
            return _bench(places, options.name, options.arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tl.py", description="Start, stop and test Trial.Link.", allow_abbrev=False
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, summary: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=summary, description=summary, allow_abbrev=False)

    run = verb("run", "Start everything and print the address; Ctrl-C stops it.")
    run.add_argument("--port", type=int, default=DEFAULT_PORT)
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1), help="web server processes")
    run.add_argument(
        "--no-demo", action="store_true", help="start empty, without the demo world and its sign-ins"
    )
    run.add_argument("--detach", action="store_true", help="go on in the background once the address works")
    tests = verb("test", "Run all tests, or those named after it as pytest takes them.")
    tests.add_argument(
        "--postgres", choices=("default", "system"), default="default", help="which server to test on"
    )
    verb("stop", "Stop a run, or what is left of one that was killed.")
    reset = verb("reset", "Delete this checkout's database and files.")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    verb("check", "Check format, lint, types, import contracts and house rules.")
    shell = verb(
        "shell", "Open a shell, or run the command after it, with the database and `triallink` at hand."
    )
    shell.add_argument("command", nargs=argparse.REMAINDER)
    bench = verb("bench", "Run tools/bench/NAME.py with a database of its own.")
    bench.add_argument("name", metavar="NAME")
    bench.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


def _reset(places: Places, *, agreed: bool) -> int:
    if not agreed:
        if not sys.stdin or not sys.stdin.isatty():
            raise Refused(
                "`reset` deletes this checkout's database and files; say `reset --yes` to do it unasked."
            )
        answer = input(f"Delete the database and all files in {places.home}? [yes/no] ")
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.")
            return 0
    supervisor.stop(places)
    with held(places.run_lock) as lock:
        if lock is None:
            raise Refused(
                "Another command of this checkout is using its database; try again when it has ended."
            )
        shutil.rmtree(places.home)
    print(f"Deleted {places.home}.")
    return 0


def _shell(places: Places, words: list[str]) -> int:
    ensure_environment(places, "run")
    command = [each for each in words if each != "--"] or [os.environ.get("SHELL", "/bin/sh")]
    with database_running(places, DATABASE) as url:
        environment = application_environment(
            places, url, DJANGO_SETTINGS_MODULE="triallink.project.settings"
        )
        return interruptible(command, places, environment)


def _bench(places: Places, name: str, arguments: list[str]) -> int:
    drivers = places.checkout / "tools" / "bench"
    driver = drivers / f"{name}.py"
    if not driver.is_file():
        known = ", ".join(sorted(path.stem for path in drivers.glob("[a-z]*.py")))
        raise Refused(f"There is no benchmark {name}; there are: {known or 'none'}.")
    ensure_environment(places, "test")
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(database_running(places, BENCH_DATABASE))
        return interruptible(
            [str(places.python), str(driver), *arguments], places, application_environment(places, url)
        )
