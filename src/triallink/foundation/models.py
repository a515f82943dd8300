"""Tables of the foundation. They name people and organizations by id only: the foundation knows no domain."""

from django.db import models

from triallink.foundation.guards import append_only


class AuditChain(models.Model):
    """The head of one hash chain: one per study, one per organization outside a study, one for the platform."""

    scope = models.CharField(max_length=60, unique=True)
    length = models.BigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)


class AuditLine(models.Model):
    """One thing somebody did, chained to the line before it."""

    chain = models.ForeignKey(AuditChain, on_delete=models.PROTECT, related_name="lines")
    sequence = models.BigIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    organization_id = models.BigIntegerField(null=True)
    study_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    why = models.TextField(blank=True)
    change = models.JSONField(default=dict)
    source = models.CharField(max_length=80)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="audit_line_once_per_place"),
        ]
        indexes = [
            models.Index(fields=["object_kind", "object_id", "at"], name="audit_by_object"),
            models.Index(fields=["organization_id", "-at"], name="audit_by_organization"),
            models.Index(fields=["study_id", "-at"], name="audit_by_study"),
        ]
        triggers = [append_only("audit_line_append_only")]


class OutboxLine(models.Model):
    """An event waiting to be told to its handlers, written in the transaction that made it true."""

    event_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=80)
    payload = models.JSONField()
    at = models.DateTimeField()
    organization_id = models.BigIntegerField(null=True)
    study_id = models.BigIntegerField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="outbox_waiting", condition=models.Q(dispatched_at__isnull=True)
            ),
        ]


class HandledEvent(models.Model):
    """Proof that one handler has heard one event; written with the handler's own work."""

    event_id = models.UUIDField()
    handler = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_id", "handler"], name="event_heard_once_per_handler"),
        ]


class Signature(models.Model):
    """An electronic signature (21 CFR 11.50, 11.70): who, when, with what meaning, over which content."""

    object_kind = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    content_hash = models.CharField(max_length=64)
    meaning = models.CharField(max_length=60)
    signer_id = models.BigIntegerField()
    signer_name = models.CharField(max_length=200)
    organization_id = models.BigIntegerField(null=True)
    method = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["object_kind", "object_id"], name="signature_by_object")]
        triggers = [append_only("signature_append_only")]


class StoredFile(models.Model):
    """A name for immutable bytes; the bytes live under their sha256. A rendition is a child."""

    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    media_type = models.CharField(max_length=120)
    name = models.CharField(max_length=255)
    rendition_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="renditions")
    rendition_kind = models.CharField(max_length=40, blank=True)
    organization_id = models.BigIntegerField(null=True)
    study_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="file_by_content")]
        triggers = [append_only("file_append_only")]


class Notice(models.Model):
    """A sentence for one person, with a page to go to."""

    person_id = models.BigIntegerField()
    organization_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=60)
    template = models.TextField()
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    emailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person_id", "-at"], name="notice_by_person"),
            models.Index(
                fields=["person_id"], name="notice_unread", condition=models.Q(read_at__isnull=True)
            ),
        ]


class NoticePreference(models.Model):
    """How one person wants to hear of one kind of notice by e-mail."""

    EMAIL = [("now", "now"), ("daily", "daily"), ("never", "never")]

    person_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    email = models.CharField(max_length=10, choices=EMAIL, default="daily")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person_id", "kind"], name="one_preference_per_person_and_kind"),
        ]


class Job(models.Model):
    """Long work with progress, asked for by a person and done by the worker."""

    kind = models.CharField(max_length=80)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default="queued")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    is_cancel_requested = models.BooleanField(default=False)
    requested_by_id = models.BigIntegerField(null=True)
    organization_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="job_state_known",
                condition=models.Q(state__in=["queued", "running", "done", "failed", "cancelled"]),
            )
        ]


class IdempotentReply(models.Model):
    """The answer first given to an Idempotency-Key, repeated to whoever sends the key again."""

    caller = models.CharField(
        max_length=64
    )  # sha256 of the credentials, so that keys of two callers never meet
    key = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64)
    status = models.IntegerField()
    media_type = models.CharField(max_length=80)
    body = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once_per_caller"),
        ]


class SearchChange(models.Model):
    """A document whose search entry is out of date; the worker reads it again and deletes the row.

    The same key may wait twice: a change made while the first is being worked on must not be lost.
    """

    collection = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["collection", "id"], name="search_change_waiting")]
