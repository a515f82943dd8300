"""One function writes a posting with its entries, so that a payment is one round trip and its plans stay prepared.

It adds no right: everything it writes passes the triggers of 0002_guards. What it must not write it names in `outcome`
(key_reused, period_closed, insufficient); its caller takes the transaction back.
"""

from django.db import migrations

SQL = """
CREATE FUNCTION ledger_open_account(
    the_kind text, guarded boolean, organization bigint, the_about_kind text, the_about_id bigint, the_part text,
    the_currency text, now_at timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found_id bigint;
BEGIN
    FOR attempt IN 1..2 LOOP
        IF organization IS NULL THEN
            SELECT id INTO found_id FROM ledger_account
             WHERE kind = the_kind AND organization_id IS NULL AND about_kind = the_about_kind
               AND about_id = the_about_id AND part = the_part AND currency = the_currency;
        ELSE
            SELECT id INTO found_id FROM ledger_account
             WHERE kind = the_kind AND organization_id = organization AND about_kind = the_about_kind
               AND about_id = the_about_id AND part = the_part AND currency = the_currency;
        END IF;
        EXIT WHEN found_id IS NOT NULL;
        INSERT INTO ledger_account
            (kind, is_guarded, organization_id, about_kind, about_id, part, currency, opened_at)
        VALUES (the_kind, guarded, organization, the_about_kind, the_about_id, the_part, the_currency, now_at)
        ON CONFLICT DO NOTHING RETURNING id INTO found_id;
        EXIT WHEN found_id IS NOT NULL;
    END LOOP;
    RETURN found_id;
END $$;

CREATE FUNCTION ledger_book(
    the_key text, the_kind text, the_reason text, the_about_kind text, the_about_id bigint, the_day date,
    now_at timestamptz, person bigint, the_label text, organization bigint, reversed_id bigint,
    kinds text[], guarded boolean[], organizations bigint[], about_kinds text[], about_ids bigint[], parts text[],
    currencies text[], minors bigint[],
    OUT outcome text, OUT posting_id bigint, OUT content_hash text, OUT currency text, OUT available_minor bigint,
    OUT asked_minor bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    accounts bigint[] := '{}';
    legs text := '';
    hash text;
    known text;
    new_id bigint;
    latest text;
    short record;
BEGIN
    FOR n IN 1..cardinality(minors) LOOP
        accounts := accounts || ledger_open_account(kinds[n], guarded[n], organizations[n], about_kinds[n],
                                                    about_ids[n], parts[n], currencies[n], now_at);
        legs := legs || CASE WHEN n > 1 THEN ',' ELSE '' END || format('[%s,%s]', accounts[n], minors[n]);
    END LOOP;
    hash := encode(sha256(convert_to(format('[%s,[%s,%s],[%s]]', to_json(the_kind), to_json(the_about_kind),
                                            the_about_id, legs), 'UTF8')), 'hex');
    INSERT INTO ledger_posting (key, kind, reason, about_kind, about_id, booked_on, at, by_person_id, by_label,
                                by_organization_id, reverses_id, entry_count, content_hash)
    VALUES (the_key, the_kind, the_reason, the_about_kind, the_about_id, the_day, now_at, person, the_label,
            organization, reversed_id, cardinality(minors), hash)
    ON CONFLICT (key) DO NOTHING RETURNING id INTO new_id;
    content_hash := hash;
    currency := '';
    available_minor := 0;
    asked_minor := 0;
    IF new_id IS NULL THEN
        SELECT posting.id, posting.content_hash INTO new_id, known FROM ledger_posting posting
         WHERE posting.key = the_key;
        posting_id := new_id;
        outcome := CASE WHEN known = hash THEN 'repeated' ELSE 'key_reused' END;
        RETURN;
    END IF;
    posting_id := new_id;
    SELECT act.action INTO latest FROM ledger_periodact act WHERE act.period = to_char(the_day, 'YYYY-MM')
     ORDER BY act.id DESC LIMIT 1;
    IF latest = 'closed' THEN
        outcome := 'period_closed';
        RETURN;
    END IF;
    PERFORM 1 FROM ledger_accountbalance balance
      WHERE balance.is_guarded AND balance.account_id = ANY(accounts) ORDER BY balance.account_id FOR UPDATE;
    SELECT leg.currency AS of_currency, balance.balance_minor AS available, -change.minor AS asked INTO short
      FROM (SELECT account_id, sum(minor)::bigint AS minor, min(place) AS place
              FROM unnest(accounts, minors) WITH ORDINALITY AS leg(account_id, minor, place)
             GROUP BY account_id) change
      JOIN ledger_accountbalance balance ON balance.account_id = change.account_id AND balance.is_guarded
      JOIN unnest(currencies) WITH ORDINALITY AS leg(currency, place) ON leg.place = change.place
     WHERE balance.balance_minor + change.minor < 0 ORDER BY change.place LIMIT 1;
    IF FOUND THEN
        outcome := 'insufficient';
        currency := short.of_currency;
        available_minor := short.available;
        asked_minor := short.asked;
        RETURN;
    END IF;
    INSERT INTO ledger_entry (posting_id, position, account_id, amount_minor)
    SELECT new_id, leg.place, leg.account_id, leg.minor
      FROM unnest(accounts, minors) WITH ORDINALITY AS leg(account_id, minor, place);
    outcome := 'booked';
END $$;
"""

UNDO = """
DROP FUNCTION ledger_book(text, text, text, text, bigint, date, timestamptz, bigint, text, bigint, bigint,
                          text[], boolean[], bigint[], text[], bigint[], text[], text[], bigint[]);
DROP FUNCTION ledger_open_account(text, boolean, bigint, text, bigint, text, text, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_rail_guards")]
    operations = [migrations.RunSQL(SQL, UNDO)]
