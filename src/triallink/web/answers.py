"""How a view answers: a page, one block of it for htmx, or a refusal."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.backends.utils import csrf_input_lazy, csrf_token_lazy

from triallink.foundation.sentences import sentence_of
from triallink.kernel.refusals import Refusal


def render_page(request: HttpRequest, template: str, page: Any, *, status: int = 200) -> HttpResponse:
    """Render a whole page from one frozen dataclass, which the template knows as `page`."""
    found = engines["jinja2"].get_template(template)
    return HttpResponse(found.render({"page": page}, request), status=status)


def render_block(
    request: HttpRequest, template: str, block: str, page: Any, *, status: int = 200
) -> HttpResponse:
    """Render one block of a page, for htmx to put in place."""
    found = cast(Any, engines["jinja2"].get_template(template)).template
    values = {"page": page, "request": request}
    values.update(csrf_input=csrf_input_lazy(request), csrf_token=csrf_token_lazy(request))
    context = found.new_context(values)
    # The template's own imports and `set`s run before its parent's first line is produced, and only then
    # are they known inside its blocks.
    next(found.root_render_func(context), None)
    return HttpResponse("".join(found.blocks[block](context)), status=status)


def answer(request: HttpRequest, template: str, block: str, page: Any, *, status: int = 200) -> HttpResponse:
    """Render the block when htmx asks, the whole page otherwise."""
    wants_page = request.headers.get("HX-Boosted") or request.headers.get("HX-History-Restore-Request")
    if request.headers.get("HX-Request") and not wants_page:
        return render_block(request, template, block, page, status=status)
    return render_page(request, template, page, status=status)


def refusal_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refusal no form could show beside a field: a toast for htmx, a page otherwise."""
    page = {"sentence": sentence_of(refusal), "status": refusal.status}
    if request.headers.get("HX-Request"):
        response = render_page(request, "refusal_toast.html", page, status=refusal.status)
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
        return response
    return render_page(request, "refusal.html", page, status=refusal.status)
