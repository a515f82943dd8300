"""Loading a demo world, once; what was begun and what was finished stands in the audit trail."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction

from triallink.demo.cast import Company
from triallink.demo.hours import fill_market
from triallink.demo.outcomes import Outcomes
from triallink.demo.scale import WORLDS, Scale
from triallink.demo.searches import keep_searches
from triallink.demo.stage import Stage
from triallink.demo.supply import SupplySide
from triallink.demo.tales import TALES
from triallink.demo.trials import DemandSide
from triallink.domains.accounts.models import Organization, Person
from triallink.domains.marketplace.models import ServiceType
from triallink.domains.marketplace.services.catalogue import sync_catalogue
from triallink.foundation import search
from triallink.foundation.models import AuditLine
from triallink.foundation.outbox import dispatch_waiting
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.events import Event
from triallink.kernel.refusals import N_, Refusal

PLATFORM = 0
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class DemoWorldBegun(Event):
    """Somebody began to load a demo world."""

    world: str


@dataclass(frozen=True, kw_only=True)
class DemoWorldLoaded(Event):
    """A demo world is complete."""

    world: str


class DemoOff(Refusal):
    """Only a demo installation loads a demo world."""

    code = "demo_off"
    message = N_("This installation has no demo mode: set TRIALLINK_DEMO=1 to load a demo world.")


class WorldPresent(Refusal):
    """There are data already."""

    code = "demo_world_present"
    message = N_("There are data already; a demo world is loaded into an empty database only.")


class WorldHalfLoaded(Refusal):
    """A load was broken off."""

    code = "demo_world_half_loaded"
    message = N_(
        "An earlier load of the demo world was broken off: empty the database (python3 tl.py reset), then load again."
    )


def world_present() -> str:
    """Return the name of the loaded demo world, or "" if there is none.

    Refuses: WorldHalfLoaded.
    """
    events = [DemoWorldBegun.name(), DemoWorldLoaded.name()]
    line = AuditLine.objects.filter(chain__scope="platform", action__in=events).order_by("-id").first()
    if line is None:
        return ""
    if line.action == DemoWorldBegun.name():
        raise WorldHalfLoaded
    return str(line.change["world"])


def is_empty() -> bool:
    """Return whether nobody has used this installation yet."""
    return not Organization.objects.exists() and not Person.objects.exists()


def load_world(world: str, *, seed: int = 1, say: Say = print, clock: Clock = system_clock) -> None:
    """Load one of WORLDS into an empty database.

    The small world arrives whole or not at all. A large one is copied in by batches, each its own
    transaction (see bulk.copy_in), and is known as half loaded until its last step.

    Refuses: DemoOff, WorldPresent, WorldHalfLoaded.
    """
    if not settings.DEMO:
        raise DemoOff
    if world_present() or not is_empty():
        raise WorldPresent
    scale = replace(WORLDS[world], seed=seed)
    now = clock.now().replace(second=0, microsecond=0)
    if world == "small":
        with transaction.atomic():
            _load(world, scale, now, say)
    else:
        _load(world, scale, now, say)
    say("building the search index")
    for name in search.names():
        search.rebuild(name)
    keep_searches(clock)
    while dispatch_waiting():
        pass


def _load(world: str, scale: Scale, now: dt.datetime, say: Say) -> None:
    _note(DemoWorldBegun(world=world))
    sync_catalogue()
    say("organizations, professionals and their listings")
    organizations = SupplySide(scale, now.date()).build()
    with transaction.atomic():
        company = Company(organizations)
        company.engage()
        say("stories of the cast: studies, requests, bids, awards and contracts")
        Stage(company, now, scale.seed).tell(TALES)
    if scale.trials:
        _load_trials(scale, now, organizations, say)
        say("hours: offers and needs")
        fill_market(scale.seed, now, organizations, share=0.3)
    _note(DemoWorldLoaded(world=world))


def _load_trials(
    scale: Scale, now: dt.datetime, organizations: dict[str, list[Organization]], say: Say
) -> None:
    say("trials, their requests and work packages")
    services = {service.code: service for service in ServiceType.objects.filter(is_active=True)}
    trials = DemandSide(scale, now, services, organizations["site"]).build(organizations["sponsor"])
    say("bids, awards and what became of each request")
    Outcomes(scale.seed, now, [*organizations["cro"], *organizations["smo"]]).happen(trials)


@transaction.atomic
def _note(event: DemoWorldBegun | DemoWorldLoaded) -> None:
    record(event, by=SYSTEM, about=("demo_world", PLATFORM), change={"world": event.world})
    # Told here and now: the worker does not know these events.
    while dispatch_waiting():
        pass
