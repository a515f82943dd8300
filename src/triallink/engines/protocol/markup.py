"""Plain text from the marked-up texts of a protocol."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

_BLOCKS = {"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section"}
_SILENT = {"script", "style", "head"}


class _TextOnly(HTMLParser):
    def __init__(self, resolve: Callable[[str, dict[str, str]], str]) -> None:
        super().__init__(convert_charrefs=True)
        self._resolve = resolve
        self._silent = 0
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag.startswith("usdm:"):
            self.parts.append(self._resolve(tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain_text(marked_up: str, resolve: Callable[[str, dict[str, str]], str] | None = None) -> str:
    """Return the text a reader sees: no tags, one line per block, single spaces.

    marked_up  text, HTML or XHTML with `usdm:tag` / `usdm:ref` elements.
    resolve    given such an element's name and attributes, returns the text it stands for.
    """
    if "<" not in marked_up and "&" not in marked_up:
        return _tidied(marked_up)
    parser = _TextOnly(resolve or (lambda tag, attributes: ""))
    parser.feed(marked_up)
    parser.close()
    return _tidied("".join(parser.parts))


def _tidied(text: str) -> str:
    lines = (re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and line != "-")
