"""Datasets as authorities and partners take them: XPT version 5, Dataset-JSON 1.1, CSV, Parquet, Define-XML, SDTM."""

from triallink.engines.datasets.dataset_json import read_dataset_json, write_dataset_json
from triallink.engines.datasets.define import (
    DefineDocument,
    check_define,
    define_of,
    read_define,
    write_define,
)
from triallink.engines.datasets.findings import DatasetRefused, Finding
from triallink.engines.datasets.model import Dataset, Variable
from triallink.engines.datasets.sdtm import Mapped, domain_of, map_domain, parse_annotation
from triallink.engines.datasets.sdtm_completion import completed, sdtm_notes, study_day
from triallink.engines.datasets.tables import (
    describe,
    described,
    read_csv,
    read_parquet,
    write_csv,
    write_parquet,
)
from triallink.engines.datasets.transliteration import to_ascii
from triallink.engines.datasets.xpt import check_xpt, read_xpt, transliterated, transport_form, write_xpt

__all__ = [
    "Dataset",
    "DatasetRefused",
    "DefineDocument",
    "Finding",
    "Mapped",
    "Variable",
    "check_define",
    "check_xpt",
    "completed",
    "define_of",
    "describe",
    "described",
    "domain_of",
    "map_domain",
    "parse_annotation",
    "read_csv",
    "read_dataset_json",
    "read_define",
    "read_parquet",
    "read_xpt",
    "sdtm_notes",
    "study_day",
    "to_ascii",
    "transliterated",
    "transport_form",
    "write_csv",
    "write_dataset_json",
    "write_define",
    "write_parquet",
    "write_xpt",
]
