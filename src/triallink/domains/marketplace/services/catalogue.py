"""Bring the catalogue's rows in line with the catalogue file."""

from django.db import transaction

from triallink.domains.marketplace.catalogue import catalogue
from triallink.domains.marketplace.events.catalogue import CatalogueChanged
from triallink.domains.marketplace.models import ServiceType
from triallink.foundation.record import record
from triallink.kernel.actor import SYSTEM, Actor

PLATFORM_CATALOGUE = 0


@transaction.atomic
def sync_catalogue(*, by: Actor = SYSTEM) -> list[str]:
    """Make the service types equal to the catalogue file and return the codes that changed.

    A service that left the file is retired, never deleted: contracts still name it.

    Refuses: nothing.
    Emits: CatalogueChanged, if anything changed.
    """
    known = {row.code: row for row in ServiceType.objects.select_for_update()}
    wanted = catalogue()
    changed = []
    for position, (code, service) in enumerate(wanted.items()):
        columns = {**service.columns(), "position": position, "is_active": True}
        row = known.get(code) or ServiceType(code=code)
        if row.pk is None or any(getattr(row, name) != value for name, value in columns.items()):
            for name, value in columns.items():
                setattr(row, name, value)
            row.save()
            changed.append(code)
    for code, row in known.items():
        if code not in wanted and row.is_active:
            row.is_active = False
            row.save(update_fields=["is_active"])
            changed.append(code)
    if changed:
        record(
            CatalogueChanged(codes=tuple(sorted(changed))),
            by=by,
            about=("catalogue", PLATFORM_CATALOGUE),
            change={"services": [None, sorted(changed)]},
        )
    return sorted(changed)
