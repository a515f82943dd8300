"""The search port on tantivy: a folder per generation, a pointer to the present one, one writer by file lock."""

import fcntl
import os
import re
import shutil
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import tantivy
from tantivy import FieldType, Occur, Order, TextAnalyzerBuilder, Tokenizer
from tantivy import Filter as TokenFilter

from triallink.foundation.search.port import Band, Damaged, Document, Filter, Found, Hit, Query, Range, Schema
from triallink.foundation.search.words import Word, asked_words, stored_words

# Change it when documents are stored in another way; an index of another format is not read.
FORMAT = 1
WRITER_BYTES = 60_000_000
COUNTED_CODES = 500
PREFIX_FIELD = "words"
Clause = tuple[Occur, tantivy.Query]


def _analyzer(stems: bool) -> tantivy.TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(TokenFilter.remove_long(60))
    builder = builder.filter(TokenFilter.lowercase()).filter(TokenFilter.ascii_fold())
    return (builder.filter(TokenFilter.stemmer("english")) if stems else builder).build()


_STEMMED, _PLAIN = _analyzer(stems=True), _analyzer(stems=False)


@dataclass(frozen=True)
class _Reader:
    """One open generation as it was after one commit."""

    folder: Path
    commit: tuple[int, int]
    searcher: tantivy.Searcher


class TantivyIndex:
    """One collection on disk.

    `<name>.current` names the folder in use. A rebuild fills a new folder and then replaces the pointer in one step, so a
    crash at any instant leaves either the old generation or the new one. Readers notice a commit by the time of the
    generation's meta.json and look at nothing else.
    """

    def __init__(self, name: str, schema: Schema, folder: Path) -> None:
        self.name, self.schema, self.folder = name, schema, folder
        self.tantivy_schema = _tantivy_schema(schema)
        shape = [FORMAT, version("tantivy"), sorted(schema.texts), schema.codes, schema.numbers]
        self.shape = sha256(orjson.dumps(shape)).hexdigest()[:12]
        self._reader: _Reader | None = None
        self._opening = threading.Lock()

    # Reading

    def find(self, query: Query) -> Found:
        """Answer a query. Raises Damaged if there is no readable index."""
        searcher = self._present().searcher
        words = asked_words(query.text)
        try:
            found = self._find(searcher, query, words, Occur.Must)
            if found.total == 0 and len(words) > 1:
                found = self._find(searcher, query, words, Occur.Should)
        except ValueError as error:
            raise Damaged(f"{self.name}: {error}") from error
        return found

    def _find(self, searcher: tantivy.Searcher, query: Query, words: list[Word], join: Occur) -> Found:
        text = (
            [self._all_of([(join, self._word(word, word is words[-1])) for word in words])] if words else []
        )
        conditions = {("code", f.counted or f.field): self._codes(f) for f in query.filters if f.codes}
        conditions |= {("number", r.field): self._range(r) for r in query.ranges}
        own_out = {("code", f.counted or f.field) for f in query.filters if not f.match_all}
        own_out |= {("number", r.field) for r in query.ranges}

        def matching(without: tuple[str, str] | None = None) -> tantivy.Query:
            kept = [c for key, c in conditions.items() if key != without or key not in own_out]
            scored: list[Clause] = [(Occur.Must, part) for part in text]
            scored += [(Occur.Must, tantivy.Query.const_score_query(part, 0.0)) for part in kept]
            return tantivy.Query.boolean_query(scored) if scored else tantivy.Query.all_query()

        everything = matching()
        result: Any = searcher.search(
            everything,
            query.limit,
            offset=query.offset,
            order_by_field=query.sort or None,
            order=Order.Desc if query.is_descending or not query.sort else Order.Asc,
        )
        # Facets whose own filter is set are counted without it, one by one; the others together.
        asked = {("code", name): _terms(name) for name in query.counts}
        asked |= {("number", name): _bands(name, bands) for name, bands in query.bands.items()}
        buckets: dict[tuple[str, str], Any] = {}
        together = {key: part for key, part in asked.items() if not (key in conditions and key in own_out)}
        if together:
            answer = searcher.aggregate(everything, {"/".join(key): part for key, part in together.items()})
            buckets |= {key: answer["/".join(key)]["buckets"] for key in together}
        for key, part in asked.items():
            if key not in together:
                buckets[key] = searcher.aggregate(matching(without=key), {"x": part})["x"]["buckets"]
        return Found(
            hits=tuple(_hit(searcher, address) for _, address in result.hits),
            total=result.count,
            is_partial=join == Occur.Should and (result.count) > 0,
            counts={name: {b["key"]: b["doc_count"] for b in buckets["code", name]} for name in query.counts},
            bands={name: _band_counts(bands, buckets["number", name]) for name, bands in query.bands.items()},
        )

    def _word(self, word: Word, is_last: bool) -> tantivy.Query:
        """Match one asked word in any text field; the last one also as the beginning of a word."""
        either: list[Clause] = []
        for stem in _STEMMED.analyze(word.text):
            for name, weight in self.schema.texts.items():
                term = tantivy.Query.term_query(self.tantivy_schema, name, stem)
                either.append((Occur.Should, tantivy.Query.boost_query(term, weight)))
        if len(word.pairs) > 1:
            # A Chinese word that the stored text was not cut into: all its pairs must be there.
            pairs = [tantivy.Query.term_query(self.tantivy_schema, PREFIX_FIELD, pair) for pair in word.pairs]
            either.append((Occur.Should, self._all_of([(Occur.Must, pair) for pair in pairs])))
        if is_last or (word.is_chinese and len(word.text) == 1):
            for plain in _PLAIN.analyze(word.text):
                beginning = tantivy.Query.regex_query(
                    self.tantivy_schema, PREFIX_FIELD, re.escape(plain) + ".*"
                )
                either.append((Occur.Should, tantivy.Query.boost_query(beginning, 0.5)))
        return tantivy.Query.boolean_query(either) if either else tantivy.Query.empty_query()

    def _codes(self, wanted: Filter) -> tantivy.Query:
        if not wanted.match_all:
            return tantivy.Query.term_set_query(self.tantivy_schema, wanted.field, list(wanted.codes))
        terms = [tantivy.Query.term_query(self.tantivy_schema, wanted.field, code) for code in wanted.codes]
        return self._all_of([(Occur.Must, term) for term in terms])

    def _range(self, wanted: Range) -> tantivy.Query:
        low = float("-inf") if wanted.low is None else float(wanted.low)
        high = float("inf") if wanted.high is None else float(wanted.high)
        return tantivy.Query.range_query(self.tantivy_schema, wanted.field, FieldType.Float, low, high)

    @staticmethod
    def _all_of(clauses: list[Clause]) -> tantivy.Query:
        return clauses[0][1] if len(clauses) == 1 else tantivy.Query.boolean_query(clauses)

    def _present(self) -> _Reader:
        """Return the present generation, opened again only after a commit or a rebuild."""
        folder = self._current_folder()
        try:
            return self._read(folder)
        except Damaged:
            # A rebuild may have put a new generation in place since the pointer was read.
            if self._current_folder() == folder:
                raise
            return self._read(self._current_folder())

    def _read(self, folder: Path) -> _Reader:
        try:
            meta = (folder / "meta.json").stat()
        except FileNotFoundError as error:
            raise Damaged(f"{self.name}: {folder.name} has no meta.json") from error
        # Every commit replaces the file: the inode tells two commits within one tick of the clock apart.
        commit = (meta.st_mtime_ns, meta.st_ino)
        reader = self._reader
        if reader is None or (reader.folder, reader.commit) != (folder, commit):
            with self._opening:
                index = self._open(folder)
                index.config_reader("Manual")
                index.reload()
                reader = self._reader = _Reader(folder, commit, index.searcher())
        return reader

    def _current_folder(self) -> Path:
        try:
            return self.folder / self._pointer.read_text("utf-8").strip()
        except FileNotFoundError as error:
            raise Damaged(f"{self.name} was never built") from error

    def _open(self, folder: Path) -> tantivy.Index:
        if f"-{self.shape}-" not in folder.name:
            raise Damaged(f"{self.name}: {folder.name} has another shape than {self.shape}")
        try:
            return _with_analyzers(tantivy.Index.open(str(folder)))
        except (ValueError, OSError) as error:
            raise Damaged(f"{self.name}: {error}") from error

    @property
    def _pointer(self) -> Path:
        return self.folder / f"{self.name}.current"

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait for the one writer's place and hold it; the kernel frees it if this process dies."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Build a new generation beside the present one, put it in its place and return its size."""
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = self.folder / f"{self.name}-{self.shape}-{uuid.uuid4().hex[:12]}"
        folder.mkdir()
        writer = _with_analyzers(tantivy.Index(self.tantivy_schema, path=str(folder))).writer(WRITER_BYTES, 1)
        count = 0
        for document in documents:
            writer.add_document(self._stored(document))
            count += 1
        writer.commit()
        writer.wait_merging_threads()
        self._point_to(folder)
        for old in self.folder.glob(f"{self.name}-*-*"):
            if old != folder:  # readers that still have it open keep their file handles
                shutil.rmtree(old)
        return count

    def put(self, documents: Iterable[Document], gone: Iterable[str] = ()) -> None:
        """Replace documents by key and drop the gone ones. Raises Damaged if there is no readable index."""
        index = self._open(self._current_folder())
        try:
            writer = index.writer(WRITER_BYTES // 4, 1)
            for key in gone:
                writer.delete_documents_by_term("key", key)
            for document in documents:
                writer.delete_documents_by_term("key", document.key)
                writer.add_document(self._stored(document))
            writer.commit()
            writer.wait_merging_threads()
        except (ValueError, OSError) as error:
            raise Damaged(f"{self.name}: {error}") from error

    def _point_to(self, folder: Path) -> None:
        draft = self._pointer.with_suffix(".next")
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(folder.name)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(self._pointer)

    def _stored(self, document: Document) -> tantivy.Document:
        stored = tantivy.Document()
        stored.add_text("key", document.key)
        stored.add_bytes("shown", orjson.dumps(dict(document.shown)))
        for name in self.schema.texts:
            if text := document.texts.get(name):
                words = stored_words(text)
                stored.add_text(name, words)
                stored.add_text(PREFIX_FIELD, words)
        for name in self.schema.codes:
            for code in dict.fromkeys(document.codes.get(name, ())):
                if code:
                    stored.add_text(name, code)
        for name in self.schema.numbers:
            number = document.numbers.get(name)
            if number is not None:
                stored.add_float(name, float(number))
        return stored


def _tantivy_schema(schema: Schema) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("shown", stored=True)
    builder.add_text_field(PREFIX_FIELD, tokenizer_name="plain", index_option="basic")
    for name in schema.texts:
        builder.add_text_field(name, tokenizer_name="stemmed", index_option="freq")
    for name in schema.codes:
        builder.add_text_field(name, tokenizer_name="raw", fast=True, index_option="basic")
    for name in schema.numbers:
        builder.add_float_field(name, fast=True, indexed=True)
    return builder.build()


def _with_analyzers(index: tantivy.Index) -> tantivy.Index:
    index.register_tokenizer("stemmed", _STEMMED)
    index.register_tokenizer("plain", _PLAIN)
    return index


def _hit(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> Hit:
    stored: Any = searcher.doc(address)
    return Hit(stored.get_first("key"), orjson.loads(bytes(stored.get_first("shown"))))


def _terms(name: str) -> dict[str, Any]:
    return {"terms": {"field": name, "size": COUNTED_CODES}}


def _bands(name: str, bands: tuple[Band, ...]) -> dict[str, Any]:
    """Ask for the pieces between all limits: tantivy refuses bands that overlap ("4 and up", "4.5 and up")."""
    limits = sorted({limit for band in bands for limit in (band.low, band.high) if limit is not None})
    edges = [None, *limits, None]
    ranges = [
        {k: v for k, v in (("from", low), ("to", high)) if v is not None} for low, high in pairwise(edges)
    ]
    return {"range": {"field": name, "ranges": ranges}}


def _band_counts(bands: tuple[Band, ...], pieces: list[Mapping[str, Any]]) -> dict[str, int]:
    counts = {band.name: 0 for band in bands}
    for piece in pieces:
        low, high = piece.get("from", float("-inf")), piece.get("to", float("inf"))
        for band in bands:
            if low >= (float("-inf") if band.low is None else band.low) and high <= (
                float("inf") if band.high is None else band.high
            ):
                counts[band.name] += piece["doc_count"]
    return counts
