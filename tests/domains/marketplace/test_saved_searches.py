"""Saved searches: who is told of what, once."""

import pytest

from triallink.domains.marketplace.errors.listings import SearchNameMissing
from triallink.domains.marketplace.models import SavedSearch
from triallink.domains.marketplace.services.searches import delete_search, save_search, tell_new_matches
from triallink.domains.quality.models import Professional
from triallink.foundation import search
from triallink.foundation.models import Notice
from triallink.kernel.actor import SYSTEM
from triallink.kernel.refusals import NotFound


def another_monitor(organization):
    Professional.objects.create(organization=organization, name="New", role="CRA", level="junior")
    search.rebuild("directory")


def test_people_are_told_once_of_what_is_new_and_not_of_what_was_there(directory, ada, fei):
    saved = save_search(kind="talent", parameters="role=CRA", name="Monitors", by=ada.actor)
    assert tell_new_matches(by=SYSTEM) == 0
    another_monitor(fei.organization)
    assert tell_new_matches(by=SYSTEM) == 1
    notice = Notice.objects.get(person_id=ada.person.pk)
    assert notice.params == {"count": 1, "name": "Monitors"}
    assert notice.url == f"/market/searches/{saved.pk}/"
    assert tell_new_matches(by=SYSTEM) == 0
    assert SavedSearch.objects.get().new_count == 1


def test_searches_without_alerts_and_of_people_who_left_are_silent(directory, ada, eve, fei):
    save_search(kind="talent", parameters="", name="All", is_alerting=False, by=ada.actor)
    save_search(kind="talent", parameters="", name="All", by=eve.actor)
    eve.person.is_active = False
    eve.person.save()
    another_monitor(fei.organization)
    assert tell_new_matches(by=SYSTEM) == 0
    assert not Notice.objects.exists()


def test_a_search_needs_a_name_a_kind_and_its_own_person(directory, ada, eve):
    with pytest.raises(SearchNameMissing):
        save_search(kind="talent", parameters="", name=" ", by=ada.actor)
    with pytest.raises(NotFound):
        save_search(kind="planet", parameters="", name="X", by=ada.actor)
    saved = save_search(kind="talent", parameters="", name="X", by=ada.actor)
    with pytest.raises(NotFound):
        delete_search(search_id=saved.pk, by=eve.actor)
