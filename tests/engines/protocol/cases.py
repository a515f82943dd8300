"""The files these tests read: our own small studies, and the real ones where TRIALLINK_DATA points."""

import copy
import json
import os
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parents[2] / "vectors" / "protocol"
_DATA = os.environ.get("TRIALLINK_DATA")
USDM_CORPUS = (
    "Documents/Examples/CDISC_Pilot/CDISC_Pilot_Study.json",
    "Documents/Examples/Devices/devices.json",
    "Documents/Examples/EliLilly_NCT03421379_Diabetes/EliLilly_NCT03421379_Diabetes.json",
    "Documents/Examples/Observational/observational.json",
    "360i/pilot_LLZT_protocol.json",
    "expander_oracle/example_study.json",
)


def vector(name: str) -> bytes:
    """Return one of our own files."""
    return (VECTORS / name).read_bytes()


def small_usdm() -> dict[str, Any]:
    """Return our own small study as a JSON value that a test may change."""
    return copy.deepcopy(_SMALL)


def as_bytes(value: Any) -> bytes:
    """Return a JSON value as a file."""
    return json.dumps(value).encode()


def data_file(relative: str) -> Path:
    """Return a file of the shared data; it must be there when TRIALLINK_DATA is set."""
    assert _DATA, "only called when TRIALLINK_DATA is set"
    return Path(_DATA) / relative


_SMALL = json.loads(vector("usdm_small.json"))
