"""The published rules are looked at only where TRIALLINK_DATA says where they are."""

import os

collect_ignore = [] if os.environ.get("TRIALLINK_DATA") else ["test_conformance_published.py"]
