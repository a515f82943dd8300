"""Searches that people keep, to be told of what is new."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from triallink.domains.accounts.models import Person


class SavedSearch(models.Model):
    """A search of the directory under a name; with alerts, its person is told of new matches."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="saved_searches")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10)  # supplier | talent | site
    parameters = models.TextField(blank=True)  # the address's query, as the person filtered it
    is_alerting = models.BooleanField(default=True)
    # Keys of the matches already known, so that only new ones are told.
    known_keys = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    new_count = models.IntegerField(default=0)
    checked_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "-created_at"], name="saved_search_by_person")]
