"""What the Open Contracting Data Standard says against a release package.

release-schema-1.1.4.json is the standard's own schema, whole; release-package-subset.json is ours around it: the
package, and only the fields we publish, so that a misspelt one fails although the standard would take it for an
extension.
"""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema

FOLDER = Path(__file__).parent / "vectors/ocds"
SUBSET = json.loads((FOLDER / "release-package-subset.json").read_text())
STANDARD = json.loads((FOLDER / "release-schema-1.1.4.json").read_text())
FORMATS = jsonschema.FormatChecker()


@FORMATS.checks("date-time")
def _is_instant(value: object) -> bool:
    """Hold an instant to RFC 3339, which the library checks only with another library's help."""
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return not isinstance(value, str) or re.fullmatch(pattern, value) is not None


def complaints(package: dict[str, Any]) -> list[str]:
    """Return what is wrong with a package and with each of its releases."""
    found = [_words(error) for error in _validator(SUBSET).iter_errors(package)]
    standard = _validator(STANDARD)
    for release in package["releases"]:
        found += [f"{release['id']}: {_words(error)}" for error in standard.iter_errors(release)]
    return found


def _validator(schema: dict[str, Any]) -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(schema, format_checker=FORMATS)


def _words(error: jsonschema.ValidationError) -> str:
    return f"{error.json_path}: {error.message[:300]}"
