"""Without the shared data, the tests of it are not collected."""

import os

collect_ignore = [] if os.environ.get("TRIALLINK_DATA") else ["test_odm_corpus.py", "test_odm_protocols.py"]
