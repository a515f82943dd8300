"""A writer of the search index that is killed in the middle of its work.

    python killed_writer.py DATABASE FOLDER NAME put|rebuild

The third document kills the process when it is written, as `kill -9` would: nothing can be tidied up after it.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping

DEADLY = 3


class DeadlyTexts(Mapping[str, str]):
    """Texts nobody reads and lives."""

    def __getitem__(self, name: str) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(("name",))

    def __len__(self) -> int:
        return 1


def main(database: str, folder: str, name: str, work: str) -> None:
    """Write until the deadly document comes."""
    from pathlib import Path

    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    settings.SEARCH_DIR = Path(folder)
    django.setup()
    from tests.foundation.test_search import SCHEMA

    from triallink.foundation import search
    from triallink.foundation.search import Document

    def documents(wanted: list[str] | None) -> Iterator[Document]:
        for number in range(1, 2 * DEADLY):
            texts = DeadlyTexts() if number == DEADLY else {"name": f"Half written {number}"}
            yield Document(str(number), texts=texts)

    search.collect(name, SCHEMA, documents)
    if work == "put":
        search.flush()
    else:
        search.rebuild(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
