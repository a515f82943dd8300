"""What the trail is about has a name in both languages."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from triallink.foundation.models import AuditLine
from triallink.web.accounts.history_words import OBJECTS, SOURCES, object_words, source_words

SOURCE = Path(__file__).resolve().parents[3] / "src/triallink"


def test_every_kind_of_object_that_is_recorded_has_words() -> None:
    recorded = {
        kind for path in SOURCE.rglob("*.py") for kind in re.findall(r'about=\("(\w+)"', path.read_text())
    }
    assert len(recorded) > 30
    assert recorded - set(OBJECTS) == set()


@pytest.mark.parametrize("kind", sorted(OBJECTS))
def test_a_reader_of_chinese_reads_no_english(kind: str) -> None:
    with translation.override("zh-hans"):
        assert re.search(r"[一-鿿]", object_words(AuditLine(object_kind=kind, object_id="7")))


def test_the_way_is_named_and_the_address_kept() -> None:
    with translation.override("en"):
        assert source_words(AuditLine(source="web 10.0.0.7")) == "Web · 10.0.0.7"
        assert source_words(AuditLine(source="system")) == SOURCES["system"]
        assert source_words(AuditLine(source="carrier pigeon")) == "carrier pigeon"
