"""kill -9 in mid-auction: web and worker die and come back; what was acknowledged is there, once."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

import httpx
import pytest
from tests.browser import ROOT, process_environment
from tests.conftest import PASSWORD, Member
from tests.domains.marketplace.market_scene import Market
from tests.journeys import deadlines
from tests.ports import free_port
from tools.launcher.serving import web_command

from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Membership, Organization, Person
from triallink.domains.accounts.services import create_token
from triallink.domains.marketplace.models import AuctionBid, Request
from triallink.domains.marketplace.services.terms import AuctionTerms
from triallink.foundation.models import AuditLine, OutboxLine
from triallink.kernel.clock import system_clock

pytestmark = [pytest.mark.race, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BIDDERS = 6
KILLS = 2
ANSWERS_BETWEEN_KILLS = 40
LONGEST_WAIT = 60.0  # seconds; a loaded machine starts Python slowly
OPENING_MINOR = 2_000_00  # two lines of ten visits at 100.00


@dataclass
class Bidder:
    """Calls prices one after the other; a call without an answer is sent again under the same key."""

    name: str
    secret: str
    address: str
    answered: dict[str, tuple[int, int]] = field(default_factory=dict)  # client key -> sequence, price
    refused: int = 0  # nobody listened
    cut: int = 0  # sent, and the connection died before the answer: stored or not, the bidder cannot know

    def call_until(self, enough: threading.Event) -> None:
        """Call ever lower prices; the last call, too, is repeated until it is answered."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        with httpx.Client(headers=headers, timeout=5, trust_env=False) as client:
            while not enough.is_set():
                number = len(self.answered) + 1
                key, amount = f"{self.name}-{number}", OPENING_MINOR - number
                until = time.monotonic() + LONGEST_WAIT
                while (sequence := self._send(client, key, amount)) is None:
                    assert time.monotonic() < until, f"{key} was never answered"
                    time.sleep(0.1)
                self.answered[key] = (sequence, amount)

    def _send(self, client: httpx.Client, key: str, amount: int) -> int | None:
        try:
            answer = client.post(self.address, json={"client_key": key, "amount_minor": amount})
        except httpx.ConnectError:
            self.refused += 1
            return None
        except httpx.TransportError:
            self.cut += 1
            return None
        assert answer.status_code == 200, answer.text
        assert answer.json()["is_accepted"], answer.text
        sequence: int = answer.json()["sequence"]
        return sequence


class Installation:
    """A web process and a worker, each in a process group of its own, so that nothing of it survives a kill."""

    def __init__(self, log: IO[bytes]) -> None:
        self.port = free_port()
        self.environment = process_environment()
        self.commands = {
            "web": web_command(sys.executable, port=self.port),
            "worker": [sys.executable, "-m", "triallink", "worker"],
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.log = log

    def start(self, name: str) -> None:
        """Start a process."""
        self.running[name] = subprocess.Popen(
            self.commands[name],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """Kill a process and its children with SIGKILL."""
        process = self.running.pop(name)
        assert process.poll() is None, self.said
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    @property
    def said(self) -> str:
        """Return what the processes wrote."""
        self.log.seek(0)
        return self.log.read().decode()


@pytest.fixture
def installation() -> Iterator[Installation]:
    """A running installation on the test's database."""
    with tempfile.TemporaryFile() as log:
        made = Installation(log)
        for name in made.commands:
            made.start(name)
        yield made
        for name in list(made.running):
            made.kill(name)


@pytest.fixture
def sellers(transactional_db: None) -> list[Member]:
    """People who may bid, each in an organization of their own."""
    made = []
    for number in range(BIDDERS):
        organization = Organization.objects.create(kind="smo", name_en=f"Caller {number}")
        person = Person.objects.create_user(f"caller{number}@example.org", PASSWORD, name=f"Caller {number}")
        Membership.objects.create(person=person, organization=organization, roles=["business_lead"])
        made.append(Member(person, organization, actor_for(person)))
    return made


@pytest.fixture
def auction(member, sellers) -> Request:
    """An auction whose first round runs, by the database's clock, with a seat for every seller."""
    market = Market(*(member(name) for name in ("ada", "ben", "fei", "gao")))
    market.clock.at = system_clock.now()
    request = market.published(is_demo=False, procedure="auction", auction=AuctionTerms(round_minutes=30))
    for seller in sellers:
        market.bid(request, seller, 100_00)
    deadlines.begin_round(request.pk, 1)
    return request


def test_nothing_acknowledged_is_lost_or_doubled(auction, sellers, installation):
    address = f"http://127.0.0.1:{installation.port}/api/v1/requests/{auction.pk}/auction/calls"
    bidders = [Bidder(f"bidder-{n}", _secret(seller), address) for n, seller in enumerate(sellers)]

    def answers() -> int:
        return sum(len(bidder.answered) for bidder in bidders)

    with calling(bidders):
        for _ in range(KILLS):
            seen = answers()
            _wait(installation, lambda: answers() >= seen + ANSWERS_BETWEEN_KILLS)  # noqa: B023 - used at once
            for name in ("web", "worker"):
                installation.kill(name)
                installation.start(name)
        seen = answers()
        _wait(installation, lambda: answers() >= seen + ANSWERS_BETWEEN_KILLS)
    # Every bidder repeated each call until it was answered, so what is stored and what was answered are equal.
    stored = {bid.client_key: (bid.sequence, bid.amount_minor) for bid in AuctionBid.objects.all()}
    answered = {key: answer for bidder in bidders for key, answer in bidder.answered.items()}
    assert stored == answered
    assert AuctionBid.objects.count() == len(answered)
    assert sorted(sequence for sequence, _ in stored.values()) == list(range(1, len(stored) + 1))
    assert sum(bidder.cut for bidder in bidders) >= 1
    # Each call's news was written with it, and the worker that came back told all of them.
    assert OutboxLine.objects.filter(name="AuctionBidPlaced").count() == len(stored)
    assert AuditLine.objects.filter(object_kind="auction_bid").count() == len(stored)
    _wait(installation, lambda: not OutboxLine.objects.filter(dispatched_at=None).exists())
    assert not OutboxLine.objects.filter(attempts__gt=0).exists()
    checked = subprocess.run(
        [sys.executable, "-m", "triallink", "audit", "verify"],
        cwd=ROOT,
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, ", 0 broken" in checked.stdout) == (0, True), checked.stdout + checked.stderr
    cut, refused = sum(bidder.cut for bidder in bidders), sum(bidder.refused for bidder in bidders)
    print(f"{len(stored)} calls stored, {cut} cut, {refused} refused; {checked.stdout.strip()}")


@contextmanager
def calling(bidders: list[Bidder]) -> Iterator[None]:
    """Let all bidders call at the same time until the block ends, and pass on what went wrong with one."""
    enough = threading.Event()
    with ThreadPoolExecutor(len(bidders)) as pool:
        calls = [pool.submit(bidder.call_until, enough) for bidder in bidders]
        try:
            yield
        finally:
            enough.set()
    for call in calls:
        call.result()


def _secret(seller: Member) -> str:
    _token, secret = create_token(name="auction", scopes=["bids:write"], by=seller.actor)
    return secret


def _wait(installation: Installation, is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_WAIT
    while not is_so():
        assert time.monotonic() < until, installation.said
        time.sleep(0.05)
