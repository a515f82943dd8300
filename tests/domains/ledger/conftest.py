"""Ada's money: funds at the platform and the escrow of one piece of business with Ben as its supplier."""

import datetime as dt
from dataclasses import dataclass

import pytest
from tests.conftest import Member

from triallink.domains.ledger import services
from triallink.domains.ledger.models import Posting
from triallink.domains.ledger.selectors import EscrowState, available_funds, escrow_of
from triallink.kernel.actor import SYSTEM
from triallink.kernel.clock import FixedClock
from triallink.kernel.money import Money

ABOUT = ("contract", 7)
PART = "milestone:1"


def cny(major: int | str) -> Money:
    """Return yuan."""
    return Money.of(major, "CNY")


@dataclass
class Purse:
    """Ada pays, Ben is paid, Hua keeps the platform's book."""

    ada: Member
    ben: Member
    hua: Member
    clock: FixedClock

    def receive(self, major: int, key: str = "in") -> Posting:
        """Let money arrive for Ada."""
        return services.receive_funds(
            organization_id=self.ada.organization.pk, amount=cny(major), key=key, by=SYSTEM, clock=self.clock
        )

    def fund(self, major: int, key: str = "fund") -> Posting:
        """Put Ada's money into the escrow."""
        return services.fund_escrow(
            about=ABOUT,
            payer_id=self.ada.organization.pk,
            amount=cny(major),
            key=key,
            by=self.ada.actor,
            clock=self.clock,
        )

    def hold(self, major: int, key: str = "hold", part: str = PART) -> Posting:
        """Reserve money for a milestone."""
        return services.hold_from_escrow(
            about=ABOUT, part=part, amount=cny(major), key=key, by=self.ada.actor, clock=self.clock
        )

    def release(self, major: int, key: str = "release", **more: object) -> Posting:
        """Pay Ben for the milestone."""
        return services.release(
            about=ABOUT,
            payee_id=self.ben.organization.pk,
            amount=cny(major),
            part=PART,
            key=key,
            by=self.ada.actor,
            clock=self.clock,
            **more,
        )

    def held_escrow(self, major: int = 1000) -> None:
        """Receive, fund and hold."""
        self.receive(major)
        self.fund(major)
        self.hold(major)

    @property
    def state(self) -> EscrowState:
        """Return the escrow as it is."""
        return escrow_of(ABOUT)

    def funds(self, member: Member) -> Money:
        """Return what somebody's organization can spend."""
        return available_funds(member.organization.pk, "CNY")


@pytest.fixture
def purse(ada: Member, ben: Member, hua: Member) -> Purse:
    """Nothing has moved yet."""
    return Purse(ada, ben, hua, FixedClock(dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC)))
