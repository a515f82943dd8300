"""The money of a contract: what is owed and paid, funding the escrow, and what its rules would pay."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triallink.domains.contracts import selectors, services
from triallink.domains.contracts.models import CONCLUDED, Contract
from triallink.domains.contracts.payment_plan import ANY_MILESTONE, Agreed, agreed_on, requirement_of
from triallink.domains.contracts.rule_words import kind_words, rule_sentences
from triallink.engines.payment import Part, Scenario, Simulation, highest, simulate
from triallink.foundation.sentences import bilingual
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.contracts.amounts import minor_of, typed
from triallink.web.contracts.forms import AmountForm
from triallink.web.contracts.frame import ContractFrame, actor_of, frame_of
from triallink.web.studies.entry import beside

MONTHS_SHOWN = 60


@dataclass(frozen=True)
class PaymentsPage:
    """What a contract owes and paid, and how its escrow stands."""

    frame: ContractFrame
    money: selectors.MoneyState
    rows: list[selectors.PayableRow]
    rules: list[str]
    may_fund: bool
    fund_form: forms.Form
    fund_key: str  # of this showing of the form: sent twice, it moves the money once


def payments(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show the money of a contract."""
    return _payments(request, contract_id, None)


@require_POST
def fund(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Put available funds into the escrow."""
    form = AmountForm(request.POST)
    frame = frame_of(request, contract_id, "payments")
    if form.is_valid():
        try:
            services.fund_contract(
                contract_id=contract_id,
                amount_minor=minor_of(frame.contract, form.cleaned_data["amount"]),
                key=request.POST.get("key") or str(uuid.uuid4()),
                by=actor_of(request),
            )
            messages.success(request, _("The escrow is funded."))
            return HttpResponseRedirect(reverse("contracts:payments", args=[contract_id]))
        except Refusal as refusal:
            beside(form, refusal)
    return _payments(request, contract_id, form)


def _payments(request: HttpRequest, contract_id: int, form: forms.Form | None) -> HttpResponse:
    frame = frame_of(request, contract_id, "payments")
    if frame.contract.state not in CONCLUDED:
        raise NotFound
    money = selectors.money_of(frame.contract)
    initial = {"amount": typed(frame.contract, money.lacking_minor)}
    may_fund = frame.contract.buyer_id == actor_of(request).organization_id and actor_of(request).has(
        "finance", "administrator", "project_lead", "signatory"
    )
    page = PaymentsPage(
        frame=frame,
        money=money,
        rows=selectors.payable_rows(frame.contract),
        rules=rule_sentences(frame.contract.payment_rules, frame.contract.currency),
        may_fund=may_fund and frame.contract.ended_at is None,
        fund_form=form or AmountForm(initial=initial),
        fund_key=str(uuid.uuid4()),
    )
    return render_page(request, "contracts/payments.html", page, status=422 if form else 200)


@dataclass(frozen=True)
class Slider:
    """One thing the scenario varies."""

    name: str
    label: str
    value: int
    most: int


@dataclass(frozen=True)
class SimulatorPage:
    """What a contract would pay if things went so."""

    frame: ContractFrame
    sliders: list[Slider]
    result: Simulation
    chart: dict[str, Any]
    head: list[str]
    rows: list[list[str]]
    parts: list[Part]
    titles: dict[str, str]
    most_minor: int | None
    rules: list[str] = field(default_factory=list)


def simulator(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show what the contract would pay under a scenario."""
    frame = frame_of(request, contract_id, "payments")
    contract = frame.contract
    agreed = agreed_on(contract)
    sliders = _sliders(request, contract, agreed)
    value = {slider.name: slider.value for slider in sliders}
    result = simulate(agreed.plan, _scenario(contract, agreed, value))
    titles = {code: bilingual(row.name) for code, row in agreed.milestones.items()}
    titles |= {rule.code: _rule_title(rule.fact, rule.kind) for rule in agreed.plan.rules[len(titles) :]}
    titles["floor"] = _("Floor")
    points = result.points
    page = SimulatorPage(
        frame=frame,
        sliders=sliders,
        result=result,
        chart={
            "xAxis": {"type": "category", "data": [f"{point.on:%Y-%m}" for point in points]},
            "yAxis": {"type": "value"},
            "legend": {},
            "series": [
                {
                    "name": _("Paid out so far"),
                    "type": "line",
                    "areaStyle": {},
                    "data": [float(typed(contract, p.total_minor - p.retained_minor)) for p in points],
                },
                {
                    "name": _("With what is kept back"),
                    "type": "line",
                    "data": [float(typed(contract, p.total_minor)) for p in points],
                },
            ],
        },
        head=[_("Month"), _("Paid out so far"), _("Kept back")],
        rows=[
            [
                f"{point.on:%Y-%m}",
                f"{typed(contract, point.total_minor - point.retained_minor):,}",
                f"{typed(contract, point.retained_minor):,}",
            ]
            for point in points
        ],
        parts=list(result.parts),
        titles=titles,
        most_minor=highest(agreed.plan),
        rules=rule_sentences(contract.payment_rules, contract.currency),
    )
    return answer(request, "contracts/simulator.html", "result", page)


def _sliders(request: HttpRequest, contract: Contract, agreed: Agreed) -> list[Slider]:
    def chosen(name: str, usual: int, most: int) -> int:
        try:
            return min(max(int(request.GET.get(name, usual)), 0), most)
        except ValueError:
            return usual

    months = max(1, min(_usual_months(contract), MONTHS_SHOWN))
    sliders = [
        Slider(
            "months",
            _("Months until the close"),
            max(1, chosen("months", months, MONTHS_SHOWN)),
            MONTHS_SHOWN,
        ),
        Slider("reached", _("Milestones reached, percent"), chosen("reached", 100, 100), 100),
        Slider("first", _("Right at first submission, percent"), chosen("first", 90, 100), 100),
    ]
    for number, word in enumerate(_words(agreed)):
        most = _usual_count(agreed, word) * 2 or 100
        label = kind_words(requirement_of(word))
        sliders.append(Slider(f"n{number}", label, chosen(f"n{number}", most // 2, most), most))
    return sliders


def _scenario(contract: Contract, agreed: Agreed, value: dict[str, int]) -> Scenario:
    milestones = list(agreed.milestones.values())
    count = round(len(milestones) * value["reached"] / 100)
    single = {
        f"milestone:{row.pk}": 1 + number * value["months"] // max(len(milestones), 1)
        for number, row in enumerate(milestones[:count])
    }
    amounts = {word: value[f"n{number}"] for number, word in enumerate(_words(agreed))}
    if any(rule.fact == ANY_MILESTONE for rule in agreed.plan.rules):
        amounts[ANY_MILESTONE] = count
    return Scenario(
        begin_on=contract.start_on or dt.date(contract.created_at.year, contract.created_at.month, 1),
        months=value["months"],
        amounts=amounts,
        single=single,
        first_time_percent=value["first"],
    )


def _words(agreed: Agreed) -> list[str]:
    words = {rule.fact for rule in agreed.plan.rules if rule.code not in agreed.milestones}
    return sorted(words - {ANY_MILESTONE})


def _usual_count(agreed: Agreed, word: str) -> int:
    """Return how many the contract expects: the quantity of the line paid by it."""
    lines = [
        agreed.lines[rule.code]
        for rule in agreed.plan.rules
        if rule.fact == word and rule.code in agreed.lines
    ]
    return min(int(sum(line.quantity for line in lines)), 5_000)


def _usual_months(contract: Contract) -> int:
    if contract.start_on is None or contract.end_on is None:
        return 12
    return round((contract.end_on - contract.start_on).days / 30.4)


def _rule_title(fact: str, kind: str) -> str:
    words = _("Milestones") if fact == ANY_MILESTONE else kind_words(requirement_of(fact))
    kinds = {"target": _("target"), "quality": _("quality"), "unit": _("per unit"), "fixed": _("once")}
    return f"{words} · {kinds[kind]}"
