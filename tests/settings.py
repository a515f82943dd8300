"""The product's settings, with what only tests want: quick password hashing and mail kept in memory or in files."""

import os
import tempfile
from pathlib import Path

from triallink.project.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A server of its own process keeps its letters as files, where the test that reads them finds them.
EMAIL_BACKEND = f"django.core.mail.backends.{os.environ.get('TRIALLINK_TEST_MAIL', 'locmem')}.EmailBackend"
# The server that browser tests start keeps its files where the tests look for them.
DATA_DIR = Path(os.environ.get("TRIALLINK_TEST_DATA_DIR") or tempfile.mkdtemp(prefix="triallink-test-"))
MEDIA_ROOT = DATA_DIR / "media"
SEARCH_DIR = DATA_DIR / "search"
EMAIL_FILE_PATH = DATA_DIR / "mail"
ALLOWED_HOSTS = ["*"]
# Races and live servers open many connections; a pool per process would hold them between tests.
DATABASES["default"]["OPTIONS"].pop("pool", None)  # noqa: F405
