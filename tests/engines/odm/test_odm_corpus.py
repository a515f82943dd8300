"""The real ODM files of TRIALLINK_DATA; nothing here is collected when the variable is not set."""

import os
from pathlib import Path

import pytest

from triallink.engines.odm import canonical, read_odm, validate, write_odm

DATA = Path(os.environ["TRIALLINK_DATA"])
FOLDERS = ("odm13", "odm2", "cdash", "define", "dataset-xml")
FILES = sorted(
    path.relative_to(DATA).as_posix() for folder in FOLDERS for path in (DATA / "edc" / folder).rglob("*.xml")
)
assert FILES, f"no ODM files below {DATA}"


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_read_and_written_valid_and_valid_ones_lose_nothing(name: str) -> None:
    data = (DATA / name).read_bytes()
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
