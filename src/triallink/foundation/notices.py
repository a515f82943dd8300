"""Tell people: in the application, live in the page's badge, and by e-mail as they prefer."""

from collections.abc import Iterable
from typing import Any

from triallink.foundation.live import publish
from triallink.foundation.models import Notice
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock


def notify(
    person_ids: Iterable[int],
    *,
    kind: str,
    template: str,
    url: str,
    organization_id: int | None = None,
    clock: Clock = system_clock,
    **params: Any,
) -> None:
    """Write a notice to each person and ring their badges when the transaction commits.

    template  an English msgid with %(name)s places, marked with N_; translated when it is shown.
    """
    people = sorted(set(person_ids))
    Notice.objects.bulk_create(
        Notice(
            person_id=person_id,
            organization_id=organization_id,
            kind=kind,
            template=template,
            params=params,
            url=url,
            at=clock.now(),
        )
        for person_id in people
    )
    for person_id in people:
        publish(f"person:{person_id}", "notice")


def unread_count(*, to: Actor) -> int:
    """Return how many notices somebody has not read."""
    return Notice.objects.filter(person_id=to.person_id, read_at__isnull=True).count()
