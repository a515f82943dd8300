"""Files with one thing wrong in them: read or refused with a place, and what is written from them is valid all the same."""

from collections.abc import Iterator

import pytest
from lxml import etree
from tests.engines.odm.documents import ODM_20, ODM_132

from triallink.engines.checks import CheckSet, checks_of, schema_of, stored_expressions
from triallink.engines.odm import (
    VERSIONS,
    OdmRefused,
    ReadFile,
    check_version,
    collected_counts,
    difference,
    polarity_report,
    read_columns,
    read_odm,
    validate,
    write_odm,
)

HUGE = "9" * 400
EVERY = 5


def mutations(document: bytes) -> Iterator[bytes]:
    """Give a document with one element renamed, left out or repeated, or one attribute left out, emptied or huge."""
    count = sum(1 for _ in etree.fromstring(document).iter(tag=etree.Element))
    for place in range(1, count, EVERY):
        for kind in range(6):
            root = etree.fromstring(document)
            node = list(root.iter(tag=etree.Element))[place]
            holder = node.getparent()
            assert holder is not None
            if kind == 0:
                node.tag = ("Odd", "{urn:vendor}Odd", f"{node.tag}s")[place % 3]
            elif kind == 1:
                holder.remove(node)
            elif kind == 2:
                holder.append(etree.fromstring(etree.tostring(node, with_tail=False)))
            elif node.attrib:
                name = sorted(map(str, node.attrib))[place % len(node.attrib)]
                if kind == 3:
                    del node.attrib[name]
                else:
                    node.set(name, "" if kind == 4 else HUGE)
            yield etree.tostring(root)
    for length in range(0, len(document), len(document) // 40):
        yield document[:length]


@pytest.mark.parametrize("document", [ODM_132, ODM_20], ids=["1.3.2", "2.0"])
def test_one_thing_wrong_is_told_and_never_an_error_of_ours(document: bytes) -> None:
    refusals: list[list[int]] = []
    for data in mutations(document):
        try:
            found = read_odm(data)
        except OdmRefused as refused:
            refusals.append([finding.line for finding in refused.findings])
        else:
            use(found, data)
    assert all(line >= 1 for lines in refusals for line in lines)
    assert all(refusals)


def use(found: ReadFile, data: bytes) -> None:
    """Do everything there is to do with a file that was read."""
    collected_counts(read_columns(data))
    for version in VERSIONS:
        assert validate(write_odm(found.file, version).data) == ()
    for study in found.file.studies:
        for design in study.versions:
            check_version(design)
            polarity_report(design, found.file.header)
            assert difference(design, design) == ()
            stored_expressions(design)
            CheckSet(schema_of(design), checks_of(design))
