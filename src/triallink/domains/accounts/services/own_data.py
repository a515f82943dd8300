"""A copy of everything held about a person (GDPR Art. 15 and 20, PIPL Art. 45)."""

import re
from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.db import transaction
from django.db.models import Field, Model, QuerySet

from triallink.domains.accounts.events import OwnDataExported
from triallink.domains.accounts.models import ApiToken, Invitation, Membership, Person, WrongAnswers
from triallink.foundation.models import AuditLine, Job, Notice, NoticePreference, Signature, StoredFile
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

Rows = QuerySet[Any]
# The foundation and some others name people by number only.
PERSON_COLUMN = re.compile(r"(person|signer|actor|user|(\w+_)?by)_id|username")
# Our own tables: the rows about a person, and the columns that tell. Secrets and hashes tell nothing and stay.
HELD: dict[str, tuple[Callable[[Person], Rows], tuple[str, ...]]] = {
    "person": (
        lambda p: Person.objects.filter(pk=p.pk),
        ("email", "name", "language", "time_zone", "is_active", "joined_at", "deactivated_at", "last_login"),
    ),
    "email_addresses": (
        lambda p: EmailAddress.objects.filter(user=p),
        ("email", "verified", "primary"),
    ),
    "memberships": (
        lambda p: Membership.objects.filter(person=p),
        ("organization__name_en", "organization__name_zh", "roles", "title", "joined_at", "ended_at"),
    ),
    "invitations": (
        lambda p: Invitation.objects.filter(email=p.email),
        ("organization__name_en", "email", "roles", "created_at", "expires_at", "accepted_at", "revoked_at"),
    ),
    "invitations_sent": (
        lambda p: Invitation.objects.filter(invited_by=p),
        ("email", "roles", "created_at", "expires_at", "accepted_at", "revoked_at"),
    ),
    "api_tokens": (
        lambda p: ApiToken.objects.filter(person=p),
        ("name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"),
    ),
    "second_steps": (
        lambda p: Authenticator.objects.filter(user=p),
        ("type", "created_at", "last_used_at"),
    ),
    "openid_accounts": (
        lambda p: SocialAccount.objects.filter(user=p),
        ("provider", "uid", "extra_data", "date_joined", "last_login"),
    ),
    "sign_ins": (
        lambda p: AccessLog.objects.filter(username=p.email),
        ("attempt_time", "logout_time", "ip_address", "user_agent"),
    ),
    "refused_sign_ins": (
        lambda p: AccessFailureLog.objects.filter(username=p.email),
        ("attempt_time", "ip_address", "user_agent", "locked_out"),
    ),
    "failed_sign_ins": (
        lambda p: AccessAttempt.objects.filter(username=p.email),
        ("attempt_time", "ip_address", "user_agent", "failures_since_start"),
    ),
    "wrong_answers": (
        lambda p: WrongAnswers.objects.filter(person_id=p.pk),
        ("count", "last_at", "locked_until"),
    ),
    "notices": (
        lambda p: Notice.objects.filter(person_id=p.pk),
        ("kind", "template", "params", "url", "at", "read_at", "emailed_at"),
    ),
    "notice_preferences": (
        lambda p: NoticePreference.objects.filter(person_id=p.pk),
        ("kind", "email"),
    ),
    "signatures": (
        lambda p: Signature.objects.filter(signer_id=p.pk),
        ("object_kind", "object_id", "meaning", "signer_name", "content_hash", "method", "at"),
    ),
    "files": (
        lambda p: StoredFile.objects.filter(created_by_id=p.pk),
        ("name", "media_type", "size_bytes", "sha256", "created_at"),
    ),
    "jobs": (
        lambda p: Job.objects.filter(requested_by_id=p.pk),
        ("kind", "state", "created_at", "finished_at"),
    ),
    "actions": (
        lambda p: AuditLine.objects.filter(actor_id=p.pk),
        ("at", "action", "object_kind", "object_id", "why", "change", "source"),
    ),
}  # fmt: skip


@transaction.atomic
def export_own_data(*, by: Actor, clock: Clock = system_clock) -> dict[str, Any]:
    """Return everything held about the person as plain values.

    Refuses: NotAllowed (nobody is signed in).
    Emits: OwnDataExported.
    """
    person = Person.objects.select_for_update().get(pk=by.own_person_id)
    data: dict[str, Any] = {
        name: list(rows(person).order_by("pk").values(*columns)) for name, (rows, columns) in HELD.items()
    }
    data["named_in"] = _named_in(person)
    data["person"] = data["person"][0]
    record(OwnDataExported(person_id=person.pk), by=by, about=("person", person.pk), clock=clock)
    return data


def tables_naming_people() -> dict[type[Model], list[str]]:
    """Return every table with a column that says which person, and these columns; rows of history left out."""
    found = {}
    for model in apps.get_models():
        if "pgh_id" in {field.name for field in model._meta.concrete_fields}:
            continue
        columns = [field.attname for field in model._meta.concrete_fields if _names_a_person(field)]
        if columns:
            found[model] = columns
    return found


def tables_told() -> set[type[Model]]:
    """Return the tables of which a person gets the rows themselves."""
    return {rows(Person(pk=0)).model for rows, _ in HELD.values()}


def _named_in(person: Person) -> list[dict[str, Any]]:
    """Return where else the person is named: the work itself belongs to an organization, the name does not."""
    places = []
    for model, columns in tables_naming_people().items():
        if model in tables_told():
            continue
        for column in columns:
            rows = model._default_manager.filter(**{column: person.pk}).order_by("pk")
            places += [
                {"table": model._meta.label, "as": column.removesuffix("_id"), "id": key}
                for key in rows.values_list("pk", flat=True)
            ]
    return places


def _names_a_person(field: "Field[Any, Any]") -> bool:
    if field.related_model is Person:
        return True
    return field.related_model is None and PERSON_COLUMN.fullmatch(field.attname) is not None
