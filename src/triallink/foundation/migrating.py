"""Apply migrations without rebuilding every model at every step.

After each operation Django renders anew the changed model and all models related to it. Ours nearly all refer to
organizations and people, so each of 700 operations rebuilt some forty classes: four fifths of the time a new
database took. An operation that only adds needs its own model; the others are rendered when something reads them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration, RunPython, RunSQL
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

# RunPython asks for freshly rendered models itself, because the state says that rendering was put off.
ADDING = (AddConstraint, AddField, AddIndex, AddTrigger, CreateModel, RemoveTrigger, RunPython, RunSQL)


@contextmanager
def narrow_reloads() -> Iterator[None]:
    """Render only the model itself while a migration only adds; all of them before one that does more."""
    apply = Migration.apply
    reloaded = ProjectState._find_reload_model  # type: ignore[attr-defined]
    narrow = False

    def apply_narrowly(
        migration: Migration, state: ProjectState, editor: BaseDatabaseSchemaEditor, collect_sql: bool = False
    ) -> ProjectState:
        nonlocal narrow
        narrow = all(isinstance(operation, ADDING) for operation in migration.operations)
        if not narrow:
            state.clear_delayed_apps_cache()
        try:
            return apply(migration, state, editor, collect_sql)
        finally:
            narrow = False

    def find(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[Any]:
        if not narrow:
            return reloaded(state, app_label, model_name, delay)
        state.is_delayed = True
        return {(app_label, model_name)}

    with (
        patch.object(Migration, "apply", apply_narrowly),
        patch.object(ProjectState, "_find_reload_model", find),
    ):
        yield
