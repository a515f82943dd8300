"""What the database itself promises: regulated rows keep their history, and some tables only grow."""

import pytest
from django.db import DatabaseError, connection, transaction
from tests.conftest import PASSWORD

from triallink.domains.quality.models import Credential, Professional
from triallink.foundation.files import store_file
from triallink.foundation.models import Signature, StoredFile
from triallink.foundation.signatures import content_hash, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def credential(gao):
    """A regulated row."""
    who = Professional.objects.create(
        organization=gao.organization, name="Gao", role="CRA", level="senior", city="Beijing"
    )
    return Credential.objects.create(professional=who, kind="gcp", number="G-1")


def test_every_old_row_is_kept_whichever_way_a_row_is_changed(credential):
    credential.number = "G-2"
    credential.save()
    Credential.objects.filter(pk=credential.pk).update(number="G-3")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE quality_credential SET number = 'G-4' WHERE id = %s", [credential.pk])
        cursor.execute("DELETE FROM quality_credential WHERE id = %s", [credential.pk])
    kept = Credential.pgh_event_model.objects.filter(pgh_obj_id=credential.pk).order_by("pgh_id")
    assert list(kept.values_list("pgh_label", "number")) == [
        ("insert", "G-1"),
        ("update", "G-2"),
        ("update", "G-3"),
        ("update", "G-4"),
        ("delete", "G-4"),
    ]


@pytest.mark.parametrize("table", [StoredFile, Signature])
def test_files_and_signatures_are_neither_changed_nor_deleted(ada, tmp_path, settings, table):
    settings.MEDIA_ROOT = tmp_path
    file = store_file(b"report", name="r.txt", media_type="text/plain", by=ada.actor)
    sign(
        about=("file", file.pk), content_sha256=content_hash(b"report"), meaning="approval", secret=PASSWORD,
        by=ada.actor,
    )  # fmt: skip
    column = "name" if table is StoredFile else "signer_name"
    for forbidden in (
        lambda: table.objects.update(**{column: "forged"}),
        lambda: table.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            forbidden()
    assert table.objects.count() == 1
