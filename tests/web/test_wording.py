"""Everything a person reads is said in both languages."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from jinja2 import nodes

from triallink.foundation import catalogues
from triallink.kernel.refusals import Refusal

PACKAGE = Path(settings.PACKAGE)
TEMPLATES = sorted((PACKAGE / "web/templates").rglob("*.html"))
PAGES = sorted((PACKAGE / "web").rglob("*.py"))
PLACE = re.compile(r"%\(\w+\)s")
WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+")

# Names that are the same in every language.
SAME_EVERYWHERE = {
    *("Trial", "Link", "CSV", "XLSX", "PDF", "JSON", "XML", "USDM", "API", "OCDS", "EN", "ZH", "English"),
    *("简体中文", "中文", "ClinicalTrials", "gov", "km", "CNY", "USD", "EUR", "SHA", "UTC", "TOTP", "ui"),
}
# Macro arguments and attributes whose text is read by people.
READ_ARGUMENTS = {
    *("title", "sentence", "label", "kind", "change", "empty_title", "empty_sentence", "placeholder"),
    *("submit", "question", "detail", "help", "state"),
}
READ_ATTRIBUTES = {"title", "aria-label", "placeholder", "alt", "data-confirm", "data-confirm-detail"}
# In Python: the argument (by name, or by place from 0) in which these calls take words.
WORDS_OF_CALLS = {
    **dict.fromkeys(("Column", "Facet", "Entry"), ("label", 1)),
    **dict.fromkeys(("StudyEntry",), ("label", 0)),
    **dict.fromkeys(("Start",), ("title", 0)),
}


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_every_message_has_a_finished_translation():
    gaps = {relative(path): ids for path, ids in catalogues.missing(PACKAGE).items()}
    assert gaps == {}, "run `triallink translations update` and translate"


def test_every_refusal_speaks_through_the_catalogue():
    said = catalogues.said_in(PACKAGE)
    unmarked = [kind.__name__ for kind in _refusals(Refusal) if kind.message not in said]
    assert unmarked == []


def test_chinese_is_set_with_chinese_punctuation():
    narrow = re.compile(r"[\u3400-\u9fff》”）][,;:?!]|\([^()]*[\u3400-\u9fff]\)")
    wrong = [
        f"{relative(path)}: {text}"
        for path, catalogue in catalogues.catalogues(PACKAGE).items()
        for message in catalogue
        for text in ([message.string] if isinstance(message.string, str) else message.string)
        if narrow.search(text)
    ]
    assert wrong == []


def test_one_english_message_means_one_thing():
    """Catalogues are read as one: of two translations of a message, one area's pages would show the other's."""
    said: dict[tuple, dict[str, list[str]]] = {}
    for path, catalogue in catalogues.catalogues(PACKAGE).items():
        for message in catalogue:
            if message.id and isinstance(message.id, str):
                found = said.setdefault((message.id, message.context), {})
                found.setdefault(message.string, []).append(relative(path))
    assert {key: found for key, found in said.items() if len(found) > 1} == {}, "say one of them otherwise"


def test_a_translation_has_the_same_places_to_fill_in():
    wrong = []
    for path, catalogue in catalogues.catalogues(PACKAGE).items():
        for message in catalogue:
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            for one in strings:
                if message.id and set(PLACE.findall(one)) - set(PLACE.findall(" ".join(ids))):
                    wrong.append((relative(path), message.id))
    assert wrong == []


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_percent_sign_in_a_template_is_doubled(path):
    # Jinja fills in the places of every message, also of one without any: a single sign breaks the page.
    translations = {
        message.id: message.string for c in catalogues.catalogues(PACKAGE).values() for message in c
    }
    for message in catalogues.messages_of(path):
        ids = message if isinstance(message, tuple) else (message,)
        strings = translations.get(message, "")
        for text in (*ids, *(strings if isinstance(strings, tuple) else (strings,))):
            assert "%" not in PLACE.sub("", text).replace("%%", ""), text


def test_a_missing_and_a_fuzzy_message_are_noticed(tmp_path):
    (tmp_path / "locale/zh_Hans/LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "page.py").write_text('_("Said")\nN_("Doubtful")\n_("Done")\nx = "Not said"\n')
    (tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po").write_text(
        'msgid "Done"\nmsgstr "完成"\n\n#, fuzzy\nmsgid "Doubtful"\nmsgstr "或许"\n'
    )
    (gaps,) = catalogues.missing(tmp_path).values()
    assert sorted(gaps) == ["Doubtful", "Said"]
    catalogues.add_missing(tmp_path)
    assert '"Said"' in (tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po").read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_template_says_nothing_outside_gettext(path):
    assert list(literal_text(path.read_text())) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{{ _('Hello') }} {% trans %}there{% endtrans %}</p>", []),
        ('<button title="Close it">×</button>', ["Close it"]),
        ('{{ ui.stat("Open", 3) }}', ["Open"]),
        ('{{ ui.badge(_("Open"), "good") }}', []),
        ("<style>p { color: red }</style><code>x_y</code>", []),
        ("<p>{{ page.a if page.b else 'never' }}</p>", ["never"]),
    ],
)
def test_literal_text_is_noticed(source, found):
    assert list(literal_text(source)) == found


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_a_page_module_names_nothing_outside_gettext(path):
    assert list(literal_words(ast.parse(path.read_text()))) == []


def literal_text(source: str) -> Iterator[str]:
    """Yield what a template says to people without gettext."""
    tree = engines["jinja2"].env.parse(source)
    html = "".join(_html_of(tree))
    yield from _Reader.read(html)
    for call in tree.find_all(nodes.Call):
        yield from _literal_arguments(call)


def literal_words(tree: ast.AST) -> Iterator[str]:
    """Yield words given as plain constants where a label is expected."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        wanted = [given[key] for key in ("label", "help_text") if name.endswith("Field") and key in given]
        if name in WORDS_OF_CALLS:
            key, place = WORDS_OF_CALLS[name]
            wanted += [given[key]] if key in given else node.args[place : place + 1]
        for value in wanted:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield from _worded(value.value)


def _literal_arguments(call: nodes.Call) -> Iterator[str]:
    target = call.node
    if not (
        isinstance(target, nodes.Getattr) and isinstance(target.node, nodes.Name) and target.node.name == "ui"
    ):
        return
    macro = engines["jinja2"].env.globals["ui"].all()[target.attr]
    named = [
        *zip(macro.arguments, call.args, strict=False),
        *((pair.key, pair.value) for pair in call.kwargs),
    ]
    for name, value in named:
        if name in READ_ARGUMENTS and isinstance(value, nodes.Const) and isinstance(value.value, str):
            yield from _worded(value.value)


def _html_of(tree: nodes.Template) -> Iterator[str]:
    """Yield the HTML in order; of an expression only the constants it may come to."""
    for output in tree.find_all(nodes.Output):
        for node in output.nodes:
            if isinstance(node, nodes.TemplateData):
                yield node.data
            else:
                yield from _constants(node)
                yield "\x00"


def _constants(node: nodes.Expr) -> Iterator[str]:
    if isinstance(node, nodes.Const):
        yield str(node.value)
    elif isinstance(node, nodes.CondExpr):
        for branch in (node.expr1, node.expr2):
            yield from _constants(branch) if branch else ()
    elif isinstance(node, nodes.Or):
        yield from _constants(node.right)


def _worded(text: str) -> Iterator[str]:
    text = " ".join(text.replace("\x00", " ").split())
    if set(WORD.findall(re.sub(r"&\w+;", " ", text))) - SAME_EVERYWHERE:
        yield text


def _refusals(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("triallink."):
            yield child
        yield from _refusals(child)


class _Reader(HTMLParser):
    """Collects the text people would see."""

    SILENT = {"style", "script", "code", "svg", "kbd"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    @classmethod
    def read(cls, html: str) -> list[str]:
        """Return the literal text of the HTML."""
        reader = cls()
        reader.feed(html)
        reader.close()
        return reader.found

    def handle_starttag(self, tag, attrs):
        self.silent += tag in self.SILENT
        for name, value in attrs:
            if name in READ_ATTRIBUTES and value:
                self.found.extend(_worded(value))

    def handle_endtag(self, tag):
        self.silent -= tag in self.SILENT

    def handle_data(self, data):
        if not self.silent:
            self.found.extend(_worded(data))
