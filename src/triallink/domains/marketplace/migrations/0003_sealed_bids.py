"""What must never be false of requests and bids: guards by trigger, and sealed content by row-level security.

The application's own role owns the tables, so every table under seal also FORCEs its policies on the owner.
A superuser or a role with BYPASSRLS is bound by no policy; the application must not run as one
(`triallink.foundation.tenancy.check_role`, a system check).
"""

from django.db import migrations

REQUEST_GUARD = """
CREATE FUNCTION request_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' AND NOT NEW.is_demo THEN
            RAISE EXCEPTION 'request_guard: a request begins as a draft' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'request_guard: request % is not a draft', OLD.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF ROW(NEW.id, NEW.buyer_id, NEW.reference, NEW.is_demo)
       IS DISTINCT FROM ROW(OLD.id, OLD.buyer_id, OLD.reference, OLD.is_demo) THEN
        RAISE EXCEPTION 'request_guard: buyer, reference and is_demo never change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'published'), ('draft', 'cancelled'),
        ('published', 'closed'), ('published', 'cancelled'),
        ('closed', 'evaluated'), ('closed', 'failed'), ('closed', 'cancelled'),
        ('evaluated', 'awarded'), ('evaluated', 'failed'), ('evaluated', 'cancelled'),
        ('awarded', 'evaluated'), ('awarded', 'contracted'), ('awarded', 'failed')
    ) THEN
        RAISE EXCEPTION 'request_guard: no step from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'published' AND NEW.state = 'closed'
       AND NEW.procedure <> 'direct' AND NEW.closes_at > clock_timestamp() THEN
        RAISE EXCEPTION 'request_guard: request % closes at its deadline, not before', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> 'draft' THEN
        IF ROW(NEW.study_id, NEW.title, NEW.requirements, NEW.payment_terms, NEW.nda_text, NEW.procedure,
               NEW.visibility, NEW.currency, NEW.weights, NEW.max_suppliers, NEW.is_partial_award_allowed,
               NEW.standstill_days, NEW.start_on, NEW.end_on, NEW.published_at)
           IS DISTINCT FROM
           ROW(OLD.study_id, OLD.title, OLD.requirements, OLD.payment_terms, OLD.nda_text, OLD.procedure,
               OLD.visibility, OLD.currency, OLD.weights, OLD.max_suppliers, OLD.is_partial_award_allowed,
               OLD.standstill_days, OLD.start_on, OLD.end_on, OLD.published_at) THEN
            RAISE EXCEPTION 'request_guard: the terms of request % are frozen', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
        -- A deadline may only move away, and only before it has come: moving it near would open the bids early.
        IF ROW(NEW.bids_due_at, NEW.closes_at) IS DISTINCT FROM ROW(OLD.bids_due_at, OLD.closes_at)
           AND NOT (OLD.state = 'published' AND NEW.state = 'published'
                    AND (OLD.is_demo OR OLD.bids_due_at > clock_timestamp())
                    AND NEW.bids_due_at >= OLD.bids_due_at AND NEW.closes_at >= OLD.closes_at) THEN
            RAISE EXCEPTION 'request_guard: the deadline of request % can only be extended in time', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER request_guard BEFORE INSERT OR UPDATE OR DELETE ON marketplace_request
    FOR EACH ROW EXECUTE FUNCTION request_guard();

CREATE FUNCTION request_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE request_state text;
BEGIN
    SELECT state INTO request_state FROM marketplace_request
        WHERE id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.request_id ELSE NEW.request_id END) FOR SHARE;
    IF request_state <> 'draft' THEN
        RAISE EXCEPTION 'request_line_guard: the lines of a published request are frozen'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER request_line_guard BEFORE INSERT OR UPDATE OR DELETE ON marketplace_requestline
    FOR EACH ROW EXECUTE FUNCTION request_line_guard();
"""

BID_GUARD = """
CREATE FUNCTION bid_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'bid_guard: bids are not deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF ROW(NEW.id, NEW.request_id, NEW.organization_id, NEW.version)
           IS DISTINCT FROM ROW(OLD.id, OLD.request_id, OLD.organization_id, OLD.version) THEN
            RAISE EXCEPTION 'bid_guard: a bid stays with its request and bidder' USING ERRCODE = 'check_violation';
        END IF;
        IF OLD.state <> 'draft' AND ROW(NEW.receipt_sha256, NEW.submitted_at, NEW.submitted_by_id)
           IS DISTINCT FROM ROW(OLD.receipt_sha256, OLD.submitted_at, OLD.submitted_by_id) THEN
            RAISE EXCEPTION 'bid_guard: a submitted bid is not altered' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.state = OLD.state THEN
            RETURN NEW;
        END IF;
        IF (OLD.state, NEW.state) NOT IN (
            ('draft', 'submitted'), ('draft', 'withdrawn'), ('submitted', 'withdrawn'), ('submitted', 'replaced')
        ) THEN
            RAISE EXCEPTION 'bid_guard: no step from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        IF (OLD.state, NEW.state) = ('draft', 'withdrawn') THEN
            RETURN NEW;
        END IF;
    ELSIF NEW.state <> 'draft' THEN
        RAISE EXCEPTION 'bid_guard: a bid begins as a draft' USING ERRCODE = 'check_violation';
    END IF;
    -- The share lock makes closing wait for bids on their way, and a bid that waited for the closing sees it.
    SELECT state, bids_due_at, is_demo INTO r FROM marketplace_request WHERE id = NEW.request_id FOR SHARE;
    IF r.state <> 'published' OR NOT (r.is_demo OR clock_timestamp() < r.bids_due_at) THEN
        RAISE EXCEPTION 'bid_guard: request % takes no bids now', NEW.request_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bid_guard BEFORE INSERT OR UPDATE OR DELETE ON marketplace_bid
    FOR EACH ROW EXECUTE FUNCTION bid_guard();
"""

ME = "NULLIF(current_setting('triallink.organization_id', true), '')::bigint"
# The bids lie open: the state says so (request_guard lets nobody get there early), the database's clock says so,
# and whoever asks is the buyer or the platform operator, who settles objections.
OPENED = f"""
    b.state = 'submitted'
    AND r.state IN ('closed', 'evaluated', 'awarded', 'contracted', 'failed')
    AND (r.closes_at <= now() OR r.procedure = 'direct')
    AND (r.buyer_id = {ME}
         OR EXISTS (SELECT 1 FROM accounts_organization o WHERE o.id = {ME} AND o.kind = 'operator'))
"""
SEALED = [
    "marketplace_bidseal",
    "marketplace_bidline",
    "marketplace_bidbundle",
    "marketplace_bundleline",
    "marketplace_staffingline",
    "marketplace_bidfile",
    "marketplace_coalitionshare",
]


def force(table: str) -> str:
    return f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"


def own_draft(table: str) -> str:
    return f"""EXISTS (SELECT 1 FROM marketplace_bid b
        WHERE b.id = {table}.bid_id AND b.organization_id = {ME} AND b.state = 'draft')"""


def content_policies(table: str) -> str:
    return f"""
{force(table)}
CREATE POLICY content_read ON {table} FOR SELECT USING (EXISTS (
    SELECT 1 FROM marketplace_bid b JOIN marketplace_request r ON r.id = b.request_id
    WHERE b.id = {table}.bid_id AND (
        b.organization_id = {ME}
        OR ({OPENED})
        OR EXISTS (SELECT 1 FROM marketplace_coalitionmember m
                   WHERE m.bid_id = b.id AND m.organization_id = {ME}))));
CREATE POLICY content_write ON {table} FOR ALL USING ({own_draft(table)}) WITH CHECK ({own_draft(table)});
"""


MEMBERS = f"""
{force("marketplace_coalitionmember")}
CREATE POLICY member_read ON marketplace_coalitionmember FOR SELECT USING (
    organization_id = {ME}
    OR EXISTS (SELECT 1 FROM marketplace_bid b JOIN marketplace_request r ON r.id = b.request_id
               WHERE b.id = marketplace_coalitionmember.bid_id AND (b.organization_id = {ME} OR ({OPENED}))));
CREATE POLICY member_write ON marketplace_coalitionmember FOR ALL
    USING ({own_draft("marketplace_coalitionmember")}) WITH CHECK ({own_draft("marketplace_coalitionmember")});
CREATE POLICY member_confirm ON marketplace_coalitionmember FOR UPDATE
    USING (organization_id = {ME} AND EXISTS (
        SELECT 1 FROM marketplace_bid b
        WHERE b.id = marketplace_coalitionmember.bid_id AND b.state = 'draft'))
    WITH CHECK (organization_id = {ME});
"""

SEATS = f"""
{force("marketplace_seatholder")}
CREATE POLICY holder_read ON marketplace_seatholder FOR SELECT USING (
    organization_id = {ME}
    OR EXISTS (SELECT 1 FROM marketplace_bid b JOIN marketplace_request r ON r.id = b.request_id
               WHERE b.id = marketplace_seatholder.bid_id AND ({OPENED})));
CREATE POLICY holder_write ON marketplace_seatholder FOR ALL
    USING (organization_id = {ME}) WITH CHECK (organization_id = {ME});

{force("marketplace_auctionseat")}
CREATE POLICY seat_read ON marketplace_auctionseat FOR SELECT USING (
    EXISTS (SELECT 1 FROM marketplace_seatholder h
            WHERE h.seat_id = marketplace_auctionseat.id AND h.organization_id = {ME})
    OR EXISTS (SELECT 1 FROM marketplace_auction a JOIN marketplace_request r ON r.id = a.request_id
               WHERE a.id = marketplace_auctionseat.auction_id
               AND r.state NOT IN ('draft', 'cancelled') AND r.bids_due_at <= now()));
CREATE POLICY seat_write ON marketplace_auctionseat FOR ALL
    USING (EXISTS (SELECT 1 FROM marketplace_seatholder h
                   WHERE h.seat_id = marketplace_auctionseat.id AND h.organization_id = {ME}))
    WITH CHECK (EXISTS (SELECT 1 FROM marketplace_seatholder h
                        WHERE h.seat_id = marketplace_auctionseat.id AND h.organization_id = {ME}));
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0002_requests")]

    operations = [
        migrations.RunSQL(
            REQUEST_GUARD,
            "DROP TRIGGER request_line_guard ON marketplace_requestline; DROP FUNCTION request_line_guard;"
            "DROP TRIGGER request_guard ON marketplace_request; DROP FUNCTION request_guard;",
        ),
        migrations.RunSQL(BID_GUARD, "DROP TRIGGER bid_guard ON marketplace_bid; DROP FUNCTION bid_guard;"),
        *[
            migrations.RunSQL(
                content_policies(table),
                f"DROP POLICY content_read ON {table}; DROP POLICY content_write ON {table};"
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
            )
            for table in SEALED
        ],
        migrations.RunSQL(
            MEMBERS,
            "DROP POLICY member_read ON marketplace_coalitionmember;"
            "DROP POLICY member_write ON marketplace_coalitionmember;"
            "DROP POLICY member_confirm ON marketplace_coalitionmember;"
            "ALTER TABLE marketplace_coalitionmember NO FORCE ROW LEVEL SECURITY;"
            "ALTER TABLE marketplace_coalitionmember DISABLE ROW LEVEL SECURITY;",
        ),
        migrations.RunSQL(
            SEATS,
            "DROP POLICY holder_read ON marketplace_seatholder; DROP POLICY holder_write ON marketplace_seatholder;"
            "DROP POLICY seat_read ON marketplace_auctionseat; DROP POLICY seat_write ON marketplace_auctionseat;"
            "ALTER TABLE marketplace_seatholder NO FORCE ROW LEVEL SECURITY;"
            "ALTER TABLE marketplace_seatholder DISABLE ROW LEVEL SECURITY;"
            "ALTER TABLE marketplace_auctionseat NO FORCE ROW LEVEL SECURITY;"
            "ALTER TABLE marketplace_auctionseat DISABLE ROW LEVEL SECURITY;",
        ),
    ]
