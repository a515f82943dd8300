import os

collect_ignore = [] if os.environ.get("TRIALLINK_DATA") else ["test_protocol_corpus.py"]
