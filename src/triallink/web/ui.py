"""The macros of templates/ui, for every template without an import: `{{ ui.badge("Open", "good") }}`.

They are loaded by name because a block that is rendered alone for htmx does not run the imports at the
top of its file.
"""

from collections.abc import Callable

from django.conf import settings
from jinja2 import Environment
from jinja2.runtime import Macro


class Macros:
    """Every macro of every file in templates/ui, by name."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._found: dict[str, Macro] = {}

    def __getattr__(self, name: str) -> Callable[..., str]:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.all()[name]
        except KeyError:
            raise AttributeError(f"no macro {name!r} in templates/ui") from None

    def all(self) -> dict[str, Macro]:
        """Return every macro by name; the files are read once."""
        if not self._found:
            self._found = _macros_of(self._environment)
        return self._found


def _macros_of(environment: Environment) -> dict[str, Macro]:
    found: dict[str, Macro] = {}
    for path in sorted((settings.PACKAGE / "web/templates/ui").glob("*.html")):
        for name, macro in vars(environment.get_template(f"ui/{path.name}").module).items():
            if isinstance(macro, Macro) and not name.startswith("_"):
                if name in found:
                    raise ValueError(f"two macros are called {name!r}; the second is in {path.name}")
                found[name] = macro
    return found
