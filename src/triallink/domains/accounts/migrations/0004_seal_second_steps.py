from collections.abc import Callable
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from triallink.foundation.vault import is_sealed, seal, unseal

# Which value of an authenticator is the secret, by its type.
SECRETS = {"totp": "secret", "recovery_codes": "seed"}


def seal_all(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    _change(apps, lambda text: text if is_sealed(text) else seal(text))


def unseal_all(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    _change(apps, unseal)


def _change(apps: Apps, change: Callable[[str], str]) -> None:
    authenticators: Any = apps.get_model("mfa", "Authenticator")
    for row in authenticators.objects.select_for_update().filter(type__in=SECRETS):
        name = SECRETS[row.type]
        if name in row.data:
            row.data[name] = change(row.data[name])
            row.save(update_fields=["data"])


class Migration(migrations.Migration):
    """Second-step secrets stood in the clear."""

    dependencies = [
        ("accounts", "0003_wrong_answers"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(seal_all, unseal_all)]
