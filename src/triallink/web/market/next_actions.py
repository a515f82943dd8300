"""What the market puts on the home page: work that fits, and who can be found."""

from django.utils.translation import gettext as _

from triallink.domains.marketplace.selectors.bids import coalition_asks, declined_asks
from triallink.domains.marketplace.selectors.directory import count_directory
from triallink.domains.marketplace.selectors.fit import fitting_requests
from triallink.domains.quality.selectors import own_supplier_profile
from triallink.domains.quality.services.profiles import SUPPLIER_KINDS
from triallink.foundation.sentences import bilingual, reads_chinese
from triallink.kernel.actor import Actor
from triallink.web.jinja import number
from triallink.web.market.fit import coverage_of, work_card
from triallink.web.navigation import address_of
from triallink.web.next_actions import Figure, NextAction, counts, waits_for

FITTING = 3


@waits_for
def work_that_fits(actor: Actor) -> list[NextAction]:
    """Name the open requests that fit a supplier best."""
    if actor.organization_kind not in SUPPLIER_KINDS or not actor.has("business_lead"):
        return []
    return [
        NextAction(
            title=_("Work that fits you: %(title)s") % {"title": work_card(found).title},
            sentence=f"{number(found.fit.score, 0)} / 100 · {coverage_of(found.fit)}",
            url=address_of("market:request-detail", request_id=found.request.pk) or "",
            due=found.request.bids_due_at,
            icon="target-arrow",
        )
        for found in fitting_requests(to=actor, top=FITTING)
    ]


@waits_for
def coalitions_to_answer(actor: Actor) -> list[NextAction]:
    """Name the bids of others that wait for our part, and our own that a partner declined."""
    if actor.organization_kind not in SUPPLIER_KINDS or not actor.has("business_lead"):
        return []
    language = "zh" if reads_chinese() else "en"
    asked = [
        (ask, _("%(name)s asks you to take part in a bid"), ask.bid.organization)
        for ask in coalition_asks(to=actor)
    ]
    declined = [
        (ask, _("%(name)s declined to take part in your bid"), ask.member.organization)
        for ask in declined_asks(to=actor)
    ]
    return [
        NextAction(
            title=title % {"name": who.name_in(language)},
            sentence=f"{ask.bid.request.reference} · {bilingual(ask.bid.request.title)}",
            url=address_of("market:bid-detail", bid_id=ask.bid.pk) or "",
            due=ask.bid.request.bids_due_at,
            icon="users",
        )
        for ask, title, who in [*asked, *declined]
    ]


@waits_for
def profile_to_declare(actor: Actor) -> list[NextAction]:
    """Ask a supplier that nobody can find yet for its profile."""
    if actor.organization_kind not in SUPPLIER_KINDS or not actor.has("business_lead", "resource_manager"):
        return []
    if own_supplier_profile(to=actor) is not None:
        return []
    return [
        NextAction(
            title=_("Declare your supplier profile"),
            sentence=_("Until then nobody finds you in the directory."),
            url=address_of("market:own-profile") or "",
            icon="id-badge",
        )
    ]


@counts
def directory_size(actor: Actor) -> list[Figure]:
    """Count who can be found."""
    if actor.organization_kind != "sponsor":
        return []
    sizes = count_directory(viewer=actor)
    return (
        [
            Figure(
                _("Suppliers"),
                number(sizes["supplier"]),
                address_of("market:supplier-list") or "",
                icon="building-skyscraper",
            ),
            Figure(
                _("Sites"),
                number(sizes["site"]),
                address_of("market:site-list") or "",
                icon="building-hospital",
            ),
        ]
        if sizes
        else []
    )
