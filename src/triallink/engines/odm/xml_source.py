"""XML from outside, read piece by piece in constant memory; hostile XML is refused with its line and the reason."""

import codecs
import re
from collections.abc import Collection, Iterator
from typing import BinaryIO

from lxml import etree

from triallink.engines.odm import findings
from triallink.engines.odm.findings import refusal

MEGABYTE = 1 << 20
LIMIT_BYTES = 4096 * MEGABYTE
BLOCK_BYTES = 1 << 16
LONGEST_PROLOG = 1 << 20
# Encodings in which every byte below 0x80 is the ASCII character, or that UTF-16 marks clearly: in no other can
# the search for a document type be trusted.
ENCODINGS = re.compile(
    r"utf-?8|utf-?16(le|be)?|us-ascii|ascii|iso-?8859-\d+|latin-?1|windows-125\d|gb18030|gbk|gb2312|big5|euc-(jp|kr|cn)|"
    r"shift_jis",
    re.IGNORECASE,
)
_DECLARED = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_SKIPPED = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)


def read_pieces(
    stream: BinaryIO, tags: Collection[str], *, limit_bytes: int = LIMIT_BYTES
) -> Iterator[tuple[str, etree._Element]]:
    """Return start and end of the elements asked for, as libxml2 meets them; the caller clears what it has used.

    stream       opened for reading bytes.
    tags         names as `etree.iterparse` takes them ("{*}ItemDef").
    limit_bytes  how long the file may be.
    Returns      ("start" | "end", element) in the order of the file, the element of a start with its attributes only;
                 at last ("close", root).
    Raises       OdmRefused with the line: entity and document type declarations, encodings that hide them, more than
                 256 levels, texts over 10 MB, too many bytes, XML that is not well-formed.
    Source       OWASP XML External Entity prevention; the limits are those of libxml2 without `huge`.
    """
    # With `recover` a prefix that is declared nowhere is no end of the reading; everything worse is, below.
    parser = etree.XMLPullParser(
        events=("start", "end"), tag=list(tags), resolve_entities=False, no_network=True, huge_tree=False,
        load_dtd=False, collect_ids=False, remove_comments=True, remove_pis=True, recover=True,
    )  # fmt: skip
    size = 0
    try:
        for block in _checked(stream):
            size += len(block)
            if size > limit_bytes:
                raise refusal(findings.TOO_LARGE, limit_mb=limit_bytes // MEGABYTE)
            parser.feed(block)
            _refuse_fatal(parser)
            yield from parser.read_events()
        if not size:
            raise refusal(findings.EMPTY)
        root = parser.close()
        _refuse_fatal(parser)
        yield from parser.read_events()
        yield "close", root
    except etree.XMLSyntaxError as error:
        line = (error.position or (1, 0))[0] or 1
        raise refusal(findings.BAD_SYNTAX, line, detail=error.msg or "no element") from None


def _refuse_fatal(parser: etree.XMLPullParser) -> None:
    for entry in parser.feed_error_log:
        if entry.level == etree.ErrorLevels.FATAL:
            raise refusal(findings.BAD_SYNTAX, max(1, entry.line), detail=entry.message.strip())


def _checked(stream: BinaryIO) -> Iterator[bytes]:
    """Return the blocks of a stream once its beginning, up to the root element, is known to be harmless."""
    start = b""
    while True:
        block = stream.read(BLOCK_BYTES)
        start += block
        is_harmless = _is_harmless(start, is_whole=not block)
        if is_harmless or not block:
            break
        if len(start) > LONGEST_PROLOG:
            raise refusal(findings.BAD_SYNTAX, detail="no element in the first megabyte")
    if start:
        # libxml2 decides about the white space some writers put before the declaration.
        yield start.lstrip(b" \t\r\n") if start[:1].isspace() else start
    while block:
        block = stream.read(BLOCK_BYTES)
        if block:
            yield block


def _is_harmless(start: bytes, *, is_whole: bool) -> bool:
    """Say whether the root element was reached; refuse a document type before it."""
    text = _decoded(start)
    declared = _DECLARED.match(text.lstrip())
    if declared and not ENCODINGS.fullmatch(declared[1]):
        raise refusal(findings.BAD_ENCODING, encoding=declared[1])
    position = 0
    while skipped := _SKIPPED.match(text, position):
        position = skipped.end()
    rest = text[position : position + 9]
    if rest.upper().startswith("<!DOCTYPE"):
        raise refusal(findings.DOCTYPE, text.count("\n", 0, position) + 1)
    if rest[:2] in ("<!", "<?"):
        return is_whole
    return bool(rest) and rest != "<"


def _decoded(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) or start[:4] in (b"\0\0\0<", b"<\0\0\0"):
        raise refusal(findings.BAD_ENCODING, encoding="UTF-32")
    if start.startswith(b"\x4c\x6f\xa7\x94"):
        raise refusal(findings.BAD_ENCODING, encoding="EBCDIC")
    if start.startswith(codecs.BOM_UTF16_LE) or start[:2] == b"<\0":
        return start.decode("utf-16-le", "replace").lstrip("\ufeff")
    if start.startswith(codecs.BOM_UTF16_BE) or start[:2] == b"\0<":
        return start.decode("utf-16-be", "replace").lstrip("\ufeff")
    return start.removeprefix(codecs.BOM_UTF8).decode("latin-1")
