"""Files lie under their hash, in a folder or in a bucket of any server that speaks S3, and never change."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from tests.ports import free_port

from triallink.foundation.files import FileTooLarge, path_of, read_file, read_limited, store_file
from triallink.project.settings import storages_from

pytestmark = pytest.mark.django_db
CONTENT = b"Monitoring visit report, signed." * 100


class Bucket(BaseHTTPRequestHandler):
    """The part of S3 that files need: PUT, HEAD and GET of one object."""

    objects: ClassVar[dict[str, bytes]] = {}

    def do_PUT(self) -> None:
        assert "AWS4-HMAC-SHA256 Credential=key-of-tests/" in self.headers["Authorization"]
        self.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, b"")

    def do_HEAD(self) -> None:
        self.answer(200 if self.path in self.objects else 404, self.objects.get(self.path, b""))

    do_GET = do_HEAD

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def bucket(monkeypatch, settings):
    """The bucket "files" of a server that is not Amazon's, set as an installation sets it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-tests")
    port = free_port()
    server = ThreadingHTTPServer(("127.0.0.1", port), Bucket)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.STORAGES = storages_from(
        {
            "TRIALLINK_S3_BUCKET": "files",
            "TRIALLINK_S3_ENDPOINT": f"http://127.0.0.1:{port}",
            "TRIALLINK_S3_REGION": "cn-north-1",
        }
    )
    yield Bucket.objects
    server.shutdown()
    thread.join()
    server.server_close()
    Bucket.objects.clear()


@pytest.fixture
def folder(tmp_path, settings):
    """A folder of this test's own."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def keep(member, name="report.pdf"):
    return store_file(CONTENT, name=name, media_type="application/pdf", by=member.actor)


def test_files_lie_in_the_bucket_that_is_set_under_their_hash(bucket, ada):
    file = keep(ada)
    assert bucket == {f"/files/{path_of(hashlib.sha256(CONTENT).hexdigest())}": CONTENT}
    assert read_file(file) == CONTENT
    keep(ada, "the same again.pdf")
    assert len(bucket) == 1


def test_without_a_bucket_files_lie_in_the_folder(folder, ada):
    assert storages_from({})["default"] == {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    file = keep(ada)
    assert (folder / path_of(file.sha256)).read_bytes() == CONTENT
    keep(ada, "the same again.pdf")
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1


def test_bytes_altered_in_the_storage_are_not_given_out(folder, ada):
    file = keep(ada)
    place = folder / path_of(file.sha256)
    place.chmod(0o600)
    place.write_bytes(b"forged")
    with pytest.raises(ValueError, match="altered"):
        read_file(file)


def test_what_a_killed_writer_left_half_written_is_written_again(folder, ada):
    place = folder / path_of(hashlib.sha256(CONTENT).hexdigest())
    place.parent.mkdir(parents=True)
    place.write_bytes(CONTENT[:10])
    assert read_file(keep(ada)) == CONTENT


def test_an_upload_is_read_up_to_its_limit(tmp_path):
    place = tmp_path / "upload"
    place.write_bytes(b"x" * (1024 * 1024 + 1))
    with place.open("rb") as stream, pytest.raises(FileTooLarge):
        read_limited(stream, 1)
