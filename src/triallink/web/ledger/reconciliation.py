"""Where bank and book differ, for the operator: the list, one difference, and running the comparison."""

import datetime as dt
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from triallink.domains.ledger import selectors, services
from triallink.domains.ledger.models import FINDING_KINDS, RESOLUTIONS, Finding
from triallink.domains.ledger.selectors.evidence import Evidence, evidence_of
from triallink.domains.ledger.services.reconciliation import resolutions_of
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_, NotFound, Refusal
from triallink.web.answers import answer, render_page
from triallink.web.ledger.frame import Tab, actor_of, tabs
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export
from triallink.web.studies.entry import beside, status_of
from triallink.web.wording import word

WINDOW = dt.timedelta(days=7)
FINDINGS = ListSpec(
    name="reconciliation",
    columns=(
        Column("reference", N_("Reference"), sort=("reference",)),
        Column("kind", N_("Difference"), sort=("kind",), value=lambda row: word(FINDING_KINDS, row.kind)),
        Column("book", N_("In the book"), value=lambda row: Money(row.book_minor, row.currency), is_number=True),
        Column("bank", N_("Bank"), value=lambda row: Money(row.bank_minor, row.currency), is_number=True),
        Column("found", N_("Found"), sort=("found_at", "id"), value=lambda row: row.found_at),
        Column(
            "resolution", N_("Resolution"), sort=("resolution",),
            value=lambda row: word(RESOLUTIONS, row.resolution) if row.resolution else "",
        ),
    ),
    search=("reference", "why"),
    facets=(
        Facet("kind", N_("Difference"), "kind", names=FINDING_KINDS),
        Facet("resolution", N_("Resolution"), "resolution", names=RESOLUTIONS),
    ),
    default_sort="-found",
)  # fmt: skip


class ResolveForm(forms.Form):
    """How a difference is resolved, and why."""

    resolution = forms.ChoiceField(label=gettext_lazy("Resolution"), widget=forms.RadioSelect)
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3}))


@dataclass(frozen=True)
class FindingListPage:
    """Every difference, open ones first."""

    tabs: list[Tab]
    listing: Listing
    kinds: dict[str, str]
    resolutions: dict[str, str]
    open_count: int


def finding_list(request: HttpRequest) -> HttpResponse:
    """Show the differences."""
    rows = selectors.findings(to=actor_of(request))
    if wants_export(request):
        return export(request, FINDINGS, rows)
    page = FindingListPage(
        tabs=tabs(request, "reconciliation"),
        listing=FINDINGS.read(request, rows),
        kinds=FINDING_KINDS,
        resolutions=RESOLUTIONS,
        open_count=rows.filter(resolved_at=None).count(),
    )
    return answer(request, "ledger/findings.html", "list", page)


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Fetch the statements of the last days and compare them with the book."""
    actor, until = actor_of(request), timezone.now().date() - dt.timedelta(days=1)
    for back in range(WINDOW.days):
        services.import_statement(day=until - dt.timedelta(days=back), by=actor)
    found = len(services.reconcile(until=until, by=actor))
    sentence = ngettext("%(n)s new difference.", "%(n)s new differences.", found) % {"n": found}
    messages.success(request, sentence if found else _("Bank and book agree, or every difference is known."))
    return HttpResponseRedirect(reverse("money:reconciliation"))


@dataclass(frozen=True)
class FindingPage:
    """One difference: both sides, and the ways to resolve it."""

    tabs: list[Tab]
    finding: Finding
    kind: str
    resolution: str
    evidence: Evidence
    form: ResolveForm | None


def finding_detail(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Show one difference, and resolve it."""
    actor = actor_of(request)
    finding = selectors.findings(to=actor).filter(pk=finding_id).first()
    if finding is None:
        raise NotFound
    form = None
    if finding.resolved_at is None and actor.has("finance", "administrator"):
        form = ResolveForm(request.POST or None)
        form.fields["resolution"].choices = [(one, word(RESOLUTIONS, one)) for one in resolutions_of(finding)]  # type: ignore[attr-defined]
        if request.method == "POST" and form.is_valid():
            try:
                services.resolve_finding(finding_id=finding.pk, by=actor, **form.cleaned_data)
                messages.success(request, _("The difference is resolved."))
                return HttpResponseRedirect(reverse("money:reconciliation"))
            except Refusal as refusal:
                beside(form, refusal)
    page = FindingPage(
        tabs=tabs(request, "reconciliation"),
        finding=finding,
        kind=word(FINDING_KINDS, finding.kind),
        resolution=word(RESOLUTIONS, finding.resolution) if finding.resolution else "",
        evidence=evidence_of(finding),
        form=form,
    )
    return render_page(request, "ledger/finding.html", page, status=status_of(form) if form else 200)
