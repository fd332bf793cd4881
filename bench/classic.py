"""The gate's work as classic statements in one transaction: for pgbench (the floor) and for the rival service alike.

`{schema}` stands for the tenant's schema and `%(name)s` for a parameter, as in `apps.core.db.statement`. Each list is
the body of one transaction; the names are those of the product's columns.
"""

_AFTER = """jsonb_build_object('locationId', location_id, 'total', capacity, 'occupied', occupied,
    'available', greatest(capacity - occupied, 0), 'overstays', overstays, 'byType', by_type, 'version', version)"""

FIND_PARKED = "SELECT id FROM {schema}.parking_parkingentry WHERE plate_key = %(plate_key)s AND exit_time IS NULL"
INSERT_STAY = """
INSERT INTO {schema}.parking_parkingentry (id, location_id, vehicle_number, plate_key, vehicle_type, driver_name,
    driver_phone, transport_name, notes, source, gate_id, operator_id, entry_time, allowed_until, status, version)
VALUES (%(id)s, %(location)s, %(plate)s, %(plate_key)s, %(type)s, %(driver)s, '', %(transport)s, '', 'desktop',
    %(gate)s, %(operator)s, %(entered)s, %(until)s, 'parked', 1)
"""
TAKE_PLACE = f"""
UPDATE {{schema}}.parking_occupancy SET
    occupied = occupied + 1,
    by_type = by_type || jsonb_build_object(%(type)s::text, coalesce((by_type ->> %(type)s::text)::int, 0) + 1),
    version = version + 1,
    changed_at = %(now)s
WHERE location_id = %(location)s AND (allow_overbooking OR (
    occupied < capacity AND coalesce((by_type ->> %(type)s::text)::int, 0)
        < coalesce((capacities ->> %(type)s::text)::int, capacity)))
RETURNING {_AFTER}::text AS occupancy
"""
INSERT_DEADLINE = """
INSERT INTO public.core_shared_deadline (subject_id, tenant_id, kind, due_at)
VALUES (%(id)s, %(tenant)s, 'overstay', %(until)s)
"""
INSERT_ENTERED = """
INSERT INTO {schema}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at,
    data, metadata)
VALUES (%(event)s, 'parking_entry', %(id)s, 1, 'VehicleEntered', 1, %(now)s,
    %(data)s::jsonb || jsonb_build_object('occupancy', %(occupancy)s::jsonb), %(metadata)s::jsonb)
"""

FIND_STAY = """
SELECT e.id, e.location_id, e.vehicle_type, e.vehicle_number, e.entry_time, e.allowed_until, e.version,
    l.payment_required
FROM {schema}.parking_parkingentry e JOIN {schema}.parking_location l ON l.id = e.location_id
WHERE e.plate_key = %(plate_key)s AND e.exit_time IS NULL
"""
FIND_RATE = """
SELECT rate_id, version AS rate_version, currency, hourly, daily, weekly, monthly, grace_period_minutes,
    overstay_multiplier, tax_rate, tax_inclusive
FROM {schema}.billing_ratestructure
WHERE vehicle_type = %(type)s AND (location_id = %(location)s OR location_id IS NULL)
  AND status <> 'draft' AND effective_at <= %(entered)s AND (expiry_at IS NULL OR expiry_at > %(entered)s)
ORDER BY location_id NULLS LAST LIMIT 1
"""
INSERT_FEE = """
INSERT INTO {schema}.billing_stayfee (stay_id, vehicle_type, location_id, duration_minutes, currency, base, penalty,
    discount, tax, total, tax_rate, lines, rate_id, rate_version, unpriced_reason, paid, charged_at)
VALUES (%(id)s, %(type)s, %(location)s, %(minutes)s, %(currency)s, %(base)s, %(penalty)s, 0, %(tax)s, %(total)s,
    %(tax_rate)s, %(lines)s::jsonb, %(rate_id)s, %(rate_version)s, '', 0, %(now)s)
"""
END_STAY = """
UPDATE {schema}.parking_parkingentry SET exit_time = %(now)s, status = 'exited', exit_operator_id = %(operator)s,
    exit_gate_id = %(gate)s, version = version + 1
WHERE id = %(id)s AND exit_time IS NULL AND version = %(version)s
"""
FREE_PLACE = f"""
UPDATE {{schema}}.parking_occupancy SET
    occupied = occupied - 1,
    by_type = by_type || jsonb_build_object(%(type)s::text, (by_type ->> %(type)s::text)::int - 1),
    version = version + 1,
    changed_at = %(now)s
WHERE location_id = %(location)s
RETURNING {_AFTER}::text AS occupancy
"""
DELETE_DEADLINE = "DELETE FROM public.core_shared_deadline WHERE subject_id = %(id)s"
INSERT_EXITED = """
INSERT INTO {schema}.core_event (id, aggregate_type, aggregate_id, aggregate_version, type, schema_version, occurred_at,
    data, metadata)
VALUES (%(event)s, 'parking_entry', %(id)s, %(version)s::bigint + 1, 'VehicleExited', 1, %(now)s,
    %(data)s::jsonb || jsonb_build_object('occupancy', %(occupancy)s::jsonb), %(metadata)s::jsonb)
"""

ENTRY = [FIND_PARKED, INSERT_STAY, TAKE_PLACE, INSERT_DEADLINE, INSERT_ENTERED]
EXIT = [FIND_STAY, FIND_RATE, END_STAY, FREE_PLACE, DELETE_DEADLINE, INSERT_FEE, INSERT_EXITED]
