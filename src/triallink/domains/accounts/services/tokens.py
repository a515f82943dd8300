"""Personal tokens for the API."""

import datetime as dt
import secrets

from django.db import transaction

from triallink.domains.accounts.access import token_hash
from triallink.domains.accounts.errors import ScopeUnknown
from triallink.domains.accounts.events import TokenCreated, TokenRevoked
from triallink.domains.accounts.models import ApiToken
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_, NotFound

# What a token may do, in the words of the page where it is made.
SCOPE_WORDS = {
    "me:read": N_("Say who I am and for which organization I act"),
    "market:read": N_("Search the market and read prices"),
    "market:write": N_("Change the organization's own listings"),
    "requests:read": N_("Read requests, their questions and awards"),
    "requests:write": N_("Draft, publish, evaluate and award requests"),
    "bids:read": N_("Read the organization's own bids"),
    "bids:write": N_("Make, submit and withdraw bids"),
    "studies:read": N_("Read studies and proposed demand"),
    "studies:write": N_("Import studies and propose demand"),
    "contracts:read": N_("Read contracts and their documents"),
    "contracts:write": N_("Draft, offer and change contracts"),
    "money:read": N_("Read balances, escrows, statements and invoices"),
    "money:write": N_("Top up, put into escrow and pay out"),
    "delivery:read": N_("Read plans, visits, enrollment and timesheets of studies"),
    "delivery:write": N_("Report work, visits, enrollment and hours"),
    "hours:read": N_("Read the order book, own orders, bookings and calendars"),
    "hours:write": N_("Offer, ask for and book hours; change calendars"),
    "quality:read": N_("Read applications, qualifications and the process library"),
    "quality:write": N_("Apply for qualification; decide and suspend, for the operator"),
    "organization:read": N_("Read the organization, its members and invitations"),
    "organization:write": N_("Invite people and change their roles"),
}
SCOPES = tuple(SCOPE_WORDS)
PREFIX = "tl_"


@transaction.atomic
def create_token(
    *,
    name: str,
    scopes: list[str],
    by: Actor,
    valid_days: int | None = 90,
    clock: Clock = system_clock,
) -> tuple[ApiToken, str]:
    """Make a token that acts for the person in the present organization; its secret is told only now.

    Refuses: NotAllowed (no organization), ScopeUnknown.
    Emits: TokenCreated.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise ScopeUnknown(field="scopes", scope=scope)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        person_id=by.own_person_id,
        organization_id=by.own_organization_id,
        name=name.strip()[:80],
        prefix=secret[:9],
        token_hash=token_hash(secret),
        scopes=sorted(set(scopes)),
        created_at=clock.now(),
        expires_at=clock.now() + dt.timedelta(days=valid_days) if valid_days else None,
    )
    record(
        TokenCreated(token_id=token.pk, scopes=tuple(token.scopes)),
        by=by,
        about=("api_token", token.pk),
        clock=clock,
    )
    return token, secret


@transaction.atomic
def revoke_token(*, token_id: int, by: Actor, clock: Clock = system_clock) -> None:
    """End one of the person's own tokens.

    Refuses: NotFound.
    Emits: TokenRevoked.
    """
    token = (
        ApiToken.objects.select_for_update()
        .filter(pk=token_id, person_id=by.own_person_id, revoked_at=None)
        .first()
    )
    if token is None:
        raise NotFound
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    record(TokenRevoked(token_id=token.pk), by=by, about=("api_token", token.pk), clock=clock)
