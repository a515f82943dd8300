"""The real ODM files of TRIALLINK_DATA; nothing here is collected when the variable is not set."""

import os
from pathlib import Path

import pytest

from triallink.engines.odm import canonical, read_odm, validate, write_odm

_DATA = os.environ.get("TRIALLINK_DATA")
FOLDERS = ("odm13", "odm2", "cdash", "define", "dataset-xml")
FILES = sorted(
    path.relative_to(_DATA).as_posix() for folder in FOLDERS for path in (Path(_DATA) / "edc" / folder).rglob("*.xml")
) if _DATA else []  # fmt: skip


assert FILES or not _DATA, f"no ODM files below {_DATA}"


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_read_and_written_valid_and_valid_ones_lose_nothing(name: str) -> None:
    data = (Path(str(_DATA)) / name).read_bytes()
    read = read_odm(data)
    version = "2.0" if b"http://www.cdisc.org/ns/odm/v2.0" in data else "1.3.2"
    faults = validate(data)
    other = write_odm(read.file, "1.3.2" if version == "2.0" else "2.0")
    assert validate(other.data) == ()
    written = write_odm(read.file, version)
    assert validate(written.data) == ()
    assert validate(write_odm(read.file, version, extensions=False).data, extensions=False) == ()
    if faults:
        assert all(fault.line for fault in faults)
    else:
        assert canonical(written.data) == canonical(data)
