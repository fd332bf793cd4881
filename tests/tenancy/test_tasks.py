"""Celery tasks: each runs in the tenant that its message names, and a message that names none is not run."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from celery.exceptions import Reject
from django.db import connection

from apps.core import tenancy
from apps.core.ids import new_id
from apps.core.redis_client import client
from apps.core.tasks import HEADER
from apps.core.tenancy import NoTenant, TenantRef
from config.celery import app
from tests.tenancy.where import schema_met

DONE = "tests:task-ran-in"


@app.task(name="tests.tell_schema")  # type: ignore[untyped-decorator]
def tell_schema(label: str) -> None:
    """Reports where it runs."""
    client().rpush(DONE, json.dumps([label, schema_met()]))


@app.task(name="tests.tell_schema_in_public", public=True)  # type: ignore[untyped-decorator]
def tell_schema_in_public(label: str) -> None:
    """Reports where it runs; declared to serve all tenants."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        client().rpush(DONE, json.dumps([label, cursor.fetchone()[0]]))


def reports() -> list[list[str]]:
    return [json.loads(report) for report in client().lrange(DONE, 0, -1)]  # type: ignore[union-attr]


@pytest.mark.django_db
def test_a_task_is_sent_with_its_tenant_and_runs_there(acme: TenantRef, globex: TenantRef) -> None:
    for tenant in (acme, globex):
        with tenancy.enter(tenant):
            tell_schema.delay(tenant.slug)

    assert reports() == [["acme", acme.schema], ["globex", globex.schema]]


@pytest.mark.django_db
def test_a_task_cannot_be_sent_from_nowhere(acme: TenantRef) -> None:
    with pytest.raises(NoTenant):
        tell_schema.delay("nowhere")
    with tenancy.public(), pytest.raises(NoTenant):
        tell_schema.delay("public")

    assert reports() == []


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: str(new_id())}])
def test_a_message_of_no_or_of_an_unknown_tenant_is_rejected(acme: TenantRef, headers: dict[str, str]) -> None:
    tell_schema.push_request(headers=headers)
    try:
        with tenancy.public(), pytest.raises(Reject):
            tell_schema("stray")
    finally:
        tell_schema.pop_request()

    assert reports() == []


@pytest.mark.django_db
def test_a_task_declared_public_needs_no_tenant_and_leaves_it(acme: TenantRef) -> None:
    with tenancy.enter(acme):
        tell_schema_in_public.delay("all")
        assert schema_met() == acme.schema

    assert reports() == [["all", "public"]]


@pytest.fixture
def worker(own_database: None) -> Iterator[None]:
    """A real worker on the real broker, in a thread of this process."""
    eager, app.conf.task_always_eager = app.conf.task_always_eager, False
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20):
        yield
    app.conf.task_always_eager = eager
    app.close()


@pytest.mark.usefixtures("worker")
def test_a_real_worker_runs_each_message_in_its_tenant_and_drops_strays(acme: TenantRef, globex: TenantRef) -> None:
    def send(label: str, headers: dict[str, Any]) -> None:
        app.send_task("tests.tell_schema", [label], headers=headers)  # as another program would, past our Task class

    send("without a header", {})
    send("of an unknown tenant", {HEADER: str(new_id())})
    send("not even an id", {HEADER: "acme"})
    for tenant in (acme, globex, acme):
        with tenancy.enter(tenant):
            tell_schema.delay(tenant.slug)
    with tenancy.enter(acme):
        tell_schema_in_public.delay("all")

    for _ in range(200):
        if len(reports()) >= 4:
            break
        time.sleep(0.05)
    assert reports() == [
        ["acme", acme.schema],
        ["globex", globex.schema],
        ["acme", acme.schema],
        ["all", "public"],
    ]
