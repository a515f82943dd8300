"""The gallery page and the small world it shows."""

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from triallink.engines.figures import Figure, echarts, height, svg, vega_lite
from triallink.foundation.documents import render_pdf
from triallink.kernel.clock import system_clock
from triallink.kernel.money import Money
from triallink.kernel.refusals import N_
from triallink.web.answers import answer
from triallink.web.doors import open_to_strangers
from triallink.web.gallery.figures import figures
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export

KINDS = {"cro": N_("CRO"), "smo": N_("SMO"), "site": N_("Hospital / site")}


@dataclass(frozen=True)
class Example:
    """A row of the list shown."""

    name: str
    kind: str
    city: str
    staff: int
    day_rate: Money


@dataclass(frozen=True)
class Step:
    """Something that happened, as a timeline shows it."""

    at: dt.datetime
    actor_label: str
    action: str
    why: str = ""


@dataclass(frozen=True)
class Work:
    """A job, as its progress is drawn."""

    id: int
    state: str
    done: int = 0
    total: int = 0


EXAMPLES = [
    Example("Alder Research", "cro", "Shanghai", 420, Money(260_000, "CNY")),
    Example("Birch Sites", "smo", "Wuhan", 88, Money(145_000, "CNY")),
    Example("Cedar Hospital", "site", "Chengdu", 12, Money(98_000, "CNY")),
    Example("Dogwood Clinical", "cro", "Beijing", 1_250, Money(310_000, "CNY")),
    Example("Elm Coordination", "smo", "Guangzhou", 203, Money(152_000, "CNY")),
]
LIST = ListSpec(
    name="gallery",
    columns=(
        Column("name", N_("Name"), sort=("name",)),
        Column("kind", N_("Kind"), sort=("kind", "name")),
        Column("city", N_("City"), sort=("city", "name")),
        Column("staff", N_("Staff"), sort=("staff",), is_number=True),
        Column("day_rate", N_("Price per day"), sort=("day_rate",), is_number=True),
    ),
    search=("name", "city"),
    facets=(Facet("kind", N_("Kind"), "kind", names=KINDS), Facet("city", N_("City"), "city", shown=3)),
    default_sort="name",
    page_size=3,
)


class ExampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label=_("Name"), help_text=_("As it stands on the contract."))
    email = forms.EmailField(label=_("E-mail"))
    visits = forms.IntegerField(label=_("Visits"), min_value=1)
    price = forms.DecimalField(label=_("Price per visit"), decimal_places=2)
    starts_on = forms.DateField(label=_("Starts on"), widget=forms.DateInput)
    closes_at = forms.DateTimeField(label=_("Closes at"), widget=forms.DateTimeInput, required=False)
    at_time = forms.TimeField(label=_("Time"), widget=forms.TimeInput, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("cro", _("CRO")), ("smo", _("SMO"))])
    procedure = forms.ChoiceField(
        label=_("Procedure"),
        choices=[("sealed", _("Sealed bids")), ("auction", _("Reverse auction"))],
        widget=forms.RadioSelect,
        initial="sealed",
    )
    services = forms.MultipleChoiceField(
        label=_("Services"),
        choices=[
            ("monitoring", _("Monitoring visit")),
            ("crc", _("CRC hours")),
            ("dm", _("Data management")),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    cities = forms.MultipleChoiceField(
        label=_("Cities"), choices=[(name, name) for name in ("Beijing", "Shanghai", "Wuhan")], required=False
    )
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    is_urgent = forms.BooleanField(label=_("Urgent"), required=False)
    secret = forms.CharField(label=_("Password"), widget=forms.PasswordInput)
    protocol = forms.FileField(label=_("Protocol file"), required=False)


@dataclass(frozen=True)
class Drawn:
    """A figure as the page draws it."""

    figure: Figure

    @property
    def option(self) -> dict[str, Any]:
        """Return what the chart library draws."""
        return echarts(self.figure)

    @property
    def height(self) -> int:
        """Return the pixels it takes."""
        return height(self.figure)

    @property
    def rows(self) -> list[list[Any]]:
        """Return its table; what is not known stays empty."""
        return [["" if cell is None else cell for cell in row] for row in self.figure.rows]


@dataclass(frozen=True)
class GalleryPage:
    """Everything the gallery shows."""

    listing: Listing
    form: ExampleForm
    macros: list[str]
    steps: list[Step]
    works: list[Work]
    deadline: dt.datetime
    figures: list[Drawn]
    kinds: dict[str, str] = field(default_factory=lambda: KINDS)

    @property
    def line_chart(self) -> dict[str, Any]:
        """Return the option of a chart with two lines."""
        return {
            "legend": {},
            "tooltip": {"trigger": "axis"},
            "xAxis": {"type": "category", "data": ["Q1", "Q2", "Q3", "Q4"]},
            "yAxis": {"type": "value"},
            "series": [
                {"type": "line", "name": gettext("Monitoring visit"), "data": [2600, 2550, 2710, 2680]},
                {"type": "bar", "name": gettext("CRC hours"), "data": [1450, 1480, 1395, 1520]},
            ],
        }

    @property
    def points(self) -> list[dict[str, Any]]:
        """Return some places for the map."""
        places = [("Beijing", 39.9, 116.4, 40), ("Shanghai", 31.2, 121.5, 55), ("Chengdu", 30.7, 104.1, 21)]
        return [{"name": name, "lat": lat, "lon": lon, "value": n} for name, lat, lon, n in places]


@open_to_strangers
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every macro; the list works, and the form answers with what it refuses."""
    if wants_export(request):
        return export(request, LIST, EXAMPLES)
    form = ExampleForm(request.POST or None, initial={"name": "Alder Research"})
    now = system_clock.now()
    page = GalleryPage(
        listing=LIST.read(request, EXAMPLES),
        form=form,
        macros=_signatures(),
        steps=[
            Step(
                now - dt.timedelta(hours=2), "Ada Lindqvist", "RequestPublished", gettext("Budget approved.")
            ),
            Step(now - dt.timedelta(days=3), "Ada Lindqvist", "RequestDrafted"),
        ],
        works=[Work(1, "done"), Work(2, "failed"), Work(3, "queued"), Work(4, "running", 420, 1000)],
        deadline=now + dt.timedelta(hours=26, minutes=3),
        figures=[Drawn(each) for each in figures()],
    )
    return answer(request, "gallery/gallery.html", "list", page)


@open_to_strangers
def figures_document(request: HttpRequest) -> HttpResponse:
    """Answer all figures with their tables as one document."""
    return HttpResponse(_document(get_language() or "en"), content_type="application/pdf")


@lru_cache(maxsize=4)
def _document(language: str) -> bytes:
    """Return the document; anybody may ask for it, so it is typeset once per language."""
    data = {
        "title": gettext("Figures of a study"),
        "language": language[:2],
        "figures": [
            {
                "title": each.title,
                "svg": svg(each),
                "head": each.head,
                "rows": [[_cell(value) for value in row] for row in each.rows],
            }
            for each in figures()
        ],
    }
    return render_pdf(Path(__file__).with_name("figures.typ"), data, at=system_clock.now())


def _cell(value: object) -> str:
    """Return a cell of a printed table: nothing for None, a number with no more than three decimal digits."""
    if isinstance(value, float):
        return f"{round(value, 3):g}"
    return "" if value is None else str(value)


@open_to_strangers
def figure_specification(request: HttpRequest, kind: str) -> HttpResponse:
    """Answer one figure as a Vega-Lite specification."""
    for each in figures():
        if each.kind == kind:
            return JsonResponse(vega_lite(each), json_dumps_params={"ensure_ascii": False})
    raise Http404


def _signatures() -> list[str]:
    """Return how each macro is called."""
    from django.template import engines

    found = engines["jinja2"].env.globals["ui"].all()  # type: ignore[attr-defined]
    return [f"ui.{name}({', '.join(macro.arguments)})" for name, macro in sorted(found.items())]
