"""Models in memory are rebuilt less often while migrations run: what a migration reads is still right."""

from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from triallink.foundation.migrating import narrow_reloads

CREATE_SITE = migrations.CreateModel("Site", [("id", models.AutoField(primary_key=True))])
CREATE_VISIT = migrations.CreateModel("Visit", [("id", models.AutoField(primary_key=True))])
ADD_LINK = migrations.AddField("Visit", "site", models.ForeignKey("clinic.Site", models.CASCADE, null=True))
ADD_BEDS = migrations.AddField("Site", "beds", models.IntegerField(default=0))


def _apply(state: ProjectState, *operations: migrations.operations.base.Operation) -> ProjectState:
    migration = migrations.Migration("0001", "clinic")
    migration.operations = list(operations)
    with connection.schema_editor() as editor:
        return migration.apply(state, editor)


def _started() -> ProjectState:
    state = ProjectState()
    assert state.apps  # rendered, as Django does before the first migration it applies
    return state


def test_code_in_a_migration_sees_who_refers_to_a_model_changed_just_before(db: None) -> None:
    seen: list[str] = []

    def look(apps, _editor) -> None:
        site = apps.get_model("clinic", "Site").objects.create(beds=4)
        apps.get_model("clinic", "Visit").objects.create(site=site)
        seen.extend(related.name for related in site._meta.related_objects)
        assert site.visit_set.count() == 1

    with narrow_reloads():
        state = _apply(_started(), CREATE_SITE, CREATE_VISIT, ADD_LINK, ADD_BEDS)
        _apply(state, migrations.RunPython(look))
    assert seen == ["visit"]


def test_a_key_changed_later_changes_the_columns_that_point_to_it(db: None) -> None:
    with narrow_reloads():
        state = _apply(_started(), CREATE_SITE, CREATE_VISIT, ADD_LINK)
        _apply(state, migrations.AlterField("Site", "id", models.BigAutoField(primary_key=True)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns"
            " WHERE table_name = 'clinic_visit' AND column_name = 'site_id'"
        )
        assert cursor.fetchone() == ("bigint",)
