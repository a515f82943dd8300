"""One mechanism for every list: search, facets, sort, pages, export.

    STUDIES = ListSpec(
        name="studies",
        columns=(
            Column("code", N_("Code"), sort=("code",)),
            Column("title", N_("Title"), sort=("title", "id")),
            Column("sites", N_("Sites"), sort=("site_count",), value=lambda row: row.site_count, is_number=True),
        ),
        search=("code", "title"),
        facets=(Facet("phase", N_("Phase"), "phase", names=PHASES),),
        default_sort="code",
    )

    def study_list(request):
        rows = studies_of(to=request.actor)                        # a queryset, or a list of anything
        if wants_export(request):
            return export(request, STUDIES, rows)
        return answer(request, "studies/list.html", "list", StudyListPage(STUDIES.read(request, rows)))

The template holds `<div id="list">{% block list %}{{ ui.list_bar(page.listing) }} … {% endblock %}</div>`; see the gallery.
"""

from triallink.web.listing.export import export, wants_export
from triallink.web.listing.spec import Column, Facet, ListSpec
from triallink.web.listing.view import Listing

__all__ = ["Column", "Facet", "ListSpec", "Listing", "export", "wants_export"]
