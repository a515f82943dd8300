"""How fast clinical data of ODM 1.3.2 comes into typed columns, and in how much memory.

Beside it, in the same run: odmlib, which makes an object of every element, and lxml's iterparse that only counts the
values (what any reader on libxml2 pays before it has done anything). Each runs in a process of its own, so that its peak
memory is its own.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SUBJECTS, QUICK_SUBJECTS = 5000, 1500
ITEMS = 82
EVENTS = 2
# odmlib needs minutes for the whole file; its rate does not depend on the size.
ODMLIB_SUBJECTS, ODMLIB_QUICK_SUBJECTS = 400, 60
TYPES = ("integer", "float", "text", "date")
ODM = "http://www.cdisc.org/ns/odm/v1.3"


def document(subjects: int) -> Iterator[str]:
    """Return the pieces of a file: a study of two visits with 41 items each, and its subjects."""
    draw = random.Random(6)
    yield f"""<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="{ODM}" FileOID="B" FileType="Snapshot" CreationDateTime="2026-01-01T00:00:00" ODMVersion="1.3.2">
<Study OID="ST"><GlobalVariables><StudyName>B</StudyName><StudyDescription>B</StudyDescription>
<ProtocolName>B</ProtocolName></GlobalVariables><BasicDefinitions/><MetaDataVersion OID="MDV" Name="1">"""
    per_event = ITEMS // EVENTS
    for event in range(EVENTS):
        yield f'<StudyEventDef OID="SE.{event}" Name="V" Repeating="No" Type="Scheduled">'
        yield f'<FormRef FormOID="F.{event}" Mandatory="Yes"/></StudyEventDef>'
    for event in range(EVENTS):
        yield f'<FormDef OID="F.{event}" Name="F" Repeating="No">'
        yield f'<ItemGroupRef ItemGroupOID="IG.{event}" Mandatory="Yes"/></FormDef>'
    for event in range(EVENTS):
        yield f'<ItemGroupDef OID="IG.{event}" Name="G" Repeating="No">'
        for item in range(per_event):
            yield f'<ItemRef ItemOID="IT.{event}.{item}" Mandatory="No"/>'
        yield "</ItemGroupDef>"
    for event in range(EVENTS):
        for item in range(per_event):
            yield f'<ItemDef OID="IT.{event}.{item}" Name="I" DataType="{TYPES[item % 4]}" Length="10"/>'
    yield '</MetaDataVersion></Study><ClinicalData StudyOID="ST" MetaDataVersionOID="MDV">'
    for subject in range(subjects):
        yield f'<SubjectData SubjectKey="{subject:05d}">'
        for event in range(EVENTS):
            yield f'<StudyEventData StudyEventOID="SE.{event}"><FormData FormOID="F.{event}">'
            yield f'<ItemGroupData ItemGroupOID="IG.{event}">'
            for item in range(per_event):
                value = (
                    draw.randint(0, 999), draw.randint(0, 9999) / 10, "正常 normal", f"2026-01-{draw.randint(10, 28)}",
                )[item % 4]  # fmt: skip
                yield f'<ItemData ItemOID="IT.{event}.{item}" Value="{value}"/>'
            yield "</ItemGroupData></FormData></StudyEventData>"
        yield "</SubjectData>"
    yield "</ClinicalData></ODM>"


def ours(path: str) -> int:
    """Read typed columns."""
    from triallink.engines.odm import KEYS, read_columns

    with open(path, "rb") as stream:
        columns = read_columns(stream)
    if columns.findings or any(str(frame.dtypes[len(KEYS)]) != "Int64" for frame in columns.tables.values()):
        raise AssertionError("the columns are not typed")
    return columns.value_count


def odmlib(path: str) -> int:
    """Load the file as odmlib's objects and touch every value."""
    from odmlib import loader, odm_loader

    reader = loader.ODMLoader(odm_loader.XMLODMLoader())
    reader.open_odm_document(path)
    count = 0
    for clinical in reader.root().ClinicalData:
        for subject in clinical.SubjectData:
            for event in subject.StudyEventData:
                for form in event.FormData:
                    for group in form.ItemGroupData:
                        count += sum(1 for item in group.ItemData if item.Value is not None)
    return count


def iterparse(path: str) -> int:
    """Count the values with lxml and clear what was read."""
    from lxml import etree

    count = 0
    for _, node in etree.iterparse(path, tag=f"{{{ODM}}}ItemData"):
        count += node.get("Value") is not None
        node.clear()
        while node.getprevious() is not None:
            del node.getparent()[0]
    return count


READERS: dict[str, Callable[[str], int]] = {"ours": ours, "odmlib": odmlib, "iterparse": iterparse}


def measured(reader: str, path: Path) -> dict[str, float]:
    """Return values per second of processor time and peak memory of a reader in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--reader",
        reader,
        "--file",
        str(path),
        "--first",
        str(path.parent / "first.xml"),
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def main() -> None:
    """Print a table, and with --json one object as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under 45 seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    parser.add_argument("--first", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reader:
        # Importing a library is not reading: every reader reads one subject before the clock starts.
        READERS[options.reader](options.first)
        started = time.process_time()
        count = READERS[options.reader](options.file)
        seconds = time.process_time() - started
        # Linux counts kilobytes, macOS bytes.
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
            1 << (20 if sys.platform == "darwin" else 10)
        )
        print(json.dumps({"values": count, "values_per_s": count / seconds, "peak_mb": peak_mb}))
        return
    subjects = QUICK_SUBJECTS if options.quick else SUBJECTS
    few = ODMLIB_QUICK_SUBJECTS if options.quick else ODMLIB_SUBJECTS
    with tempfile.TemporaryDirectory() as folder:
        whole, part, first = (Path(folder) / name for name in ("whole.xml", "part.xml", "first.xml"))
        for path, count in ((whole, subjects), (part, few), (first, 1)):
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(document(count))
        found = {
            "typed columns": measured("ours", whole),
            "lxml iterparse, counting": measured("iterparse", whole),
            "odmlib objects": measured("odmlib", part),
        }
    print(f"{subjects} subjects × {ITEMS} values; odmlib: {few} subjects")
    for name, figures in found.items():
        print(f"{name:28} {figures['values_per_s']:12,.0f} values/s {figures['peak_mb']:8.0f} MB")
    if options.json:
        ours_found, peer = found["typed columns"], found["odmlib objects"]
        print(
            json.dumps(
                {
                    "values_per_s": round(ours_found["values_per_s"]),
                    "peak_mb": round(ours_found["peak_mb"]),
                    "odmlib_values_per_s": round(peer["values_per_s"]),
                    "lxml_values_per_s": round(found["lxml iterparse, counting"]["values_per_s"]),
                }
            )
        )


if __name__ == "__main__":
    main()
