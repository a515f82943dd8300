"""The Chinese catalogues: what the code says to people, where its translation belongs, and what is missing.

A message belongs to the nearest folder `locale` above the file that says it, inside the file's own package
(`domains/etmf`, `web/market`, `kernel`), which gets one if it has none. Templates belong to
the area they are named after, the shared ones to `web`. A message that another catalogue already translates is
not repeated.
"""

import ast
import inspect
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from triallink.foundation.notices import kind_words
from triallink.foundation.sentences import event_words
from triallink.kernel.events import Event

LOCALE = "zh_Hans"
TAIL = Path("locale") / LOCALE / "LC_MESSAGES/django.po"
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
TEMPLATE_OPTIONS = {"trimmed": "true", "extensions": "jinja2.ext.do", "newstyle_gettext": "true"}

Id = str | tuple[str, ...]


@dataclass
class Said:
    """One message of the code and the files that say it."""

    id: Id
    files: set[Path] = field(default_factory=set)


def said_in(package: Path) -> dict[Id, Said]:
    """Return every message of the package's code and templates."""
    found: dict[Id, Said] = {}
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.html")]):
        if "migrations" in path.parts:
            continue
        for message in messages_of(path):
            found.setdefault(message, Said(message)).files.add(path)
        if path.suffix == ".py":
            for words in _kinds_of_notices(path):
                found.setdefault(words, Said(words)).files.add(path)
    for name, event in Event.registry.items():
        path = Path(inspect.getfile(event))
        # One that others derive from is a form for events, not an event.
        if path.is_relative_to(package) and not event.__subclasses__():
            words = event_words(name)
            found.setdefault(words, Said(words)).files.add(path)
    return found


def catalogue_of(path: Path, package: Path) -> Path:
    """Return the catalogue a file's messages belong to."""
    relative = path.relative_to(package)
    if relative.parts[:2] == ("web", "templates"):
        area = package / "web" / relative.parts[2]
        return (area if area.is_dir() else package / "web") / TAIL
    # domains/etmf/services.py -> domains/etmf; kernel/money.py -> kernel; web/shell.py -> web
    own = Path(*relative.parts[:-1][:2])
    for folder in relative.parents:
        if folder.is_relative_to(own) and (package / folder / "locale").is_dir():
            return package / folder / TAIL
    return package / own / TAIL


def read(path: Path) -> Catalog:
    """Return a catalogue, an empty one if there is no file yet."""
    if not path.exists():
        return Catalog(locale=LOCALE, charset="utf-8")
    with path.open("rb") as stream:
        return read_po(stream, locale=LOCALE)


def catalogues(package: Path) -> dict[Path, Catalog]:
    """Return every catalogue of the package."""
    return {path: read(path) for path in sorted(package.glob(f"**/{TAIL}"))}


def missing(package: Path) -> dict[Path, list[Id]]:
    """Return what has no finished translation anywhere, by the catalogue it belongs to."""
    done = {
        message.id for catalogue in catalogues(package).values() for message in catalogue if _is_done(message)
    }
    gaps: dict[Path, list[Id]] = defaultdict(list)
    for said in said_in(package).values():
        if said.id not in done:
            gaps[catalogue_of(min(said.files), package)].append(said.id)
    return dict(sorted(gaps.items()))


def unused(package: Path) -> dict[Path, list[Id]]:
    """Return what is translated but said by no code or template; words of data may be among them."""
    said = said_in(package)
    return {
        path: idle
        for path, catalogue in catalogues(package).items()
        if (idle := [_id_of(message) for message in catalogue if message.id and _id_of(message) not in said])
    }


def add_missing(package: Path) -> dict[Path, list[Id]]:
    """Write every missing message into its catalogue with an empty translation and return what was added."""
    added: dict[Path, list[Id]] = {}
    for path, ids in missing(package).items():
        catalogue = read(path)
        new = [one for one in ids if one not in catalogue]
        for one in new:
            catalogue.add(one, auto_comments=[])
        if new:
            write(path, catalogue)
            added[path] = new
    return added


def write(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue in our form: a short header, one blank line between messages, no line numbers."""
    stream = io.BytesIO()
    write_po(stream, catalogue, width=0, no_location=True, omit_header=True, sort_output=False)
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        f'"Language: {LOCALE}\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + stream.getvalue().decode().strip() + "\n", encoding="utf-8")


def compile_newer(package: Path) -> list[Path]:
    """Compile every catalogue that is newer than its compiled form and return those."""
    compiled = []
    for source in sorted(package.glob(f"**/{TAIL}")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with target.open("wb") as stream:
            write_mo(stream, read(source))
        compiled.append(source)
    return compiled


def messages_of(path: Path) -> Iterator[Id]:
    """Yield every message one file says."""
    return _messages_of_template(path) if path.suffix == ".html" else _messages_of_code(path)


def _messages_of_template(path: Path) -> Iterator[Id]:
    method = "jinja2.ext:babel_extract"
    for _, message, _, _ in extract_from_file(method, str(path), keywords=KEYWORDS, options=TEMPLATE_OPTIONS):
        if message:
            yield message


def _messages_of_code(path: Path) -> Iterator[Id]:
    """Yield the constants given to gettext; Babel's own reader also takes the key in gettext(line["key"])."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name not in KEYWORDS:
            continue
        given = [
            one.value for one in call.args[: len(KEYWORDS[name] or (1,))] if isinstance(one, ast.Constant)
        ]
        texts = [value for value in given if isinstance(value, str) and value]
        if texts:
            yield tuple(texts) if len(texts) > 1 else texts[0]


def _kinds_of_notices(path: Path) -> Iterator[str]:
    """Return the kinds a file notifies of, as the preferences page words them."""
    source = path.read_text(encoding="utf-8")
    if "notify(" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "notify":
            for given in node.keywords:
                if given.arg == "kind" and isinstance(given.value, ast.Constant):
                    yield kind_words(str(given.value.value))


def _id_of(message: Message) -> Id:
    return tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def _is_done(message: Message) -> bool:
    words = message.string if isinstance(message.string, tuple | list) else [message.string]
    return bool(message.id) and not message.fuzzy and all(words)
