"""Tell people what happened to their requests and bids. No notice carries a price."""

from collections.abc import Iterable

from triallink.domains.accounts.models import Membership, Organization
from triallink.domains.marketplace.events.awards import (
    AwardAnnulled,
    AwardMade,
    EvaluatorsAppointed,
    ObjectionDecided,
    ObjectionFiled,
    StandstillEnded,
)
from triallink.domains.marketplace.events.bids import (
    CoalitionConfirmed,
    CoalitionDeclined,
    CoalitionInvited,
)
from triallink.domains.marketplace.events.requests import (
    CoalitionSuggested,
    DeadlineExtended,
    QuestionAnswered,
    QuestionAsked,
    RequestCancelled,
    RequestClosed,
    RequestFailed,
    RequestPublished,
    SuppliersInvited,
)
from triallink.domains.marketplace.models import Bid, Objection, Request, SuggestedCoalition
from triallink.foundation.notices import notify
from triallink.foundation.outbox import hears
from triallink.kernel.refusals import N_


def _people(organization_ids: Iterable[int], *roles: str) -> list[int]:
    return list(
        Membership.objects.filter(
            organization_id__in=list(organization_ids), ended_at=None, roles__overlap=list(roles)
        ).values_list("person_id", flat=True)
    )


def _tell(request: Request, person_ids: Iterable[int], kind: str, template: str, tab: str = "") -> None:
    notify(
        person_ids,
        kind=kind,
        template=template,
        url=f"/market/requests/{request.pk}/" + (f"{tab}/" if tab else ""),
        title=request.title,
        reference=request.reference,
    )


def _leads(request: Request) -> list[int]:
    return _people([request.buyer_id], "project_lead")


def _involved(request: Request) -> list[int]:
    """Return the bid leaders of everybody who bid, was invited or asked something."""
    organizations = {
        *Bid.objects.filter(request=request).values_list("organization_id", flat=True),
        *request.invitations.filter(declined_at=None).values_list("organization_id", flat=True),
        *request.questions.values_list("asked_by_id", flat=True),
    }
    return _people(organizations, "business_lead")


@hears(RequestPublished)
def tell_the_invited(event: RequestPublished) -> None:
    """Tell the invited suppliers that they may bid."""
    request = Request.objects.get(pk=event.request_id)
    template = N_("You are invited to bid on %(reference)s: %(title)s")
    invited = request.invitations.values_list("organization_id", flat=True)
    _tell(request, _people(invited, "business_lead"), "invitation", template)
    for row in request.suggested_coalitions.select_related("lead").order_by("id"):
        _tell_of_a_suggestion(request, row)


@hears(CoalitionSuggested)
def tell_the_suggested(event: CoalitionSuggested) -> None:
    """Tell the members of a coalition that the buyer suggests; of a draft they hear when it is published."""
    if event.is_published:
        request = Request.objects.get(pk=event.request_id)
        rows = request.suggested_coalitions.filter(
            lead_id=event.lead_id, member_ids=list(event.organization_ids)
        )
        for row in rows.select_related("lead").order_by("-id")[:1]:
            _tell_of_a_suggestion(request, row)


def _tell_of_a_suggestion(request: Request, row: SuggestedCoalition) -> None:
    notify(
        _people(row.member_ids, "business_lead"),
        kind="coalition",
        template=N_("The buyer of %(reference)s suggests a joint bid led by %(name)s: %(title)s"),
        url=f"/market/requests/{request.pk}/fit-check/",
        title=request.title,
        reference=request.reference,
        name={"en": row.lead.name_en, "zh": row.lead.name_zh},
    )


@hears(SuppliersInvited)
def tell_the_newly_invited(event: SuppliersInvited) -> None:
    """Tell suppliers that were invited after the publication."""
    request = Request.objects.get(pk=event.request_id)
    if request.state == "published":
        template = N_("You are invited to bid on %(reference)s: %(title)s")
        _tell(request, _people(event.organization_ids, "business_lead"), "invitation", template)


@hears(CoalitionInvited)
def tell_the_partners(event: CoalitionInvited) -> None:
    """Tell partners that a bidder asks them to take part."""
    bid = Bid.objects.select_related("request", "organization").get(pk=event.bid_id)
    template = N_("%(name)s asks you to take part in its bid on %(reference)s: %(title)s")
    _tell_of_a_bid(bid, event.organization_ids, template, bid.organization)


@hears(CoalitionConfirmed, CoalitionDeclined)
def tell_the_lead(event: CoalitionConfirmed | CoalitionDeclined) -> None:
    """Tell a coalition's lead what a partner answered."""
    bid = Bid.objects.select_related("request").get(pk=event.bid_id)
    template = (
        N_("%(name)s confirmed its part in your bid on %(reference)s")
        if isinstance(event, CoalitionConfirmed)
        else N_("%(name)s declined to take part in your bid on %(reference)s; read why")
    )
    partner = Organization.objects.get(pk=event.organization_id)
    _tell_of_a_bid(bid, [bid.organization_id], template, partner)


def _tell_of_a_bid(bid: Bid, organization_ids: Iterable[int], template: str, who: Organization) -> None:
    notify(
        _people(organization_ids, "business_lead"),
        kind="coalition",
        template=template,
        url=f"/market/requests/bids/{bid.pk}/",
        title=bid.request.title,
        reference=bid.request.reference,
        name={"en": who.name_in("en"), "zh": who.name_in("zh")},
    )


@hears(DeadlineExtended)
def tell_of_more_time(event: DeadlineExtended) -> None:
    """Tell everybody involved that there is more time."""
    request = Request.objects.get(pk=event.request_id)
    _tell(request, _involved(request), "deadline", N_("%(reference)s: the deadline was extended"))


@hears(QuestionAsked)
def tell_of_a_question(event: QuestionAsked) -> None:
    """Tell the buyer that there is a question."""
    request = Request.objects.get(pk=event.request_id)
    _tell(request, _leads(request), "question", N_("%(reference)s: a bidder asks a question"), "questions")


@hears(QuestionAnswered)
def tell_of_an_answer(event: QuestionAnswered) -> None:
    """Tell everybody involved that a question was answered."""
    request = Request.objects.get(pk=event.request_id)
    _tell(request, _involved(request), "question", N_("%(reference)s: a question was answered"), "questions")


@hears(RequestClosed)
def tell_of_the_opening(event: RequestClosed) -> None:
    """Tell the buyer and the evaluators that the bids lie open."""
    request = Request.objects.get(pk=event.request_id)
    people = {*_leads(request), *request.evaluators.values_list("person_id", flat=True)}
    _tell(request, people, "closing", N_("%(reference)s is closed: the bids lie open"), "evaluation")


@hears(RequestCancelled, RequestFailed)
def tell_of_the_end(event: RequestCancelled | RequestFailed) -> None:
    """Tell everybody involved that nothing will come of it."""
    request = Request.objects.get(pk=event.request_id)
    people = {*_leads(request), *(_involved(request) if request.published_at else [])}
    _tell(request, people, "closing", N_("%(reference)s ended without an award: %(title)s"))


@hears(EvaluatorsAppointed)
def tell_the_evaluators(event: EvaluatorsAppointed) -> None:
    """Tell the evaluators that their declaration is awaited."""
    request = Request.objects.get(pk=event.request_id)
    template = N_("%(reference)s: you are asked to evaluate the bids; declare your interests first")
    _tell(request, event.person_ids, "evaluation", template, "evaluation")


@hears(AwardMade)
def tell_of_the_award(event: AwardMade) -> None:
    """Tell the winners and, with their reasons on the page, the others."""
    request = Request.objects.get(pk=event.request_id)
    bidders = set(
        Bid.objects.filter(request=request, state="submitted").values_list("organization_id", flat=True)
    )
    won = _people(event.organization_ids, "business_lead", "signatory")
    lost = _people(bidders - set(event.organization_ids), "business_lead")
    _tell(request, won, "award", N_("You won %(reference)s: %(title)s"), "award")
    _tell(request, lost, "award", N_("%(reference)s was awarded to others; read why"), "award")


@hears(ObjectionFiled)
def tell_of_an_objection(event: ObjectionFiled) -> None:
    """Tell the buyer and the operator that somebody objects."""
    request = Request.objects.get(pk=event.request_id)
    operators = Membership.objects.filter(
        organization__kind="operator", ended_at=None, roles__overlap=["quality", "administrator"]
    ).values_list("person_id", flat=True)
    people = {*_leads(request), *operators}
    _tell(request, people, "objection", N_("%(reference)s: a bidder objects to the award"), "award")


@hears(ObjectionDecided)
def tell_of_a_decision(event: ObjectionDecided) -> None:
    """Tell the objector how it was decided."""
    request = Request.objects.get(pk=event.request_id)
    objector = Objection.objects.get(pk=event.objection_id).organization_id
    template = N_("%(reference)s: your objection was decided")
    _tell(request, _people([objector], "business_lead"), "objection", template, "award")


@hears(AwardAnnulled)
def tell_of_an_annulment(event: AwardAnnulled) -> None:
    """Tell everybody who bid that the award was taken back."""
    request = Request.objects.get(pk=event.request_id)
    _tell(request, _involved(request), "award", N_("%(reference)s: the award was taken back"), "award")


@hears(StandstillEnded)
def tell_that_the_contract_can_come(event: StandstillEnded) -> None:
    """Tell the buyer that the contract can be drawn up."""
    request = Request.objects.get(pk=event.request_id)
    template = N_("%(reference)s: the standstill is over; draw up the contract")
    _tell(request, _leads(request), "award", template, "award")
