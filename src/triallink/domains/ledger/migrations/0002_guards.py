"""What must never be false of the book, whoever writes to it.

- A posting commits only with exactly its entries, at least two, adding up to zero in every currency (deferred).
- An entry can only join a posting as one of its numbered entries, so a committed posting takes no more.
- A month that was closed takes no entries. Writers share an advisory lock per month, which closing takes alone:
  no posting slips in while a month is being closed.
- Balances change by entries only; a guarded account (see `guarded_balance_not_negative`) never falls below zero.
- Escrowed money has a reference and an owner; the platform's own accounts have neither.
"""

from django.db import migrations

SQL = """
CREATE FUNCTION ledger_posting_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unbalanced text;
    written integer;
BEGIN
    SELECT count(*) INTO written FROM ledger_entry WHERE posting_id = NEW.id;
    IF written <> NEW.entry_count THEN
        RAISE EXCEPTION 'ledger_posting_balanced: posting % has % entries, not %', NEW.id, written, NEW.entry_count
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_posting_balanced';
    END IF;
    SELECT account.currency INTO unbalanced
      FROM ledger_entry entry JOIN ledger_account account ON account.id = entry.account_id
     WHERE entry.posting_id = NEW.id
     GROUP BY account.currency HAVING sum(entry.amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger_posting_balanced: posting % does not balance in %', NEW.id, unbalanced
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_posting_balanced';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_posting_balanced AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_posting_balanced();

CREATE FUNCTION ledger_entry_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day record;
    latest text;
BEGIN
    PERFORM 1 FROM fresh JOIN ledger_posting posting ON posting.id = fresh.posting_id
      WHERE fresh.position > posting.entry_count;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger_entry_written: the posting is complete'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_complete';
    END IF;
    FOR day IN SELECT DISTINCT to_char(posting.booked_on, 'YYYY-MM') AS period
                 FROM fresh JOIN ledger_posting posting ON posting.id = fresh.posting_id ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock_shared(8731, replace(day.period, '-', '')::integer);
        SELECT action INTO latest FROM ledger_periodact WHERE period = day.period ORDER BY id DESC LIMIT 1;
        IF latest = 'closed' THEN
            RAISE EXCEPTION 'ledger_entry_written: the month % is closed', day.period
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_period_open';
        END IF;
    END LOOP;
    PERFORM 1 FROM ledger_accountbalance
      WHERE is_guarded AND account_id IN (SELECT account_id FROM fresh) ORDER BY account_id FOR UPDATE;
    UPDATE ledger_accountbalance balance SET balance_minor = balance.balance_minor + change.minor
      FROM (SELECT account_id, sum(amount_minor) AS minor FROM fresh GROUP BY account_id) change
     WHERE balance.account_id = change.account_id AND balance.is_guarded;
    INSERT INTO ledger_accountbalance AS balance (account_id, shard, is_guarded, balance_minor)
    SELECT account.id, pg_backend_pid() % 16, FALSE, sum(fresh.amount_minor)
      FROM fresh JOIN ledger_account account ON account.id = fresh.account_id
     WHERE NOT account.is_guarded GROUP BY account.id ORDER BY account.id
    ON CONFLICT (account_id, shard) DO UPDATE SET balance_minor = balance.balance_minor + EXCLUDED.balance_minor;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_entry_written AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_written();

CREATE FUNCTION ledger_account_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.is_guarded THEN
        INSERT INTO ledger_accountbalance (account_id, shard, is_guarded, balance_minor) VALUES (NEW.id, 0, TRUE, 0);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_account_opened AFTER INSERT ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_opened();

CREATE FUNCTION ledger_balance_by_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'ledger_balance_by_entry: a balance changes by entries only'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance_by_entry';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;

CREATE TRIGGER ledger_balance_by_entry BEFORE INSERT OR UPDATE OR DELETE ON ledger_accountbalance
    FOR EACH ROW EXECUTE FUNCTION ledger_balance_by_entry();

ALTER TABLE ledger_account ADD CONSTRAINT account_purpose_complete CHECK (
    (kind IN ('client', 'payout') AND organization_id IS NOT NULL AND about_kind = '' AND part = '')
    OR (kind = 'escrow' AND organization_id IS NOT NULL AND about_kind <> '' AND part = '')
    OR (kind = 'held' AND organization_id IS NOT NULL AND about_kind <> '' AND part <> '')
    OR (kind = 'retained' AND organization_id IS NOT NULL AND about_kind <> '')
    OR (kind IN ('bank', 'fee', 'tax', 'suspense') AND organization_id IS NULL AND about_kind = '')
);
-- Balances change often and never their keys: room on the page keeps those updates off the indexes.
ALTER TABLE ledger_accountbalance SET (fillfactor = 50);
"""

UNDO = """
ALTER TABLE ledger_account DROP CONSTRAINT account_purpose_complete;
DROP TRIGGER ledger_balance_by_entry ON ledger_accountbalance;
DROP TRIGGER ledger_account_opened ON ledger_account;
DROP TRIGGER ledger_entry_written ON ledger_entry;
DROP TRIGGER ledger_posting_balanced ON ledger_posting;
DROP FUNCTION ledger_balance_by_entry();
DROP FUNCTION ledger_account_opened();
DROP FUNCTION ledger_entry_written();
DROP FUNCTION ledger_posting_balanced();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]
