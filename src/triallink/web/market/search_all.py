"""One field for everything: what the viewer may see of requests, studies and the directory, in groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from triallink.domains.marketplace.access.requests import visible_requests
from triallink.domains.marketplace.directory.searching import DirectorySearch
from triallink.domains.marketplace.models.requests import REQUEST_STATES
from triallink.domains.marketplace.selectors.directory import search_directory
from triallink.domains.studies.selectors import studies
from triallink.foundation.search import SearchAway
from triallink.foundation.sentences import bilingual, reads_chinese
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_
from triallink.web.answers import render_page
from triallink.web.market.naming import WORDS
from triallink.web.wording import word

SHOWN = 5
MOST_WORDS = 8
LONGEST = 200
REQUEST_TEXTS = ("reference", "title__en", "title__zh", "buyer__name_en", "buyer__name_zh")
STUDY_TEXTS = ("code", "title_en", "title_zh")


@dataclass(frozen=True)
class Result:
    """One thing found."""

    title: str
    sentence: str
    url: str


@dataclass(frozen=True)
class Group:
    """What was found of one kind; `more_url` lists all of it."""

    title: str
    icon: str
    results: list[Result]
    total: int
    more_url: str


@dataclass(frozen=True)
class SearchPage:
    """The words and what they find."""

    text: str
    groups: list[Group]
    is_index_away: bool

    @property
    def total(self) -> int:
        """Return how much was found."""
        return sum(group.total for group in self.groups)


DIRECTORY = (
    ("supplier", N_("Suppliers"), "building-skyscraper", "market:supplier-list", "market:supplier-detail"),
    ("talent", N_("Talent"), "users", "market:talent-list", "market:talent-detail"),
    ("site", N_("Sites"), "building-hospital", "market:site-list", "market:site-detail"),
)


def search_all(request: HttpRequest) -> HttpResponse:
    """Look for words in everything the viewer may see."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    groups: list[Group] = []
    is_away = False
    if text:
        groups = [_requests(text, actor), _studies(text, actor)]
        try:
            groups += [_directory(text, actor, *kind) for kind in DIRECTORY]
        except SearchAway:
            is_away = True
    page = SearchPage(text, [group for group in groups if group.results], is_away)
    return render_page(request, "market/search.html", page)


def _requests(text: str, actor: Actor) -> Group:
    rows = visible_requests(actor).filter(_having(text, REQUEST_TEXTS)).select_related("buyer").distinct()
    return _group(
        _("Requests"), "file-description", rows.order_by("-id"),
        lambda row: Result(
            bilingual(row.title) or row.reference,
            f"{row.reference} · {word(REQUEST_STATES, row.state)} · {row.buyer.name_in(_language())}",
            reverse("market:request-detail", args=[row.pk]),
        ),
        reverse("market:request-open" if actor.organization_kind in ("smo", "freelancer") else "market:request-list"),
        text,
    )  # fmt: skip


def _studies(text: str, actor: Actor) -> Group:
    return _group(
        _("Studies"), "clipboard-heart", studies(to=actor).filter(_having(text, STUDY_TEXTS)),
        lambda row: Result(
            row.code, bilingual({"en": row.title_en, "zh": row.title_zh}), reverse("studies:detail", args=[row.pk])
        ),
        reverse("studies:list"),
        text,
    )  # fmt: skip


def _group(
    title: str, icon: str, rows: QuerySet[Any], shown: Callable[[Any], Result], more: str, text: str
) -> Group:
    found = list(rows[: SHOWN + 1])
    total = len(found) if len(found) <= SHOWN else rows.count()
    return Group(
        title, icon, [shown(row) for row in found[:SHOWN]], total, f"{more}?{urlencode({'q': text})}"
    )


def _directory(
    text: str, actor: Actor, kind: str, title: str, icon: str, list_name: str, detail: str
) -> Group:
    found = search_directory(DirectorySearch(kind, text, page_size=SHOWN), viewer=actor)
    return Group(
        _(title),
        icon,
        [
            Result(WORDS.name_of(row), _sentence(kind, row), reverse(detail, args=[row["id"]]))
            for row in found.rows
        ],
        found.total,
        f"{reverse(list_name)}?{urlencode({'q': text})}",
    )


def _sentence(kind: str, row: Mapping[str, Any]) -> str:
    what = {
        "supplier": lambda: _(WORDS.kinds[row["type"]]),
        "talent": lambda: _(WORDS.roles[row["role"]]),
        "site": lambda: ", ".join(_(WORDS.areas[area]) for area in row["areas"][:3]),
    }[kind]()
    return " · ".join(filter(None, (what, WORDS.city_of(row))))


def _having(text: str, fields: tuple[str, ...]) -> Q:
    """Return the condition that every word stands in some field."""
    words = text.split()[:MOST_WORDS]
    return reduce(
        and_, (reduce(lambda a, b: a | b, (Q(**{f"{f}__icontains": w}) for f in fields)) for w in words)
    )


def _language() -> str:
    return "zh" if reads_chinese() else "en"
