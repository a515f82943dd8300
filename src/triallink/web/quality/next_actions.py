"""What quality puts on the home page: what runs out, what came back, what waits at the desk."""

import datetime as dt

from django.utils.translation import gettext as _

from triallink.domains.quality.access import APPLICANT_ROLES
from triallink.domains.quality.selectors import (
    applications,
    credentials,
    expiring_credentials,
    findings,
    own_applications,
    suspension_of,
)
from triallink.domains.quality.services.credentials import KEEPERS
from triallink.foundation.sentences import bilingual
from triallink.kernel.actor import Actor
from triallink.kernel.vocabulary import CREDENTIAL_KINDS
from triallink.web.delivery.frame import today
from triallink.web.jinja import date
from triallink.web.navigation import address_of
from triallink.web.next_actions import NextAction, waits_for
from triallink.web.quality.applications import is_desk
from triallink.web.wording import word

SELLERS = ("cro", "smo", "site", "freelancer")
DAYS = 60
MOST = 4


@waits_for
def what_stops_us(actor: Actor) -> list[NextAction]:
    """Name a suspension, a returned application and the findings to answer."""
    if actor.organization_kind not in SELLERS or not actor.has(*APPLICANT_ROLES):
        return []
    found = []
    own = address_of("quality:own") or ""
    if (stop := suspension_of(actor.own_organization_id)) is not None:
        found.append(
            NextAction(_("Your organization is suspended"), stop.reason, own, stop.began_at, "hand-stop")
        )
    found += [
        NextAction(
            _("Complete your application %(reference)s") % {"reference": one.reference},
            one.returned_reason,
            address_of("quality:application-detail", application_id=one.pk) or "",
            one.submitted_at,
            "arrow-back-up",
        )
        for one in own_applications(to=actor)
        if one.state == "returned"
    ]
    found += [
        NextAction(
            _("Answer finding %(number)s of %(audit)s")
            % {"number": one.number, "audit": one.audit.reference},
            one.text,
            address_of("quality:finding-detail", finding_id=one.pk) or "",
            _at(one.due_on),
            "alert-circle",
        )
        for one in findings(to=actor).filter(state="open").order_by("due_on")[:MOST]
    ]
    return found


@waits_for
def credentials_running_out(actor: Actor) -> list[NextAction]:
    """Name the credentials of the own people that run out soon, or have."""
    if actor.organization_kind not in ("cro", "smo", "freelancer") or not actor.has(*KEEPERS):
        return []
    return [
        NextAction(
            _("%(credential)s of %(name)s")
            % {
                "credential": word(CREDENTIAL_KINDS, one.kind),
                "name": bilingual({"en": one.professional.name, "zh": one.professional.name_zh}),
            },
            _("Expired on %(day)s: no new work until it is renewed.") % {"day": date(one.expires_on)}
            if one.expires_on < today()
            else _("Valid until %(day)s.") % {"day": date(one.expires_on)},
            address_of("quality:person-detail", professional_id=one.professional_id) or "",
            _at(one.expires_on),
            "certificate",
        )
        for one in expiring_credentials(to=actor, on=today(), days=DAYS)[:MOST]
        if one.expires_on is not None
    ]


@waits_for
def the_desk(actor: Actor) -> list[NextAction]:
    """Count what waits for the operator's quality desk."""
    if not is_desk(actor):
        return []
    found = []
    waiting = applications(to=actor).filter(state="submitted").count()
    if waiting:
        found.append(
            NextAction(
                _("%(number)s applications to take up") % {"number": waiting},
                _("Suppliers wait for a review of their qualification."),
                f"{address_of('quality:application-list')}?state=submitted",
                icon="shield-check",
            )
        )
    papers = credentials(to=actor).filter(verified_at__isnull=True, refused_at__isnull=True).count()
    if papers:
        found.append(
            NextAction(
                _("%(number)s credentials to verify") % {"number": papers},
                _("Their documents are there."),
                f"{address_of('quality:credential-list')}?verification=waiting",
                icon="certificate",
            )
        )
    return found


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(15, 59), dt.UTC)
