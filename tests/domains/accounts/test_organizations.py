"""Founding organizations, inviting people, roles and leaving: allowed and refused side by side."""

import datetime as dt
import re

import pytest
from django.core import mail
from tests.conftest import Member

from triallink.domains.accounts import services
from triallink.domains.accounts.access import actor_for
from triallink.domains.accounts.errors import (
    AlreadyMember,
    InvitationForSomebodyElse,
    InvitationUnusable,
    KindUnknown,
    LastAdministrator,
    NameMissing,
    RoleUnknown,
)
from triallink.domains.accounts.models import Membership, Person
from triallink.foundation.models import AuditLine
from triallink.kernel.actor import NOBODY
from triallink.kernel.clock import FixedClock
from triallink.kernel.refusals import NotAllowed, NotFound


@pytest.fixture
def newcomer(db: None) -> Person:
    """Somebody who belongs nowhere yet."""
    return Person.objects.create_user("Ivy@Example.org", "correct horse battery", name="Ivy")


def invite_by_mail(ada: Member, email: str, roles: list[str], callbacks) -> str:
    with callbacks(execute=True):
        services.invite(email=email, roles=roles, by=ada.actor)
    found = re.search(r"/invitations/([^/]+)/", mail.outbox[-1].body)
    assert found
    return found.group(1)


def test_a_founder_becomes_administrator_of_the_new_organization(newcomer: Person):
    organization = services.found_organization(kind="smo", name_zh="晨星", by=actor_for(newcomer))
    actor = actor_for(newcomer)
    assert (actor.organization_id, actor.organization_kind) == (organization.pk, "smo")
    assert actor.has("administrator", "business_lead")


def test_an_organization_needs_a_kind_a_name_and_a_founder(newcomer: Person):
    by = actor_for(newcomer)
    with pytest.raises(KindUnknown):
        services.found_organization(kind="operator", name_en="Sneaky", by=by)
    with pytest.raises(NameMissing):
        services.found_organization(kind="smo", name_en="  ", by=by)
    with pytest.raises(NotAllowed):
        services.found_organization(kind="smo", name_en="Ghost", by=NOBODY)


def test_an_invited_person_joins_with_the_roles_offered(
    ada: Member, newcomer: Person, django_capture_on_commit_callbacks
):
    token = invite_by_mail(ada, "ivy@example.org", ["evaluator"], django_capture_on_commit_callbacks)
    membership = services.accept_invitation(token=token, by=actor_for(newcomer))
    assert (membership.organization, membership.roles) == (ada.organization, ["evaluator"])
    with pytest.raises(InvitationUnusable):
        services.accept_invitation(token=token, by=actor_for(newcomer))
    with pytest.raises(AlreadyMember):
        services.invite(email="IVY@example.org", roles=["member"], by=ada.actor)


def test_an_invitation_opens_for_nobody_else_and_not_for_ever(
    ada: Member, ben: Member, newcomer: Person, django_capture_on_commit_callbacks
):
    token = invite_by_mail(ada, "ivy@example.org", ["member"], django_capture_on_commit_callbacks)
    with pytest.raises(InvitationForSomebodyElse):
        services.accept_invitation(token=token, by=ben.actor)
    late = FixedClock(dt.datetime.now(dt.UTC) + dt.timedelta(days=15))
    with pytest.raises(InvitationUnusable):
        services.accept_invitation(token=token, by=actor_for(newcomer), clock=late)


def test_only_an_administrator_invites_and_only_known_roles(ada: Member, dora: Member):
    with pytest.raises(NotAllowed):
        services.invite(email="x@example.org", roles=["member"], by=dora.actor)
    with pytest.raises(RoleUnknown):
        services.invite(email="x@example.org", roles=["emperor"], by=ada.actor)


def test_a_stranger_cannot_touch_another_organizations_members(dora: Member, eve: Member):
    theirs = Membership.objects.get(person=dora.person)
    with pytest.raises(NotFound):
        services.change_roles(membership_id=theirs.pk, roles=["administrator"], by=eve.actor)
    with pytest.raises(NotFound):
        services.end_membership(membership_id=theirs.pk, by=eve.actor)


def test_the_last_administrator_can_neither_step_down_nor_leave(ada: Member, dora: Member):
    own = Membership.objects.get(person=ada.person)
    with pytest.raises(LastAdministrator):
        services.change_roles(membership_id=own.pk, roles=["member"], by=ada.actor)
    with pytest.raises(LastAdministrator):
        services.end_membership(membership_id=own.pk, by=ada.actor)
    other = Membership.objects.get(person=dora.person)
    services.change_roles(membership_id=other.pk, roles=["administrator"], by=ada.actor)
    services.end_membership(membership_id=own.pk, by=ada.actor)
    assert actor_for(ada.person).organization_id is None


def test_changes_of_an_organization_are_written_old_to_new(ada: Member, dora: Member):
    services.update_organization(about_en="We make medicines.", by=ada.actor)
    line = AuditLine.objects.get(action="OrganizationUpdated")
    assert line.change == {"about_en": ["", "We make medicines."]}
    with pytest.raises(NotAllowed):
        services.update_organization(about_en="Hacked", by=dora.actor)
