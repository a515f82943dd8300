"""Sealed means sealed: raw SQL as the application's own role, before and after the opening."""

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction

from triallink.domains.marketplace.services.closing import close_request
from triallink.kernel.clock import system_clock

SEALED = [
    "marketplace_bidseal",
    "marketplace_bidline",
    "marketplace_bidbundle",
    "marketplace_bundleline",
    "marketplace_staffingline",
    "marketplace_bidfile",
    "marketplace_coalitionmember",
    "marketplace_coalitionshare",
    "marketplace_seatholder",
    "marketplace_auctionseat",
]
FILLED = ["bidseal", "bidline", "bidbundle", "bundleline", "coalitionmember", "coalitionshare"]


def rows(table: str, organization_id: int | None) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        setting = "" if organization_id is None else str(organization_id)
        cursor.execute("SELECT set_config('triallink.organization_id', %s, true)", [setting])
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def test_the_application_role_is_bound_by_the_policies(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone()[0] is False
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relrowsecurity AND relforcerowsecurity",
            [SEALED],
        )
        assert {name for (name,) in cursor.fetchall()} == set(SEALED)


def test_every_table_that_belongs_to_a_bid_is_sealed(db):
    """A new table beside the others cannot be forgotten: whatever refers to a bid's content is on the list."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns WHERE column_name IN ('bid_id', 'bundle_id')"
            " AND table_name LIKE 'marketplace_%' AND table_schema = 'public'"
        )
        found = {name for (name,) in cursor.fetchall()}
    # What refers to a bid after its opening.
    opened = {"bidscore", "consensusscore", "evaluationnote", "awardline", "lossletter"}
    assert found - {f"marketplace_{name}" for name in opened} == set(SEALED) - {"marketplace_auctionseat"}


def test_before_the_deadline_only_bidder_and_partner_read_and_afterwards_the_buyer(
    transactional_db, market, eve, hua
):
    market.clock.at = system_clock.now()
    due = system_clock.now() + dt.timedelta(seconds=10)
    request = market.published(is_demo=False, bids_due_at=due)
    market.coalition(request, market.ben, market.fei, 100_00)
    people = {
        "ben": market.ben,
        "fei": market.fei,
        "gao": market.gao,
        "ada": market.ada,
        "hua": hua,
        "eve": eve,
    }
    for table in FILLED:
        seen = {name for name, who in people.items() if rows(f"marketplace_{table}", who.organization.pk)}
        assert seen == {"ben", "fei"}, table
        assert rows(f"marketplace_{table}", None) == 0, table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_sleep(greatest(0, extract(epoch FROM %s - clock_timestamp()) + 0.05))", [due]
        )
    # The time has come, but nobody has closed the request yet: still nothing.
    assert rows("marketplace_bidline", market.ada.organization.pk) == 0
    assert close_request(request_id=request.pk)
    for table in FILLED:
        seen = {name for name, who in people.items() if rows(f"marketplace_{table}", who.organization.pk)}
        assert seen == {"ben", "fei", "ada", "hua"}, table
        assert rows(f"marketplace_{table}", None) == 0, table


def test_bids_of_a_cancelled_request_stay_sealed(market):
    from triallink.domains.marketplace.services.requests import cancel_request

    request = market.published()
    market.bid(request, market.ben, 100_00)
    cancel_request(request_id=request.pk, why="Study stopped", by=market.ada.actor, clock=market.clock)
    assert rows("marketplace_bidline", market.ada.organization.pk) == 0


def test_drafts_and_replaced_versions_stay_sealed_after_the_opening(market):
    request = market.published()
    market.bid(request, market.ben, 100_00)
    market.bid(request, market.ben, 90_00)
    market.drafted(request, market.fei, 80_00)
    market.close(request)
    assert rows("marketplace_bidline", market.ada.organization.pk) == 2


@pytest.mark.parametrize("who", ["fei", "ada", None])
def test_content_is_written_by_its_bidder_only_and_not_after_submission(market, who):
    request = market.published()
    bid, draft = market.bid(request, market.ben, 100_00), market.drafted(request, market.ben, 90_00)
    other = getattr(market, who).organization.pk if who else ""
    for organization, target in ((other, draft), (market.ben.organization.pk, bid)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('triallink.organization_id', %s, true)", [str(organization)])
            cursor.execute(
                "UPDATE marketplace_bidline SET unit_price_minor = 1 WHERE bid_id = %s", [target.pk]
            )
            assert cursor.rowcount == 0
            cursor.execute("DELETE FROM marketplace_bidline WHERE bid_id = %s", [target.pk])
            assert cursor.rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            _insert_line(organization, target.pk)


def _insert_line(organization: int | str, bid_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('triallink.organization_id', %s, true)", [str(organization)])
        cursor.execute(
            "INSERT INTO marketplace_bidline (bid_id, line_id, unit_price_minor, quantity, amount_minor, comment)"
            " SELECT %s, id, 1, 1, 1, '' FROM marketplace_requestline LIMIT 1",
            [bid_id],
        )
