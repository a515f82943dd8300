"""The rails: who finds what."""

import pytest
from django.test import RequestFactory
from tools.vendor_assets import ICON_NAMES

from triallink.kernel.actor import Actor
from triallink.web import navigation
from triallink.web.navigation import Entry, StudyEntry, StudyMark, of_kind, with_role
from triallink.web.next_actions import all_starts

SPONSOR = Actor(1, "Ada", 1, "sponsor", frozenset({"project_lead"}))
CRO = Actor(2, "Ben", 2, "cro", frozenset({"business_lead"}))


@pytest.fixture
def entries(monkeypatch):
    """Give the rails a small set of entries for one test."""

    def put(*given):
        monkeypatch.setattr(navigation, "_entries", [one for one in given if isinstance(one, Entry)])
        monkeypatch.setattr(
            navigation, "_study_entries", [one for one in given if isinstance(one, StudyEntry)]
        )

    return put


def labels(actor, path="/"):
    sections = navigation.rail(RequestFactory().get(path), actor)
    return [link.label for section in sections for link in section.links]


def test_an_entry_is_shown_by_kind_by_role_and_only_if_its_address_exists(entries):
    entries(
        Entry("home", "Home", "home"),
        Entry("market", "Sponsors only", "gallery:gallery", rule=of_kind("sponsor")),
        Entry("market", "Business leads only", "gallery:gallery", rule=with_role("business_lead")),
        Entry("market", "Nowhere", "nowhere:at-all"),
    )
    assert labels(SPONSOR) == ["Home", "Sponsors only"]
    assert labels(CRO) == ["Home", "Business leads only"]


def test_sections_and_entries_stand_in_their_order(entries):
    entries(
        Entry("market", "Third", "home", order=2),
        Entry("home", "First", "home"),
        Entry("market", "Second", "home", order=1),
    )
    assert labels(SPONSOR) == ["First", "Second", "Third"]


def test_only_the_most_specific_entry_is_current(entries):
    entries(Entry("home", "Home", "home"), Entry("home", "Notices", "notices:notice-list"))
    sections = navigation.rail(RequestFactory().get("/notices/preferences/"), SPONSOR)
    assert [link.label for link in sections[0].links if link.is_current] == ["Notices"]


def test_the_study_rail_leads_to_this_study(entries):
    entries(StudyEntry("Overview", "studies:detail"), StudyEntry("Nowhere", "studies:nowhere"))
    links = navigation.study_rail(RequestFactory().get("/studies/7/"), SPONSOR, StudyMark(7, "S-7", "Seven"))
    assert [(link.label, link.url, link.is_current) for link in links] == [("Overview", "/studies/7/", True)]


def test_an_unknown_section_is_a_defect():
    with pytest.raises(ValueError, match="no section 'shop'"):
        navigation.add(Entry("shop", "Shop", "home"))


def test_every_registered_entry_and_start_has_an_icon_of_the_sprite():
    named = {one.icon for one in [*navigation.registered(), *all_starts()]}
    assert named <= set(ICON_NAMES)


def test_no_place_to_begin_is_offered_twice_to_the_same_people():
    offered = [(kind, one.url_name) for one in all_starts() for kind in one.kinds or ("everybody",)]
    assert sorted(offered) == sorted(set(offered))
