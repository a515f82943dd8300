"""The payment rules of a draft: what is agreed so far, and one form for each kind of rule."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from triallink.domains.contracts import services
from triallink.domains.contracts.evidence import fact_kinds
from triallink.domains.contracts.models import Contract
from triallink.domains.contracts.payment_plan import ANY_MILESTONE
from triallink.domains.contracts.rule_words import rule_sentences
from triallink.foundation.sentences import bilingual
from triallink.kernel.refusals import NotFound, Refusal
from triallink.web.answers import render_page
from triallink.web.contracts.amounts import minor_of, typed
from triallink.web.contracts.frame import ContractFrame, actor_of, frame_of
from triallink.web.studies.entry import beside, whole

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Data = dict[str, Any]


def _money(label: "StrPromise", *, is_required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=is_required, min_value=0, max_digits=14, decimal_places=2)


class RuleForm(forms.Form):
    """What the forms of all kinds of rules share: they know the contract and the facts there are."""

    def __init__(self, contract: Contract, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract
        kinds = [(kind.kind, _(kind.name)) for kind in fact_kinds()]
        if "fact" in self.fields:
            more = [(ANY_MILESTONE, _("Milestone accepted"))] if isinstance(self, TargetForm) else []
            self.fields["fact"].choices = [("", "–"), *more, *kinds]  # type: ignore[attr-defined]

    def minor(self, name: str) -> int | None:
        """Return an amount as typed in minor units, None if it was left empty."""
        value = self.cleaned_data[name]
        return None if value is None else minor_of(self.contract, value)


class UnitForm(RuleForm):
    """So much for each: a visit, a subject, an hour."""

    fact = forms.ChoiceField(label=gettext_lazy("Paid for each"), choices=[])
    price = _money(gettext_lazy("Price per unit"), is_required=True)
    above = forms.IntegerField(label=gettext_lazy("Another price beyond"), required=False, min_value=1)
    tier_price = _money(gettext_lazy("Price beyond that"))
    cap = _money(gettext_lazy("At most"))
    floor = _money(gettext_lazy("At least, when the contract closes"))
    line = forms.TypedChoiceField(
        label=gettext_lazy("Line paid by units"), required=False, coerce=int, empty_value=None, choices=[],
        help_text=gettext_lazy("Its milestones are then accepted but not paid."),
    )  # fmt: skip

    def __init__(self, contract: Contract, *args: Any, **kwargs: Any) -> None:
        super().__init__(contract, *args, **kwargs)
        rows = contract.lines.select_related("service")
        lines = [(row.position, f"{row.position}. {bilingual(row.service.name)}") for row in rows]
        self.fields["line"].choices = [("", "–"), *lines]  # type: ignore[attr-defined]

    def rule(self) -> Data:
        """Return the rule as it is kept."""
        given = self.cleaned_data
        found: Data = {"kind": "unit", "fact": given["fact"], "price_minor": self.minor("price")}
        if given["above"] and given["tier_price"] is not None:
            found["tiers"] = [{"above": given["above"], "price_minor": self.minor("tier_price")}]
        if given["cap"] is not None:
            found["cap_minor"] = self.minor("cap")
        if given["floor"]:
            found["floor_minor"] = self.minor("floor")
        return found | ({"line": given["line"]} if given["line"] else {})


class TargetForm(RuleForm):
    """A bonus for results by a day, and less if they are missed."""

    fact = forms.ChoiceField(label=gettext_lazy("Target"), choices=[])
    by = forms.DateField(label=gettext_lazy("By"), widget=forms.DateInput())
    at_least = forms.IntegerField(label=gettext_lazy("At least"), min_value=1)
    bonus = _money(gettext_lazy("Bonus"), is_required=True)
    more = forms.IntegerField(label=gettext_lazy("Or even at least"), required=False, min_value=2)
    more_bonus = _money(gettext_lazy("Bonus for that"))
    malus = _money(gettext_lazy("Less if missed"))

    def rule(self) -> Data:
        """Return the rule as it is kept."""
        given = self.cleaned_data
        steps = [{"at_least": given["at_least"], "amount_minor": self.minor("bonus")}]
        if given["more"] and given["more_bonus"] is not None:
            steps.append({"at_least": given["more"], "amount_minor": self.minor("more_bonus")})
        return {
            "kind": "target", "fact": given["fact"], "by": given["by"].isoformat(), "steps": steps,
            "missed_minor": -(self.minor("malus") or 0),
        }  # fmt: skip


class QualityForm(RuleForm):
    """More for work that is right at the first submission, less for work that is not."""

    good_percent = forms.IntegerField(
        label=gettext_lazy("Right at first submission, from percent"), min_value=1, max_value=100
    )
    bonus_percent = forms.IntegerField(label=gettext_lazy("More, in percent"), min_value=0, max_value=100)
    poor_percent = forms.IntegerField(
        label=gettext_lazy("Poor below percent"), required=False, min_value=0, max_value=100
    )
    malus_percent = forms.IntegerField(
        label=gettext_lazy("Less, in percent"), required=False, min_value=0, max_value=100
    )

    def rule(self) -> Data:
        """Return the rule as it is kept."""
        given = self.cleaned_data
        found: Data = {"kind": "quality", "fact": ANY_MILESTONE, "base": [ANY_MILESTONE]}
        return found | {name: given[name] for name in self.fields if given[name] is not None}


class FixedForm(RuleForm):
    """An amount paid once, at the first fact of its kind."""

    fact = forms.ChoiceField(label=gettext_lazy("Paid at the first"), choices=[])
    amount = _money(gettext_lazy("Amount"), is_required=True)

    def rule(self) -> Data:
        """Return the rule as it is kept."""
        return {
            "kind": "fixed", "fact": self.cleaned_data["fact"], "amount_minor": self.minor("amount"),
        }  # fmt: skip


class LimitsForm(RuleForm):
    """What holds for everything together."""

    together = _money(gettext_lazy("Everything together at most"))
    floor = _money(gettext_lazy("Everything together at least, when the contract closes"))
    retention_percent = forms.IntegerField(
        label=gettext_lazy("Kept back until the close, in percent"), required=False, min_value=0, max_value=50
    )

    def limits(self) -> Data:
        """Return the limits as they are kept."""
        found = {
            "cap_minor": self.minor("together"),
            "floor_minor": self.minor("floor"),
            "retention_percent": self.cleaned_data["retention_percent"],
        }
        return {name: value for name, value in found.items() if value is not None}


KINDS: dict[str, type[UnitForm | TargetForm | QualityForm | FixedForm]] = {
    "unit": UnitForm,
    "target": TargetForm,
    "quality": QualityForm,
    "fixed": FixedForm,
}
TITLES = {
    "unit": (gettext_lazy("Per unit"), gettext_lazy("A price for each visit, subject or hour.")),
    "target": (gettext_lazy("By result"), gettext_lazy("A bonus for a number of facts by a day.")),
    "quality": (gettext_lazy("Quality"), gettext_lazy("A share of what the milestones pay.")),
    "fixed": (gettext_lazy("Once"), gettext_lazy("An amount at the first fact of a kind.")),
    "limits": (gettext_lazy("Limits"), gettext_lazy("For everything the contract pays together.")),
}


@dataclass(frozen=True)
class RuleKind:
    """A kind of rule with its form."""

    kind: str
    title: str
    sentence: str
    form: RuleForm
    is_open: bool


@dataclass(frozen=True)
class RulesPage:
    """The payment rules of a draft, to change."""

    frame: ContractFrame
    rules: list[str]
    limits: list[str]
    kinds: list[RuleKind]


def rules(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Show how a draft pays; sent, add one rule or set the limits."""
    frame = frame_of(request, contract_id, "payments")
    if frame.contract.state != "draft" or not frame.is_buyer:
        raise NotFound
    kinds = [_kind(request, frame.contract, kind) for kind in TITLES]
    sent = next((one for one in kinds if one.form.is_bound), None)
    if sent is not None and sent.form.is_valid():
        try:
            _keep(request, frame.contract, _changed(frame.contract.payment_rules, sent))
            return _back(request, contract_id)
        except Refusal as refusal:
            refusal.field = ""
            beside(sent.form, refusal)
    stored, currency = frame.contract.payment_rules, frame.contract.currency
    page = RulesPage(
        frame=frame,
        rules=rule_sentences({"rules": stored.get("rules", [])}, currency),
        limits=rule_sentences({**stored, "rules": []}, currency),
        kinds=kinds,
    )
    return render_page(request, "contracts/rules.html", page, status=422 if sent else 200)


@require_POST
def drop(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Take one rule away."""
    frame = frame_of(request, contract_id, "payments")
    stored = dict(frame.contract.payment_rules)
    number, found = whole(request.POST.get("number", "")), list(stored.get("rules", []))
    if not 0 <= number < len(found):
        raise NotFound
    del found[number]
    _keep(request, frame.contract, stored | {"rules": found})
    return _back(request, contract_id)


def _kind(request: HttpRequest, contract: Contract, kind: str) -> RuleKind:
    is_sent = request.POST.get("kind") == kind
    make: Callable[..., RuleForm] = KINDS.get(kind, LimitsForm)
    form = make(
        contract,
        request.POST if is_sent else None,
        prefix=kind,
        initial=_limits_now(contract) if kind == "limits" else None,
    )
    title, sentence = TITLES[kind]
    return RuleKind(kind, str(title), str(sentence), form, is_sent)


def _limits_now(contract: Contract) -> Data:
    stored = contract.payment_rules
    amounts = {
        name: typed(contract, stored[key])
        for name, key in (("together", "cap_minor"), ("floor", "floor_minor"))
        if stored.get(key)
    }
    return amounts | {"retention_percent": stored.get("retention_percent")}


def _changed(stored: Data, sent: RuleKind) -> Data:
    """Return the rules with what was sent: new limits, or one more rule under a code of its own."""
    found = list(stored.get("rules", []))
    if isinstance(sent.form, LimitsForm):
        return {"rules": found} | sent.form.limits()
    assert isinstance(sent.form, (UnitForm, TargetForm, QualityForm, FixedForm))
    taken = {rule["code"] for rule in found}
    code = next(name for number in range(1, 100) if (name := f"{sent.kind}-{number}") not in taken)
    return stored | {"rules": [*found, {"code": code, **sent.form.rule()}]}


def _keep(request: HttpRequest, contract: Contract, data: Data) -> None:
    is_empty = not data.get("rules") and len(data) == 1
    services.set_payment_rules(contract_id=contract.pk, rules={} if is_empty else data, by=actor_of(request))


def _back(request: HttpRequest, contract_id: int) -> HttpResponse:
    messages.success(request, _("Saved. The simulator shows what it would pay."))
    return HttpResponseRedirect(reverse("contracts:rules", args=[contract_id]))
