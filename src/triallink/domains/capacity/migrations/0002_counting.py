"""What must never be false of hours: counted by trigger, limited by check constraint, limits under seal.

Every booked or committed minute changes the one row of that person and day (capacity_staffday); its check
constraints refuse more than is free and anything on leave, whoever writes and however many at once.
"""

from django.db import migrations

COUNTING = """
CREATE FUNCTION capacity_take(p bigint, d date, committed int, held int, booked int) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE capacity_staffday
       SET committed_minutes = committed_minutes + committed,
           held_minutes = held_minutes + held,
           booked_minutes = booked_minutes + booked
     WHERE professional_id = p AND day = d;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'capacity_take: professional % has no calendar on %', p, d USING ERRCODE = 'check_violation';
    END IF;
END $$;

CREATE FUNCTION capacity_take_orders(b bigint, d date, minutes int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE of_offer bigint; of_need bigint;
BEGIN
    SELECT offer_id, need_id INTO of_offer, of_need FROM capacity_booking WHERE id = b;
    IF of_offer IS NOT NULL THEN
        UPDATE capacity_offerweek SET taken_minutes = taken_minutes + minutes
         WHERE offer_id = of_offer AND week_on = date_trunc('week', d)::date;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'capacity_take: offer % has no week of %', of_offer, d USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF of_need IS NOT NULL THEN
        UPDATE capacity_needweek SET covered_minutes = covered_minutes + minutes
         WHERE need_id = of_need AND week_on = date_trunc('week', d)::date;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'capacity_take: need % has no week of %', of_need, d USING ERRCODE = 'check_violation';
        END IF;
    END IF;
END $$;

CREATE FUNCTION capacity_booked_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.professional_id IS NOT DISTINCT FROM OLD.professional_id AND NEW.day = OLD.day
       AND NEW.booking_id = OLD.booking_id AND NEW.minutes = OLD.minutes AND NEW.professional_id IS NOT NULL THEN
        -- Only from held to booked or back: one change of the day, no trip through zero.
        IF NEW.is_held <> OLD.is_held THEN
            PERFORM capacity_take(NEW.professional_id, NEW.day, 0,
                CASE WHEN NEW.is_held THEN NEW.minutes ELSE -NEW.minutes END,
                CASE WHEN NEW.is_held THEN -NEW.minutes ELSE NEW.minutes END);
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.professional_id IS NOT NULL THEN
        PERFORM capacity_take(OLD.professional_id, OLD.day, 0,
            CASE WHEN OLD.is_held THEN -OLD.minutes ELSE 0 END, CASE WHEN OLD.is_held THEN 0 ELSE -OLD.minutes END);
        PERFORM capacity_take_orders(OLD.booking_id, OLD.day, -OLD.minutes);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.professional_id IS NOT NULL THEN
        PERFORM capacity_take(NEW.professional_id, NEW.day, 0,
            CASE WHEN NEW.is_held THEN NEW.minutes ELSE 0 END, CASE WHEN NEW.is_held THEN 0 ELSE NEW.minutes END);
        PERFORM capacity_take_orders(NEW.booking_id, NEW.day, NEW.minutes);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER capacity_booked_day AFTER INSERT OR UPDATE OR DELETE ON capacity_bookedday
    FOR EACH ROW EXECUTE FUNCTION capacity_booked_day();

CREATE FUNCTION capacity_commitment_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM capacity_take(OLD.professional_id, OLD.day, -OLD.minutes, 0, 0);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM capacity_take(NEW.professional_id, NEW.day, NEW.minutes, 0, 0);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER capacity_commitment_day AFTER INSERT OR UPDATE OR DELETE ON capacity_commitmentday
    FOR EACH ROW EXECUTE FUNCTION capacity_commitment_day();

CREATE FUNCTION capacity_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.withdrawn_at IS NULL THEN
        UPDATE capacity_staffday SET leave_count = leave_count - 1
         WHERE professional_id = OLD.professional_id AND day BETWEEN OLD.start_on AND OLD.end_on;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.withdrawn_at IS NULL THEN
        UPDATE capacity_staffday SET leave_count = leave_count + 1
         WHERE professional_id = NEW.professional_id AND day BETWEEN NEW.start_on AND NEW.end_on;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER capacity_leave AFTER INSERT OR UPDATE OR DELETE ON capacity_leave
    FOR EACH ROW EXECUTE FUNCTION capacity_leave();

-- A day begins with the leave that is already known, and its counts change by the triggers above only.
CREATE FUNCTION capacity_staff_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.committed_minutes <> 0 OR NEW.held_minutes <> 0 OR NEW.booked_minutes <> 0 THEN
            RAISE EXCEPTION 'capacity_staff_day: a day begins with nothing taken' USING ERRCODE = 'check_violation';
        END IF;
        NEW.leave_count := (SELECT count(*) FROM capacity_leave l WHERE l.professional_id = NEW.professional_id
                            AND l.withdrawn_at IS NULL AND NEW.day BETWEEN l.start_on AND l.end_on);
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.committed_minutes + OLD.held_minutes + OLD.booked_minutes > 0 THEN
            RAISE EXCEPTION 'capacity_staff_day: hours of the day are taken' USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF pg_trigger_depth() = 1 AND ROW(NEW.leave_count, NEW.committed_minutes, NEW.held_minutes, NEW.booked_minutes)
       IS DISTINCT FROM ROW(OLD.leave_count, OLD.committed_minutes, OLD.held_minutes, OLD.booked_minutes) THEN
        RAISE EXCEPTION 'capacity_staff_day: counts change by bookings, commitments and leave only'
            USING ERRCODE = 'check_violation';
    END IF;
    IF ROW(NEW.professional_id, NEW.day) IS DISTINCT FROM ROW(OLD.professional_id, OLD.day) THEN
        RAISE EXCEPTION 'capacity_staff_day: a day stays where it is' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER capacity_staff_day BEFORE INSERT OR UPDATE OR DELETE ON capacity_staffday
    FOR EACH ROW EXECUTE FUNCTION capacity_staff_day();

-- Days are held exactly while the booking holds them, and booked exactly while it is confirmed.
CREATE FUNCTION capacity_booking_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('held', 'asked'), ('held', 'confirmed'), ('held', 'lapsed'), ('held', 'cancelled'),
        ('asked', 'confirmed'), ('asked', 'declined'), ('asked', 'lapsed'), ('asked', 'cancelled'),
        ('proposed', 'confirmed'), ('proposed', 'declined'), ('proposed', 'lapsed'),
        ('confirmed', 'cancelled'), ('confirmed', 'fallen')
    ) THEN
        RAISE EXCEPTION 'capacity_booking_guard: no step from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF ROW(NEW.reference, NEW.buyer_id, NEW.seller_id, NEW.professional_id, NEW.offer_id, NEW.need_id,
           NEW.price_minor, NEW.currency, NEW.notice_days, NEW.fee_percent, NEW.start_on, NEW.end_on)
       IS DISTINCT FROM
       ROW(OLD.reference, OLD.buyer_id, OLD.seller_id, OLD.professional_id, OLD.offer_id, OLD.need_id,
           OLD.price_minor, OLD.currency, OLD.notice_days, OLD.fee_percent, OLD.start_on, OLD.end_on) THEN
        RAISE EXCEPTION 'capacity_booking_guard: the terms of booking % are frozen', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER capacity_booking_guard BEFORE UPDATE ON capacity_booking
    FOR EACH ROW EXECUTE FUNCTION capacity_booking_guard();
"""
UNCOUNTING = """
DROP TRIGGER capacity_booking_guard ON capacity_booking; DROP FUNCTION capacity_booking_guard;
DROP TRIGGER capacity_staff_day ON capacity_staffday; DROP FUNCTION capacity_staff_day;
DROP TRIGGER capacity_leave ON capacity_leave; DROP FUNCTION capacity_leave;
DROP TRIGGER capacity_commitment_day ON capacity_commitmentday; DROP FUNCTION capacity_commitment_day;
DROP TRIGGER capacity_booked_day ON capacity_bookedday; DROP FUNCTION capacity_booked_day;
DROP FUNCTION capacity_take_orders; DROP FUNCTION capacity_take;
"""
ME = "NULLIF(current_setting('triallink.organization_id', true), '')::bigint"
SEALING = f"""
ALTER TABLE capacity_orderlimit ENABLE ROW LEVEL SECURITY;
ALTER TABLE capacity_orderlimit FORCE ROW LEVEL SECURITY;
CREATE POLICY limit_of_its_owner ON capacity_orderlimit FOR ALL
    USING (organization_id = {ME}) WITH CHECK (organization_id = {ME});
-- The clearing reads every limit; it says so for its own transaction only.
CREATE POLICY limit_for_the_clearing ON capacity_orderlimit FOR SELECT
    USING (current_setting('triallink.clearing', true) = 'on');
"""
UNSEALING = """
DROP POLICY limit_for_the_clearing ON capacity_orderlimit; DROP POLICY limit_of_its_owner ON capacity_orderlimit;
ALTER TABLE capacity_orderlimit NO FORCE ROW LEVEL SECURITY; ALTER TABLE capacity_orderlimit DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("capacity", "0001_initial")]

    operations = [
        migrations.RunSQL(COUNTING, UNCOUNTING),
        migrations.RunSQL(SEALING, UNSEALING),
        migrations.RunSQL("CREATE SEQUENCE capacity_booking_number", "DROP SEQUENCE capacity_booking_number"),
    ]
