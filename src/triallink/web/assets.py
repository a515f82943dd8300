"""Addresses of static files and icons; a changed file gets a changed address, so browsers may keep them."""

import hashlib
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from markupsafe import Markup, escape

FOLDER = Path(settings.PACKAGE) / "web/static"


@cache
def asset(name: str) -> str:
    """Return the address of a static file, ending in a mark of its content."""
    mark = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:8]
    return f"{static(name)}?v={mark}"


@lru_cache(maxsize=2_000)
def icon(name: str, classes: str = "") -> Markup:
    """Return an icon of the sprite; it is decoration, so a word must stand beside it."""
    return Markup('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        escape(classes), asset("vendor/icons.svg"), name
    )
