"""Which bank this installation uses: `TRIALLINK_RAIL` names a class, the sandbox bank by default."""

from django.conf import settings
from django.utils.module_loading import import_string

from triallink.domains.ledger.rail.port import BankRail
from triallink.domains.ledger.rail.sandbox import SandboxBank
from triallink.kernel.clock import Clock, system_clock


def bank_rail(clock: Clock = system_clock) -> BankRail:
    """Return the bank of the setting; an own one is made without arguments."""
    if settings.LEDGER_RAIL:
        made: BankRail = import_string(settings.LEDGER_RAIL)()
        return made
    return sandbox_bank(clock)


def sandbox_bank(clock: Clock = system_clock) -> SandboxBank:
    """Return the sandbox bank with the installation's seed."""
    return SandboxBank(seed=settings.LEDGER_SANDBOX_SEED, clock=clock)


def callback_secret() -> str:
    """Return the secret bank and platform share; made from the installation's own by default."""
    return settings.LEDGER_CALLBACK_SECRET or f"rail:{settings.SECRET_KEY}"
