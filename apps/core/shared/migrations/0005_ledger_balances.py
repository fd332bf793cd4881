"""What the tenants' ledgers are held to when a transaction commits: each movement has lines that sum to zero."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION public.ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movement uuid;
    lines bigint;
    crooked text;
BEGIN
    IF TG_TABLE_NAME = 'billing_ledgertransaction' THEN movement := NEW.id; ELSE movement := NEW.transaction_id; END IF;
    EXECUTE 'SELECT coalesce(sum(lines), 0), string_agg(currency, '','') FILTER (WHERE off <> 0) FROM ('
        || 'SELECT currency, count(*) AS lines, sum(amount) AS off FROM ' || quote_ident(TG_TABLE_SCHEMA)
        || '.billing_ledgerentry WHERE transaction_id = $1 GROUP BY currency) AS sums'
        INTO lines, crooked USING movement;
    IF lines < 2 OR crooked IS NOT NULL THEN
        RAISE EXCEPTION 'ledger transaction % does not balance (lines: %; off in: %)', movement, lines, crooked
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("core_shared", "0004_platform_audit")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION public.ledger_balances();")]
