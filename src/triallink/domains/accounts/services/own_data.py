"""A copy of everything held about a person (GDPR Art. 15 and 20, PIPL Art. 45)."""

import re
from collections import defaultdict
from collections.abc import Iterator
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
from triallink.foundation.own_data import Held, all_held
from triallink.foundation.record import record
from triallink.foundation.tenancy import reading_as
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock

# The foundation and some others name people by number only.
PERSON_COLUMN = re.compile(r"(person|signer|actor|user|(\w+_)?by)_id|username")


def _address(person_id: int) -> QuerySet[Any]:
    return Person.objects.filter(pk=person_id).values("email")


# Of accounts, of the foundation and of the libraries; the higher domains add theirs from their configurations.
HELD = {
    "person": Held(
        lambda person_id: Person.objects.filter(pk=person_id),
        ("email", "name", "language", "time_zone", "is_active", "joined_at", "deactivated_at", "last_login"),
    ),
    "email_addresses": Held(
        lambda person_id: EmailAddress.objects.filter(user_id=person_id),
        ("email", "verified", "primary"),
    ),
    "memberships": Held(
        lambda person_id: Membership.objects.filter(person_id=person_id),
        ("organization__name_en", "organization__name_zh", "roles", "title", "joined_at", "ended_at"),
    ),
    "invitations": Held(
        lambda person_id: Invitation.objects.filter(email__in=_address(person_id)),
        ("organization__name_en", "email", "roles", "created_at", "expires_at", "accepted_at", "revoked_at"),
    ),
    "invitations_sent": Held(
        lambda person_id: Invitation.objects.filter(invited_by_id=person_id),
        ("email", "roles", "created_at", "expires_at", "accepted_at", "revoked_at"),
    ),
    "api_tokens": Held(
        lambda person_id: ApiToken.objects.filter(person_id=person_id),
        ("name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"),
    ),
    "second_steps": Held(
        lambda person_id: Authenticator.objects.filter(user_id=person_id),
        ("type", "created_at", "last_used_at"),
    ),
    "openid_accounts": Held(
        lambda person_id: SocialAccount.objects.filter(user_id=person_id),
        ("provider", "uid", "extra_data", "date_joined", "last_login"),
    ),
    "sign_ins": Held(
        lambda person_id: AccessLog.objects.filter(username__in=_address(person_id)),
        ("attempt_time", "logout_time", "ip_address", "user_agent"),
    ),
    "refused_sign_ins": Held(
        lambda person_id: AccessFailureLog.objects.filter(username__in=_address(person_id)),
        ("attempt_time", "ip_address", "user_agent", "locked_out"),
    ),
    "failed_sign_ins": Held(
        lambda person_id: AccessAttempt.objects.filter(username__in=_address(person_id)),
        ("attempt_time", "ip_address", "user_agent", "failures_since_start"),
    ),
    "wrong_answers": Held(
        lambda person_id: WrongAnswers.objects.filter(person_id=person_id),
        ("count", "last_at", "locked_until"),
    ),
    "notices": Held(
        lambda person_id: Notice.objects.filter(person_id=person_id),
        ("kind", "template", "params", "url", "at", "read_at", "emailed_at"),
    ),
    "notice_preferences": Held(
        lambda person_id: NoticePreference.objects.filter(person_id=person_id),
        ("kind", "email"),
    ),
    "signatures": Held(
        lambda person_id: Signature.objects.filter(signer_id=person_id),
        ("object_kind", "object_id", "meaning", "signer_name", "content_hash", "method", "at"),
    ),
    "files": Held(
        lambda person_id: StoredFile.objects.filter(created_by_id=person_id),
        ("name", "media_type", "size_bytes", "sha256", "created_at"),
    ),
    "jobs": Held(
        lambda person_id: Job.objects.filter(requested_by_id=person_id),
        ("kind", "state", "created_at", "finished_at"),
    ),
    "actions": Held(
        lambda person_id: AuditLine.objects.filter(actor_id=person_id),
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
    told: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    places: dict[tuple[str, str, int], None] = {}
    for organization_id in _organizations_of(person):
        # What is sealed shows itself to its own organization only.
        with reading_as(organization_id):
            for name, held in all_held().items():
                for row in held.rows(person.pk).values("pk", *held.columns):
                    told[name][row.pop("pk")] = row
            places |= dict.fromkeys(_named_in(person))
    data: dict[str, Any] = {name: [told[name][pk] for pk in sorted(told[name])] for name in all_held()}
    data["named_in"] = [dict(zip(("table", "as", "id"), place, strict=True)) for place in places]
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
    return {held.table for held in all_held().values()}


def _organizations_of(person: Person) -> list[int | None]:
    """Return every organization the person ever belonged to; None alone if there is none."""
    found = Membership.objects.filter(person=person).values_list("organization_id", flat=True).distinct()
    return [*found] or [None]


def _named_in(person: Person) -> Iterator[tuple[str, str, int]]:
    """Yield table, role and number wherever else the person is named: the work is an organization's, the name is not."""
    told = defaultdict(list)
    for held in all_held().values():
        told[held.table].append(held)
    for model, columns in tables_naming_people().items():
        for column in columns:
            rows = model._default_manager.filter(**{column: person.pk})
            for held in told[model]:
                rows = rows.exclude(pk__in=held.rows(person.pk).order_by().values("pk"))
            for pk in rows.order_by("pk").values_list("pk", flat=True):
                yield model._meta.label, column.removesuffix("_id"), pk


def _names_a_person(field: "Field[Any, Any]") -> bool:
    if field.related_model is Person:
        return True
    return field.related_model is None and PERSON_COLUMN.fullmatch(field.attname) is not None
