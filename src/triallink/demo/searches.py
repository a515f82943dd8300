"""The searches the cast keeps; they need the index, so they come after everything else."""

from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.models import Person
from triallink.domains.marketplace.services.searches import save_search
from triallink.kernel.clock import Clock

# Who, of which kind, the address's query, the name.
SEARCHES = (
    ("lin@northlight.example", "supplier", "service=MONITORING_ONSITE", "Monitoring 监查"),
    ("lin@northlight.example", "talent", "role=CRC&q=oncology", "Oncology coordinators 肿瘤CRC"),
    ("lin@northlight.example", "site", "q=endocrinology", "Sites for diabetes 糖尿病中心"),
    ("chen@bluestone.example", "talent", "role=CRC", "Coordinators to borrow 可借调CRC"),
)


def keep_searches(clock: Clock) -> None:
    """Save the searches of the cast."""
    for email, kind, parameters, name in SEARCHES:
        by = actor_for(Person.objects.get(email=email), source="demo")
        save_search(kind=kind, parameters=parameters, name=name, by=by, clock=clock)
