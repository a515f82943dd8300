"""Full-text search with filters, facet counts and sorting, in both languages, behind a port.

A domain says once what its collection looks like and how its documents are made (`collect`). Its handlers then
`touch` the keys that changed, in the transaction of the event; the worker brings the index up to date (`flush`), alone.
Any number of readers `find`; they see a new generation by themselves. An index that is missing or damaged is answered
with `SearchAway` and built again by the worker.
"""

from triallink.foundation.search.collections import (
    ALL,
    SearchAway,
    collect,
    ensure,
    find,
    flush,
    names,
    rebuild,
    touch,
)
from triallink.foundation.search.port import Band, Document, Filter, Found, Hit, Query, Range, Schema
from triallink.foundation.search.words import warm

__all__ = [
    "ALL",
    "Band",
    "Document",
    "Filter",
    "Found",
    "Hit",
    "Query",
    "Range",
    "Schema",
    "SearchAway",
    "collect",
    "ensure",
    "find",
    "flush",
    "names",
    "rebuild",
    "touch",
    "warm",
]
