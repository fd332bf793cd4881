"""/api/v1/billing/customers: who has an account, what is on it, and what is paid into it."""

from datetime import UTC
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.billing import customer_queries as queries
from apps.billing.commands.customer_payments import take_customer_payment
from apps.billing.commands.customers import add_customer, change_customer
from apps.core import clock
from apps.core.api import ApiView, read_body, read_query, reply
from apps.core.api.acting import actor_of
from apps.core.api.etags import etag
from apps.core.api.openapi import documented, query_parameters
from apps.core.api.paging import page_upwards
from apps.core.errors import Invalid

from .customer_bodies import (
    CustomerAnswer,
    CustomerBalance,
    CustomerChange,
    CustomerPage,
    CustomerPaymentAnswer,
    CustomerStatement,
    ListCustomers,
    NewCustomer,
    PayInto,
    ReadStatement,
    balance_answer,
    customer_answer,
    kind_of,
    payment_answer,
    statement_answer,
)
from .versions import require_if_match


class CustomersView(ApiView):
    """The customers with an account."""

    resource = "customers"

    @extend_schema(
        operation_id="billing_customers_list",
        parameters=query_parameters(ListCustomers),
        responses=documented(CustomerPage, 401, 403, 422),
    )
    def get(self, request: Request) -> HttpResponse:
        """By name; `q` finds a part of one."""
        query = read_query(request, ListCustomers)
        found = queries.list_customers(active=query.active, search=query.q)
        page, following = page_upwards(found, query, order="customers", by={"name": str, "id": UUID})
        return reply(CustomerPage(items=tuple(customer_answer(each) for each in page), next_cursor=following))

    @extend_schema(request=NewCustomer, responses={201: CustomerAnswer, **documented(None, 400, 401, 403, 422)})
    def post(self, request: Request) -> HttpResponse:
        """Make a customer."""
        body = read_body(request, NewCustomer)
        customer = add_customer(kind=kind_of(body), details=body.details(), actor=actor_of(request))
        place = f"/api/v1/billing/customers/{customer.id}"
        return reply(customer_answer(customer), 201, ETag=etag(customer.version), Location=place)


class CustomerView(ApiView):
    """One customer."""

    resource = "customers"

    @extend_schema(responses=documented(CustomerAnswer, 401, 403, 404))
    def get(self, request: Request, customer_id: UUID) -> HttpResponse:
        """A customer with its vehicles."""
        customer = queries.get_customer(customer_id=customer_id)
        return reply(customer_answer(customer), ETag=etag(customer.version))

    @extend_schema(request=CustomerChange, responses=documented(CustomerAnswer, 400, 401, 403, 404, 412, 422, 428))
    def patch(self, request: Request, customer_id: UUID) -> HttpResponse:
        """Change it, or close its account (`active`: false); nobody is deleted. Refused without If-Match (428)."""
        expected = require_if_match(request)
        body = read_body(request, CustomerChange)
        customer = change_customer(
            customer_id=customer_id, expected_version=expected, details=body.details(), actor=actor_of(request)
        )
        return reply(customer_answer(customer), ETag=etag(customer.version))


class CustomerBalanceView(ApiView):
    """What is on an account."""

    resource = "customers"

    @extend_schema(responses=documented(CustomerBalance, 401, 403, 404))
    def get(self, request: Request, customer_id: UUID) -> HttpResponse:
        """Now."""
        return reply(balance_answer(queries.get_account_balance(customer_id=customer_id)))


class CustomerStatementView(ApiView):
    """How it came there."""

    resource = "customers"

    @extend_schema(
        parameters=query_parameters(ReadStatement), responses=documented(CustomerStatement, 401, 403, 404, 422)
    )
    def get(self, request: Request, customer_id: UUID) -> HttpResponse:
        """The movements of `from` until before `to`, with the balances around them."""
        query = read_query(request, ReadStatement)
        if query.to < query.from_:
            raise Invalid.field("to", "before_from", "A period ends after it begins.")
        statement = queries.get_account_statement(
            customer_id=customer_id, begin=query.from_.astimezone(UTC), end=query.to.astimezone(UTC)
        )
        return reply(statement_answer(statement))


class CustomerPaymentsView(ApiView):
    """Money from one customer."""

    resource = "payments"

    @extend_schema(
        request=PayInto, responses={201: CustomerPaymentAnswer, **documented(None, 400, 401, 403, 404, 409, 422)}
    )
    def post(self, request: Request, customer_id: UUID) -> HttpResponse:
        """Top up a prepaid account, or pay what is owed."""
        body = read_body(request, PayInto)
        taken = take_customer_payment(
            customer_id=customer_id, payment=body.payment(), actor=actor_of(request), at=clock.now()
        )
        return reply(payment_answer(taken), 201)
