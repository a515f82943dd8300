"""Second-step secrets lie sealed in the database; keys change without anybody noticing."""

import importlib

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from tests.conftest import Member
from tests.web.accounts.conftest import give_phone, recovery_codes_of

from triallink.domains.accounts.errors import VaultKeyMissing
from triallink.domains.accounts.services import reauthenticate, seal_second_steps_again
from triallink.foundation.models import AuditLine
from triallink.foundation.vault import check_keys, is_sealed, seal, unseal
from triallink.kernel.actor import SYSTEM

migration = importlib.import_module("triallink.domains.accounts.migrations.0004_seal_second_steps")


def kept() -> dict[str, str]:
    """Return the secret of each authenticator as the database holds it."""
    return {row.type: row.data.get("secret") or row.data["seed"] for row in Authenticator.objects.all()}


def test_neither_the_phones_secret_nor_the_seed_of_the_codes_is_readable(ada: Member):
    phone = give_phone(ada.person)
    held = kept()
    assert set(held) == {"totp", "recovery_codes"}
    assert all(is_sealed(text) for text in held.values())
    assert phone.secret not in str(list(Authenticator.objects.values()))
    assert unseal(held["totp"]) == phone.secret
    assert len(recovery_codes_of(ada.person)) == 10


def test_the_same_secret_never_looks_the_same_and_an_altered_one_opens_nothing():
    assert seal("x") != seal("x")
    sealed = seal("x")
    for altered in (sealed[:-4] + "AAA=", "fernet:", "x", ""):
        with pytest.raises(ValueError, match=r"sealed|opens"):
            unseal(altered)


def test_keys_are_changed_one_after_the_other(ada: Member, settings):
    phone, codes = give_phone(ada.person), recovery_codes_of(ada.person)
    settings.VAULT_KEYS = ["new", *settings.VAULT_KEYS]
    assert recovery_codes_of(ada.person) == codes
    assert seal_second_steps_again(by=SYSTEM) == 2
    settings.VAULT_KEYS = ["new"]
    assert recovery_codes_of(ada.person) == codes
    assert reauthenticate(ada.person.pk, phone.code) == "totp"
    assert AuditLine.objects.filter(action="SecondStepsSealedAgain").exists()
    settings.VAULT_KEYS = ["another"]
    before = kept()
    with pytest.raises(VaultKeyMissing) as refused:
        seal_second_steps_again(by=SYSTEM)
    assert refused.value.params == {"lost": 2, "total": 2}
    assert kept() == before


def test_sealing_with_the_secret_key_is_warned_of(settings):
    settings.VAULT_KEYS = ["a key of its own"]
    assert check_keys() == []
    settings.VAULT_KEYS = settings.SECRET_KEY.split()
    assert [warning.id for warning in check_keys()] == ["foundation.W002"]


def test_what_stood_in_the_clear_is_sealed_by_the_migration_and_back(ada: Member):
    phone, codes = give_phone(ada.person), recovery_codes_of(ada.person)
    migration.unseal_all(apps, None)
    assert kept()["totp"] == phone.secret
    migration.seal_all(apps, None)
    migration.seal_all(apps, None)
    assert all(is_sealed(text) for text in kept().values())
    assert recovery_codes_of(ada.person) == codes
