"""Hostile and broken XML is refused with its line and the reason, and never read further."""

import codecs

import pytest
from tests.engines.odm.documents import ODM_132

from triallink.engines.odm import OdmRefused, read_odm, validate, write_odm

ODM = '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileOID="F" FileType="Snapshot" CreationDateTime="2026-01-01T00:00:00"'
BOMB = '<!DOCTYPE ODM [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


def refusal(data: bytes, **options: int) -> str:
    """Return why a file is refused."""
    with pytest.raises(OdmRefused) as caught:
        read_odm(data, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"", 1, "empty"),
        (b"  \n ", 1, "empty"),
        (b"not xml", 1, "well-formed"),
        (f"<?xml version='1.0'?>\n{BOMB}\n{ODM} Description='&b;'/>".encode(), 2, "document type"),
        (f"<!-- <!DOCTYPE in a comment is harmless -->\n\n{BOMB}{ODM}/>".encode(), 3, "document type"),
        (f"{BOMB}{ODM}/>".encode("utf-16"), 1, "document type"),
        (f'<!DOCTYPE ODM SYSTEM "file:///etc/passwd">{ODM}/>'.encode(), 1, "document type"),
        (f"<?xml version='1.0' encoding='UTF-7'?>{ODM}/>".encode(), 1, "UTF-7"),
        (f"{ODM}/>".encode("utf-32"), 1, "UTF-32"),
        (f"<?xml version='1.0'?>{ODM}/>".encode("cp500"), 1, "EBCDIC"),
        (f"<?xml version='1.0' encoding='nonsense'?>{ODM}/>".encode(), 1, "nonsense"),
        (f"{ODM}>\n\n".encode() + b"\xff\xfe\x80</ODM>", 3, "well-formed"),
        (f"{ODM}>\n&unknown;</ODM>".encode(), 2, "unknown"),
        (f"{ODM}>\n<Study>\n</ODM>".encode(), 3, "Study"),
        (f"{ODM}>".encode(), 1, "well-formed"),
        (f"{ODM}>\n{'<a>' * 300}".encode(), 2, "depth"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", 1, "html"),
        (b"<Other/>", 1, "Other"),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(OdmRefused) as caught:
        read_odm(data)
    assert caught.value.findings[0].line == line
    assert reason in str(caught.value)


def test_a_file_that_is_too_long_is_refused() -> None:
    assert "larger than 1 MB" in refusal(f"{ODM}>{' ' * 2_000_000}</ODM>".encode(), limit_bytes=1 << 20)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_is_read_in_its_usual_encodings(encoding: str) -> None:
    declared = "" if encoding.startswith("utf") else f"<?xml version='1.0' encoding='{encoding}'?>"
    read = read_odm(f"{declared}{ODM} Originator='中国'/>".encode(encoding))
    assert read.file.header.originator == "中国"


def test_a_prefix_declared_nowhere_is_no_reason_to_refuse() -> None:
    assert read_odm(f"{ODM} xs:schemaLocation='x'/>".encode()).file.header.file_oid == "F"


def test_the_byte_order_mark_alone_is_no_file() -> None:
    assert refusal(codecs.BOM_UTF8)


@pytest.mark.parametrize("version", ["1.3.2", "2.0"])
def test_an_element_of_no_namespace_is_told_and_not_written(version: str) -> None:
    odd = ODM_132.replace(b"<MetaDataVersion ", b'<Odd xmlns="" A="1"/><MetaDataVersion ', 1)
    written = write_odm(read_odm(odd).file, version)
    assert validate(written.data) == ()
    assert any(finding.params.get("name") == "Odd" for finding in written.findings)
