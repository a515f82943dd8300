"""Invoice numbers have no gap, and a payment order keeps its terms and takes only the steps there are."""

from django.db import migrations

SQL = """
CREATE FUNCTION ledger_invoice_gapless() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sequence <> 1 AND NOT EXISTS (
        SELECT 1 FROM ledger_invoice
         WHERE issuer_id = NEW.issuer_id AND kind = NEW.kind AND sequence = NEW.sequence - 1
    ) THEN
        RAISE EXCEPTION 'ledger_invoice_gapless: number % has no predecessor', NEW.sequence
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_invoice_gapless';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_invoice_gapless BEFORE INSERT ON ledger_invoice
    FOR EACH ROW EXECUTE FUNCTION ledger_invoice_gapless();

CREATE FUNCTION ledger_order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW(NEW.reference, NEW.key, NEW.direction, NEW.organization_id, NEW.amount_minor, NEW.currency, NEW.bank_account)
       IS DISTINCT FROM
       ROW(OLD.reference, OLD.key, OLD.direction, OLD.organization_id, OLD.amount_minor, OLD.currency, OLD.bank_account)
    THEN
        RAISE EXCEPTION 'ledger_order_guard: the terms of order % never change', OLD.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_order_guard';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('requested', 'sent'), ('requested', 'settled'), ('requested', 'failed'),
        ('sent', 'settled'), ('sent', 'failed'), ('settled', 'returned')
    ) THEN
        RAISE EXCEPTION 'ledger_order_guard: no step from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_order_guard';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_order_guard BEFORE UPDATE ON ledger_paymentorder
    FOR EACH ROW EXECUTE FUNCTION ledger_order_guard();
"""

UNDO = """
DROP TRIGGER ledger_order_guard ON ledger_paymentorder;
DROP TRIGGER ledger_invoice_gapless ON ledger_invoice;
DROP FUNCTION ledger_order_guard();
DROP FUNCTION ledger_invoice_gapless();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_rail_and_invoices")]
    operations = [migrations.RunSQL(SQL, UNDO)]
