"""The notices, the bell's number, and what reaches somebody by e-mail."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from triallink.foundation.models import Notice
from triallink.foundation.notices import (
    ANY_KIND,
    choose_email,
    kind_words,
    mark_read,
    notices_of,
    preferences_of,
    unread_count,
)
from triallink.foundation.sentences import sentence
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_, NotFound
from triallink.web.answers import answer, render_block, render_page
from triallink.web.listing import Column, Facet, Listing, ListSpec, export, wants_export

READ_WORDS = {"unread": N_("Unread"), "read": N_("Read")}
EMAIL_WORDS = {"now": N_("At once"), "daily": N_("Once a day"), "never": N_("Never")}


@dataclass(frozen=True)
class NoticeRow:
    """A notice in the reader's words."""

    notice_id: int
    words: str
    kind: str
    at: object
    state: str


NOTICES = ListSpec(
    name="notices",
    columns=(
        Column("words", N_("Notice")),
        Column("kind", N_("Kind")),
        Column("at", N_("When"), sort=("at",)),
        Column("state", N_("State"), sort=("state",), value=lambda row: gettext(READ_WORDS[row.state])),
    ),
    search=("words",),
    facets=(
        Facet("state", N_("State"), "state", names=READ_WORDS),
        Facet("kind", N_("Kind"), "kind"),
    ),
    default_sort="-at",
)
MOST_SHOWN = 500


@dataclass(frozen=True)
class NoticeListPage:
    """One page of somebody's notices."""

    listing: Listing
    unread: int


@dataclass(frozen=True)
class Preference:
    """How somebody hears of one kind of notice."""

    kind: str
    words: str
    email: str


@dataclass(frozen=True)
class PreferencesPage:
    """What reaches somebody by e-mail."""

    preferences: list[Preference]
    choices: dict[str, str]


@dataclass(frozen=True)
class BadgePage:
    """The bell's number."""

    unread: int


def notice_list(request: HttpRequest) -> HttpResponse:
    """Show somebody's latest notices."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = [_row(notice) for notice in notices_of(to=actor)[:MOST_SHOWN]]
    if wants_export(request):
        return export(request, NOTICES, rows)
    page = NoticeListPage(NOTICES.read(request, rows), unread_count(to=actor))
    return answer(request, "notices/list.html", "list", page)


def notice_open(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Mark a notice as read and go where it points."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    notice = notices_of(to=actor).filter(pk=notice_id).first()
    if notice is None:
        raise NotFound
    mark_read(by=actor, notice_id=notice.pk)
    is_ours = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return HttpResponseRedirect(notice.url if is_ours else reverse("notices:notice-list"))


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark every notice as read."""
    mark_read(by=request.actor)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("notices:notice-list"))


def badge(request: HttpRequest) -> HttpResponse:
    """Return the bell's number alone."""
    page = BadgePage(unread_count(to=request.actor))  # type: ignore[attr-defined]
    return render_block(request, "notices/badge.html", "badge", page)


def preferences(request: HttpRequest) -> HttpResponse:
    """Show and change what reaches somebody by e-mail."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    present = preferences_of(to=actor)
    if request.method == "POST":
        choose_email(
            preferences={kind: request.POST.get(f"kind:{kind}", word) for kind, word in present.items()},
            by=actor,
        )
        messages.success(request, gettext("Your choice is kept."))
        return HttpResponseRedirect(reverse("notices:preferences"))
    shown = [
        Preference(kind, gettext("Everything else") if kind == ANY_KIND else gettext(kind_words(kind)), word)
        for kind, word in present.items()
    ]
    page = PreferencesPage([*shown[1:], shown[0]], EMAIL_WORDS)
    return render_page(request, "notices/preferences.html", page)


def _row(notice: Notice) -> NoticeRow:
    return NoticeRow(
        notice_id=notice.pk,
        words=sentence(notice.template, notice.params),
        kind=gettext(kind_words(notice.kind)),
        at=notice.at,
        state="read" if notice.read_at else "unread",
    )
