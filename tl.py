"""Start Trial.Link: `python3 tl.py run`, or `python3 tl.py test`; `python3 tl.py --help` names every verb.

This file must still parse under old interpreters, so that they get a sentence and not a traceback;
everything else lives in tools/launcher, which needs Python 3.11 and nothing but the standard library.
"""

import os
import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    found, wanted = (".".join(str(part) for part in version[:2]) for version in (sys.version_info, OLDEST))
    sys.stderr.write("Trial.Link needs Python " + wanted + " or newer; this is " + found + ".\n")
    sys.exit(1)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tools.launcher.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
