"""Celery's registry, walked: a task of one tenant leaves the others alone; one for all of them says what proves it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils.crypto import get_random_string

from apps.billing.models import TariffSimulation
from apps.core import clock, tenancy
from apps.core.ids import new_id
from apps.core.models import EventInbox, IdempotencyRecord
from apps.core.tasks import HEADER, TenantTask
from apps.core.tenancy import TenantRef
from config.celery import app
from tests.refusals import everything_written

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]

app.loader.import_default_modules()
TASKS = {name: task for name, task in app.tasks.items() if not name.startswith(("celery.", "tests."))}

OF_ONE_THING = {
    "billing.charge_months_of_tenant": "tests/billing/test_monthly_charges.py::test_",
    "billing.mail_document": "tests/billing/test_receipt_pdf.py::test_",
    "billing.submit_online_payment": "tests/billing/test_online_payments.py::test_",
    "billing.submit_refund": "tests/billing/test_online_refunds.py::test_",
}
"""Tasks of one tenant about a thing that they are told: the test that holds them to it."""
ONE_TENANTS = {
    "core.forget_old_answers_of_tenant": IdempotencyRecord,
    "core.forget_handled_of_tenant": EventInbox,
    "billing.simulate": TariffSimulation,
}
HERE = "tests/security/test_other_tenant_tasks.py::test_"
FOR_ALL = {
    "billing.charge_months": "tests/billing/test_monthly_charges.py::test_",
    "billing.poll_provider": "tests/billing/test_online_payments.py::test_",
    "billing.take_up_simulations": "tests/billing/test_simulation_runs.py::test_",
    "billing.invoice_last_month": "tests/billing/test_monthly_invoices.py::test_",
    "core.forget_handled": f"{HERE}a_tenants_task_leaves_the_others_alone",
    "core.forget_old_answers": f"{HERE}a_tenants_task_leaves_the_others_alone",
    "identity.forget_past": f"{HERE}what_identity_does_by_the_clock_writes_in_no_tenant",
    "identity.tell_untold_ends": f"{HERE}what_identity_does_by_the_clock_writes_in_no_tenant",
    "identity.write_key_uses": f"{HERE}what_identity_does_by_the_clock_writes_in_no_tenant",
    "identity.mail_email_change": "tests/identity/test_own_email.py::test_",
    "identity.mail_email_changed": "tests/identity/test_own_email.py::test_",
    "identity.mail_invitation": "tests/identity/test_invitations.py::test_",
    "identity.mail_password_reset": "tests/identity/test_password_reset.py::test_",
    "identity.mail_provider_linked": "tests/providers/test_at_pages.py::test_",
    "identity.provision_tenant": "tests/tenancy/test_tenants_api.py::test_",
    "identity.provision_waiting": "tests/tenancy/test_tenants_api.py::test_",
    "parking.demo_traffic": "tests/parking/test_demo_traffic.py::test_",
    "parking.erase_expired": "tests/audit/test_erasure.py::test_",
    "parking.mark_overstays": "tests/races/test_overstay_tick.py::test_",
}
"""What serves all tenants at once, and the tests that hold it to each tenant's own rows."""


@pytest.fixture
def old_rows(acme: TenantRef, globex: TenantRef) -> None:
    """In both tenants, what the tasks of one tenant drop."""
    long_ago = clock.now() - timedelta(days=4000)
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            TariffSimulation.objects.create(
                id=new_id(), rate_id=new_id(), rate_version=1, plan_hash="", since=long_ago, until=clock.now(),
                vehicle_type="car", status="failed", stays=0, failure="gone", requested_at=long_ago,
                ended_at=long_ago,
            )  # fmt: skip
            EventInbox.objects.create(consumer="reader", event_id=new_id(), handled_at=long_ago)
            IdempotencyRecord.objects.create(
                actor_id=new_id(), key=get_random_string(8), fingerprint=b"", created_at=long_ago
            )


def test_every_task_is_known() -> None:
    assert {name for name, task in TASKS.items() if task.public} == FOR_ALL.keys()
    assert {name for name, task in TASKS.items() if not task.public} == ONE_TENANTS.keys() | OF_ONE_THING.keys()
    assert [name for name, task in TASKS.items() if not isinstance(task, TenantTask)] == []
    for place in (*FOR_ALL.values(), *OF_ONE_THING.values()):
        file, _, test = place.partition("::")
        assert f"def {test}" in (ROOT / file).read_text(), place


@pytest.mark.parametrize("name", sorted(ONE_TENANTS))
@pytest.mark.usefixtures("old_rows")
def test_a_tenants_task_leaves_the_others_alone(acme: TenantRef, globex: TenantRef, name: str) -> None:
    before = everything_written()

    TASKS[name].apply_async(headers={HEADER: str(globex.id)})

    after = everything_written()
    changed = {table for table in after if after[table] != before[table]}
    assert changed == {f"{globex.schema}.{ONE_TENANTS[name]._meta.db_table}"}


@pytest.mark.parametrize("name", sorted(name for name in TASKS if name.startswith("core.") and TASKS[name].public))
@pytest.mark.usefixtures("old_rows")
def test_a_task_for_all_sends_each_tenant_its_own(acme: TenantRef, globex: TenantRef, name: str) -> None:
    before = everything_written()

    TASKS[name].delay()

    after = everything_written()
    changed = {table for table in after if after[table] != before[table]}
    table = ONE_TENANTS[f"{name}_of_tenant"]._meta.db_table
    assert changed == {f"{tenant.schema}.{table}" for tenant in (acme, globex)}


@pytest.mark.parametrize("name", ["identity.forget_past", "identity.tell_untold_ends", "identity.write_key_uses"])
@pytest.mark.usefixtures("old_rows")
def test_what_identity_does_by_the_clock_writes_in_no_tenant(acme: TenantRef, globex: TenantRef, name: str) -> None:
    before = everything_written()

    TASKS[name].delay()

    schemas = (f"{acme.schema}.", f"{globex.schema}.")
    after = everything_written()
    assert [table for table in after if table.startswith(schemas) and after[table] != before[table]] == []
